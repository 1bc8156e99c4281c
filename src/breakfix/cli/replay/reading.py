"""From a row of the log to an event: every instant placed, every word looked up, every misfit named by its column."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from breakfix.cli.replay import csv_log, xes_log
from breakfix.cli.replay.csv_log import clean
from breakfix.cli.replay.faults import Fault
from breakfix.cli.replay.mapping import Mapping
from breakfix.cli.replay.placing import Misplaced, Placing
from breakfix.incidents.values import Status
from breakfix.kernel.binding import UNPRINTABLE

LONGEST = 120  # characters of a number or a state


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
