"""The events of an XES log (IEEE 1849), as columns of the map, read as a stream.

A column is the key of an attribute of the event, else of its trace; the number is the trace's. Attributes of a trace
stand before its events, as the standard's own order has it. A document type is refused: no log needs entities.
An event outside of any trace is refused. Of a trace whose number an earlier one had is told: both are one incident.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any, BinaryIO
from xml.parsers import expat  # expat alone, without anything that resolves or fetches

from breakfix.cli.replay.csv_log import Row, clean, names
from breakfix.cli.replay.faults import Fault, Unreadable
from breakfix.cli.replay.mapping import Mapping
from breakfix.cli.replay.opening import BROKEN, broken

CHUNK = 2**16
LONGEST = 2**23  # bytes between two attributes: no log has longer ones, and an unpacked file may be endless
NO_TRACE = "event stands in no trace"
TWICE = "trace has the number of an earlier one: their events are taken as one incident"
VALUED = {"string", "date", "int", "float", "boolean", "id"}


class _Reader:
    """What expat calls: where it stands, what the trace says, and the rows that are complete."""

    def __init__(self, mapping: Mapping, numbers: sqlite3.Connection) -> None:
        self.numbers = numbers  # of traces, where memory does not grow with them
        self.wanted = names(mapping)
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.inside: list[str] = []
        self.trace: dict[str, str] = {}
        self.event: dict[str, str] = {}
        self.line = self.fed = self.begun = 0  # `begun`: the line of a trace that had no event yet
        self.rows: list[Row | Fault] = []

    def start(self, tag: str, given: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if not self.inside and tag != "log":
            raise Unreadable(f"line {self.parser.CurrentLineNumber}: <{tag}> is no XES log, which begins with <log>.")
        where = self.inside[-1] if self.inside else ""
        self.inside.append(tag)
        self.fed = 0
        if tag == "trace" and where == "log":
            self.trace, self.begun = {}, self.parser.CurrentLineNumber
        elif tag == "event":
            self.event, self.line = {}, self.parser.CurrentLineNumber
        elif tag in VALUED and where in ("trace", "event") and "key" in given:
            (self.trace if where == "trace" else self.event)[given["key"]] = given.get("value", "")

    def end(self, tag: str) -> None:
        if self.inside.pop() != "event" or not self.inside:
            return
        if self.inside[-1] != "trace":
            self.rows.append(Fault(self.line, "", "", "", NO_TRACE))
            return
        if self.begun:
            self.first_of_trace()
        self.rows.append((self.line, [self.found(n, name) for n, name in enumerate(self.wanted)]))

    def first_of_trace(self) -> None:
        number, line, self.begun = self.found(0, self.wanted[0]).strip(), self.begun, 0
        if number and not self.numbers.execute("INSERT OR IGNORE INTO trace VALUES (?)", (number,)).rowcount:
            self.rows.append(Fault(line, clean(number), self.wanted[0], clean(number), TWICE))

    def found(self, place: int, name: str) -> str:
        if place == 0:
            return self.trace.get(name, "")
        return self.event.get(name) or self.trace.get(name, "")

    def doctype(self, *_: Any) -> None:
        raise Unreadable(f"line {self.parser.CurrentLineNumber}: a document type; an XES log has none. Remove it.")


def rows(file: BinaryIO, mapping: Mapping) -> Iterator[Row | Fault]:
    """Each event of the log, with the line of the file in which it begins."""
    with closing(sqlite3.connect("", isolation_level=None)) as numbers:
        numbers.execute("PRAGMA journal_mode=OFF")
        numbers.execute("CREATE TABLE trace (number TEXT PRIMARY KEY) WITHOUT ROWID")
        numbers.execute("BEGIN")
        yield from _read(file, _Reader(mapping, numbers))


def _read(file: BinaryIO, reader: _Reader) -> Iterator[Row | Fault]:
    try:
        while chunk := file.read(CHUNK):
            reader.fed += len(chunk)
            if reader.fed > LONGEST:
                line = reader.parser.CurrentLineNumber
                raise Unreadable(f"line {line}: {LONGEST:,} bytes without an attribute; this is no XES log.")
            reader.parser.Parse(chunk, False)
            yield from reader.rows
            reader.rows.clear()
        reader.parser.Parse(b"", True)
    except (LookupError, ValueError):  # expat asks Python for encodings that it does not know itself
        raise Unreadable("line 1: the encoding that it declares cannot be read; write the log as UTF-8.") from None
    except expat.ExpatError as error:
        what = expat.ErrorString(error.code)
        raise Unreadable(f"line {error.lineno}, column {error.offset + 1}: this is no XML: {what}.") from None
    except BROKEN as error:
        raise broken(error, f"line {reader.parser.CurrentLineNumber}") from None
