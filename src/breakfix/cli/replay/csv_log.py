"""The rows of a CSV log, as columns of the map; a row that is none says why, and the next one is read.

A quote that is not closed makes one row of many lines. Where that is seen, only the line in which it stands is lost.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import BinaryIO

from breakfix.cli.replay.faults import Fault, Unreadable
from breakfix.cli.replay.mapping import ROLES, Mapping
from breakfix.cli.replay.opening import BROKEN, broken
from breakfix.cli.replay.placing import Misplaced, Placing

LONGEST = 2**20  # characters of a line or row: no log has longer ones, and an unpacked file may be endless
UNCLOSED = "row is no CSV: a quote in it is not closed"
TORN = "\ud800", "\udfff"  # what stands for a byte that the encoding does not know, and halves of characters
STATE, AT = ROLES.index("state"), ROLES.index("at")

Cells = list[str]
Row = tuple[int, Cells]  # the line in which it begins (the header is 1), and what the map's columns hold


def names(mapping: Mapping) -> list[str]:
    """The columns that the map reads: one for each role, '' where it has none, then those of the moments."""
    return [getattr(mapping.columns, role) or "" for role in ROLES] + list(mapping.moments.values())


class _Lines:
    """The lines of a log, one by one, and those of which the row in hand is made."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self.text, self.number, self.row, self.length, self.again = text, 0, list[str](), 0, ""

    def begin(self) -> int:
        """A row begins; in which line."""
        self.row, self.length = [], 0
        return self.number + 1

    def put_back(self) -> None:
        """The last line is read once more."""
        self.number, self.again = self.number - 1, self.row[-1]

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line, self.again = self.again or self.text.readline(LONGEST), ""
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == LONGEST and not line.endswith("\n"):
            raise Unreadable(f"line {self.number} is longer than {LONGEST:,} characters; this is no log in CSV.")
        self.row.append(line)
        self.length += len(line)
        if self.length > LONGEST and len(self.row) > 1:
            raise csv.Error(f"it is longer than {LONGEST:,} characters, or a quote in it is not closed")
        return line


class _Shape:
    """How a row of this log looks."""

    def __init__(self, head: Cells, mapping: Mapping) -> None:
        self.head, self.wanted, self.delimiter = head, names(mapping), mapping.delimiter
        self.places = _places(head, mapping)
        words = [*(role != "title" for role in ROLES), *(True for _ in mapping.moments)]
        self.states, self.placed = mapping.states, Placing(mapping.instants).placed
        self.of_one_line = [place for place, word in zip(self.places, words, strict=True) if word and place >= 0]

    def alone(self, number: int, line: str) -> Row | Fault | None:
        """A line as a row of its own; None where nothing stands in it."""
        try:
            cells = self.cells(line)
        except csv.Error as error:
            return Fault(number, "", "", "", f"row is no CSV: {error}")
        return _row(number, cells, self) if cells else None

    def swallowed(self, cells: Cells, lines: list[str]) -> bool:
        """Whether this row ran into others: it is none, or a word in it is many lines, and one of these is a row."""
        broken_word = any(len(cells[at].splitlines()) > 1 for at in self.of_one_line if at < len(cells))
        whole = len(cells) == len(self.head)
        if whole and not broken_word:
            return False
        for line in lines[1:]:
            with suppress(csv.Error):
                found = self.cells(line)
                if len(found) == len(self.head) and (whole or self.tells(found)):
                    return True
        return False

    def tells(self, cells: Cells) -> bool:
        """Whether these cells say what a row says: a state of the map, or an instant; a sentence has commas, too."""
        if self.places[STATE] >= 0 and cells[self.places[STATE]].strip() in self.states:
            return True
        for place in (self.places[AT], *self.places[len(ROLES) :]):
            with suppress(Misplaced):
                if place >= 0 and self.placed(cells[place].strip()):
                    return True
        return False

    def cells(self, line: str) -> Cells:
        return next(csv.reader([line], delimiter=self.delimiter, strict=True), [])


def rows(file: BinaryIO, mapping: Mapping) -> Iterator[Row | Fault]:
    """Each row of the log, by the line in which it begins; row 1 is the header."""
    lines = _Lines(io.TextIOWrapper(file, encoding=mapping.encoding, errors="surrogateescape", newline=""))
    row = 1
    before = csv.field_size_limit(LONGEST)  # a note may be longer than the 131,072 characters of the library
    try:
        read = csv.reader(lines, delimiter=mapping.delimiter, strict=True)
        shape = _Shape(next(read, []), mapping)
        while True:
            row = lines.begin()
            try:
                cells = next(read)
            except StopIteration:
                return
            except csv.Error as error:
                yield from _apart(row, lines, shape, f"row is no CSV: {error}")
                continue
            if len(lines.row) > 1 and shape.swallowed(cells, lines.row):
                yield from _apart(row, lines, shape, UNCLOSED)
            elif cells:
                yield _row(row, cells, shape)
    except BROKEN as error:
        raise broken(error, f"row {row - 1}") from None
    except UnicodeError as error:
        raise Unreadable(f"row {row} is not {mapping.encoding}: {error}. Name its encoding in the map.") from None
    except csv.Error as error:
        raise Unreadable(f"row 1, the header, is no CSV: {error}.") from None
    finally:
        csv.field_size_limit(before)


def _apart(row: int, lines: _Lines, shape: _Shape, kind: str) -> Iterator[Row | Fault]:
    """The first line is refused, and each that it ran into is a row of its own; the last may begin a longer one."""
    yield Fault(row, "", "", "", kind)
    if len(lines.row) == 1:
        return
    swallowed = lines.row[1:-1]
    lines.put_back()
    for number, line in enumerate(swallowed, row + 1):
        if (found := shape.alone(number, line)) is not None:
            yield found


def _places(head: Sequence[str], mapping: Mapping) -> list[int]:
    """Where each column of the map stands; -1 for a role that the map does not use."""
    there = ", ".join(name.encode("ascii", "backslashreplace").decode() for name in head[:40]) or "nothing"
    if any(sign == "\0" or TORN[0] <= sign <= TORN[1] for name in head for sign in name):
        encoding = mapping.encoding.removesuffix("-sig")
        raise Unreadable(
            f"row 1, the header, is not in {encoding}. Name the file's encoding in the map, e.g. utf-16."
        )
    if len(head) == 1 and (others := [sign for sign in ",;\t|" if sign in head[0] and sign != mapping.delimiter]):
        raise Unreadable(f"row 1, the header, is one cell. Is it divided by {others[0]!r}? Say so in `delimiter`.")
    for name in names(mapping):
        if name and head.count(name) != 1:
            wrong = "has no column" if name not in head else "has more than one column"
            raise Unreadable(f"row 1, the header, {wrong} {name!r}, which the map reads. It has: {there}.")
    return [head.index(name) if name else -1 for name in names(mapping)]


def _row(row: int, cells: Cells, shape: _Shape) -> Row | Fault:
    head, wanted, places = shape.head, shape.wanted, shape.places
    number = cells[places[0]] if places[0] < len(cells) else ""
    if len(cells) != len(head):
        kind = f"row has {len(cells)} cells, the header {len(head)}"
        missing = head[len(cells)] if len(cells) < len(head) else ""
        return Fault(row, clean(number), missing, "", kind)
    found = ["" if place < 0 else cells[place] for place in places]
    together = "".join(found)
    if together.isascii() and "\0" not in together:
        return row, found
    for name, cell in zip(wanted, found, strict=True):
        if any(TORN[0] <= sign <= TORN[1] for sign in cell):
            return Fault(row, clean(number), name, clean(cell), f"{name} is not in the encoding of the map")
        if "\0" in cell:  # no database keeps it
            return Fault(row, clean(number), name, clean(cell), f"{name} holds a byte of value 0")
    return row, found


def clean(cell: str) -> str:
    """A cell that can be printed, whatever bytes stood there."""
    return cell.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").replace("\0", "\\x00")[:200]
