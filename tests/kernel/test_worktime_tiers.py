"""Price tiers by the site's clock: T-L2, S4, holidays and the days on which the clock changes."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.kernel.worktime.tiers import Tier, TierRule, local_minutes_by_tier, tier_at, tier_pieces

ZONE = "America/New_York"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-12-04 17:20", "2026-12-04 19:05", {Tier.BUSINESS: 40, Tier.AFTER_HOURS: 65}),  # T-L2
        ("2026-12-12 22:00", "2026-12-13 02:00", {Tier.AFTER_HOURS: 120, Tier.SUNDAY: 120}),  # S4
        ("2026-12-04 07:00", "2026-12-04 09:00", {Tier.AFTER_HOURS: 60, Tier.BUSINESS: 60}),
        ("2026-12-24 17:00", "2026-12-25 01:00", {Tier.BUSINESS: 60, Tier.AFTER_HOURS: 360, Tier.SUNDAY: 60}),
        ("2026-12-13 23:00", "2026-12-14 01:00", {Tier.SUNDAY: 60, Tier.AFTER_HOURS: 60}),
        ("2026-10-31 22:00", "2026-11-01 03:00", {Tier.AFTER_HOURS: 120, Tier.SUNDAY: 240}),  # autumn
        ("2026-03-07 22:00", "2026-03-08 04:00", {Tier.AFTER_HOURS: 120, Tier.SUNDAY: 180}),  # spring
        ("2026-12-04 12:00:59", "2026-12-04 12:01:01", {Tier.BUSINESS: 2}),  # ruling 14
        ("2026-12-04 12:00:30", "2026-12-04 12:00:30", {}),
    ],
)
def test_minutes_are_split_by_the_sites_clock(start: str, end: str, expected: dict[Tier, int]) -> None:
    found = local_minutes_by_tier(at(start), at(end), ZONE, {date(2026, 12, 25)})
    assert found == expected
    assert list(found) == list(expected)


def test_the_site_decides_not_the_one_who_writes_the_time_down() -> None:
    start = datetime.fromisoformat("2026-12-04T17:20:00-05:00").astimezone(ZoneInfo("Asia/Tokyo"))
    split = local_minutes_by_tier(start, start + timedelta(minutes=105), ZONE, ())
    assert split == {Tier.BUSINESS: 40, Tier.AFTER_HOURS: 65}


@pytest.mark.parametrize(
    ("instant", "tier"),
    [
        ("2026-12-04 07:59:59.999999", Tier.AFTER_HOURS),
        ("2026-12-04 08:00", Tier.BUSINESS),
        ("2026-12-04 18:00", Tier.AFTER_HOURS),
        ("2026-12-05 12:00", Tier.AFTER_HOURS),
        ("2026-12-06 12:00", Tier.SUNDAY),
        ("2026-12-25 12:00", Tier.SUNDAY),
    ],
)
def test_tier_at_is_half_open(instant: str, tier: Tier) -> None:
    assert tier_at(at(instant), ZONE, {date(2026, 12, 25)}) is tier


def test_a_rule_may_name_other_hours_and_multipliers() -> None:
    gulf = TierRule(business_days=(0, 1, 2, 3, 6), open_minute=540, close_minute=1020, rest_days=(4,))
    assert tier_at(at("2026-12-06 09:00"), ZONE, (), gulf) is Tier.BUSINESS
    assert tier_at(at("2026-12-04 09:00"), ZONE, (), gulf) is Tier.SUNDAY
    assert [TierRule().multiplier(tier) for tier in Tier] == [Decimal(1), Decimal("1.5"), Decimal(2)]
    with pytest.raises(ValueError):
        TierRule(open_minute=1080, close_minute=480)
    with pytest.raises(ValueError):
        TierRule(multipliers=((Tier.BUSINESS, Decimal(1)),))


def test_work_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError):
        local_minutes_by_tier(at("2026-12-04 12:00"), at("2026-12-04 11:59"), ZONE, ())


@given(
    zone=st.sampled_from([ZONE, "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns", "Asia/Kolkata"]),
    start=st.datetimes(datetime(2010, 1, 1), datetime(2028, 1, 1), timezones=st.just(ZoneInfo("UTC"))),  # noqa: DTZ001
    length=st.integers(1, 10_000),
    free=st.integers(0, 6),
)
def test_tier_pieces_cover_everything_once(zone: str, start: datetime, length: int, free: int) -> None:
    start = start.replace(second=0, microsecond=0)
    end, holidays = start + timedelta(minutes=length), {start.date() + timedelta(days=free)}
    pieces = tier_pieces(start, end, zone, holidays)
    assert [pieces[0].start, *(piece.end for piece in pieces)] == [*(piece.start for piece in pieces), end]
    assert all(one.tier is not two.tier for one, two in zip(pieces, pieces[1:], strict=False))
    assert sum(local_minutes_by_tier(start, end, zone, holidays).values()) == length
    for piece in pieces:
        wall = piece.start.astimezone(ZoneInfo(zone))
        business = wall.weekday() < 5 and 8 <= wall.hour < 18
        sunday = wall.weekday() == 6 or wall.date() in holidays
        assert piece.tier is (Tier.SUNDAY if sunday else Tier.BUSINESS if business else Tier.AFTER_HOURS)
