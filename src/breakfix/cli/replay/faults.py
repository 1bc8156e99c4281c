"""What ends a replay, and what refuses one row: both say where, and neither is a traceback."""

from typing import NamedTuple


class Unreadable(Exception):
    """Neither this file nor the rest of it can be read; the message says where and what to do."""


class BadMap(Unreadable):
    """The map is at fault; the message begins with its name."""


class Fault(NamedTuple):
    """A row that is no event: the column at fault, what stands there, and of which kind that is."""

    row: int
    number: str
    column: str
    found: str
    kind: str
