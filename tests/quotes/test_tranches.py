"""Tranches are settled apart and only added up: bill = min(A0, N0) + the sum of min(Aco, dNco) (domain.md §4.10)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.agreements.values import TaxCategory
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.tiers import Tier
from breakfix.quotes.rules import change_orders, pricing, settlement, tax
from breakfix.quotes.values import Actuals, Draft, LabourUse, LineKind, LineUse, TrancheKind
from tests.quotes.cases import D, part, tariff, task, usd

TARIFF = tariff()
DRAFT = Draft(
    tasks=(task(3, "1", "1", "1", tier=Tier.BUSINESS),), parts=(part("7VK1J", "310"),), scope_in="The backplane"
)
PRICE = pricing.price(DRAFT, TARIFF, fee=usd("0"))
minor = st.integers(min_value=0, max_value=2_000_000)


def line(key: str, amount: int, kind: LineKind = LineKind.LABOUR) -> settlement.BillLine:
    worth = Money.from_minor(amount, "USD")
    return settlement.BillLine(key, kind, key, D(1), worth, worth, TaxCategory.PARTS)


@pytest.mark.parametrize(
    ("q", "n"),
    [
        ("632.50", "700.00"),  # 695.75
        ("735.00", "825.00"),  # 808.50
        ("500.00", "550.00"),  # exactly on the step
        ("500.01", "575.00"),  # 550.011: a tenth of a cent above it
        ("0.01", "25.00"),
    ],
)
def test_maximum_of_a_change_order_is_ten_percent_above_its_price_up_to_the_step(q: str, n: str) -> None:
    assert change_orders.ceiling(usd(q), TARIFF).n == usd(n)


@given(st.integers(min_value=1, max_value=5_000_000))
def test_maximum_of_a_change_order_is_the_smallest_step_that_holds_it(price: int) -> None:
    n = change_orders.ceiling(Money.from_minor(price, "USD"), TARIFF).n
    assert n.minor % 2500 == 0
    assert 10 * n.minor >= 11 * price > 10 * (n.minor - 2500)


def test_change_order_is_priced_without_a_second_credit() -> None:
    """1.00 h x 245.00 + 387.50; the forensic fee was credited with the quote."""
    made = change_orders.offer(DRAFT, TARIFF, agreed=(), fee=usd("675"), seed="CO-1")
    assert (made.q, made.n, made.price.credit) == (usd("632.50"), usd("700"), None)
    assert made.exposure.gross == usd("762.13")
    # 700.00 x 1.08875 and the fee, 1,375.00 x 1.08875
    assert made.cash_out.gross == usd("1497.03")


def test_exposure_of_several_is_rounded_once_together() -> None:
    """Apart 762.13 each; together 1,400.00 x 1.08875 = 1,524.25, a cent less: tax is rounded once a group."""
    one = (PRICE, usd("700"))
    assert tax.exposure_of([one], TARIFF).gross == usd("762.13")
    assert tax.exposure_of([one, one], TARIFF).gross == usd("1524.25")


def test_change_order_bills_what_was_worked_under_it() -> None:
    done = Actuals(labour=(LabourUse(3, Tier.BUSINESS, D("0.75")),), parts=(LineUse("P1"),))
    found = settlement.settle_change_order(PRICE, TARIFF, usd("700"), done)
    assert found.kind is TrancheKind.CHANGE_ORDER
    assert (found.actual, found.bill, found.absorbed) == (usd("571.25"), usd("571.25"), usd("0"))
    over = settlement.settle_change_order(
        PRICE, TARIFF, usd("700"), Actuals(labour=(LabourUse(3, Tier.BUSINESS, D("2")),), parts=(LineUse("P1"),))
    )
    assert (over.actual, over.bill, over.absorbed) == (usd("877.50"), usd("700"), usd("177.50"))


@given(st.lists(st.tuples(minor, minor), min_size=1, max_size=5), minor)
def test_head_room_of_one_tranche_never_pays_for_another(tranches: list[tuple[int, int]], more: int) -> None:
    """The formula itself; and however much the last cap is raised, the others bill what they billed."""

    def settled(caps: list[int]) -> settlement.Settlement:
        kind = TrancheKind.CHANGE_ORDER
        bills = [
            settlement.settle(kind, [line("A1", actual)], Money.from_minor(cap, "USD"))
            for (actual, _), cap in zip(tranches, caps, strict=True)
        ]
        return settlement.together(bills, "USD")

    caps = [cap for _, cap in tranches]
    found = settled(caps)
    assert found.total.minor == sum(min(actual, cap) for actual, cap in tranches)
    assert found.absorbed.minor == sum(max(0, actual - cap) for actual, cap in tranches)
    raised = settled([*caps[:-1], caps[-1] + more])
    assert [one.bill for one in raised.tranches[:-1]] == [one.bill for one in found.tranches[:-1]]
