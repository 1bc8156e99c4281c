"""The events of a log, put in order by incident and time without holding them in memory.

Exports come sorted by incident, by time or not at all. A database of its own, which SQLite keeps in memory up to
`CACHE` and on the disk beyond, sorts them all alike and is gone when it is closed.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import groupby
from operator import itemgetter

from breakfix.cli.replay.faults import Unreadable
from breakfix.cli.replay.reading import Read

CACHE = 16 * 1024  # KiB
TYPES = {int: "INTEGER", bool: "INTEGER"}
COLUMNS = ", ".join(f"{name} {TYPES.get(kind, 'TEXT')}" for name, kind in Read.__annotations__.items())
PLACES = ", ".join("?" * len(Read._fields))

Incident = tuple[str, list[Read]]  # its number, its events in the order of time, of the file where that is equal


class Spool:
    """What was read so far; `incidents` may be asked again and again."""

    def __init__(self, kept: sqlite3.Connection) -> None:
        self.kept = kept

    def fill(self, events: Iterable[Read]) -> None:
        self.kept.executemany(f"INSERT INTO event VALUES ({PLACES})", events)  # noqa: S608 - question marks

    def count(self) -> int:
        return int(self.kept.execute("SELECT count(*) FROM event").fetchone()[0])

    def incidents(self) -> Iterator[Incident]:
        found = self.kept.execute("SELECT * FROM event ORDER BY number, at, rowid")
        for number, rows in groupby(found, key=itemgetter(0)):
            yield number, [Read._make(row) for row in rows]


@contextmanager
def spool() -> Iterator[Spool]:
    """A place for one log, in the system's folder for temporary files if it is large."""
    with closing(sqlite3.connect("", isolation_level=None)) as kept:
        for setting in (f"cache_size=-{CACHE}", "journal_mode=OFF", "synchronous=OFF", "temp_store=FILE"):
            kept.execute(f"PRAGMA {setting}")
        kept.execute(f"CREATE TABLE event ({COLUMNS})")
        kept.execute("BEGIN")
        try:
            yield Spool(kept)
        except sqlite3.OperationalError as error:
            raise Unreadable(
                f"the log could not be sorted on the disk: {error}. Set SQLITE_TMPDIR to room."
            ) from None
