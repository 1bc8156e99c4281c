"""The rows of a CSV log, as columns of the map; a row that is none says why, and the next one is read."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from breakfix.cli.replay.faults import Fault, Unreadable
from breakfix.cli.replay.mapping import ROLES, Mapping
from breakfix.cli.replay.opening import BROKEN, broken

LONGEST = 2**20  # characters of a line: no log has longer ones, and an unpacked file may be endless
TORN = "\ud800", "\udfff"  # what stands for a byte that the encoding does not know, and halves of characters

Cells = list[str]
Row = tuple[int, Cells]  # the line in which it begins (the header is 1), and what the map's columns hold


def names(mapping: Mapping) -> list[str]:
    """The columns that the map reads: one for each role, '' where it has none, then those of the moments."""
    return [getattr(mapping.columns, role) or "" for role in ROLES] + list(mapping.moments.values())


def rows(file: BinaryIO, mapping: Mapping) -> Iterator[Row | Fault]:
    """Each row of the log, by the line in which it begins; row 1 is the header."""
    text = io.TextIOWrapper(file, encoding=mapping.encoding, errors="surrogateescape", newline="")
    row = 1
    try:
        read = csv.reader(_lines(text), delimiter=mapping.delimiter, strict=True)
        head = next(read, [])
        places, wanted = _places(head, mapping), names(mapping)
        while True:
            row = read.line_num + 1
            try:
                cells = next(read)
            except StopIteration:
                return
            except csv.Error as error:
                yield Fault(row, "", "", "", f"row is no CSV: {error}")
                continue
            if cells:
                yield _row(row, cells, head, wanted, places)
    except BROKEN as error:
        raise broken(error, f"row {row - 1}") from None
    except UnicodeError as error:
        raise Unreadable(f"row {row} is not {mapping.encoding}: {error}. Name its encoding in the map.") from None
    except csv.Error as error:
        raise Unreadable(f"row 1, the header, is no CSV: {error}.") from None


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    while line := text.readline(LONGEST):
        number += 1
        if len(line) == LONGEST and not line.endswith("\n"):
            raise Unreadable(f"line {number} is longer than {LONGEST:,} characters; this is no log in CSV.")
        yield line


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


def _row(row: int, cells: Cells, head: Cells, wanted: list[str], places: list[int]) -> Row | Fault:
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
