"""Labour, parts, trips, credit and Q against the worked examples of domain.md §4.8 to §4.10 and §8."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.agreements.values import Domain, Priority, TaxCategory
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.tiers import Tier
from breakfix.quotes.rules import pricing
from breakfix.quotes.values import ChargeKind, ChargeLine, Draft
from tests.quotes.cases import S1, TERMS, D, part, tariff, task, usd

BUSINESS = Tier.BUSINESS


def test_price_of_the_opening_scenario_is_the_stated_one() -> None:
    price = pricing.price(S1, tariff(), fee=usd("675"))
    assert [line.amount for line in price.labour] == [usd("1653.75"), usd("901.88")]
    assert [line.quantity for line in price.labour] == [D("4.50"), D("3.25")]
    assert pricing.total((line.amount for line in price.labour), "USD") == usd("2555.63")
    assert price.blended_rate == usd("219.84")
    assert price.in_band
    assert [line.amount for line in price.parts] == [usd("1380.20"), usd("225.00"), usd("387.50")]
    assert [line.amount for line in price.charges] == [usd("145"), usd("250"), usd("95"), usd("360")]
    assert price.credit is not None
    assert price.credit.amount == usd("-675")
    assert price.q == usd("4723.33")


def test_labour_of_three_levels_and_its_blended_rate_follow_the_card() -> None:
    tasks = (
        task(1, "2", "2", "2", tier=BUSINESS),
        task(2, "5", "5", "5", tier=BUSINESS),
        task(3, "3", "3", "3", tier=BUSINESS),
    )
    lines = pricing.labour_lines(tasks, tariff())
    assert [line.amount for line in lines] == [usd("735"), usd("925"), usd("250")]
    assert pricing.blended_rate(lines, tariff()) == usd("191.00")


def test_labour_line_is_rounded_once_after_the_multiplier() -> None:
    assert pricing.labour_amount(D("1.25"), 2, Tier.AFTER_HOURS, tariff()) == usd("346.88")
    assert pricing.labour_amount(D("2"), 2, Tier.SUNDAY, tariff()) == usd("740.00")


@pytest.mark.parametrize(
    ("hours", "quoted"),
    [
        (("1", "1.5", "2.5"), "1.75"),
        (("1", "1.75", "3"), "2.00"),
        (("0.7", "1.1", "1.9"), "1.25"),
        (("1", "1", "1"), "1.00"),
        (("0.1", "0.2", "0.3"), "0.25"),
    ],
)
def test_quoted_hours_round_the_mean_up_to_the_quarter(hours: tuple[str, ...], quoted: str) -> None:
    assert pricing.quoted_hours([task(2, *hours)], D("0.25")) == D(quoted)


def test_quoted_hours_add_all_tasks_before_dividing() -> None:
    # 19/6 h: rounding each task first would give 2 x 1.75 = 3.50 h.
    assert pricing.quoted_hours([task(2, "1", "1.5", "2.5")] * 2, D("0.25")) == D("3.25")


thirds = st.decimals(min_value=0, max_value=20, places=2, allow_nan=False)


@given(st.lists(st.lists(thirds, min_size=3, max_size=3).map(sorted), min_size=1, max_size=6))
def test_quoted_hours_are_the_smallest_quarter_not_below_the_exact_mean(rows: list[list[Decimal]]) -> None:
    tasks = [task(2, *(str(h) for h in row)) for row in rows]
    exact = sum((Fraction(o + 4 * m + p) for o, m, p in rows), Fraction(0)) / 6
    quoted = Fraction(pricing.quoted_hours(tasks, D("0.25")))
    assert quoted % Fraction(1, 4) == 0
    assert exact <= quoted < exact + Fraction(1, 4)


@pytest.mark.parametrize(
    ("cost", "added", "sell"),
    [
        ("40", "10.00", "50.00"),
        ("180", "45.00", "225.00"),
        ("310", "77.50", "387.50"),
        ("640", "150.20", "790.20"),
        ("1140", "240.20", "1380.20"),
        ("1480", "301.40", "1781.40"),
        ("2500", "485.00", "2985.00"),
        ("3400", "593.00", "3993.00"),
        ("12000", "1545.00", "13545.00"),
        ("30000", "2500.00", "32500.00"),
    ],
)
def test_markup_is_progressive_and_capped(cost: str, added: str, sell: str) -> None:
    assert pricing.markup(usd(cost), tariff()) == usd(added)
    (line,) = pricing.part_lines((part("X", cost),), tariff())
    assert line.unit == D(sell)
    assert line.amount == usd(sell)


@given(st.integers(min_value=0, max_value=5_000_000), st.integers(min_value=0, max_value=5_000_000))
def test_sell_price_is_monotone_and_never_below_cost(one: int, other: int) -> None:
    low, high = sorted((one, other))
    cheap, dear = Money.from_minor(low, "USD"), Money.from_minor(high, "USD")
    sell_low, sell_high = (cost + pricing.markup(cost, tariff()) for cost in (cheap, dear))
    assert cheap <= sell_low <= sell_high


@given(st.integers(min_value=0, max_value=4_000_000))
def test_sell_price_is_continuous(minor: int) -> None:
    here, next_cent = Money.from_minor(minor, "USD"), Money.from_minor(minor + 1, "USD")
    step = pricing.markup(next_cent, tariff()) - pricing.markup(here, tariff())
    assert usd("0") <= step <= usd("0.01")


def test_part_in_foreign_currency_is_converted_at_the_frozen_rate_plus_uplift() -> None:
    (line,) = pricing.part_lines((part("X", "100", currency="EUR", exchange_rate=D("1.10")),), tariff())
    assert line.unit_cost == usd("112.20")
    assert line.amount == usd("140.25")
    assert line.derivation.startswith("EUR 100 x 1.1 x 1.02")


def test_part_quantity_multiplies_the_rounded_unit_price() -> None:
    (line,) = pricing.part_lines((part("X", "10.01", quantity=3),), tariff())
    assert line.unit == D("12.51")
    assert line.amount == usd("37.53")


def test_trip_of_sixty_miles_costs_the_stated_sum() -> None:
    assert pricing.trip_price(D(60), tariff()) == usd("144.00")
    assert pricing.trip_price(D(25), tariff()) == usd("95.00")


def test_travel_and_emergency_dispatch_take_their_price_from_the_agreement() -> None:
    charges = (ChargeLine(ChargeKind.TRAVEL, "Trip"), ChargeLine(ChargeKind.EMERGENCY_DISPATCH, "P1"))
    lines = pricing.charge_lines(charges, tariff(), D(60))
    assert [line.amount for line in lines] == [usd("144.00"), usd("250.00")]
    assert [line.category for line in lines] == [TaxCategory.TRAVEL, TaxCategory.FEES]
    assert tariff(priority=Priority.P2).emergency_dispatch == 0


def test_credit_is_capped_at_the_hourly_labour() -> None:
    short = Draft(tasks=(task(1, "1", "1", "1", tier=BUSINESS),), parts=(part("X", "40"),), scope_in="x")
    price = pricing.price(short, tariff(), fee=usd("675"))
    assert price.credit is not None
    assert price.credit.amount == usd("-125.00")
    assert price.q == usd("50.00")


def test_credit_percentage_is_the_domains_own() -> None:
    half = {**TERMS, "forensic": {"credit_pct": "50"}}
    database = tariff(half, domain=Domain.SW_DB)
    tasks = (
        *(task(3, "1.5", "2", "4", tier=BUSINESS), task(3, "2", "3", "6", tier=BUSINESS)),
        task(3, "1", "2", "4", tier=BUSINESS),
    )
    price = pricing.price(Draft(tasks=tasks, scope_in="x"), database, fee=usd("550"))
    assert price.labour[0].quantity == D("7.75")
    assert price.q == usd("1623.75")
    assert tariff(half, domain=Domain.SURGE).credit_pct == 100
    assert price.labour[0].category is TaxCategory.PROFESSIONAL_LABOUR


def test_credit_vanishes_without_hourly_labour() -> None:
    parts_only = replace(S1, tasks=())
    assert pricing.price(parts_only, tariff(), fee=usd("675")).credit is None


def test_blended_rate_outside_the_band_is_noticed() -> None:
    price = pricing.price(Draft(tasks=(task(1, "1", "1", "1"),), scope_in="x"), tariff(), fee=usd("0"))
    assert price.blended_rate == usd("125.00")
    assert not price.in_band


def test_price_of_a_dead_board_repair_is_the_stated_one() -> None:
    draft = Draft(
        tasks=(task(2, "1", "1.5", "2.5", tier=BUSINESS), task(2, "1", "1.75", "3", tier=BUSINESS)),
        parts=(part("BOARD", "1480"),),
        charges=(ChargeLine(ChargeKind.TRAVEL, "Trip"), ChargeLine(ChargeKind.FREIGHT, "Freight", unit=D(60))),
        scope_in="x",
    )
    price = pricing.price(draft, tariff(domain=Domain.HW_SRV), fee=usd("0"))
    assert price.labour[0].quantity == D("3.50")
    assert price.q == usd("2583.90")


def test_contingent_lines_are_listed_and_not_in_q() -> None:
    price = pricing.price(S1, tariff(), fee=usd("675"))
    assert [line.amount for line in price.contingents] == [usd("665.00")]
    assert price.contingents[0] not in price.firm
    assert pricing.total((line.amount for line in price.firm), "USD") == price.q


def test_derivation_of_labour_shows_every_input() -> None:
    line = pricing.price(S1, tariff(), fee=usd("675")).labour[0]
    assert line.derivation == (
        "[(1.5 + 4 x 2 + 3.5) + (1 + 4 x 2 + 5)] / 6, up to the next 0.25 h = 4.5 h; 4.5 h x 245 x 1.5 = $1,653.75"
    )
