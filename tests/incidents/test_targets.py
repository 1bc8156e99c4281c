"""How long each promise is (domain.md §4.2): every cell, business days of the calendar, far sites."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from breakfix.agreements.values import Commitments, Coverage, Priority, Target
from breakfix.incidents.rules import targets
from breakfix.incidents.values import ClockKind
from breakfix.kernel.worktime.calendars import Calendar

HOURS = Calendar("America/New_York", (((480, 1080),),) * 5 + ((),) * 2)
TUESDAY = datetime(2026, 12, 1, 8, 0, tzinfo=ZoneInfo("America/New_York"))
AGREED = Commitments()
MIN, HOUR, DAY = 60, 3600, 36_000  # a business day of 08-18 is ten hours


def seconds(priority: str, kind: str, start: datetime = TUESDAY, miles: str | None = None) -> int:
    far = Decimal(miles) if miles else None
    return targets.promise(ClockKind(kind), AGREED, Priority(priority), hours=HOURS, start=start, miles=far).seconds


@pytest.mark.parametrize(
    ("priority", "expected"),
    [
        ("P1", [15 * MIN, 30 * MIN, 4 * HOUR, 2 * HOUR, 30 * MIN, 8 * HOUR]),
        ("P2", [30 * MIN, 2 * HOUR, 8 * HOUR, 4 * HOUR, 2 * HOUR, 24 * HOUR]),
        # End of next business day, from Tuesday's opening: two whole days.
        ("P3", [2 * HOUR, 8 * HOUR, 2 * DAY, 8 * HOUR, DAY, 3 * DAY]),
        ("P4", [4 * HOUR, 16 * HOUR, 5 * DAY, 16 * HOUR, 2 * DAY, 10 * DAY]),
    ],
)
def test_targets_are_those_of_the_table(priority: str, expected: list[int]) -> None:
    kinds = ["ACK", "ENGAGE", "ONSITE", "QUOTE", "UPDATE", "RESTORE"]
    assert [seconds(priority, kind) for kind in kinds] == expected


def test_coverage_is_always_for_p1_and_business_hours_for_p3() -> None:
    found = {
        priority: targets.promise(ClockKind.ACK, AGREED, priority, hours=HOURS, start=TUESDAY).coverage
        for priority in Priority
    }
    assert found == {
        "P1": Coverage.ALWAYS,
        "P2": Coverage.ALWAYS,
        "P3": Coverage.BUSINESS,
        "P4": Coverage.BUSINESS,
    }


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-12-01 15:00", 3 * HOUR + DAY),  # Tuesday afternoon: till Wednesday's close
        ("2026-12-01 20:00", 2 * DAY),  # out of hours: Wednesday counts as the day of submission
        ("2026-12-04 17:00", HOUR + DAY),  # Friday: till Monday's close
        ("2026-12-01 10:00:42", 8 * HOUR - 42 + DAY),  # no second of a minute that has begun is lost
        ("2026-12-01 10:00:42.640", 8 * HOUR - 42 + DAY),  # counted from the whole second
    ],
)
def test_end_of_next_business_day_is_fixed_at_the_start(start: str, expected: int) -> None:
    begun = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo("America/New_York"))
    assert seconds("P3", "ONSITE", begun) == expected


@pytest.mark.parametrize(
    ("miles", "extra"),
    [("0", 0), ("60", 0), ("60.1", 30), ("90", 30), ("90.1", 60), ("119.9", 60), ("150", 90)],
)
def test_onsite_grows_by_half_an_hour_per_started_thirty_miles(miles: str, extra: int) -> None:
    assert seconds("P1", "ONSITE", miles=miles) == (240 + extra) * MIN
    assert seconds("P1", "ENGAGE", miles=miles) == 30 * MIN


def test_target_prints_where_it_comes_from() -> None:
    promise = targets.promise(ClockKind.ONSITE, AGREED, Priority.P1, hours=HOURS, start=TUESDAY, miles=Decimal(85))
    assert promise.reason == "P1: 4 h + 30 min for 85 mi"


def test_business_target_is_counted_in_business_hours_whatever_the_priority() -> None:
    assert targets.coverage_of(Target.model_validate("1 bd"), Coverage.ALWAYS) is Coverage.BUSINESS
    assert targets.coverage_of(Target.model_validate("30 min"), Coverage.BUSINESS) is Coverage.BUSINESS
