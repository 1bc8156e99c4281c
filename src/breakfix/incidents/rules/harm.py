"""What the outage has cost so far, and the dated duties that run beside it (domain.md §4.4, §11 ruling 32)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from breakfix.incidents.rules.clocks import PERCENTS, percent_of, share_of
from breakfix.incidents.values import Verdict
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.calendars import Calendar
from breakfix.kernel.worktime.coverage import open_intervals
from breakfix.kernel.worktime.days import is_open

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Rates:
    """Cost per hour of outage of one service, in and out of its business hours."""

    name: str
    business: Money
    off: Money
    hours: Calendar


@dataclass(frozen=True)
class Factor:
    """From `since` on the outage counts by this factor, 0 to 1, for this reason."""

    since: datetime
    value: Decimal
    reason: str = ""


@dataclass(frozen=True)
class Duty:
    """A dated obligation as stored; `harm` falls once the deadline is past, `per_day` for each day begun after it."""

    name: str
    source: str
    triggered_at: datetime
    deadline_at: datetime
    harm: Money
    per_day: Money
    met_at: datetime | None = None
    owner: str = ""
    obligation_id: int | None = None
    warned_percent: int = 0


@dataclass(frozen=True)
class DutyReading:
    """An obligation at one instant. It never pauses: `elapsed` is wall time since the trigger."""

    duty: Duty
    target: timedelta
    elapsed: timedelta
    remaining: timedelta
    due_at: datetime
    verdict: Verdict
    harm: Money
    explanation: str

    @property
    def is_open(self) -> bool:
        """Not yet fulfilled."""
        return self.duty.met_at is None

    @property
    def percent(self) -> int:
        """Used share of the span between trigger and deadline, whole percent."""
        return percent_of(self.elapsed, self.target)


@dataclass(frozen=True)
class CostLine:
    """One line of the meter: so many hours at this rate and factor, or a harm that fell."""

    what: str
    hours: Fraction
    rate: Money
    factor: Decimal
    amount: Money


@dataclass(frozen=True)
class Meter:
    """Money lost from `since` to `until`; the lines add up to `total`; `rate_now` is per hour, None once stopped."""

    since: datetime
    until: datetime
    lines: tuple[CostLine, ...]
    total: Money
    rate_now: Money | None


def harm_fallen(duty: Duty, until: datetime) -> tuple[Money, str]:
    """The harm of one obligation by `until`, and why. Met at the very deadline it costs nothing."""
    end = min(until, duty.met_at) if duty.met_at is not None else until
    late = end - duty.deadline_at
    if late <= timedelta(0):
        return Money.zero(duty.harm.currency), "the deadline is not past"
    days = -(-late // _DAY)
    if duty.per_day.is_zero:
        return duty.harm, "the deadline is past"
    return duty.harm + duty.per_day * days, f"the deadline is past, {days} day(s) begun since"


def duty_reading(duty: Duty, at: datetime) -> DutyReading:
    """The obligation as it stands at `at`; met exactly at the deadline is met."""
    met_at = duty.met_at if duty.met_at is not None and duty.met_at <= at else None
    end = met_at or at
    used, target = max(end - duty.triggered_at, timedelta(0)), duty.deadline_at - duty.triggered_at
    harm, explanation = harm_fallen(duty, at)
    if end > duty.deadline_at:
        verdict = Verdict.MISSED
    else:
        verdict = Verdict.MET if met_at else Verdict.RUNNING
    return DutyReading(duty, target, used, target - used, duty.deadline_at, verdict, harm, explanation)


def duty_warnings(duty: Duty) -> dict[int, datetime]:
    """When 50, 75, 90 and 100 % of the span from trigger to deadline are used; nothing once it is met."""
    if duty.met_at is not None:
        return {}
    target = duty.deadline_at - duty.triggered_at
    return {percent: duty.triggered_at + share_of(target, percent) for percent in PERCENTS}


def duty_printout(reading: DutyReading) -> dict[str, Any]:
    """The obligation clock as JSON: one stretch without gaps, because nothing ever pauses it."""
    duty = reading.duty
    start, end = duty.triggered_at, duty.triggered_at + reading.elapsed
    stretch = {"start": start.isoformat(), "end": end.isoformat(), "counted": True, "reason": "counted"}
    return {
        "kind": f"OBLIGATION {duty.name}",
        "source": duty.source,
        "target_seconds": reading.target // timedelta(seconds=1),
        "started_at": start.isoformat(),
        "stopped_at": duty.met_at.isoformat() if duty.met_at else None,
        "stretches": [stretch] if reading.elapsed else [],
        "ahead": [{**stretch, "start": end.isoformat(), "end": reading.due_at.isoformat()}]
        if reading.due_at > end
        else [],
        "elapsed_seconds": reading.elapsed // timedelta(seconds=1),
        "due_at": reading.due_at.isoformat(),
        "verdict": reading.verdict.value,
    }


def meter(
    rates: Rates,
    *,
    started_at: datetime,
    restored_at: datetime | None,
    factors: Sequence[Factor] = (),
    duties: Iterable[Duty] = (),
    at: datetime,
) -> Meter:
    """Cost(t) = rate x time x factor, by business and other hours, plus the harms that fell by then.

    It stops at restoration. The factor is 1 until somebody sets it, with a reason. Each line is rounded once.
    """
    until = at if restored_at is None or restored_at > at else restored_at
    lines = [*_time_lines(rates, started_at, until, factors), *_harm_lines(duties, until)]
    total = sum((line.amount for line in lines), Money.zero(rates.business.currency))
    running = restored_at is None or restored_at > at
    rate_now = rates.business if is_open(rates.hours, at) else rates.off
    current = [factor.value for factor in factors if factor.since <= at]
    return Meter(
        since=started_at,
        until=max(until, started_at),
        lines=tuple(lines),
        total=total,
        rate_now=rate_now * (current[-1] if current else 1) if running else None,
    )


def _time_lines(rates: Rates, started_at: datetime, until: datetime, factors: Sequence[Factor]) -> list[CostLine]:
    """One line per kind of hours and factor, in the order in which they were met."""
    marks = sorted(factors, key=lambda factor: factor.since)
    cuts = [Factor(started_at, Decimal(1))]
    for mark in marks:
        cuts.append(Factor(max(mark.since, started_at), mark.value, mark.reason))
    used: dict[tuple[bool, Decimal], timedelta] = {}
    for number, cut in enumerate(cuts):
        end = min(cuts[number + 1].since, until) if number + 1 < len(cuts) else until
        if end <= cut.since:
            continue
        opened = sum((one.duration for one in open_intervals(rates.hours, cut.since, end)), timedelta(0))
        for business, span in ((False, end - cut.since - opened), (True, opened)):
            if span:
                key = (business, cut.value)
                used[key] = used.get(key, timedelta(0)) + span
    return [_line(rates, business, factor, span) for (business, factor), span in used.items()]


def _line(rates: Rates, business: bool, factor: Decimal, span: timedelta) -> CostLine:
    rate = rates.business if business else rates.off
    hours = Fraction(span // timedelta(microseconds=1), _HOUR // timedelta(microseconds=1))
    words = "business hours" if business else "other hours"
    if factor != 1:
        words += f", counted at {factor.normalize():f}"
    return CostLine(words, hours, rate, factor, rate * (hours * Fraction(factor)))


def _harm_lines(duties: Iterable[Duty], until: datetime) -> list[CostLine]:
    lines = []
    for duty in duties:
        harm, reason = harm_fallen(duty, until)
        if not harm.is_zero:
            lines.append(CostLine(f"{duty.name}: {reason}", Fraction(0), harm, Decimal(1), harm))
    return lines


def degradation(factor: Decimal, *, restored: bool) -> Decimal:
    """The factor to four places; refuses what is no share of the full outage, and one for an outage that is over."""
    if not (factor.is_finite() and 0 <= factor <= 1):
        raise Refused("bad_factor", "The factor lies between 0 (no harm) and 1 (full outage).", field="factor")
    if restored:
        raise Refused("already_restored", "The service is restored; the meter has stopped.")
    return factor.quantize(Decimal("0.0001"))


def choose_duty(readings: Sequence[DutyReading], obligation_id: int | None) -> int:
    """Which obligation is meant: the one named, or the only open one; refuses when that is none."""
    known = {one.duty.obligation_id: one for one in readings}
    if obligation_id is not None:
        if obligation_id not in known:
            raise NotFound("This obligation")
        if not known[obligation_id].is_open:
            raise Refused("already_met", "This obligation was fulfilled before.", field="obligation_id")
        return obligation_id
    unmet = [key for key, one in known.items() if key is not None and one.is_open]
    if len(unmet) != 1:
        message = "Say which obligation is fulfilled." if unmet else "No obligation is open on this engagement."
        raise Refused("which_obligation", message, field="obligation_id")
    return unmet[0]


def check_can_add(deadline_at: datetime, *, known: bool, missed: bool, began_at: datetime, until: datetime) -> None:
    """Refuse a duty that stands there already, and one whose deadline and what is said of it do not agree.

    `until`: when it was fulfilled, or now. A wrong day is the usual reason for a deadline that has passed, so only
    whoever says that it was missed gets its harm counted; and only if this outage can have been the cause.
    """
    if known:
        raise Refused("known_obligation", "This obligation stands here already, due at that time.", field="duty-name")
    is_missed = deadline_at < until
    if is_missed and not missed:
        message = "This deadline has passed; correct it, or say that it was missed."
        raise Refused("deadline_passed", message, field="missed")
    if missed and not is_missed:
        message = "This deadline was not missed so far; leave out that it was, or correct the deadline."
        raise Refused("not_missed", message, field="missed")
    if deadline_at <= began_at:
        message = "It was due before this outage began; its harm belongs to an earlier failure."
        raise Refused("due_before_outage", message, field="missed")


def check_restoration_fulfils(triggered_at: datetime, restored_at: datetime) -> None:
    """Refuse a duty that the restoration should have fulfilled before it even began."""
    if triggered_at > restored_at:
        message = (
            "The service was back before this began to run; say instead that somebody says when it is fulfilled."
        )
        raise Refused("restored_before", message, field="duty-ends_with_restoration")
