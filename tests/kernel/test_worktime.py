"""The SLA clock against the figures of domain.md §4.3, §8 (S9) and §11 rulings 8 and 9."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from breakfix.kernel.worktime.calendars import WEEKDAYS, Calendar, NeverDue
from breakfix.kernel.worktime.clocks import Pause, due, elapsed, explain
from breakfix.kernel.worktime.coverage import Interval, open_intervals, union
from breakfix.kernel.worktime.days import (
    business_days_later,
    business_time_until_close_of_next_full_day,
    is_open,
    next_opening,
    noon_of_first_day_opening_after,
)

BOOK = json.loads((Path(__file__).parent.parent / "data" / "clock_cases.json").read_text())
NEW_YORK, CHICAGO = "America/New_York", "America/Chicago"


def weekdays(zone: str, opens: str, closes: str, *holidays: str) -> Calendar:
    hours = {day: [[opens, closes]] for day in WEEKDAYS[:5]}
    return Calendar.from_json({"zone": zone, "hours": hours, "holidays": list(holidays)})


def at(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


@pytest.mark.parametrize("case", BOOK["cases"], ids=lambda case: case["id"])
def test_due_agrees_with_the_case_book(case: dict[str, Any]) -> None:
    calendar = Calendar.from_json({**BOOK["calendars"][case["calendar"]], "zone": case["tz"]})
    start, target = datetime.fromisoformat(case["start"]), minutes(case["target_minutes"])

    reached = due(calendar, start, target)

    assert reached == datetime.fromisoformat(case["expect_utc"])
    assert reached is not None
    assert reached.astimezone(ZoneInfo(case["tz"])).isoformat() == case["expect_local"]
    assert elapsed(calendar, start, reached) == target


def test_due_skips_a_holiday() -> None:
    # T-C1
    calendar = weekdays(NEW_YORK, "09:00", "17:00", "2026-11-26")
    assert due(calendar, at("2026-11-25 15:00", NEW_YORK), hours(8)) == at("2026-11-27 15:00", NEW_YORK)


def test_due_moves_by_the_covered_part_of_a_pause() -> None:
    # T-C2
    calendar = weekdays(NEW_YORK, "09:00", "17:00", "2026-11-26")
    start = at("2026-11-23 10:00", NEW_YORK)
    pause = Pause(at("2026-11-23 11:00", NEW_YORK), at("2026-11-24 09:30", NEW_YORK))
    assert due(calendar, start, hours(8)) == at("2026-11-24 10:00", NEW_YORK)
    assert due(calendar, start, hours(8), [pause]) == at("2026-11-24 16:30", NEW_YORK)
    assert elapsed(calendar, pause.start, pause.end or start) == minutes(390)


def test_due_counts_the_doubled_hour_of_autumn() -> None:
    # T-C3
    reached = due(Calendar.always_on(NEW_YORK), at("2026-11-01 00:30", NEW_YORK), hours(4))
    assert reached is not None
    assert reached.astimezone(ZoneInfo(NEW_YORK)).isoformat() == "2026-11-01T03:30:00-05:00"


class TestS9:
    """P3, Chicago, 08-18, Friday 2026-12-25 closed; the client owed an answer for 800 minutes."""

    calendar = weekdays(CHICAGO, "08:00", "18:00", "2026-12-25")
    start = at("2026-12-23 16:10", CHICAGO)
    pause = Pause(at("2026-12-23 17:00", CHICAGO), at("2026-12-28 10:20", CHICAGO), "awaiting client info")

    def test_due_moves_by_800_minutes(self) -> None:
        assert due(self.calendar, self.start, hours(8)) == at("2026-12-24 14:10", CHICAGO)
        assert due(self.calendar, self.start, hours(8), [self.pause]) == at("2026-12-28 17:30", CHICAGO)

    def test_elapsed_at_contact_is_455_minutes_and_half_an_hour_later_485(self) -> None:
        for clock, spent in (("17:05", 455), ("17:35", 485)):
            now = at(f"2026-12-28 {clock}", CHICAGO)
            assert elapsed(self.calendar, self.start, now, [self.pause]) == minutes(spent)

    def test_explain_names_every_stretch(self) -> None:
        lines = explain(self.calendar, self.start, at("2026-12-28 17:05", CHICAGO), [self.pause])
        told = [
            (line.start.astimezone(ZoneInfo(CHICAGO)).strftime("%a %H:%M"), line.counted, line.reason)
            for line in lines
        ]
        assert told == [
            ("Wed 16:10", True, "counted"),
            ("Wed 17:00", False, "awaiting client info"),
            ("Wed 18:00", False, "outside hours"),
            ("Thu 08:00", False, "awaiting client info"),
            ("Thu 18:00", False, "outside hours"),
            ("Fri 00:00", False, "holiday 2026-12-25"),
            ("Sat 00:00", False, "outside hours"),
            ("Mon 08:00", False, "awaiting client info"),
            ("Mon 10:20", True, "counted"),
        ]
        paused = sum((one.end - one.start for one in lines if one.reason == self.pause.reason), timedelta(0))
        assert paused == minutes(800)


def test_elapsed_counts_overlapping_pauses_once() -> None:
    calendar = Calendar.always_on("UTC")
    start = at("2026-06-01 00:00", "UTC")
    pauses = [
        Pause(start + hours(4), start + hours(6), "third"),
        Pause(start + hours(1), start + hours(3), "first"),
        Pause(start + hours(2), start + hours(5), "second"),
        Interval(start - hours(9), start + minutes(30)),
    ]
    assert elapsed(calendar, start, start + hours(8), pauses) == hours(2.5)
    named = [line.reason for line in explain(calendar, start, start + hours(8), pauses[:3])]  # type: ignore[arg-type]
    assert named == ["counted", "first", "second", "third", "counted"]


def test_due_is_unknown_while_a_pause_lasts() -> None:
    calendar = Calendar.always_on("UTC")
    start = at("2026-06-01 00:00", "UTC")
    lasting = [Pause(start + hours(2), None)]
    assert due(calendar, start, hours(3), lasting) is None
    assert due(calendar, start, hours(2), lasting) == start + hours(2)
    assert due(calendar, start, hours(1), [Pause(start - hours(1), None)]) is None
    assert elapsed(calendar, start, start + hours(9), lasting) == hours(2)
    assert explain(calendar, start, start + hours(9), lasting)[-1].end == start + hours(9)


def test_due_of_nothing_is_the_start_and_before_the_start_nothing_elapsed() -> None:
    calendar = weekdays(NEW_YORK, "09:00", "17:00")
    saturday = at("2026-06-06 11:00", NEW_YORK)
    assert due(calendar, saturday, timedelta(0)) == saturday
    assert elapsed(calendar, saturday, saturday - hours(99)) == timedelta(0)
    assert explain(calendar, saturday, saturday) == ()
    with pytest.raises(ValueError):
        due(calendar, saturday, minutes(-1))


def test_due_says_so_when_the_calendar_never_opens() -> None:
    never = Calendar("UTC")
    start = at("2026-06-01 00:00", "UTC")
    for ask in (next_opening, noon_of_first_day_opening_after, business_time_until_close_of_next_full_day):
        with pytest.raises(NeverDue):
            ask(never, start)
    with pytest.raises(NeverDue):
        due(never, start, minutes(1))
    with pytest.raises(NeverDue):
        _ = never.standard_day_minutes
    assert elapsed(never, start, start + hours(99)) == timedelta(0)


def test_what_is_always_open_is_reached_however_far_it_is() -> None:
    start, far = at("2026-06-01 00:00", "UTC"), timedelta(days=3653)
    assert due(Calendar.always_on(NEW_YORK), start, far) == start + far
    open_but = Calendar.from_json({"zone": "Asia/Kolkata", "always": True, "holidays": ["2027-01-26"]})
    assert due(open_but, start, far) == start + far + timedelta(days=1)
    late = Calendar.from_json({"zone": "UTC", "always": True, "holidays": ["2040-01-01"]})
    for calendar in (late, weekdays(NEW_YORK, "09:00", "17:00")):
        with pytest.raises(NeverDue, match="within 5 years"):
            due(calendar, start, far)


def test_times_without_a_zone_are_refused() -> None:
    with pytest.raises(TypeError):
        elapsed(Calendar.always_on("UTC"), datetime(2026, 1, 1), datetime(2026, 1, 2))  # noqa: DTZ001


def test_seconds_and_microseconds_are_counted() -> None:
    calendar = weekdays(NEW_YORK, "09:00", "17:00")
    start = at("2026-06-01 16:59:30.000001", NEW_YORK)
    assert due(calendar, start, minutes(1)) == at("2026-06-02 09:00:30.000001", NEW_YORK)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-12-23 16:10", 110 + 600),  # Wednesday afternoon: to the close of Thursday
        ("2026-12-23 07:00", 600 + 600),  # before opening, the clock starts the same day
        ("2026-12-22 19:00", 600 + 600),  # after closing, Wednesday is the day of submission
        ("2026-12-24 16:00", 120 + 600),  # Friday is a holiday: to the close of Monday
        ("2026-12-26 12:00", 600 + 600),  # Saturday: Monday is the day of submission
        ("2026-12-23 16:10:42", 109.3 + 600),  # the eighteen seconds that are left of that minute count, too
        ("2026-12-23 16:10:42.25", 109.29583333333333 + 600),
    ],
)
def test_end_of_next_business_day_is_exactly_what_is_left(start: str, expected: float) -> None:
    calendar = weekdays(CHICAGO, "08:00", "18:00", "2026-12-25")
    begun = at(start, CHICAGO)
    target = business_time_until_close_of_next_full_day(calendar, begun)
    assert target == timedelta(minutes=expected)
    reached = due(calendar, begun, target)
    assert reached is not None
    assert reached.astimezone(ZoneInfo(CHICAGO)).strftime("%H:%M:%S.%f") == "18:00:00.000000"


def test_business_days_are_standard_days_of_covered_time() -> None:
    calendar = weekdays(CHICAGO, "08:00", "18:00", "2026-12-25")
    assert calendar.standard_day_minutes == 600
    start = at("2026-12-23 16:10", CHICAGO)
    assert business_days_later(calendar, start, 3) == at("2026-12-29 16:10", CHICAGO)
    assert business_days_later(calendar, start, 0) == start
    friday_short = Calendar.from_json({**BOOK["calendars"]["ae_mixed"], "zone": "Asia/Dubai"})
    assert friday_short.standard_day_minutes == 480
    assert Calendar.always_on("UTC").standard_day_minutes == 1440


@pytest.mark.parametrize(
    ("given_at", "noon"),
    [
        ("2026-12-02 01:47", "2026-12-02 12:00"),  # S1: the same Wednesday
        ("2026-12-02 08:00", "2026-12-03 12:00"),  # opening at that instant is not opening after it
        ("2026-12-24 07:59", "2026-12-24 12:00"),
        ("2026-12-24 08:01", "2026-12-28 12:00"),  # Friday is a holiday, then the weekend
    ],
)
def test_ratification_is_due_at_noon_of_the_next_day_to_open(given_at: str, noon: str) -> None:
    calendar = weekdays(NEW_YORK, "08:00", "18:00", "2026-12-25")
    assert noon_of_first_day_opening_after(calendar, at(given_at, NEW_YORK)) == at(noon, NEW_YORK)


def test_noon_of_a_night_shift_lies_ahead() -> None:
    nights = weekdays(NEW_YORK, "22:00", "06:00")
    # The shift of Wednesday opens after 13:00, but Wednesday's noon has passed.
    assert noon_of_first_day_opening_after(nights, at("2026-12-02 13:00", NEW_YORK)) == at(
        "2026-12-03 12:00", NEW_YORK
    )


def test_end_of_next_business_day_knows_to_whom_the_night_belongs() -> None:
    nights = weekdays(NEW_YORK, "22:00", "06:00")
    # Thursday 01:00 belongs to Wednesday's shift: five hours of it, then the eight of Thursday's.
    assert business_time_until_close_of_next_full_day(nights, at("2026-12-03 01:00", NEW_YORK)) == minutes(780)


def test_end_of_next_day_of_24x7_is_a_midnight() -> None:
    always = Calendar.always_on(NEW_YORK)
    for start, expected in (("2026-06-02 00:00", 2880), ("2026-06-02 23:59", 1441)):
        assert business_time_until_close_of_next_full_day(always, at(start, NEW_YORK)) == minutes(expected)


def test_next_opening_is_now_when_open() -> None:
    calendar = weekdays(NEW_YORK, "09:00", "17:00", "2026-11-26")
    for asked, opening in (
        ("2026-11-25 12:00", "2026-11-25 12:00"),
        ("2026-11-25 09:00", "2026-11-25 09:00"),
        ("2026-11-25 17:00", "2026-11-27 09:00"),
    ):
        assert next_opening(calendar, at(asked, NEW_YORK)) == at(opening, NEW_YORK)
    assert is_open(calendar, at("2026-11-25 09:00", NEW_YORK))
    assert not is_open(calendar, at("2026-11-25 17:00", NEW_YORK))


def test_intervals_unite() -> None:
    start = datetime(2026, 6, 1, tzinfo=UTC)

    def spans(*pairs: tuple[int, int]) -> tuple[Interval, ...]:
        return tuple(Interval(start + hours(low), start + hours(high)) for low, high in pairs)

    assert union(spans((4, 5), (1, 2), (2, 3), (0, 0))) == spans((1, 3), (4, 5))
    with pytest.raises(ValueError):
        spans((2, 1))
    with pytest.raises(ValueError):
        Pause(start, start - hours(1))


def test_no_day_of_two_years_is_lost_or_counted_twice() -> None:
    always, office = Calendar.always_on("UTC"), weekdays("UTC", "08:00", "18:00")
    for number in range(730):
        day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
        pause = Pause(day + hours(30), day + hours(32))
        assert elapsed(always, day, day + hours(40), [pause]) == hours(38)
        assert due(always, day, hours(38), [pause]) == day + hours(40)
        assert elapsed(office, day, day + hours(24)) == (hours(10) if day.weekday() < 5 else hours(0))


def test_open_intervals_are_as_long_as_possible() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    year = list(open_intervals(Calendar.always_on("UTC"), start, start + timedelta(days=365)))
    assert year == [Interval(start, start + timedelta(days=365))]
    lunch = Calendar.from_json({**BOOK["calendars"]["split_lunch"], "zone": "UTC"})
    monday = datetime(2026, 6, 1, tzinfo=UTC)
    assert [one.duration for one in open_intervals(lunch, monday, monday + timedelta(days=1))] == [hours(3.5)] * 2
