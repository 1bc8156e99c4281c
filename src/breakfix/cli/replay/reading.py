"""From a row of the log to an event: every instant placed, every word looked up, every misfit named by its column."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from breakfix.cli.replay import csv_log, xes_log
from breakfix.cli.replay.csv_log import clean
from breakfix.cli.replay.faults import Fault
from breakfix.cli.replay.mapping import Instants, Mapping
from breakfix.incidents.values import Status
from breakfix.kernel.binding import UNPRINTABLE
from breakfix.kernel.worktime.zones import micros, zone_of

LONGEST = 120  # characters of a number or a state
DATE_ONLY = 10  # characters of 2026-11-29
FIRST_YEAR, LAST_YEAR = 1970, 2999


class Read(NamedTuple):
    """A row as it goes on: everything in the log's own words, beside the instant and the state that the map gives."""

    number: str
    at: int  # microseconds since 1970 UTC
    row: int
    word: str
    state: str | None  # None is garbage
    known: bool
    written: str  # the instant as it stands in the log
    doubled: bool  # in the hour that autumn shows twice
    impact: str
    urgency: str
    priority: str
    asset: str
    title: str


class Misplaced(Exception):
    """A text that is no instant; the message is what it is instead."""


class Placing:
    """Reads instants of one log; the same text is worked out once."""

    def __init__(self, given: Instants) -> None:
        self.formats, self.zone, self.name = given.format, zone_of(given.zone), given.zone
        self.placed = lru_cache(maxsize=2**16)(self._placed)

    def _placed(self, text: str) -> tuple[int, bool]:
        """The instant, and whether its hour came twice; Misplaced for what no clock showed."""
        found = self._parsed(text)
        try:
            if not FIRST_YEAR <= found.year <= LAST_YEAR:  # 0001-01-01 is how some programs write "never"
                raise Misplaced("is no instant")
            if found.tzinfo is not None:
                return micros(found.astimezone(UTC)), False
            first, second = (found.replace(tzinfo=self.zone, fold=fold) for fold in (0, 1))
            at = first.astimezone(UTC)
            if at.astimezone(self.zone).replace(tzinfo=None) != found:
                raise Misplaced(f"was skipped by the clocks of {self.name}")
            return micros(at), first.utcoffset() != second.utcoffset()
        except (OverflowError, ValueError):
            raise Misplaced("is no instant") from None

    def _parsed(self, text: str) -> datetime:
        for one in self.formats:
            try:
                if one != "iso":
                    return datetime.strptime(text, one)  # noqa: DTZ007 - placed in the zone of the map
                if len(text) > DATE_ONLY:
                    return datetime.fromisoformat(text)
            except ValueError:
                continue
        raise Misplaced("is no instant in the format of the map")


def read(file: BinaryIO, mapping: Mapping) -> Iterator[Read | Fault]:
    """Every event of the log as it stands in the file, and what is none."""
    found = (csv_log if mapping.format == "csv" else xes_log).rows(file, mapping)
    yield from (_moments if mapping.moments else _events)(found, mapping)


def _events(found: Iterable[csv_log.Row | Fault], mapping: Mapping) -> Iterator[Read | Fault]:
    place, columns = Placing(mapping.instants).placed, mapping.columns
    state_column, at_column = columns.state or "", columns.at or ""  # the map has both, or moments
    states = {word: state and state.value for word, state in mapping.states.items()}
    for one in found:
        if isinstance(one, Fault):
            yield one
            continue
        row, (number, word, written, *rest) = one
        number, word = number.strip(), word.strip()
        if fault := _empty(row, number, columns.number, number) or _empty(row, number, state_column, word):
            yield fault
            continue
        try:
            at, doubled = place(written.strip())
        except Misplaced as error:
            yield _misplaced(row, number, at_column, written, error)
            continue
        yield Read(number, at, row, word, states.get(word), word in states, written, doubled, *rest[:5])


def _moments(found: Iterable[csv_log.Row | Fault], mapping: Mapping) -> Iterator[Read | Fault]:
    """One row holds several instants; an empty one did not happen, as far as the log says."""
    place, columns = Placing(mapping.instants).placed, mapping.columns
    for one in found:
        if isinstance(one, Fault):
            yield one
            continue
        row, cells = one
        number, rest, times = cells[0].strip(), cells[3:8], cells[8:]
        if fault := _empty(row, number, columns.number, number):
            yield fault
            continue
        for (state, column), written in zip(mapping.moments.items(), times, strict=True):
            if not written.strip():
                continue
            try:
                at, doubled = place(written.strip())
            except Misplaced as error:
                yield _misplaced(row, number, column, written, error)
                continue
            yield Read(number, at, row, column, Status(state).value, True, written, doubled, *rest)
            rest = ["", "", "", *rest[3:]]  # the priority is rated once a row


def _empty(row: int, number: str, column: str, cell: str) -> Fault | None:
    if not cell:
        return Fault(row, number, column, "", f"{column} is empty")
    if UNPRINTABLE.search(cell):
        return Fault(row, "", column, ascii(cell)[:LONGEST], f"{column} holds unprintable characters")
    if len(cell) > LONGEST:
        return Fault(row, number[:LONGEST], column, cell[:LONGEST], f"{column} is longer than {LONGEST} characters")
    return None


def _misplaced(row: int, number: str, column: str, written: str, error: Misplaced) -> Fault:
    kind = f"{column} is empty" if not written.strip() else f"{column} {error}"
    return Fault(row, number, column, clean(written), kind)
