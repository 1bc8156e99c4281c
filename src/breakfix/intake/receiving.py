"""What a source sends, from its bytes to what became of it: read, each alert in it taken once, and kept.

In a storm, messages wait for each other; those that wait in this process are then taken together, in one transaction.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import OperationalError, transaction

from breakfix.intake import queries, steps
from breakfix.intake.hearing import Failure, Taken, Told, draft, hear
from breakfix.intake.models import AlertSource
from breakfix.intake.rules import storms
from breakfix.intake.rules.reading import read
from breakfix.intake.values import Outcome, Signal, TurnedAway, Unmapped

log = logging.getLogger(__name__)
OURS = queries.OURS
MOST = 50  # messages of one transaction: whoever came first waits for the last of them


class Replayed(Exception):
    """What was signed once was shown a second time."""


class Closed(Exception):
    """The source was closed while the message was on its way."""


@dataclass(eq=False)
class _Message:
    """One that waits; `ended` is what its sender is answered, and set only once that is committed."""

    body: bytes
    at: datetime
    signed: str
    machine: str = ""
    repeated: bool = False
    ended: Taken | Exception = field(default_factory=lambda: RuntimeError("nothing became of it"))
    done: bool = False

    def __post_init__(self) -> None:
        self.mark = steps.mark(self.body, self.signed, self.machine)


@dataclass
class _Line:
    """The messages of one source that wait in this process."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    waiting: list[_Message] = field(default_factory=list)

    def batch(self, own: _Message) -> list[_Message]:
        """Those who are taken together with this one: whoever waits by now, up to a number."""
        # In the order in which they came: an end that overtook its beginning would be about nothing.
        batch = list(self.waiting)[:MOST]
        # Who is not among them is behind too many others, or was in a batch that failed, and so came before them all.
        if own in batch:
            return batch
        return [*batch, own] if own in self.waiting else [own, *batch]


_lines: dict[int, _Line] = {}


def receive(source: AlertSource, body: bytes, at: datetime, *, signed: str = "", machine: str = "") -> Taken:
    """Keep a message and take what it says, in one transaction: whoever gets an answer may forget the message.

    Never raises for what the message holds: what cannot be read is in the quarantine, with its bytes and why.
    `signed` is what was signed with the body; raises Replayed where both came before, and Closed. `machine` is whom
    the address names, for those who do not name themselves.
    """
    line, own = _lines.setdefault(source.pk, _Line()), _Message(body, at, signed, machine)
    line.waiting.append(own)
    with line.turn:
        # Whoever has the turn takes those along who wait behind: when theirs comes, it is done already.
        if not own.done:
            _take_together(source, line, own)
    if isinstance(own.ended, Exception):
        raise own.ended
    return own.ended


def turn_away(source: AlertSource, why: TurnedAway) -> None:
    """Count a message of which nothing is kept; its sender is told why."""
    steps.tally(source, messages=1, **{why.value: 1})


def _take_together(source: AlertSource, line: _Line, own: _Message) -> None:
    batch = [own]

    def those_who_wait() -> list[_Message]:
        batch[:] = line.batch(own)
        return batch

    try:
        try:
            ended = _received(source, those_who_wait)
        # A deadlock with what somebody does about an alert, or a fault of ours at one of them: nothing was kept, so
        # once more, and so that whoever fails takes nothing from the others.
        except Exception:
            ended = _received(source, those_who_wait, apart=True)
        for one, what in ended.items():
            one.ended, one.done = what, True
    finally:  # where it failed, each of them has a turn of its own
        for one in set(batch) & set(line.waiting):
            line.waiting.remove(one)


def _received(
    source: AlertSource, those_who_wait: Callable[[], list[_Message]], *, apart: bool = False
) -> dict[_Message, Taken | Exception]:
    """What becomes of each, all of it or nothing committed; `apart`: each in a savepoint of its own."""
    with transaction.atomic():
        # One transaction of a source after the other: which is the first telling of a failure is then no race.
        is_open = queries.hold_source(source)
        batch = those_who_wait()  # only now: others came while another process held it
        if not is_open:
            return {one: Closed() for one in batch}
        ended: dict[_Message, Taken | Exception] = {}
        marks = queries.came_before(source, {one.mark for one in batch})
        for one in batch:
            one.repeated = one.mark in marks
            marks.add(one.mark)
            if one.signed and one.repeated:
                ended[one] = Replayed()  # and nothing of it is kept
        kept = [one for one in batch if one not in ended]
        said = {one: _read(source, one) for one in kept}
        # Every alert they may be about is held before the first entry of a log: the log comes last for everybody.
        signals = [signal for what in said.values() if isinstance(what, list) for signal in what]
        asked = {storms.fingerprint(one) for signal in signals for one in storms.each(signal)}
        told = Told({mark: Failure(one) for mark, one in queries.lock_last_alerts(source, asked).items()})
        rows = []
        for one, what in said.items():
            if isinstance(what, str):
                taken = _quarantined(what)
            elif apart:
                taken, told = _take_apart(source, one, what, told)
            else:
                taken = hear(source, what, told, at=one.at, repeated=one.repeated)
            ended[one] = taken
            rows.append((one.body, one.mark, one.at, taken.outcome, taken.reason))
        latest = max(one.at for one in batch)
        draft(source, told, latest)
        steps.keep(source, rows)
        _count(source, told, len(kept), latest)
        return ended


def _count(source: AlertSource, told: Told, messages: int, latest: datetime) -> None:
    times, repeated = told.counted()
    steps.count(times, repeated, latest, fresh=told.drafted)
    steps.note_flapping({key: told.flapping[key] for key in told.stirred}, latest)
    unmatched = told.alerts - times.total()
    steps.tally(source, messages=messages, alerts=told.alerts, unmatched=unmatched)


def _read(source: AlertSource, one: _Message) -> list[Signal] | str:
    """What it says, or why that cannot be read."""
    try:
        return read(one.body, source.zone, one.machine)
    except Unmapped as no:
        return str(no)
    except Exception:
        log.exception("message %s could not be read", one.mark)
        return OURS


def _quarantined(reason: str) -> Taken:
    return Taken(Outcome.QUARANTINE, reason)


def _take_apart(source: AlertSource, one: _Message, said: list[Signal], told: Told) -> tuple[Taken, Told]:
    """What becomes of one message and what is known then; where it is a fault of ours, nothing is half-taken."""
    mine = told.copied()
    try:
        with transaction.atomic():
            taken = hear(source, said, mine, at=one.at, repeated=one.repeated)
            draft(source, mine, one.at)  # here: one that fails takes no other message's along
            return taken, mine
    except OperationalError:
        raise
    except Exception:
        log.exception("message %s could not be taken", one.mark)
        return _quarantined(OURS), told
