"""What the database says about itself: its schema, its settings, the role that we are."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

PRAGMAS = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")


def unapplied() -> list[str]:
    """Migrations that this version brings and the database does not have."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def pragmas() -> dict[str, str]:
    """SQLite's settings of this connection, as it answers them."""
    return {name: str(_row(f"PRAGMA {name}")[0]) for name in PRAGMAS}


@dataclass(frozen=True)
class Role:
    """Who we are to PostgreSQL, and what it promises us."""

    name: str
    superuser: bool
    bypasses_rls: bool
    version: str
    read_only: bool
    durable: bool


def role() -> Role:
    """Ask PostgreSQL."""
    name, superuser, bypasses = _row(
        "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    )
    version, read_only, commit, fsync = _row(
        "SELECT current_setting('server_version'), current_setting('transaction_read_only'),"
        " current_setting('synchronous_commit'), current_setting('fsync')"
    )
    durable = commit != "off" and fsync == "on"
    return Role(name, superuser, bypasses, version.split()[0], read_only == "on", durable)


def _row(question: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return tuple(cursor.fetchone())
