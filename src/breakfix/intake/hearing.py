"""What one message of a source means beside what is known of its failures, and the deeds that follow from it."""

from collections import Counter
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime

from breakfix.intake import queries
from breakfix.intake.actions import alerts as actions
from breakfix.intake.models import Alert, AlertSource
from breakfix.intake.rules import storms
from breakfix.intake.rules.instants import believed
from breakfix.intake.rules.storms import Known, Step
from breakfix.intake.values import Arrival, Flapping, Outcome, Severity, Signal
from breakfix.kernel.access import SYSTEM

AT_ONCE = 50  # drafts of one deed


@dataclass(eq=False)
class Failure:
    """One that a source tells of. Of one told of for the first time, `alert` is None until its draft is made.

    Nothing else of it changes: what a deed did to the alert is another Failure. Should the savepoint of that deed be
    undone, this one still says what the database says.
    """

    alert: Alert | None = None

    @property
    def alert_id(self) -> int:
        """Of its alert, once its draft is made."""
        if self.alert is None:
            raise RuntimeError("no draft was made of this failure")
        return self.alert.pk

    @property
    def lasts(self) -> bool:
        """Whether nobody said that it is over."""
        return self.alert is None or self.alert.ended_at is None


@dataclass(frozen=True)
class Taken:
    """What became of a message: its outcome, and why where it is no ticket.

    `about` are the failures that it tells of. `dedup_key` is by what a sender of PagerDuty's events ends what it
    began, where it was about that.
    """

    outcome: Outcome
    reason: str = ""
    about: frozenset[Failure] = frozenset()
    dedup_key: str = ""

    @property
    def alerts(self) -> list[int]:
        """The alerts that it was about."""
        return sorted({one.alert_id for one in self.about})


@dataclass
class Told:
    """What one transaction knows of a source's failures, and how often it was told of each."""

    known: dict[str, Failure]
    alerts: int = 0
    times: Counter[Failure] = field(default_factory=Counter)
    repeated: Counter[Failure] = field(default_factory=Counter)
    # Those that wait for their drafts, each with what is drafted; `drafted` are the alerts made.
    waiting: dict[Failure, Arrival] = field(default_factory=dict)
    drafted: set[int] = field(default_factory=set)
    # Of those that came back, by the alert's id; `stirred` are those of which it changed.
    flapping: dict[int, Flapping] = field(default_factory=dict)
    stirred: set[int] = field(default_factory=set)

    def copied(self) -> "Told":
        """What may be thrown away together with a savepoint."""
        return Told(**{name: copy(value) for name, value in vars(self).items()})

    def counted(self) -> tuple[Counter[int], Counter[int]]:
        """How often each alert was told of, and how often by the same bytes again: by its id, once all have one."""
        return _by_alert(self.times), _by_alert(self.repeated)


def _by_alert(times: Counter[Failure]) -> Counter[int]:
    found: Counter[int] = Counter()
    for failure, number in times.items():
        found[failure.alert_id] += number
    return found


def hear(source: AlertSource, said: list[Signal], told: Told, *, at: datetime, repeated: bool) -> Taken:
    """Take one message, of which the very bytes came before where it is `repeated`.

    What it tells of for the first time waits in `told.waiting` until the caller asks for its `draft`. Where this
    raises, `told` is of no more use.
    """
    heard: list[Signal] = []
    done: list[tuple[Step, str]] = []
    for signal in said:
        each = _lasting(signal, told)
        done += [_one(source, about, told, at, repeated=repeated) for about in each]
        heard += each
    outcome = storms.outcome(step for step, _ in done)
    # Why one of several alerts came to nothing matters only where all of them did.
    why = next((reason for _, reason in done if reason), "") if outcome is Outcome.IGNORED else ""
    dedup_key = next((one.dedup_key for one in said if one.dedup_key), "")
    told.alerts += len(heard)
    marks = map(storms.fingerprint, heard)
    return Taken(outcome, why, frozenset(told.known[mark] for mark in marks if mark in told.known), dedup_key)


def draft(source: AlertSource, told: Told, at: datetime) -> None:
    """Make the drafts of all failures that wait for one, in the order in which they were told of."""
    waiting, told.waiting = list(told.waiting.items()), {}
    for start in range(0, len(waiting), AT_ONCE):
        some = waiting[start : start + AT_ONCE]
        arrivals = [arrival for _, arrival in some]
        made = actions.draft_alerts(source.pk, arrivals=arrivals, by=SYSTEM, at=at)
        for (failure, _), alert in zip(some, made, strict=True):
            failure.alert = alert
            told.drafted.add(alert.pk)


def _lasting(signal: Signal, told: Told) -> list[Signal]:
    """It once for each failure that lasts and that it is about; by its own name where none does."""
    each = storms.each(signal)
    known = [told.known.get(storms.fingerprint(one)) for one in each]
    lasting = [one for one, failure in zip(each, known, strict=True) if failure is not None and failure.lasts]
    return lasting or each[:1]


def _one(source: AlertSource, signal: Signal, told: Told, at: datetime, *, repeated: bool) -> tuple[Step, str]:
    mark = storms.fingerprint(signal)
    failure = told.known.get(mark)
    before = None if failure is None else _known(failure, signal, told)
    step, why = storms.step(signal, before, at=at, repeated=repeated)
    worse = before is not None and storms.worsens(signal, before, repeated=repeated)
    if failure is not None and failure.alert is None and (worse or step not in {Step.COUNT, Step.NOTHING}):
        draft(source, told, at)  # it needs its alert: more follows than a count
    alert = None if failure is None else failure.alert
    if alert is not None and step in {Step.END, Step.ANEW}:
        alert = actions.end_alert(alert.pk, anew=step is Step.ANEW, by=SYSTEM, at=at)
    if alert is not None and step is Step.BACK:
        alert = actions.return_alert(alert.pk, by=SYSTEM, at=at)
    # What somebody decided about stays as it is.
    if worse and alert is not None and alert.waits and alert.ended_at is None:
        alert = actions.worsen_alert(alert.pk, signal=signal, by=SYSTEM, at=at)
        step, why = (Step.COUNT if step is Step.NOTHING else step), ""
    if step in {Step.DRAFT, Step.ANEW}:
        failure = Failure()
        told.waiting[failure] = Arrival(signal, at)
    elif failure is not None and alert is not None:
        if alert is not failure.alert:
            failure = Failure(alert)
        if alert.flaps:
            _note(alert, signal, step, told, at)
    if failure is not None:
        told.known[mark] = failure
        told.times[failure] += 1
        told.repeated[failure] += int(repeated)
    return step, why


def _known(failure: Failure, signal: Signal, told: Told) -> Known:
    """What the rule has to know of the last alert of a failure."""
    alert = failure.alert
    if alert is None:
        arrival = told.waiting[failure]
        return storms.as_drafted(arrival.signal, arrival.at)
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


def _note(alert: Alert, signal: Signal, step: Step, told: Told, at: datetime) -> None:
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
