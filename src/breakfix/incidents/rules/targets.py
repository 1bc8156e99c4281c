"""How long each promise of the agreement is, in seconds, fixed when its clock starts (domain.md §4.2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil

from breakfix.agreements.values import Commitments, Coverage, Priority, Target, Unit
from breakfix.incidents.rules.clocks import calendar_of
from breakfix.incidents.values import ClockKind
from breakfix.kernel.worktime.calendars import Calendar, NeverDue
from breakfix.kernel.worktime.clocks import due
from breakfix.kernel.worktime.days import business_days_later, business_time_until_close_of_next_full_day

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
# Business days from RESOLVED within which the service report is promised (domain.md §3.7).
REPORT_DAYS = 2
# Signed terms may say zero, which would ask without end.
LEAST_WAIT = timedelta(minutes=15)
_IN_BUSINESS_TIME = frozenset({Unit.BUSINESS_HOURS, Unit.BUSINESS_DAYS, Unit.NEXT_DAY_END})


@dataclass(frozen=True)
class Promise:
    """A target as a clock stores it; `reason` says where the seconds come from.

    `start` is the whole second where it ends with the hours of a day: so many seconds later it is due at the close,
    not a part of a second before or on the next morning.
    """

    kind: ClockKind
    coverage: Coverage
    start: datetime
    seconds: int
    reason: str


def seconds_of(target: Target, *, hours: Calendar, start: datetime) -> int:
    """The target in seconds of its own time; a business day is the calendar's standard day (§11 ruling 9)."""
    match target.unit:
        case Unit.MINUTES:
            return target.amount * _MINUTE
        case Unit.HOURS | Unit.BUSINESS_HOURS:
            return target.amount * _HOUR
        case Unit.DAYS:
            return target.amount * _DAY
        case Unit.BUSINESS_DAYS:
            return target.amount * hours.standard_day_minutes * _MINUTE
        case Unit.NEXT_DAY_END:
            return business_time_until_close_of_next_full_day(hours, start) // timedelta(seconds=1)


def coverage_of(target: Target, coverage: Coverage) -> Coverage:
    """When a clock counts: as its priority does, except that business hours are counted in business hours."""
    return Coverage.BUSINESS if target.unit in _IN_BUSINESS_TIME else coverage


def distance_minutes(commitments: Commitments, miles: Decimal | None) -> int:
    """What a far site adds to ONSITE: 30 min for each started 30 mi beyond 60 (§4.2, §11 ruling 36)."""
    beyond = (miles or Decimal(0)) - commitments.onsite_included_miles
    if beyond <= 0:
        return 0
    return ceil(beyond / commitments.onsite_step_miles) * commitments.onsite_step_minutes


def promise(
    kind: ClockKind,
    commitments: Commitments,
    priority: Priority,
    *,
    hours: Calendar,
    start: datetime,
    miles: Decimal | None = None,
) -> Promise:
    """What is promised for this clock under this priority, if it starts now."""
    agreed = commitments.of(priority)
    target: Target = getattr(agreed, kind.value.lower())
    if target.unit is Unit.NEXT_DAY_END:
        start = start.replace(microsecond=0)
    seconds, reason = seconds_of(target, hours=hours, start=start), f"{priority}: {target}"
    extra = distance_minutes(commitments, miles) if kind is ClockKind.ONSITE else 0
    if extra:
        reason += f" + {extra} min for {miles} mi"
    return Promise(kind, coverage_of(target, agreed.coverage), start, seconds + extra * _MINUTE, reason)


def report_due(resolved_at: datetime, hours: Calendar) -> datetime:
    """By when the service report on finished work is promised."""
    return business_days_later(hours, resolved_at, REPORT_DAYS)


def ask_again_at(
    commitments: Commitments, again: Target, priority: Priority, *, hours: Calendar, asked_at: datetime
) -> datetime:
    """When a question that is still unanswered is asked again; by the wall where the hours never come."""
    wait = max(timedelta(seconds=seconds_of(again, hours=hours, start=asked_at)), LEAST_WAIT)
    try:
        found = due(calendar_of(coverage_of(again, commitments.of(priority).coverage), hours), asked_at, wait)
    except NeverDue:
        found = None
    return found or asked_at + wait


def answer_due(commitments: Commitments, priority: Priority, *, hours: Calendar, at: datetime) -> datetime | None:
    """By when a question asked now is answered: as fast as a failure of its priority is acknowledged."""
    promised = promise(ClockKind.ACK, commitments, priority, hours=hours, start=at)
    return due(calendar_of(promised.coverage, hours), promised.start, timedelta(seconds=promised.seconds))
