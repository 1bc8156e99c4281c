"""Settlement per tranche, never above the cap (domain.md §4.10, §8, §11 rulings 1, 2, 28)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.agreements.values import Domain, TaxCategory
from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.tiers import Tier
from breakfix.quotes.rules import pricing, settlement
from breakfix.quotes.values import (
    Actuals,
    ChargeKind,
    ChargeLine,
    ContingentLine,
    Draft,
    LabourUse,
    LineKind,
    LineUse,
    Mode,
    TrancheKind,
)
from tests.quotes.cases import S1, S1_ACTUALS, TERMS, D, tariff, task, usd

S1_PRICE = pricing.price(S1, tariff(), fee=usd("675"))
DATABASE = tariff({**TERMS, "forensic": {"credit_pct": "50"}}, domain=Domain.SW_DB)
BUSINESS = Tier.BUSINESS
S2_TASKS = (
    *(task(3, "1.5", "2", "4", tier=BUSINESS), task(3, "2", "3", "6", tier=BUSINESS)),
    task(3, "1", "2", "4", tier=BUSINESS),
)
S2_PRICE = pricing.price(Draft(tasks=S2_TASKS, scope_in="x"), DATABASE, fee=usd("550"))


def bill_line(key: str, kind: LineKind, amount: str) -> settlement.BillLine:
    return settlement.BillLine(key, kind, key, D(1), usd(amount), usd(amount), TaxCategory.PARTS)


def test_opening_scenario_settles_at_its_actual() -> None:
    found = settlement.settle_base(S1_PRICE, tariff(), usd("5400"), S1_ACTUALS)
    assert [line.actual for line in found.lines][:2] == [usd("1561.88"), usd("832.50")]
    assert found.actual == found.bill == usd("4562.08")
    assert found.absorbed.is_zero
    assert found.lines[-1].billed == usd("-675")


@pytest.mark.parametrize(("hours", "bill", "absorbed"), [("12.5", "1950.00", "837.50"), ("6.5", "1317.50", "0.00")])
def test_hours_above_the_estimate_are_absorbed_by_the_provider(hours: str, bill: str, absorbed: str) -> None:
    actuals = Actuals(labour=(LabourUse(3, BUSINESS, D(hours)),))
    found = settlement.settle_base(S2_PRICE, DATABASE, usd("1950"), actuals)
    assert (found.bill, found.absorbed) == (usd(bill), usd(absorbed))
    assert pricing.total((line.billed for line in found.lines), "USD") == found.bill


@pytest.mark.parametrize(
    ("hours", "actual", "bill", "absorbed"),
    [
        # Q 1,623.75: half of the saving of 306.25 is 153.125.
        ("6.5", "1317.50", "1470.63", "0.00"),
        # 7.75 h are the price itself: nothing is saved, and above it the ceiling works as ever.
        ("7.75", "1623.75", "1623.75", "0.00"),
        ("8", "1685.00", "1685.00", "0.00"),
        ("12.5", "2787.50", "1950.00", "837.50"),
    ],
)
def test_shared_saving_lies_between_the_actual_and_the_price(
    hours: str, actual: str, bill: str, absorbed: str
) -> None:
    shared = replace(DATABASE, saving_share=D("0.5"))
    actuals = Actuals(labour=(LabourUse(3, BUSINESS, D(hours)),))
    found = settlement.settle_base(S2_PRICE, shared, usd("1950"), actuals, mode=Mode.NTE_SHARED)
    assert (found.actual, found.bill, found.absorbed) == (usd(actual), usd(bill), usd(absorbed))
    assert pricing.total((line.billed for line in found.lines), "USD") == found.bill


@given(st.integers(min_value=0, max_value=60), st.integers(min_value=0, max_value=100))
def test_shared_saving_never_passes_the_price_nor_falls_below_the_actual(quarters: int, share: int) -> None:
    shared = replace(DATABASE, saving_share=D(share) / 100)
    actuals = Actuals(labour=(LabourUse(3, BUSINESS, D(quarters) / 4),))
    found = settlement.settle_base(S2_PRICE, shared, usd("1950"), actuals, mode=Mode.NTE_SHARED)
    alone = settlement.settle_base(S2_PRICE, shared, usd("1950"), actuals)
    assert alone.bill <= found.bill <= max(alone.bill, S2_PRICE.q)
    assert (found.actual, found.absorbed) == (alone.actual, alone.absorbed)


def test_absorbed_labour_leaves_the_credit_untouched() -> None:
    actuals = Actuals(labour=(LabourUse(3, BUSINESS, D("12.5")),))
    labour, credit = settlement.settle_base(S2_PRICE, DATABASE, usd("1950"), actuals).lines
    assert (labour.billed, credit.billed) == (usd("2225.00"), usd("-275.00"))


def test_reduction_takes_labour_to_nothing_then_parts_then_the_rest() -> None:
    lines = [
        bill_line("a", LineKind.LABOUR, "100"),
        bill_line("b", LineKind.LABOUR, "50"),
        bill_line("p", LineKind.PART, "80"),
        bill_line("c", LineKind.CHARGE, "30"),
        bill_line("x", LineKind.CONTINGENT, "30"),
        bill_line("k", LineKind.CREDIT, "-20"),
    ]

    def billed(excess: str) -> list[Decimal]:
        return [line.billed.amount for line in settlement.reduced(lines, usd(excess))]

    assert billed("30") == [D(80), D(40), D(80), D(30), D(30), D(-20)]
    assert billed("190") == [D(0), D(0), D(40), D(30), D(30), D(-20)]
    assert billed("250") == [D(0), D(0), D(0), D(20), D(20), D(-20)]


def test_reduction_gives_the_odd_cent_to_the_largest_remainder_then_the_earlier_line() -> None:
    lines = [bill_line(key, LineKind.LABOUR, "10.00") for key in "abc"]
    assert [line.billed for line in settlement.reduced(lines, usd("10.00"))] == [
        *(usd("6.66"), usd("6.67"), usd("6.67"))
    ]


amounts = st.integers(min_value=0, max_value=500_000)


@given(amounts, amounts, amounts, amounts, st.integers(min_value=0, max_value=1_000_000))
def test_no_tranche_is_ever_billed_above_its_cap(labour: int, part: int, other: int, credit: int, cap: int) -> None:
    credit = min(credit, labour + part + other)
    minors = {"l": labour, "p": part, "o": other, "k": -credit}
    kinds = {"l": LineKind.LABOUR, "p": LineKind.PART, "o": LineKind.CHARGE, "k": LineKind.CREDIT}
    lines = [
        replace(bill_line(k, kinds[k], "0"), actual=Money.from_minor(m, "USD"), billed=Money.from_minor(m, "USD"))
        for k, m in minors.items()
    ]
    found = settlement.settle(TrancheKind.BASE, lines, Money.from_minor(cap, "USD"))
    assert found.bill <= found.cap
    assert found.bill + found.absorbed == found.actual
    assert pricing.total((line.billed for line in found.lines), "USD") == found.bill
    assert all(line.billed.minor >= 0 for line in found.lines if line.kind is not LineKind.CREDIT)


def test_actual_never_falls_below_nothing() -> None:
    little = Actuals(labour=(LabourUse(2, BUSINESS, D("1")),))
    found = settlement.settle_base(S1_PRICE, tariff(), usd("5400"), little)
    assert found.actual == usd("0")
    assert found.lines[-1].billed == usd("-185")


def test_contingent_line_is_billed_at_its_flat_price_only_if_used() -> None:
    used = replace(S1_ACTUALS, contingents=(LineUse("X1"),))
    found = settlement.settle_base(S1_PRICE, tariff(), usd("5400"), used)
    assert found.actual == usd("4562.08") + usd("665.00")


@pytest.mark.parametrize(
    ("uses", "code"),
    [
        ({"parts": (LineUse("P9"),)}, "not_quoted"),
        ({"parts": (LineUse("P1", D(2)),)}, "above_quoted"),
        ({"parts": (LineUse("P1"), LineUse("P1"))}, "above_quoted"),
        ({"contingents": (LineUse("X1", D(2)),)}, "above_quoted"),
        ({"charges": (LineUse("C2", D(2)),)}, "above_quoted"),
        ({"charges": (LineUse("C1", D(-1)),)}, "above_quoted"),
    ],
)
def test_use_of_what_was_not_quoted_is_refused(uses: dict[str, tuple[LineUse, ...]], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        settlement.settle_base(S1_PRICE, tariff(), usd("5400"), Actuals(**uses))
    assert refusal.value.code == code


def test_measured_charges_follow_what_was_used() -> None:
    days = Actuals(charges=(LineUse("C4", D(3)),))
    lines = settlement.actual_lines(S1_PRICE, tariff(), days)
    assert lines[0].actual == usd("540")


def test_fixed_price_is_billed_whatever_the_effort_plus_used_contingents() -> None:
    surge = tariff(domain=Domain.SURGE)
    draft = Draft(
        charges=(ChargeLine(ChargeKind.OTHER, "Purge", D(240), D("15")),),
        contingents=(ContingentLine("Destroy", D("0.02"), D(18), maximum=5),),
        scope_in="x",
        mode=Mode.FIXED,
    )
    price = pricing.price(draft, surge, fee=usd("0"))
    used = Actuals(labour=(LabourUse(2, BUSINESS, D(99)),), contingents=(LineUse("X1", D(3)),))
    found = settlement.settle_base(price, surge, usd("3690"), used, mode=Mode.FIXED)
    assert found.bill == usd("3654.00")


def test_forensic_fee_is_its_own_tranche() -> None:
    found = settlement.forensic_bill(usd("675"))
    assert (found.kind, found.bill, found.absorbed) == (TrancheKind.FORENSIC, usd("675"), usd("0"))


def test_meter_marks_are_the_stated_amounts() -> None:
    marks = settlement.meter_marks(usd("1950"))
    assert marks == ((70, usd("1365.00")), (85, usd("1657.50")), (100, usd("1950.00")))


@pytest.mark.parametrize(
    ("hours", "least", "bill"),
    [
        ("0", "0", "45.00"),  # nobody had left: restocking only
        ("0", "585.00", "630.00"),  # two hours of L3 and the trip are the least
        ("4", "585.00", "1025.00"),  # more was done than the least
        ("40", "585.00", "1950.00"),  # never above the cap
    ],
)
def test_cancellation_after_approval_costs_the_work_at_least_the_visit(hours: str, least: str, bill: str) -> None:
    labour = (LabourUse(3, BUSINESS, D(hours)),) if hours != "0" else ()
    free = pricing.price(Draft(tasks=S2_TASKS, scope_in="x"), DATABASE, fee=usd("0"))
    lines = settlement.actual_lines(free, DATABASE, Actuals(labour=labour))
    found = settlement.settle_cancelled(lines, least=usd(least), restocking=usd("45"), cap=usd("1950"))
    assert found.bill == usd(bill)
