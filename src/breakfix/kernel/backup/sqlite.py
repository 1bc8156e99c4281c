"""A SQLite database, copied while others write to it: SQLite's own backup, one consistent state."""

import contextlib
import shutil
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from breakfix.kernel import pulses

COPY = "breakfix.sqlite3"


def copy_out(folder: Path) -> Path:
    """Copy the whole database into the folder as it is at one instant."""
    connection.ensure_connection()
    path = folder / COPY
    with contextlib.closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    return path


def tables(path: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(path)) as copy:
        rows = copy.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return sorted(name for (name,) in rows)


def rows(path: Path, question: str) -> list[tuple[Any, ...]]:
    """Ask a copy."""
    with contextlib.closing(sqlite3.connect(path)) as copy:
        return copy.execute(question).fetchall()


def is_empty() -> bool:
    """Whether nothing is there yet; looking makes no file."""
    path = Path(connection.settings_dict["NAME"])
    return not path.exists() or path.stat().st_size == 0 or not tables(path)


def faults(path: Path) -> list[str]:
    """What SQLite finds wrong with a copy."""
    try:
        found = [str(row[0]) for row in rows(path, "PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [] if found == ["ok"] else found


def put_in(path: Path, *, why: str, at: datetime) -> None:
    """Put a checked copy in its place; what leaves the house was paused in it before anybody can open it."""
    with contextlib.closing(sqlite3.connect(path)) as copy, copy:
        copy.execute(
            "INSERT OR REPLACE INTO kernel_pause (what, why, since) VALUES (?, ?, ?)",
            (pulses.OUTGOING, why, at.replace(tzinfo=None).isoformat(sep=" ")),
        )
    connection.close()
    target = Path(connection.settings_dict["NAME"])
    for beside in ("", "-wal", "-shm", "-journal"):
        target.with_name(target.name + beside).unlink(missing_ok=True)
    shutil.move(path, target)
    target.chmod(0o600)
