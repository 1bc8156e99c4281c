"""A vendor's promise on a clock of its own: when it is due, whether it was kept, and by how much not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from breakfix.kernel.errors import Refused
from breakfix.kernel.worktime import clocks
from breakfix.kernel.worktime.calendars import Calendar, NeverDue
from breakfix.kernel.worktime.clocks import Stretch
from breakfix.liaison.values import Basis, PromiseGiven, PromiseReading, PromiseVerdict

LONGEST = timedelta(days=366)
MOST = 20  # promises of one contact


def check_given(promises: Sequence[PromiseGiven], made_at: datetime) -> None:
    """Refuse a promise that nobody could hold the vendor to: each by an instant, or within some time, not both."""
    if len(promises) > MOST:
        raise Refused("too_many", f"Note at most {MOST} promises at once.", field="promises_made")
    for n, one in enumerate(promises):
        if (one.until is None) == (one.within_minutes is None):
            message = "Say until when, or within how many minutes: one of the two."
            raise Refused("missing_field", message, field=f"promises_made-{n}-until")
        if one.within_minutes is not None and not 1 <= one.within_minutes <= LONGEST // timedelta(minutes=1):
            message = "A promise is for one minute at least and a year at most."
            raise Refused("bad_time", message, field=f"promises_made-{n}-within_minutes")
        if one.until is not None and not made_at < one.until <= made_at + LONGEST:
            message = "A promise is for later than the contact, and for a year at most."
            raise Refused("bad_time", message, field=f"promises_made-{n}-until")


def due(given: PromiseGiven, made_at: datetime, hours: Calendar, *, n: int = 0) -> datetime:
    """The instant until which it was promised, as it is frozen with the promise."""
    if given.until is not None:
        return given.until
    calendar = clock_of(given.basis, hours)
    try:
        found = clocks.due(calendar, made_at, timedelta(minutes=given.within_minutes or 0))
    except NeverDue:
        found = None
    if found is None:
        message = "In the vendor's stated hours this would never be due."
        raise Refused("never_due", message, field=f"promises_made-{n}-basis")
    return found


def clock_of(basis: Basis, hours: Calendar) -> Calendar:
    """The calendar in which a promise is measured."""
    return hours if basis is Basis.HOURS else Calendar.always_on("UTC")


def check_can_keep(*, kept: bool, ended: bool, made_at: datetime, kept_at: datetime, at: datetime) -> None:
    """Refuse to keep what is decided, before it was promised, or in the future."""
    if kept or ended:
        raise Refused("promise_over", "What became of this promise is on record already.", field="promise_id")
    if kept_at > at:
        raise Refused("not_yet", "This lies in the future; note it once it was done.", field="kept_at")
    if kept_at < made_at:
        raise Refused("too_early", "This lies before it was promised.", field="kept_at")


def reading(
    *,
    until: datetime,
    basis: Basis,
    hours: Calendar,
    kept_at: datetime | None,
    ended_at: datetime | None,
    at: datetime,
) -> PromiseReading:
    """Kept means done at the promised instant or before; broken also while it is still overdue."""
    stop = kept_at or ended_at or at
    clock = clock_of(basis, hours)
    if stop > until:
        return PromiseReading(PromiseVerdict.BROKEN, clocks.elapsed(clock, until, stop), until, basis)
    verdict = PromiseVerdict.KEPT if kept_at else PromiseVerdict.ENDED if ended_at else PromiseVerdict.OPEN
    return PromiseReading(verdict, clocks.elapsed(clock, stop, until), until, basis)


@dataclass(frozen=True)
class Explained:
    """A promise's clock written out, in the hours stated when it was promised.

    `stretches` run from the promise until it was kept, its case closed, or now; what counted in them is `used`.
    `ahead` goes on from there to `until`, and `target` is used up there. `computed`: promised within some time, so
    that the intervals give `until`; where an instant was named, they give how much of the vendor's time lay before.
    """

    basis: Basis
    calendar: Calendar
    made_at: datetime
    stopped_at: datetime | None
    read_at: datetime
    until: datetime
    computed: bool
    target: timedelta
    used: timedelta
    stretches: tuple[Stretch, ...]
    ahead: tuple[Stretch, ...]

    @property
    def remaining(self) -> timedelta:
        """What is left of it; negative by as much as the vendor is, or was, late."""
        return self.target - self.used


def explained(
    *,
    made_at: datetime,
    until: datetime,
    within_minutes: int | None,
    basis: Basis,
    hours: Calendar,
    stopped_at: datetime | None,
    at: datetime,
) -> Explained:
    """Every interval of a promise, counted or not and why; their sums are what `reading` says."""
    clock, end = clock_of(basis, hours), stopped_at or at
    named = clocks.elapsed(clock, made_at, until)
    return Explained(
        basis=basis,
        calendar=clock,
        made_at=made_at,
        stopped_at=stopped_at,
        read_at=at,
        until=until,
        computed=within_minutes is not None,
        target=named if within_minutes is None else timedelta(minutes=within_minutes),
        used=clocks.elapsed(clock, made_at, end),
        stretches=clocks.explain(clock, made_at, end),
        ahead=clocks.explain(clock, end, until) if end < until else (),
    )
