"""`breakfix replay`: a log of incidents from another system, walked through our own transitions."""

import csv
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from breakfix.cli.backup import settled
from breakfix.cli.replay.csv_log import clean
from breakfix.cli.replay.faults import BadMap, Fault, Unreadable
from breakfix.cli.replay.findings import Findings, Told
from breakfix.cli.replay.mapping import Mapping, load_mapping
from breakfix.cli.replay.opening import opened
from breakfix.cli.replay.reading import Read, read
from breakfix.cli.replay.spool import Spool, spool
from breakfix.cli.replay.telling import lines

if TYPE_CHECKING:
    from breakfix.cli.replay.importing import Importing

FILE = click.Path(dir_okay=False, path_type=Path)
HEAD = ("row", "number", "column", "found", "why")


@click.command()
@click.argument("log", type=FILE)
@click.option("--map", "map_file", type=FILE, required=True, help="What the log's columns and words mean (YAML).")
@click.option("--report", type=FILE, help="Write every refused row to this CSV file, with its column and the reason.")
@click.option("--into", help="Keep the incidents as the history of this client (its short name, such as northgate).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def replay(log: Path, map_file: Path, report: Path | None, into: str | None, as_json: bool) -> None:
    """Replay LOG, the incidents of another system (CSV or XES, plain or gzip), through Breakfix's own transitions.

    Each incident's events are walked in the order of time. What our table does not list is refused and counted by its
    kind, as are garbage states and rows that cannot be read; nothing is made up to fill a gap. Where the map has the
    client's matrix, each priority is worked out again from impact and urgency. This is a dry run that writes nothing
    and needs no database, unless --into names a client: then the incidents become its history, in the log's own
    words. Those that are there already are left alone, so a second run adds nothing.

    Exit code 0 when the log was read to its end: refused rows are a finding, not a failure. 1 when the log or the map
    could not be read or something broke, 2 for wrong usage. Writing maps: docs/replay.md.
    """
    if report is not None and report.resolve() in {log.resolve(), map_file.resolve()}:
        raise click.BadParameter("The report would overwrite what is read; name another file.", param_hint="--report")
    try:
        mapping = load_mapping(map_file)
        keeping = _keeping(into, mapping) if into else None
        begun = perf_counter()
        with _report(report) as tell, spool() as events:
            found = Findings(mapping, tell)
            _fill(events, log, found, quiet=as_json)
            for number, incident in _walked(events, quiet=as_json):
                found.incident(number, incident)
                if keeping:
                    keeping.add(number, incident)
            if keeping:
                keeping.flush()
        told = found.as_json(perf_counter() - begun) | (keeping.as_json() if keeping else {})
    except BadMap as error:
        raise _refusal(str(error), log, as_json) from None
    except (Unreadable, OSError) as error:
        raise _refusal(f"{log.name}: {error}", log, as_json) from None
    click.echo(json.dumps(told, ensure_ascii=False, indent=2) if as_json else "\n".join(lines(found, told)))
    if report and not as_json:
        click.echo(f"Every refused row: {report.name}")


def _refusal(message: str, log: Path, as_json: bool) -> SystemExit:
    if as_json:
        click.echo(json.dumps({"log": log.name, "error": message}, ensure_ascii=False))
    else:
        click.echo(message, err=True)
    return SystemExit(1)


def _fill(events: Spool, log: Path, found: Findings, *, quiet: bool) -> None:
    """Read the whole log: its events wait in order, its faults are told at once."""
    size = log.stat().st_size if log.is_file() else 0
    with progress("Reading", size, quiet=quiet) as told, opened(log, told) as file:
        events.fill(_kept(read(file, found.mapping), found))


def _kept(given: Iterator[Read | Fault], found: Findings) -> Iterator[Read]:
    for one in given:
        if isinstance(one, Fault):
            found.fault(one)
        else:
            yield one


def _keeping(into: str, mapping: Mapping) -> "Importing":
    """Where incidents are kept; only now is a database needed."""
    settled()
    from django.db import DatabaseError

    from breakfix.cli.replay.importing import Importing

    try:
        return Importing(into, mapping)
    except DatabaseError as error:
        raise Unreadable(f"the database cannot be read ({error}); `breakfix doctor` says why.") from None


def _walked(events: Spool, *, quiet: bool) -> Iterator[tuple[str, list[Read]]]:
    with progress("Replaying", events.count(), quiet=quiet) as told:
        for number, incident in events.incidents():
            yield number, incident
            told(len(incident))


@contextmanager
def progress(label: str, length: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal; nothing in a pipe or beside JSON."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(
        length=length, label=label, file=sys.stderr, update_min_steps=max(1, length // 200)
    ) as bar:
        yield bar.update


@contextmanager
def _report(path: Path | None) -> Iterator[Told]:
    """Where each refused row is written; a cell that a spreadsheet would run is made plain text."""
    if path is None:
        yield lambda _: None
        return
    from breakfix.web.sheets import cell

    with ExitStack() as stack:
        sheet: Any = csv.writer(stack.enter_context(path.open("w", encoding="utf-8", newline="")))
        sheet.writerow(HEAD)
        yield lambda fault: sheet.writerow([cell(clean(str(one))) for one in fault])
