"""Calendars as stored: the JSON that is snapshotted with an engagement, and what it refuses."""

import json
import pickle
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from breakfix.kernel.worktime.calendars import Calendar, dated_through
from breakfix.kernel.worktime.clocks import elapsed, explain

BOOK = json.loads((Path(__file__).parent.parent / "data" / "clock_cases.json").read_text())


@pytest.mark.parametrize("name", BOOK["calendars"])
def test_calendar_json_makes_the_round_trip(name: str) -> None:
    calendar = Calendar.from_json({**BOOK["calendars"][name], "zone": "Europe/London"})
    stored = calendar.to_json()
    again = Calendar.from_json(json.loads(json.dumps(stored)))
    assert again == calendar
    assert hash(again) == hash(calendar)
    assert json.dumps(again.to_json()) == json.dumps(stored)
    assert pickle.loads(pickle.dumps(calendar)) == calendar


def test_calendar_json_is_what_a_person_would_write() -> None:
    stored = {
        "zone": "America/Chicago",
        "hours": {"mon": [["08:00", "12:00"], ["13:00", "18:00"]], "sat": [["22:00", "06:00"]]},
        "holidays": ["2026-12-25"],
        "always": False,
    }
    calendar = Calendar.from_json(stored)
    assert calendar.to_json() == stored
    assert calendar.week[0] == ((480, 720), (780, 1080))
    assert calendar.holidays == {date(2026, 12, 25)}


@pytest.mark.parametrize(
    "broken",
    [
        {"zone": "Mars/Olympus"},
        {"zone": "UTC", "hours": {"monday": []}},
        {"zone": "UTC", "opening": {}},
        {"zone": "UTC", "hours": {"mon": [["8", "18:00"]]}},
        {"zone": "UTC", "hours": {"mon": [["08:00", "24:30"]]}},
        {"zone": "UTC", "hours": {"mon": [["24:00", "06:00"]]}},
        {"zone": "UTC", "hours": {"mon": [["08:00", "18:60"]]}},
        {"zone": "UTC", "always": True, "hours": {"mon": [["08:00", "18:00"]]}},
        {"zone": "UTC", "holidays": ["Christmas"]},
        {"zone": "UTC", "holidays": [20261225]},
        {"zone": "UTC", "holidays": None},
        {"zone": "UTC", "hours": ["mon", "tue"]},
        {"zone": "UTC", "hours": {"mon": ["09:00", "17:00"]}},
        {"zone": "UTC", "hours": {"mon": [["09:00"]]}},
        {"zone": "UTC", "hours": {"mon": [[540, 1020]]}},
        {"zone": "UTC", "hours": {"mon": None}},
        {"zone": "UTC", "always": "false"},
        {"zone": "UTC", "always": 1},
    ],
)
def test_calendar_refuses_what_it_does_not_understand(broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Calendar.from_json(broken)


def test_calendar_needs_seven_days() -> None:
    with pytest.raises(ValueError):
        Calendar("UTC", week=((),) * 6)


def test_a_holiday_takes_its_civil_day_out_of_24x7() -> None:
    calendar = Calendar.from_json({**BOOK["calendars"]["in_24x7_except_hol"], "zone": "Asia/Kolkata"})
    start = datetime(2026, 1, 25, tzinfo=UTC)
    lines = explain(calendar, start, start + timedelta(days=3))
    assert [line.reason for line in lines] == ["counted", "holiday 2026-01-26", "counted"]
    assert lines[1].start == datetime(2026, 1, 25, 18, 30, tzinfo=UTC)
    assert lines[1].end - lines[1].start == timedelta(days=1)


def test_a_holiday_takes_out_the_whole_night_that_opens_on_it() -> None:
    # Friday 2026-12-25 is the holiday: Thursday's night still reaches into it, Friday's night falls away.
    calendar = Calendar.from_json({**BOOK["calendars"]["night_weekday_hol"], "zone": "UTC"})
    start, end = datetime(2026, 12, 24, 22, tzinfo=UTC), datetime(2026, 12, 26, 12, tzinfo=UTC)
    assert [(line.reason, line.end.strftime("%d %H")) for line in explain(calendar, start, end)] == [
        ("counted", "25 06"),
        ("holiday 2026-12-25", "26 06"),
        ("outside hours", "26 12"),
    ]


def test_windows_that_overlap_count_once() -> None:
    calendar = Calendar.from_json({"zone": "UTC", "hours": {"mon": [["08:00", "12:00"], ["10:00", "14:00"]]}})
    assert calendar.standard_day_minutes == 360
    monday = datetime(2026, 6, 1, tzinfo=UTC)
    assert elapsed(calendar, monday, monday + timedelta(days=1)) == timedelta(hours=6)


@pytest.mark.parametrize("window", [["00:00", "24:00"], ["00:00", "00:00"]])
def test_a_window_may_last_the_whole_day(window: list[str]) -> None:
    calendar = Calendar.from_json({"zone": "UTC", "hours": {"mon": [window]}})
    sunday = datetime(2026, 5, 31, tzinfo=UTC)
    assert elapsed(calendar, sunday, sunday + timedelta(days=4)) == timedelta(days=1)
    assert calendar.standard_day_minutes == 1440


@pytest.mark.parametrize(
    ("counts", "year"),
    [
        ({}, None),
        ({2026: 11, 2027: 11, 2028: 12}, 2028),
        ({2026: 11, 2028: 11}, 2026),  # a gap: what is listed behind it does not reach over it
        ({2026: 11, 2027: 11, 2028: 3}, 2027),  # a few further days make no listed year
        ({2026: 2, 2027: 11}, 2027),  # begun by hand in the autumn
        ({2026: 30, 2027: 10}, 2027),  # and a company that closed for weeks in one year
        ({2026: 1}, 2026),
    ],
)
def test_holidays_are_listed_through_the_last_year_before_a_gap(counts: dict[int, int], year: int | None) -> None:
    days = [date(on, 12, 31) - timedelta(days=n) for on, count in counts.items() for n in range(count)]
    assert dated_through(days) == year
