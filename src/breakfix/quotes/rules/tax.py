"""Tax by category and group, exposure and maximum cash out (domain.md §4.10, R2, R18, §11 rulings 4 and 5).

Rates are the agreement's figures; this is arithmetic, never tax advice (R11).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from breakfix.agreements.values import TaxCategory
from breakfix.kernel.money import Money, format_money, trimmed
from breakfix.quotes.rules.pricing import total
from breakfix.quotes.values import Price, Tariff

Taxable = tuple[TaxCategory, Money]


@dataclass(frozen=True)
class TaxGroup:
    """All that is taxed alike: its tax is rounded once."""

    jurisdiction: str
    rate: Decimal
    base: Money
    tax: Money


@dataclass(frozen=True)
class Taxed:
    """An amount with its tax by group."""

    net: Money
    groups: tuple[TaxGroup, ...]
    tax: Money
    gross: Money
    derivation: str


def rate_of(category: TaxCategory, tariff: Tariff) -> Decimal:
    """The rate of this category as a fraction: 0.08875 is 8.875 %."""
    return tariff.tax_rates[category.value]


def taxed(items: Iterable[Taxable], tariff: Tariff) -> Taxed:
    """One rounding per (jurisdiction, rate); credits are negative items of the same base."""
    return _grouped([(rate_of(category, tariff), amount) for category, amount in items], tariff)


def exposure(price: Price, n: Money, tariff: Tariff) -> Taxed:
    """N plus tax: what is tested against approval limits; the forensic fee is outside (ruling 4).

    N has no lines above Q, so the room between them is taxed at the dearest rate of any line (ruling 5).
    """
    return exposure_of([(price, n)], tariff)


def exposure_of(tranches: Iterable[tuple[Price, Money]], tariff: Tariff) -> Taxed:
    """The same of several tranches together, each (price, N): splitting a sum lowers nothing (§3.3)."""
    return _grouped([item for price, n in tranches for item in _at_most(price, n, tariff)], tariff)


def cash_out(price: Price, n: Money, fee: Money, tariff: Tariff) -> Taxed:
    """The most the client can pay for everything: forensic fee, N, and tax on both (R2); shown, not tested."""
    return cash_out_of([(price, n)], fee, tariff)


def cash_out_of(tranches: Iterable[tuple[Price, Money]], fee: Money, tariff: Tariff) -> Taxed:
    """The same of several tranches together."""
    rated = [item for price, n in tranches for item in _at_most(price, n, tariff)]
    return _grouped([*rated, (rate_of(TaxCategory.FEES, tariff), fee)], tariff)


def _at_most(price: Price, n: Money, tariff: Tariff) -> list[tuple[Decimal, Money]]:
    rated = [(rate_of(line.category, tariff), line.amount) for line in price.firm]
    dearest = max((rate_of(line.category, tariff) for line in (*price.firm, *price.contingents)), default=Decimal(0))
    return [*rated, (dearest, n - price.q)]


def _grouped(rated: list[tuple[Decimal, Money]], tariff: Tariff) -> Taxed:
    bases: dict[Decimal, Money] = {}
    for rate, amount in rated:
        bases[rate] = bases.get(rate, Money.zero(tariff.currency)) + amount
    groups = tuple(
        TaxGroup(tariff.jurisdiction, rate, base, base * rate)
        for rate, base in sorted(bases.items(), reverse=True)
        if not base.is_zero
    )
    net = total(bases.values(), tariff.currency)
    tax = total((group.tax for group in groups), tariff.currency)
    parts = " + ".join(f"{trimmed(g.rate * 100)} % of {format_money(g.base)} = {format_money(g.tax)}" for g in groups)
    how = f"{format_money(net)} + {parts or 'no tax'} = {format_money(net + tax)}"
    return Taxed(net, groups, tax, net + tax, how)
