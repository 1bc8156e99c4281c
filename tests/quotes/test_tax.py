"""Exposure, maximum cash out and tax groups (R2, R18, §11 rulings 4 and 5)."""

from breakfix.agreements.values import TaxCategory
from breakfix.quotes.rules import pricing, tax
from breakfix.quotes.values import Draft
from tests.quotes.cases import S1, TERMS, D, part, tariff, usd


def test_exposure_and_cash_out_of_the_opening_scenario_are_the_stated_ones() -> None:
    price = pricing.price(S1, tariff(), fee=usd("675"))
    assert tax.exposure(price, usd("5400"), tariff()).gross == usd("5879.25")
    assert tax.cash_out(price, usd("5400"), usd("675"), tariff()).gross == usd("6614.16")


def test_tax_is_rounded_once_per_rate() -> None:
    # Three lines of 0.06: one by one each 0.00533 would vanish, together they are a cent and a half.
    items = [(TaxCategory.PARTS, usd("0.06"))] * 3
    assert tax.taxed(items, tariff()).tax == usd("0.02")


def test_tax_of_the_dead_board_repair_is_the_stated_one() -> None:
    rates = {category.value: "8.25" for category in TaxCategory}
    texas = tariff({**TERMS, "tax": {"jurisdiction": "Texas", "rates": rates}})
    assert tax.taxed([(TaxCategory.PARTS, usd("2583.90"))], texas).tax == usd("213.17")


def test_room_between_q_and_n_is_taxed_at_the_dearest_rate_of_any_line() -> None:
    mixed = tariff({**TERMS, "tax": {"jurisdiction": "X", "rates": {"parts": "8", "hw_labour": "5", "fees": "20"}}})
    draft = Draft(tasks=S1.tasks, parts=(part("A", "40"),), contingents=S1.contingents, scope_in="x")
    price = pricing.price(draft, mixed, fee=usd("0"))
    found = tax.exposure(price, price.q + usd("100"), mixed)
    assert [(g.rate, g.base) for g in found.groups] == [(D("0.08"), usd("150.00")), (D("0.05"), usd("2555.63"))]
    assert found.tax == usd("12.00") + usd("127.78")


def test_dearest_rate_may_be_that_of_a_contingent_line() -> None:
    mixed = tariff({**TERMS, "tax": {"jurisdiction": "X", "rates": {"parts": "8", "hw_labour": "5"}}})
    draft = Draft(tasks=S1.tasks, contingents=S1.contingents, scope_in="x")
    price = pricing.price(draft, mixed, fee=usd("0"))
    assert tax.exposure(price, price.q + usd("100"), mixed).groups[0].base == usd("100.00")


def test_credit_reduces_the_labour_base() -> None:
    mixed = tariff({**TERMS, "tax": {"jurisdiction": "X", "rates": {"parts": "8", "hw_labour": "5"}}})
    price = pricing.price(Draft(tasks=S1.tasks, scope_in="x"), mixed, fee=usd("675"))
    assert tax.exposure(price, price.q, mixed).groups[0].base == usd("2555.63") - usd("675")


def test_untaxed_offer_says_so() -> None:
    free = tariff({"forensic": {"credit_pct": "100"}})
    price = pricing.price(S1, free, fee=usd("675"))
    found = tax.exposure(price, usd("5400"), free)
    assert found.tax.is_zero
    assert found.gross == usd("5400")
