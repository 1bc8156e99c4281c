"""Deadlines that people name in days: next opening, "end of next business day", "noon the day after".

A business day is a local date on which a window opens; it reaches from its first opening to its last
close, which may lie after midnight.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from breakfix.kernel.worktime.calendars import Calendar, NeverDue, opening_spans
from breakfix.kernel.worktime.clocks import elapsed
from breakfix.kernel.worktime.coverage import HORIZON_DAYS, Interval, reach
from breakfix.kernel.worktime.zones import MINUTE, ONE_DAY, instant, local_date, micros, zone_of


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether the calendar covers this instant; an instant of closing is not covered."""
    return elapsed(calendar, at, at + timedelta(microseconds=1)) > timedelta(0)


def next_opening(calendar: Calendar, at: datetime) -> datetime:
    """The earliest covered instant not before `at`: `at` itself when the calendar is open then."""
    # The first covered microsecond from here on ends one microsecond after the opening.
    return instant(reach(calendar, micros(at), 1) - 1)


def business_day(calendar: Calendar, on: date) -> Interval | None:
    """From the first opening of a local date to the last close of what opened on it; None when shut."""
    spans = opening_spans(calendar, on)
    return Interval(instant(spans[0][0]), instant(spans[-1][1])) if spans else None


def business_days_later(calendar: Calendar, start: datetime, days: int) -> datetime:
    """`days` times the calendar's standard day of covered time after start (domain.md §11 ruling 9)."""
    if days == 0:
        return start.astimezone(UTC)
    return instant(reach(calendar, micros(start), days * calendar.standard_day_minutes * MINUTE))


def business_time_until_close_of_next_full_day(calendar: Calendar, start: datetime) -> timedelta:
    """The target of "end of next business day" (domain.md §11 ruling 9), to the microsecond: it is due at the close.

    Covered time from start to the close of the first business day after the one start belongs to; out
    of hours, start belongs to the day on which the clock begins to run.
    """
    begun = next_opening(calendar, start)
    today = _business_date_of(calendar, begun)
    _, next_day = next(_business_days(calendar, today + ONE_DAY))
    return elapsed(calendar, start, next_day.end)


def noon_of_first_day_opening_after(calendar: Calendar, at: datetime) -> datetime:
    """12:00 local of the first business day that opens after `at` (domain.md §11 ruling 8).

    A day whose noon is already past, because it opens at night, is passed over: it would leave no time.
    """
    for on, day in _business_days(calendar, local_date(micros(at), calendar.zone) - ONE_DAY):
        noon = datetime.combine(on, time(12), tzinfo=zone_of(calendar.zone)).astimezone(UTC)
        if day.start > at and noon > at:
            return noon
    raise NeverDue("no business day opens")


def _business_date_of(calendar: Calendar, covered: datetime) -> date:
    """The date that opened the window an instant lies in: yesterday's, for a night window."""
    today = local_date(micros(covered), calendar.zone)
    yesterday = business_day(calendar, today - ONE_DAY)
    return today - ONE_DAY if yesterday and covered < yesterday.end else today


def _business_days(calendar: Calendar, first: date) -> Iterator[tuple[date, Interval]]:
    """The business days from a date on; NeverDue once none was found for five years."""
    shut = 0
    while shut < HORIZON_DAYS:
        day = business_day(calendar, first)
        if day:
            yield first, day
        shut, first = 0 if day else shut + 1, first + ONE_DAY
    raise NeverDue(f"no business day within five years before {first.isoformat()}")
