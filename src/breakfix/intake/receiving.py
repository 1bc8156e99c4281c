"""What a source sends, from its bytes to what became of it: read, each alert in it taken once, and kept.

In a storm, messages wait for each other; those that wait in this process are then taken together, in one transaction.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import OperationalError, transaction

from breakfix.intake import queries, steps
from breakfix.intake.actions import alerts as actions
from breakfix.intake.models import Alert, AlertSource
from breakfix.intake.rules import storms
from breakfix.intake.rules.instants import believed
from breakfix.intake.rules.reading import read
from breakfix.intake.rules.storms import Known, Step
from breakfix.intake.values import Flapping, Outcome, Severity, Signal, TurnedAway, Unmapped
from breakfix.kernel.access import SYSTEM

log = logging.getLogger(__name__)
OURS = queries.OURS
MOST = 50  # messages of one transaction: whoever came first waits for the last of them


@dataclass(frozen=True)
class Taken:
    """What became of a message: its outcome, why where it is no ticket, and the alerts that it was about.

    `dedup_key` is by what a sender of PagerDuty's events ends what it began, where it was about that.
    """

    outcome: Outcome
    reason: str = ""
    alerts: list[int] = field(default_factory=list)
    dedup_key: str = ""


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


@dataclass
class _Told:
    """What one transaction knows of a source's failures, and how often it was told of each: by the alert's id."""

    known: dict[str, Alert]
    alerts: int = 0
    times: Counter[int] = field(default_factory=Counter)
    repeated: Counter[int] = field(default_factory=Counter)
    # Of those that came back, by id; `stirred` are those of which it changed, `drafted` those that it made.
    flapping: dict[int, Flapping] = field(default_factory=dict)
    stirred: set[int] = field(default_factory=set)
    drafted: set[int] = field(default_factory=set)


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
        told = _Told(queries.lock_last_alerts(source, asked))
        rows = []
        for one, what in said.items():
            if isinstance(what, str):
                taken = _quarantined(what)
            else:
                taken = _take_apart(source, one, what, told) if apart else _take(source, one, what, told)
            ended[one] = taken
            rows.append((one.body, one.mark, one.at, taken.outcome, taken.reason))
        steps.keep(source, rows)
        _count(source, told, len(kept), max(one.at for one in batch))
        return ended


def _count(source: AlertSource, told: _Told, messages: int, latest: datetime) -> None:
    steps.count(told.times, told.repeated, latest, fresh=told.drafted)
    steps.note_flapping({key: told.flapping[key] for key in told.stirred}, latest)
    unmatched = told.alerts - told.times.total()
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


def _take_apart(source: AlertSource, one: _Message, said: list[Signal], told: _Told) -> Taken:
    """What becomes of one message; where it is a fault of ours, nothing of it is half-taken."""
    try:
        with transaction.atomic():
            return _take(source, one, said, told)
    except OperationalError:
        raise
    except Exception:
        log.exception("message %s could not be taken", one.mark)
        return _quarantined(OURS)


def _take(source: AlertSource, one: _Message, said: list[Signal], told: _Told) -> Taken:
    """What becomes of one message; `told` knows of it only once all of it is taken."""
    mine = _Told(dict(told.known), flapping=dict(told.flapping))
    heard: list[Signal] = []
    done: list[tuple[Step, str]] = []
    for signal in said:
        each = _lasting(signal, mine)
        done += [_one(source, about, mine, one) for about in each]
        heard += each
    outcome = storms.outcome(step for step, _ in done)
    # Why one of several alerts came to nothing matters only where all of them did.
    why = next((reason for _, reason in done if reason), "") if outcome is Outcome.IGNORED else ""
    dedup_key = next((one.dedup_key for one in said if one.dedup_key), "")
    taken = Taken(outcome, why, sorted(_about(mine, heard)), dedup_key)
    told.known, told.flapping = mine.known, mine.flapping
    told.alerts += len(heard)
    told.times.update(mine.times)
    told.repeated.update(mine.repeated)
    told.stirred |= mine.stirred
    told.drafted |= mine.drafted
    return taken


def _lasting(signal: Signal, told: _Told) -> list[Signal]:
    """It once for each failure that lasts and that it is about; by its own name where none does."""
    each = storms.each(signal)
    known = [told.known.get(storms.fingerprint(one)) for one in each]
    lasting = [one for one, alert in zip(each, known, strict=True) if alert is not None and alert.ended_at is None]
    return lasting or each[:1]


def _about(told: _Told, said: list[Signal]) -> set[int]:
    return {told.known[mark].pk for one in said if (mark := storms.fingerprint(one)) in told.known}


def _one(source: AlertSource, signal: Signal, told: _Told, message: _Message) -> tuple[Step, str]:
    mark, at, repeated = storms.fingerprint(signal), message.at, message.repeated
    alert = told.known.get(mark)
    before = None
    if alert is not None:
        before = _known(alert, signal, told)
    step, why = storms.step(signal, before, at=at, repeated=repeated)
    if alert is not None and step in {Step.END, Step.ANEW}:
        told.known[mark] = alert = actions.end_alert(alert.pk, anew=step is Step.ANEW, by=SYSTEM, at=at)
    if alert is not None and step is Step.BACK:
        told.known[mark] = alert = actions.return_alert(alert.pk, by=SYSTEM, at=at)
    if step in {Step.DRAFT, Step.ANEW}:
        told.known[mark] = alert = actions.draft_alert(source.pk, signal=signal, by=SYSTEM, at=at)
        told.drafted.add(alert.pk)
    elif alert is not None and before is not None and (worse := _worse(alert, signal, before, message)):
        told.known[mark] = alert = worse
        step, why = (Step.COUNT if step is Step.NOTHING else step), ""
    if alert is not None and alert.flaps:
        _note(alert, signal, step, told, at)
    if alert is not None:
        told.times[alert.pk] += 1
        told.repeated[alert.pk] += int(repeated)
    return step, why


def _worse(alert: Alert, signal: Signal, before: Known, message: _Message) -> Alert | None:
    """The draft as it is raised by this; None where it stays as it is, as does all that somebody decided about."""
    if not alert.waits or alert.ended_at is not None:
        return None
    if not storms.worsens(signal, before, repeated=message.repeated):
        return None
    return actions.worsen_alert(alert.pk, signal=signal, by=SYSTEM, at=message.at)


def _known(alert: Alert, signal: Signal, told: _Told) -> Known:
    """What the rule has to know of the last alert of a failure."""
    if alert.flaps and alert.pk not in told.flapping:
        told.flapping[alert.pk] = queries.flapping(alert)
    last = told.flapping.get(alert.pk, Flapping())
    decided_at, repaired = queries.settled(alert)
    asked = alert.dismissed_at is not None and (signal.stamps_each or signal.begun_at is None)
    return Known(
        last.begun_at or alert.begun_at,
        alert.dated,
        ended_at=alert.ended_at,
        decided_at=decided_at,
        dismissed=alert.dismissed_at is not None,
        repaired=repaired,
        flaps=alert.flaps,
        quiet=last.quiet_since is not None,
        severity=Severity(alert.severity),
        last_told=getattr(getattr(alert, "count", None), "last_received_at", None) if asked else None,
    )


def _note(alert: Alert, signal: Signal, step: Step, told: _Told, at: datetime) -> None:
    """Of one that came back: that it is said to be over, that it is not, and when it began the last time."""
    last = told.flapping.get(alert.pk, Flapping())
    now = last
    if step is Step.QUIET:
        now = replace(now, quiet_since=at)
    elif step in {Step.BACK, Step.STIRS}:
        now = replace(now, quiet_since=None)
    begun_at, doubt = believed(signal.begun_at, at)
    came = {Step.BACK, Step.STIRS} | (set() if signal.stamps_each else {Step.COUNT})
    if step in came and not doubt and begun_at > (last.begun_at or alert.begun_at):
        now = replace(now, begun_at=begun_at)
    if now != last:
        told.flapping[alert.pk] = now
        told.stirred.add(alert.pk)
