"""What an offer costs: exact hours, progressive markup, Q (domain.md §4.8 to §4.10, §11 rulings 2, 13, 16)."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from breakfix.agreements.values import TaxCategory
from breakfix.kernel.money import Money, ceil_to_step, format_money, trimmed
from breakfix.kernel.worktime.tiers import Tier
from breakfix.quotes.values import (
    ChargeKind,
    ChargeLine,
    ContingentLine,
    Draft,
    Line,
    LineKind,
    PartLine,
    Price,
    SuccessFeeLine,
    Tariff,
    TaskLine,
    UnitLine,
)

CHARGE_CATEGORIES = {ChargeKind.FREIGHT: TaxCategory.FREIGHT, ChargeKind.TRAVEL: TaxCategory.TRAVEL}


def quoted_hours(tasks: Iterable[TaskLine], increment: Decimal) -> Decimal:
    """Mean hours of tasks of one level and tier: all O+4M+P added, divided by 6 once, then rounded up.

    Exact (ruling 13): float sums would land on the wrong quarter hour in one quote of two hundred.
    """
    sums = sum((Fraction(t.optimistic + 4 * t.likely + t.pessimistic) for t in tasks), Fraction(0))
    return ceil_to_step(sums / 6, increment)


def labour_amount(hours: Decimal, level: int, tier: Tier, tariff: Tariff) -> Money:
    """Hours x base rate x multiplier, rounded once; neither rate nor product of rates is ever rounded."""
    return Money(hours * unit_rate(level, tier, tariff), tariff.currency)


def unit_rate(level: int, tier: Tier, tariff: Tariff) -> Decimal:
    """Exact price of one hour of this level in this tier."""
    return tariff.rate(level) * tariff.multipliers[tier.value]


def labour_lines(tasks: tuple[TaskLine, ...], tariff: Tariff) -> tuple[Line, ...]:
    """One line per level and tier, highest level first."""
    groups: dict[tuple[int, Tier], list[TaskLine]] = {}
    for task in tasks:
        groups.setdefault((task.level, task.tier), []).append(task)
    order = list(Tier)
    keys = sorted(groups, key=lambda key: (-key[0], order.index(key[1])))
    return tuple(
        _labour_line(f"L{n}", level, tier, groups[level, tier], tariff)
        for n, (level, tier) in enumerate(keys, start=1)
    )


def _labour_line(key: str, level: int, tier: Tier, tasks: list[TaskLine], tariff: Tariff) -> Line:
    hours = quoted_hours(tasks, tariff.increment_hours)
    amount = labour_amount(hours, level, tier, tariff)
    sums = " + ".join(
        f"({trimmed(t.optimistic)} + 4 x {trimmed(t.likely)} + {trimmed(t.pessimistic)})" for t in tasks
    )
    rate, multiplier = tariff.rate(level), tariff.multipliers[tier.value]
    how = (
        f"[{sums}] / 6, up to the next {trimmed(tariff.increment_hours)} h = {trimmed(hours)} h; "
        f"{trimmed(hours)} h x {trimmed(rate)} x {trimmed(multiplier)} = {format_money(amount)}"
    )
    names = ", ".join(t.name for t in tasks)
    return Line(
        key=key,
        kind=LineKind.LABOUR,
        description=f"L{level}: {names}",
        quantity=hours,
        unit=rate * multiplier,
        amount=amount,
        category=tariff.labour_category,
        derivation=how,
        level=level,
        tier=tier,
    )


def blended_rate(labour: Iterable[Line], tariff: Tariff) -> Money | None:
    """Sum of hours x base rate over sum of hours, for display, without tier multipliers; None without labour."""
    hours, worth = Fraction(0), Fraction(0)
    for line in labour:
        hours += Fraction(line.quantity)
        worth += Fraction(line.quantity) * Fraction(tariff.rate(line.level or 0))
    return Money.of(worth / hours, tariff.currency) if hours else None


def in_band(blended: Money | None, tariff: Tariff) -> bool:
    """Whether the blended base rate lies within the agreed band; outside it the quote prints a reason (B9)."""
    return blended is None or tariff.band[0] <= blended.amount <= tariff.band[1]


def markup(cost: Money, tariff: Tariff) -> Money:
    """Progressive markup on one unit's cost, capped per unit (domain.md §4.9): continuous and increasing."""
    total, below = Fraction(0), Fraction(0)
    for up_to, percent in tariff.markup_bands:
        top = Fraction(cost.amount) if up_to is None else min(Fraction(cost.amount), Fraction(up_to))
        total += max(top - below, Fraction(0)) * Fraction(percent) / 100
        below = max(below, top)
    return Money.of(min(total, Fraction(tariff.markup_cap)), cost.currency)


def unit_cost(part: PartLine, tariff: Tariff) -> Money:
    """Supplier's unit cost in the agreement's currency: foreign cost x frozen rate x uplift, else as it is."""
    if part.currency in ("", tariff.currency):
        return Money(part.cost, tariff.currency)
    return Money.of(Fraction(part.cost) * Fraction(part.exchange_rate) * Fraction(tariff.fx_uplift), tariff.currency)


def part_lines(parts: tuple[PartLine, ...], tariff: Tariff) -> tuple[Line, ...]:
    """One line per part: cost, markup and sell price per unit, times the quantity."""
    return tuple(_part_line(f"P{n}", part, tariff) for n, part in enumerate(parts, start=1))


def _part_line(key: str, part: PartLine, tariff: Tariff) -> Line:
    cost = unit_cost(part, tariff)
    added = markup(cost, tariff)
    sell = cost + added
    how = f"cost {format_money(cost)} + markup {format_money(added)} = {format_money(sell)} x {part.quantity}"
    if part.currency not in ("", tariff.currency):
        uplift = trimmed(tariff.fx_uplift)
        how = f"{part.currency} {trimmed(part.cost)} x {trimmed(part.exchange_rate)} x {uplift}: {how}"
    return Line(
        key=key,
        kind=LineKind.PART,
        description=part.description,
        quantity=Decimal(part.quantity),
        unit=sell.amount,
        amount=sell * part.quantity,
        category=TaxCategory.PARTS,
        derivation=how,
        part=part,
        unit_cost=cost,
        unit_markup=added,
    )


def trip_price(miles: Decimal, tariff: Tariff) -> Money:
    """One trip: the flat part, then the further miles both ways (60 miles: 144.00)."""
    further = max(miles - tariff.trip_included_miles, Decimal(0))
    return Money(tariff.trip + 2 * further * tariff.per_mile, tariff.currency)


def agreed_unit(charge: ChargeLine, tariff: Tariff, miles: Decimal) -> Decimal | None:
    """The unit price that the agreement fixes for this charge; None where it is charged at cost."""
    if charge.kind is ChargeKind.TRAVEL:
        return trip_price(miles, tariff).amount
    if charge.kind is ChargeKind.EMERGENCY_DISPATCH:
        return tariff.emergency_dispatch
    return None


def charge_lines(charges: tuple[ChargeLine, ...], tariff: Tariff, miles: Decimal) -> tuple[Line, ...]:
    """Freight, loaners and the like at cost without markup; trip and emergency dispatch at the agreed price."""
    lines = []
    for n, charge in enumerate(charges, start=1):
        agreed = agreed_unit(charge, tariff, miles)
        unit = agreed if agreed is not None else (charge.unit or Decimal(0))
        amount = Money(charge.quantity * unit, tariff.currency)
        source = "agreed price" if agreed is not None else "at cost, no markup"
        lines.append(
            Line(
                key=f"C{n}",
                kind=LineKind.CHARGE,
                description=charge.description,
                quantity=charge.quantity,
                unit=unit,
                amount=amount,
                category=charge.category or CHARGE_CATEGORIES.get(charge.kind, TaxCategory.FEES),
                derivation=f"{trimmed(charge.quantity)} x {trimmed(unit)} ({source}) = {format_money(amount)}",
                charge=charge.kind,
            )
        )
    return tuple(lines)


def unit_lines(units: tuple[UnitLine, ...], tariff: Tariff) -> tuple[Line, ...]:
    """Pieces at the agreed price of one; all of them at the step that their number reaches (§4.13, ruling 36)."""
    lines = []
    for n, piece in enumerate(units, start=1):
        agreed = tariff.pieces[piece.item]
        each = agreed.price_of(piece.quantity)
        amount = Money(each * piece.quantity, tariff.currency)
        lines.append(
            Line(
                key=f"U{n}",
                kind=LineKind.UNITS,
                description=piece.description or agreed.words,
                quantity=Decimal(piece.quantity),
                unit=each,
                amount=amount,
                category=agreed.category,
                derivation=f"{piece.quantity} x {trimmed(each)} (agreed price by the piece) = {format_money(amount)}",
            )
        )
    return tuple(lines)


def success_fee_lines(fees: tuple[SuccessFeeLine, ...], tariff: Tariff) -> tuple[Line, ...]:
    """The whole fee is in the price and in the maximum; what comes back decides how much of it is due."""
    whole, nothing = trimmed(tariff.fee_whole_from * 100), trimmed(tariff.fee_nothing_below * 100)
    lines = []
    for n, one in enumerate(fees, start=1):
        amount = Money(one.fee, tariff.currency)
        how = (
            f"{format_money(amount)} from {whole} % of the {one.wanted} on the must-have list, "
            f"in proportion from {nothing} %, nothing below"
        )
        lines.append(
            Line(
                key=f"E{n}",
                kind=LineKind.SUCCESS_FEE,
                description=one.description,
                quantity=Decimal(1),
                unit=amount.amount,
                amount=amount,
                category=TaxCategory.DATA_RECOVERY,
                derivation=how,
                wanted=one.wanted,
            )
        )
    return tuple(lines)


def fee_share(recovered: int, wanted: int, tariff: Tariff) -> Fraction:
    """Which part of a success fee is due: all, in exact proportion, or nothing (§4.13, ruling 36)."""
    share = Fraction(recovered, wanted)
    if share < Fraction(tariff.fee_nothing_below):
        return Fraction(0)
    return Fraction(1) if share >= Fraction(tariff.fee_whole_from) else share


def contingent_lines(contingents: tuple[ContingentLine, ...], tariff: Tariff) -> tuple[Line, ...]:
    """Listed with probability and flat price; in N by their chance, never in Q."""
    lines = []
    for n, contingent in enumerate(contingents, start=1):
        amount = Money(contingent.amount * contingent.maximum, tariff.currency)
        chance = trimmed(contingent.probability * 100)
        lines.append(
            Line(
                key=f"X{n}",
                kind=LineKind.CONTINGENT,
                description=contingent.description,
                quantity=Decimal(contingent.maximum),
                unit=contingent.amount,
                amount=amount,
                category=contingent.category,
                derivation=f"{chance} % chance; billed at {trimmed(contingent.amount)} flat, only if used",
                probability=contingent.probability,
                maximum=contingent.maximum,
            )
        )
    return tuple(lines)


def forensic_credit(fee: Money, labour: Iterable[Line], tariff: Tariff) -> Line | None:
    """The share of the charged fee that comes back on approval, at most the hourly labour of this quote.

    Frozen here and never recomputed from actual hours (ruling 2); it reduces the labour's tax base.
    """
    subtotal = total((line.amount for line in labour), tariff.currency)
    share = fee * (Fraction(tariff.credit_pct) / 100)
    credit = min(share, subtotal)
    if credit.is_zero:
        return None
    limit = f", limited to the labour of {format_money(subtotal)}" if credit < share else ""
    return Line(
        key="K1",
        kind=LineKind.CREDIT,
        description="Credit of the forensic fee",
        quantity=Decimal(1),
        unit=-credit.amount,
        amount=-credit,
        category=tariff.labour_category,
        derivation=f"{trimmed(tariff.credit_pct)} % of {format_money(fee)}{limit} = {format_money(credit)}",
    )


def deposit(price: Price, tariff: Tariff) -> Money:
    """What is paid before anything is ordered: a share of the parts that nobody takes back, where their sum is large.

    Of the sell price before tax, tested on the sum of those parts (§4.10, ruling 36); nothing otherwise.
    """
    kept = total((line.amount for line in price.parts if line.part and line.part.non_returnable), tariff.currency)
    return kept * tariff.deposit_share if kept.amount > tariff.deposit_above else Money.zero(tariff.currency)


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum, in this currency even when there is nothing to add."""
    return sum(amounts, Money.zero(currency))


def price(draft: Draft, tariff: Tariff, *, fee: Money, miles: Decimal = Decimal(0)) -> Price:
    """Everything that makes up Q. `fee` is the forensic fee as charged, `miles` the distance of the site."""
    labour = labour_lines(draft.tasks, tariff)
    parts = part_lines(draft.parts, tariff)
    charges = charge_lines(draft.charges, tariff, miles)
    units, fees = unit_lines(draft.units, tariff), success_fee_lines(draft.success_fees, tariff)
    # Of hourly labour alone: a success fee and what is priced by the piece are none (ruling 2).
    credit = forensic_credit(fee, labour, tariff)
    blended = blended_rate(labour, tariff)
    firm = [*labour, *units, *fees, *parts, *charges, *([credit] if credit else [])]
    return Price(
        labour=labour,
        parts=parts,
        charges=charges,
        contingents=contingent_lines(draft.contingents, tariff),
        credit=credit,
        blended_rate=blended,
        in_band=in_band(blended, tariff),
        q=total((line.amount for line in firm), tariff.currency),
        units=units,
        success_fees=fees,
    )
