"""From minutes to billed hours and money (domain.md §4.8 T-L1 to T-L3, §8 S1, §11 rulings 13-15)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from breakfix.agreements.values import Terms
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.calendars import Calendar
from breakfix.kernel.worktime.coverage import Interval
from breakfix.kernel.worktime.tiers import Tier
from breakfix.quotes.rules.pricing import labour_amount, total
from breakfix.quotes.values import LabourUse
from breakfix.work.rules import hours
from breakfix.work.values import OrderHours, Place, Worked
from tests.quotes import cases

D = Decimal
ZONE = "America/New_York"
TZ = ZoneInfo(ZONE)
CALENDAR = Calendar.from_json(
    {
        "zone": ZONE,
        "hours": {day: [["08:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
        "holidays": ["2026-11-26"],
    }
)
RULE = hours.rate_rule(Terms(), CALENDAR)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TZ)


def worked(level: int, start: str, end: str, order: str = "WO-1", place: Place = Place.ONSITE) -> Worked:
    return Worked(order, level, at(start), at(end), place)


def one(*entries: Worked, **given: object) -> OrderHours:
    (found,) = hours.billable(entries, RULE, **given)  # type: ignore[arg-type]
    return found


def money(uses: Iterable[LabourUse]) -> Money:
    tariff = cases.tariff()
    return total((labour_amount(use.hours, use.level, use.tier, tariff) for use in uses), "USD")


def test_three_levels_in_business_hours() -> None:
    found = one(
        worked(1, "2026-12-02 09:00", "2026-12-02 11:00"),
        worked(2, "2026-12-02 09:00", "2026-12-02 14:00"),
        worked(3, "2026-12-02 13:00", "2026-12-02 16:00"),
    )
    assert money(found.uses) == cases.usd("1910.00")


def test_friday_visit_across_the_end_of_business() -> None:
    found = one(worked(2, "2026-12-04 17:20", "2026-12-04 19:05"))
    assert [(row.tier, row.minutes, row.hours) for row in found.rows] == [
        (Tier.BUSINESS, 40, D("0.75")),
        (Tier.AFTER_HOURS, 65, D("1.25")),
    ]
    assert money(found.uses) == cases.usd("485.63")
    assert found.added is None


def test_short_visit_is_filled_up_to_two_hours() -> None:
    found = one(worked(2, "2026-12-02 12:00", "2026-12-02 12:35"))
    assert found.added is not None
    assert (found.added.hours, found.added.tier) == (D("1.25"), Tier.BUSINESS)
    assert money(found.uses) == cases.usd("370.00")
    assert found.words == ("L2 business: 35 min = 0.75 h", "minimum: 1.25 h more at L2 business")


def test_opening_scenario_night() -> None:
    found = one(worked(3, "2026-12-02 02:05", "2026-12-02 06:20"), worked(2, "2026-12-02 02:30", "2026-12-02 05:30"))
    assert found.uses == (
        LabourUse(3, Tier.AFTER_HOURS, D("4.25"), "WO-1"),
        LabourUse(2, Tier.AFTER_HOURS, D("3"), "WO-1"),
    )
    assert money(found.uses) == cases.usd("2394.38")


def test_router_night_becomes_sunday_at_midnight() -> None:
    found = one(worked(2, "2026-12-12 22:00", "2026-12-13 02:00"))
    assert [(row.tier, row.hours) for row in found.rows] == [
        (Tier.AFTER_HOURS, D("2")),
        (Tier.SUNDAY, D("2")),
    ]
    assert money(found.uses) == cases.usd("1295.00")


def test_holiday_counts_as_sunday() -> None:
    (row,) = one(worked(1, "2026-11-26 10:00", "2026-11-26 13:00")).rows
    assert row.tier is Tier.SUNDAY


def test_minutes_are_summed_over_people_before_they_are_rounded() -> None:
    found = one(
        worked(2, "2026-12-02 09:00", "2026-12-02 10:10"),
        worked(2, "2026-12-02 09:00", "2026-12-02 10:10"),
        worked(2, "2026-12-02 11:00", "2026-12-02 11:10"),
    )
    assert [(row.minutes, row.hours) for row in found.rows] == [(150, D("2.5"))]


def test_start_is_floored_and_end_ceiled_to_the_minute() -> None:
    start, end = at("2026-12-02 09:00") + timedelta(seconds=59), at("2026-12-02 12:00") + timedelta(seconds=1)
    (row,) = one(Worked("WO-1", 2, start, end)).rows
    assert (row.minutes, row.hours) == (181, D("3.25"))


def test_minimum_looks_at_all_levels_together() -> None:
    enough = one(worked(2, "2026-12-02 09:00", "2026-12-02 10:00"), worked(3, "2026-12-02 09:30", "2026-12-02 10:30"))
    assert enough.added is None


def test_minimum_is_added_at_the_first_level_in_the_tier_where_work_began() -> None:
    found = one(worked(3, "2026-12-02 07:50", "2026-12-02 08:20"), worked(1, "2026-12-02 08:00", "2026-12-02 08:15"))
    assert found.added is not None
    assert (found.added.level, found.added.tier) == (3, Tier.AFTER_HOURS)
    # 0.25 h before eight and 0.50 h after it at L3, 0.25 h at L1: one hour is missing.
    assert found.added.hours == D("1.00")


def test_remote_minimum_is_half_an_hour_and_twice_that_at_night() -> None:
    day = one(worked(2, "2026-12-02 12:00", "2026-12-02 12:05", place=Place.REMOTE))
    night = one(worked(2, "2026-12-02 02:00", "2026-12-02 02:05", place=Place.REMOTE))
    assert sum(use.hours for use in day.uses) == D("0.5")
    assert sum(use.hours for use in night.uses) == D("1.0")


def test_each_order_has_its_own_minimum() -> None:
    first = worked(2, "2026-12-02 12:00", "2026-12-02 12:35")
    second = worked(2, "2026-12-03 12:00", "2026-12-03 12:35", order="WO-2")
    found = hours.billable([second, first], RULE)
    assert [order.order for order in found] == ["WO-1", "WO-2"]
    assert [sum(use.hours for use in order.uses) for order in found] == [D("2"), D("2")]


WAIT = Interval(at("2026-12-02 14:00"), at("2026-12-02 17:00"))
QUOTED = {2: frozenset({Tier.BUSINESS})}


def test_hours_pushed_into_the_evening_by_the_provider_keep_the_quoted_tier() -> None:
    evening = worked(2, "2026-12-02 17:00", "2026-12-02 20:00")
    assert one(evening, quoted=QUOTED, delays=[WAIT]).uses == (LabourUse(2, Tier.BUSINESS, D("3"), "WO-1"),)
    assert [use.hours for use in one(evening).uses] == [D("1"), D("2")]


def test_evening_work_that_no_wait_pushed_there_costs_what_the_evening_costs() -> None:
    late = worked(2, "2026-12-02 20:00", "2026-12-02 23:00")
    (row, *rest) = one(late, quoted=QUOTED, delays=[WAIT]).rows
    # Three hours lost: the first hour would have been 17-18, the rest after six anyway.
    assert [(row.tier, row.minutes)] + [(r.tier, r.minutes) for r in rest] == [
        (Tier.BUSINESS, 60),
        (Tier.AFTER_HOURS, 120),
    ]


def test_tier_that_was_quoted_dear_stays_dear() -> None:
    evening = worked(2, "2026-12-02 17:00", "2026-12-02 20:00")
    quoted = {2: frozenset({Tier.AFTER_HOURS})}
    assert [use.tier for use in one(evening, quoted=quoted, delays=[WAIT]).uses] == [
        Tier.BUSINESS,
        Tier.AFTER_HOURS,
    ]


minutes = st.integers(min_value=0, max_value=60 * 24 * 9)
spans = st.lists(st.tuples(minutes, st.integers(min_value=1, max_value=900)), min_size=1, max_size=5)


@given(spans)
def test_billed_hours_are_never_less_than_worked_and_never_more_than_a_quarter_above(
    worked_spans: list[tuple[int, int]],
) -> None:
    begin = at("2026-11-23 00:00")
    entries = [
        Worked("WO-1", 2, begin + timedelta(minutes=start), begin + timedelta(minutes=start + length))
        for start, length in worked_spans
    ]
    found = one(*entries)
    minutes_worked = sum(length for _, length in worked_spans)
    assert sum(row.minutes for row in found.rows) == minutes_worked
    for row in found.rows:
        assert 0 <= row.hours * 60 - row.minutes < 15
    assert sum(use.hours for use in found.uses) >= D("2.0")
