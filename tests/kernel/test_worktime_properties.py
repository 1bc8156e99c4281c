"""What holds for every clock (domain.md §9 invariant 7), and a count of every minute as the judge."""

import json
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from breakfix.kernel.worktime.calendars import Calendar
from breakfix.kernel.worktime.clocks import Pause, due, elapsed, explain
from breakfix.kernel.worktime.coverage import open_intervals
from tests.whole import SOAK

MINUTE = timedelta(minutes=1)
ZERO = timedelta(0)
# Each zone with a Sunday (or, for Apia, a Thursday) around which its clock does something unusual.
ODD_DAYS = [
    ("America/New_York", date(2026, 11, 1)),
    ("America/New_York", date(2026, 3, 8)),
    ("Europe/London", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Apia", date(2011, 12, 29)),
    ("Pacific/Chatham", date(2026, 9, 27)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("America/St_Johns", date(2010, 3, 14)),
    ("America/Havana", date(2026, 11, 1)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("Asia/Beirut", date(2026, 10, 25)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Asia/Kolkata", date(2028, 2, 29)),
]
# Every zone of the tz database, but those whose name is a file of the system and not a place.
ZONES = sorted(zone for zone in available_timezones() if zone not in {"localtime", "posixrules", "Factory"})


@cache
def turning_days(zone: str, year: int) -> list[date]:
    """The days of a year that are shorter or longer there than others."""
    there, day, found = ZoneInfo(zone), date(year, 1, 1), []
    while day.year == year:
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        if midnight.astimezone(there).utcoffset() != (midnight + timedelta(days=1)).astimezone(there).utcoffset():
            found.append(day)
        day += timedelta(days=1)
    return found


@st.composite
def places(draw: st.DrawFn) -> tuple[str, date]:
    """A zone and a day: one of the odd ones, or anywhere, there where the clock turns if it does in that year."""
    if draw(st.booleans()):
        return draw(st.sampled_from(ODD_DAYS))
    zone, year = draw(st.sampled_from(ZONES)), draw(st.integers(1975, 2037))
    turning = turning_days(zone, year)
    return zone, draw(st.sampled_from(turning) if turning else st.dates(date(year, 1, 1), date(year, 12, 31)))


class Case(NamedTuple):
    calendar: Calendar
    start: datetime
    end: datetime
    target: timedelta
    pauses: list[Pause]


@st.composite
def cases(draw: st.DrawFn, days: int = 3) -> Case:
    zone, odd = draw(places())
    week = st.lists(st.tuples(st.integers(0, 1439), st.integers(0, 1440)), max_size=2).map(tuple)
    holidays = draw(st.frozensets(st.integers(-3, 4).map(lambda day: odd + timedelta(days=day)), max_size=2))
    if draw(st.integers(0, 7)) == 0:
        calendar = Calendar(zone, holidays=holidays, always=True)
    else:
        calendar = Calendar(zone, week=tuple(draw(week) for _ in range(7)), holidays=holidays)
        assume(any(calendar.week))
    base = datetime(odd.year, odd.month, odd.day, tzinfo=UTC)
    start = base + draw(st.integers(-2 * 1440, 1440)) * MINUTE
    length = draw(st.integers(0, days * 1440))
    pauses = []
    for _ in range(draw(st.integers(0, 4))):
        begun = start + draw(st.integers(-600, length + 60)) * MINUTE
        pauses.append(Pause(begun, begun + draw(st.integers(0, 1500)) * MINUTE, draw(st.sampled_from("abc"))))
    return Case(calendar, start, start + length * MINUTE, draw(st.integers(1, 3000)) * MINUTE, pauses)


def covered(calendar: Calendar, now: datetime) -> bool:
    """Whether the wall clock shows a covered minute, found without the code under test."""
    wall = now.astimezone(ZoneInfo(calendar.zone))
    today, yesterday, minute = wall.date(), wall.date() - timedelta(days=1), wall.hour * 60 + wall.minute
    if calendar.always:
        return today not in calendar.holidays
    of_today = today not in calendar.holidays and any(
        opens <= minute and (minute < closes or closes <= opens) for opens, closes in calendar.week[today.weekday()]
    )
    return of_today or (
        yesterday not in calendar.holidays
        and any(minute < closes <= opens for opens, closes in calendar.week[yesterday.weekday()])
    )


@settings(max_examples=10_000 if SOAK else 500)
@given(cases())
def test_elapsed_and_due_equal_a_count_of_every_minute(case: Case) -> None:
    now, counted, reached = case.start, ZERO, None
    while now < case.end:
        paused = any(pause.end and pause.start <= now < pause.end for pause in case.pauses)
        if not paused and covered(case.calendar, now):
            counted += MINUTE
            if counted == case.target:
                reached = now + MINUTE
        now += MINUTE

    assert elapsed(case.calendar, case.start, case.end, case.pauses) == counted
    found = due(case.calendar, case.start, case.target, case.pauses)
    if reached:
        assert found == reached
    else:
        assert found is not None
        assert found > case.end


@given(cases(days=200), st.floats(0, 1))
def test_elapsed_adds_up_and_never_runs_back(case: Case, part: float) -> None:
    middle = case.start + (case.end - case.start) * part
    first = elapsed(case.calendar, case.start, middle, case.pauses)
    second = elapsed(case.calendar, middle, case.end, case.pauses)
    whole = elapsed(case.calendar, case.start, case.end, case.pauses)
    assert first + second == whole
    assert ZERO <= first <= whole <= case.end - case.start


@given(cases())
def test_due_is_the_earliest_instant_with_the_target_elapsed(case: Case) -> None:
    reached = due(case.calendar, case.start, case.target, case.pauses)
    assert reached is not None
    assert elapsed(case.calendar, case.start, reached, case.pauses) == case.target
    before = reached - timedelta(microseconds=1)
    assert elapsed(case.calendar, case.start, before, case.pauses) < case.target


@given(cases())
def test_pausing_never_lowers_due(case: Case) -> None:
    assume(case.pauses)
    some = due(case.calendar, case.start, case.target, case.pauses[1:])
    more = due(case.calendar, case.start, case.target, case.pauses)
    assert some is not None
    assert more is not None
    assert some <= more
    # Nor does a pause that has not ended ever promise an earlier instant.
    lasting = due(case.calendar, case.start, case.target, [*case.pauses, Pause(case.end, None)])
    assert lasting in (None, more)


@given(cases(), st.integers(-3, 10))
def test_adding_a_holiday_never_makes_due_earlier(case: Case, offset: int) -> None:
    day = case.start.date() + timedelta(days=offset)
    fewer = Calendar(case.calendar.zone, case.calendar.week, case.calendar.holidays | {day}, case.calendar.always)
    before = due(case.calendar, case.start, case.target, case.pauses)
    after = due(fewer, case.start, case.target, case.pauses)
    assert before is not None
    assert after is not None
    assert before <= after


@given(cases(days=40))
def test_the_printed_stretches_are_the_computation(case: Case) -> None:
    lines = explain(case.calendar, case.start, case.end, case.pauses)
    if lines:
        edges = [case.start, *(line.end for line in lines)]
        assert edges == [*(line.start for line in lines), case.end]
    counted = sum((line.end - line.start for line in lines if line.counted), ZERO)
    assert counted == elapsed(case.calendar, case.start, case.end, case.pauses)
    # Open hours are what counted and what a pause took; nothing closed is blamed on a pause.
    reasons = {pause.reason for pause in case.pauses}
    in_hours = sum((line.end - line.start for line in lines if line.counted or line.reason in reasons), ZERO)
    spans = open_intervals(case.calendar, case.start, case.end)
    assert in_hours == sum((span.duration for span in spans), ZERO)


def recompute(printed: str) -> tuple[int, str | None]:
    """Minutes counted, and when the target was reached, from nothing but the printed page."""
    page = json.loads(printed)
    counted, reached = ZERO, None
    target = timedelta(minutes=page["target_minutes"])
    for line in page["lines"]:
        start, end = datetime.fromisoformat(line["start"]), datetime.fromisoformat(line["end"])
        if not line["counted"]:
            continue
        if counted < target <= counted + (end - start):
            reached = (start + (target - counted)).isoformat()
        counted += end - start
    return counted // MINUTE, reached


@given(cases())
def test_a_reader_with_the_printed_page_finds_the_same_verdict(case: Case) -> None:
    reached = due(case.calendar, case.start, case.target, case.pauses)
    assert reached is not None
    until = max(case.end, reached)
    lines = explain(case.calendar, case.start, until, case.pauses)
    printed = json.dumps({"target_minutes": case.target // MINUTE, "lines": [line.to_json() for line in lines]})
    assert recompute(printed) == (
        elapsed(case.calendar, case.start, until, case.pauses) // MINUTE,
        reached.isoformat(),
    )
