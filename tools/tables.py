"""Writes src/breakfix/kernel/tables.sql: the tables of a new place on SQLite, as all migrations leave them.

python tools/tables.py      after a migration, when a first start is to be as quick as it was
"""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from breakfix.kernel.tables import APART, FILE

ROOT = Path(__file__).resolve().parents[1]


def statements(database: sqlite3.Connection) -> Iterator[str]:
    """What makes these tables, and says that every migration has been applied."""
    yield from (
        sql
        for name, sql in database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
        if not name.startswith("sqlite_")
    )
    for app, name in database.execute("SELECT app, name FROM django_migrations ORDER BY id"):
        # Both are names of Python modules, so there is nothing in them to escape.
        yield f"INSERT INTO django_migrations (app, name, applied) VALUES ('{app}', '{name}', '')"  # noqa: S608


def main() -> int:
    FILE.unlink(missing_ok=True)  # else the place would be made of what it says now
    theirs = ("DJANGO_", "BREAKFIX_", "DATABASE_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    with tempfile.TemporaryDirectory() as var:
        command = [sys.executable, "-m", "breakfix", "migrate"]
        subprocess.run(command, env={**clean, "BREAKFIX_VAR": var}, cwd=ROOT, check=True)
        with closing(sqlite3.connect(Path(var) / "breakfix.sqlite3")) as database:
            found = list(statements(database))
    if broken := [one for one in found if APART in one]:
        raise SystemExit(f"no statement may hold an empty line after a semicolon: {broken}")
    FILE.write_text(APART.join(found) + ";\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
