"""A PostgreSQL database, copied through our own connection in one snapshot: no program of PostgreSQL's is needed.

`pg_dump` has to be as new as the server and is often not there; `COPY` inside one REPEATABLE READ transaction reads
the same single state. What restores it is the schema of our own migrations.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from breakfix.kernel import pulses

MIGRATIONS = "django_migrations"  # the schema writes it by itself
TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
    " ORDER BY relname"
)
COLUMNS = (
    "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
    " AND attgenerated = '' ORDER BY attnum"
)
FORCED = "SELECT relname FROM pg_class WHERE relforcerowsecurity AND relnamespace = current_schema()::regnamespace"
SERIALS = (
    "SELECT a.attname, pg_get_serial_sequence(%s, a.attname) FROM pg_attribute a WHERE a.attrelid = %s::regclass"
    " AND a.attnum > 0 AND NOT a.attisdropped AND pg_get_serial_sequence(%s, a.attname) IS NOT NULL"
)


@contextmanager
def snapshot() -> Iterator[None]:
    """Inside, every reading sees the same single state, whatever others write meanwhile."""
    ask("SELECT 1")  # who stands there is told by now: in the transaction nothing may come before its first statement
    with transaction.atomic():
        ask("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def ask(question: Any, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchall() if cursor.description else []


def tables() -> list[str]:
    return [name for (name,) in ask(TABLES)]


def is_empty() -> bool:
    """Whether nothing is there yet."""
    return not tables()


def copy_out(folder: Path) -> dict[str, list[str]]:
    """Copy each table into a file of its own; its columns, in the order of the file. Inside `snapshot()`."""
    columns = {}
    for table in tables():
        if table == MIGRATIONS:
            continue
        columns[table] = [name for (name,) in ask(COLUMNS, [table])]
        question = _copy(table, columns[table], "TO STDOUT")
        with (
            (folder / f"{table}.copy").open("wb") as out,
            connection.connection.cursor() as cursor,
            cursor.copy(question) as copied,
        ):
            for chunk in copied:
                out.write(chunk)
    return columns


def _copy(table: str, columns: list[str], direction: str) -> sql.Composed:
    named = sql.SQL(", ").join(sql.Identifier(name) for name in columns)
    return sql.SQL("COPY {} ({}) {}").format(sql.Identifier(table), named, sql.SQL(direction))


def put_in(
    folder: Path, migrations: list[list[str]], columns: dict[str, list[str]], *, why: str, at: datetime
) -> None:
    """Make the tables of that schema and fill them, all at once; what leaves the house is paused in the same step."""
    _schema(migrations)
    names = [sql.Identifier(table) for table in columns]
    forced = [sql.Identifier(name) for (name,) in ask(FORCED)]
    with transaction.atomic():
        # The guards refuse what was not done as a deed; these rows were, once. We own the tables, or this fails.
        _alter(names, "DISABLE TRIGGER USER")
        _alter(forced, "NO FORCE ROW LEVEL SECURITY")
        ask(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(names)))
        for table, named in columns.items():
            _fill(table, named, folder / f"{table}.copy")
        pulses.pause(pulses.OUTGOING, why=why, since=at)
        ask("SET CONSTRAINTS ALL IMMEDIATE")  # every reference is checked here, before the guards come back
        _alter(names, "ENABLE TRIGGER USER")
        _alter(forced, "FORCE ROW LEVEL SECURITY")


def _alter(tables: list[sql.Identifier], how: str) -> None:
    for table in tables:
        ask(sql.SQL("ALTER TABLE {} {}").format(table, sql.SQL(how)))


def _fill(table: str, columns: list[str], path: Path) -> None:
    """Every row of a table, and the next one gets a number after the last."""
    with (
        path.open("rb") as rows,
        connection.connection.cursor() as cursor,
        cursor.copy(_copy(table, columns, "FROM STDIN")) as filling,
    ):
        while chunk := rows.read(1 << 20):
            filling.write(chunk)
    quoted = connection.ops.quote_name(table)
    for column, sequence in ask(SERIALS, [quoted, quoted, quoted]):
        highest = sql.SQL("SELECT MAX({}) FROM {}").format(sql.Identifier(column), sql.Identifier(table))
        [(number,)] = ask(highest)
        if number is not None:
            ask("SELECT setval(%s, %s)", [sequence, number])


def _schema(migrations: list[list[str]]) -> None:
    """The tables as they were then: exactly these migrations, nothing of what came later."""
    then = {(app, name) for app, name in migrations}
    executor = MigrationExecutor(connection)
    nodes = executor.loader.graph.node_map
    followed = {key for key in then for one in nodes[key].children if one.key in then and one.key[0] == key[0]}
    executor.migrate(sorted(then - followed))
