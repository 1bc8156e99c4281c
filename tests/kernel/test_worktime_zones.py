"""Wall clocks that jump: half-hour changes, changes at midnight, a skipped day, a leap day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from breakfix.kernel.worktime.calendars import WEEKDAYS, Calendar
from breakfix.kernel.worktime.clocks import due, elapsed, explain
from breakfix.kernel.worktime.coverage import open_intervals
from breakfix.kernel.worktime.days import business_days_later, noon_of_first_day_opening_after
from breakfix.kernel.worktime.zones import day_pieces, end_of_local_day

LORD_HOWE, APIA = "Australia/Lord_Howe", "Pacific/Apia"


def daily(zone: str, opens: str, closes: str, days: tuple[str, ...] = WEEKDAYS) -> Calendar:
    return Calendar.from_json({"zone": zone, "hours": {day: [[opens, closes]] for day in days}})


def at(text: str, zone: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def open_minutes(calendar: Calendar, on: str) -> int:
    start = at(f"{on} 00:00", calendar.zone)
    end = end_of_local_day(date.fromisoformat(on), calendar.zone)
    return elapsed(calendar, start, end) // minutes(1)


@pytest.mark.parametrize(
    ("on", "opens", "closes", "expected"),
    [
        ("2026-04-05", "00:00", "06:00", 390),  # 02:00 goes back to 01:30
        ("2026-10-04", "00:00", "06:00", 330),  # 02:00 goes on to 02:30
        ("2026-10-04", "02:00", "02:30", 0),  # a window that the clock never showed
        ("2026-10-04", "02:15", "03:00", 30),
        ("2026-04-05", "01:30", "02:00", 60),  # shown twice
        ("2026-04-05", "01:45", "03:00", 90),  # 15, then back to before the opening, then 75
        ("2026-07-01", "00:00", "06:00", 360),
    ],
)
def test_lord_howe_changes_by_half_an_hour(on: str, opens: str, closes: str, expected: int) -> None:
    assert open_minutes(daily(LORD_HOWE, opens, closes), on) == expected


def test_lord_howe_is_due_half_an_hour_off_the_wall_clock() -> None:
    calendar = Calendar.always_on(LORD_HOWE)
    for start, reached in (
        ("2026-04-05 00:00", "2026-04-05 03:30"),
        ("2026-10-04 00:00", "2026-10-04 04:30"),
    ):
        assert due(calendar, at(start, LORD_HOWE), timedelta(hours=4)) == at(reached, LORD_HOWE)


def test_a_clock_put_back_before_the_opening_closes_again() -> None:
    calendar = daily(LORD_HOWE, "01:45", "03:00")
    lines = explain(calendar, at("2026-04-05 01:45", LORD_HOWE), at("2026-04-05 03:00", LORD_HOWE))
    assert [(line.counted, (line.end - line.start) // minutes(1)) for line in lines] == [
        (True, 15),
        (False, 15),
        (True, 75),
    ]


def test_apia_skipped_a_friday() -> None:
    calendar = daily(APIA, "09:00", "17:00", WEEKDAYS[:5])
    thursday = at("2011-12-29 16:00", APIA)
    monday = datetime(2012, 1, 1, 20, tzinfo=UTC)  # 10:00 on Monday 2012-01-02, fourteen hours ahead
    assert due(calendar, thursday, minutes(120)) == monday
    assert day_pieces(APIA, date(2011, 12, 30)) == ()
    assert noon_of_first_day_opening_after(calendar, thursday) == at("2012-01-02 12:00", APIA)
    assert business_days_later(calendar, thursday, 1) == at("2012-01-02 16:00", APIA)


def test_apia_24x7_did_not_stop() -> None:
    noon = at("2011-12-29 12:00", APIA)
    reached = due(Calendar.always_on(APIA), noon, timedelta(hours=24))
    assert reached == at("2011-12-31 12:00", APIA)


def test_apia_friday_ended_when_thursday_did() -> None:
    midnight = datetime(2011, 12, 30, 10, tzinfo=UTC)
    assert end_of_local_day(date(2011, 12, 29), APIA) == midnight
    assert end_of_local_day(date(2011, 12, 30), APIA) == midnight
    assert end_of_local_day(date(2011, 12, 31), APIA) == midnight + timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "on", "end"),
    [
        ("America/New_York", "2026-12-11", "2026-12-12T00:00:00-05:00"),  # S4: Dee's certificate
        ("America/New_York", "2026-11-01", "2026-11-02T00:00:00-05:00"),  # a day of 25 hours
        ("Asia/Beirut", "2026-03-28", "2026-03-29T01:00:00+03:00"),  # midnight is skipped
        ("Asia/Beirut", "2026-10-24", "2026-10-25T00:00:00+02:00"),  # the last hour is shown twice
        ("America/Havana", "2026-10-31", "2026-11-01T00:00:00-04:00"),  # the first hour is shown twice
    ],
)
def test_a_date_is_valid_until_the_next_local_midnight(zone: str, on: str, end: str) -> None:
    assert end_of_local_day(date.fromisoformat(on), zone) == datetime.fromisoformat(end)


def test_a_change_just_after_midnight_gives_a_date_two_pieces() -> None:
    # St. John's put its clocks back at 00:01: the 6th came back for 59 minutes, then the 7th once more.
    zone = "America/St_Johns"
    assert len(day_pieces(zone, date(2010, 11, 6))) == 2
    assert len(day_pieces(zone, date(2010, 11, 7))) == 2
    late = daily(zone, "23:00", "23:59", ("sat",))
    start = at("2010-11-06 12:00", zone)
    spans = list(open_intervals(late, start, start + timedelta(days=1)))
    assert [span.duration // minutes(1) for span in spans] == [59, 58]
    assert elapsed(Calendar.always_on(zone), start, at("2010-11-07 12:00", zone)) == timedelta(hours=25)


def test_a_leap_day_is_a_day_like_others() -> None:
    calendar = daily("Europe/London", "09:00", "17:00", WEEKDAYS[:5])
    start = at("2028-02-28 16:00", "Europe/London")
    assert due(calendar, start, minutes(120)) == at("2028-02-29 10:00", "Europe/London")
    closed = Calendar.from_json({**calendar.to_json(), "holidays": ["2028-02-29"]})
    assert due(closed, start, minutes(120)) == at("2028-03-01 10:00", "Europe/London")
    always = Calendar.always_on("Europe/London")
    assert due(always, start, timedelta(hours=48)) == at("2028-03-01 16:00", "Europe/London")


def test_a_long_target_crosses_years() -> None:
    calendar = daily("Europe/London", "09:00", "17:00", WEEKDAYS[:5])
    start = at("2026-01-01 09:00", "Europe/London")
    reached = due(calendar, start, timedelta(hours=8 * 5 * 100))
    assert reached == at("2027-12-01 17:00", "Europe/London")
    assert elapsed(calendar, start, reached) == timedelta(hours=4000)
