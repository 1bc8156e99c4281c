"""What is billed in the end: per tranche, at quoted prices, never above its cap (§4.10, §11 rulings 1, 2, 28, 34)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from breakfix.agreements.values import TaxCategory
from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money, format_money, half_up, split_pro_rata, trimmed
from breakfix.kernel.worktime.tiers import Tier
from breakfix.quotes.rules.pricing import fee_share, labour_amount, total, trip_price, unit_rate
from breakfix.quotes.values import (
    Actuals,
    ChargeKind,
    LabourUse,
    Line,
    LineKind,
    LineUse,
    Mode,
    Price,
    Recovered,
    Tariff,
    TrancheKind,
)

METER_MARKS = (70, 85, 100)
_OTHERS = (LineKind.UNITS, LineKind.SUCCESS_FEE, LineKind.CHARGE, LineKind.CONTINGENT)
# Which lines give way first when the actual exceeds the cap; the credit is never touched.
_GIVE_WAY = ((LineKind.LABOUR,), (LineKind.PART,), _OTHERS)


@dataclass(frozen=True)
class BillLine:
    """One line of the settlement: what it came to, and what of it is billed."""

    key: str
    kind: LineKind
    description: str
    quantity: Decimal
    actual: Money
    billed: Money
    category: TaxCategory


@dataclass(frozen=True)
class TrancheBill:
    """One tranche settled: bill = min(actual, cap), absorbed is what the provider bears.

    `of` is its `tranche_key`; `name` and `quoted` are what its quote, change order or disposition printed.
    """

    kind: TrancheKind
    cap: Money
    actual: Money
    bill: Money
    absorbed: Money
    lines: tuple[BillLine, ...]
    derivation: str
    of: int = 0
    name: str = ""
    quoted: Money | None = None


@dataclass(frozen=True)
class Settlement:
    """What is due in the end, tranche by tranche: head-room of one never pays for an overrun of another."""

    tranches: tuple[TrancheBill, ...]
    total: Money
    absorbed: Money


def tranche_key(kind: TrancheKind, row: int) -> int:
    """What a settlement calls a tranche: its quote's id, 0 for the forensic fee, below 0 what has no quote.

    Extensions and dispositions are each counted from 1, and an engagement can have one of each with the same id: the
    odd numbers are the extensions', the even ones the dispositions', so that no bill takes the other's tranche.
    """
    if kind is TrancheKind.EXTENSION:
        return 1 - 2 * row
    return -2 * row if kind is TrancheKind.DISPOSITION else row


def together(bills: Sequence[TrancheBill], currency: str) -> Settlement:
    """bill = min(A0, N0) + the sum of min(Aco, dNco): the tranches are only added up, never set off."""
    return Settlement(
        tranches=tuple(bills),
        total=total((bill.bill for bill in bills), currency),
        absorbed=total((bill.absorbed for bill in bills), currency),
    )


def settle_base(price: Price, tariff: Tariff, cap: Money, actuals: Actuals, *, mode: Mode = Mode.NTE) -> TrancheBill:
    """The base quote against what was really done.

    FIXED bills Q whatever the effort, plus contingents used; a success fee in it only as far as it was earned.
    """
    if mode is Mode.FIXED:
        lines = [_as_quoted(line) for line in price.firm if line.kind is not LineKind.SUCCESS_FEE]
        lines += _earned(price.success_fees, actuals.recovered, tariff)
        lines += _used(price.contingents, actuals.contingents)
        return settle(TrancheKind.BASE, lines, cap)
    bill = settle(TrancheKind.BASE, actual_lines(price, tariff, actuals), cap)
    return share_saving(bill, price, tariff) if mode is Mode.NTE_SHARED else bill


def share_saving(bill: TrancheBill, price: Price, tariff: Tariff) -> TrancheBill:
    """NTE_SHARED (R1): below Q the provider keeps its share of the saving, so the bill stays between A and Q.

    `actual` stays what the work came to: quote accuracy is computed from it.
    """
    if bill.actual >= price.q:
        return bill
    saving, percent = price.q - bill.actual, trimmed(tariff.saving_share * 100)
    kept = saving * tariff.saving_share
    words = f"{percent} % of the saving of {format_money(saving)}"
    line = BillLine(
        "S1", LineKind.CHARGE, words, Decimal(1), Money.zero(saving.currency), kept, tariff.labour_category
    )
    how = f"{bill.derivation}; below the price of {format_money(price.q)} the provider keeps {words}"
    due = bill.bill + kept
    return replace(bill, bill=due, lines=(*bill.lines, line), derivation=f"{how} = {format_money(due)}")


def settle_change_order(price: Price, tariff: Tariff, cap: Money, actuals: Actuals) -> TrancheBill:
    """One approved change order against what was done under it, within its own cap."""
    return settle(TrancheKind.CHANGE_ORDER, actual_lines(price, tariff, actuals), cap)


def actual_lines(price: Price, tariff: Tariff, actuals: Actuals) -> list[BillLine]:
    """Actual quantities at quoted prices; the frozen credit last, never more than all the rest (A >= 0)."""
    lines = [_labour(f"A{n}", use, tariff) for n, use in enumerate(actuals.labour, start=1)]
    lines += _used(price.units, actuals.units)
    lines += _earned(price.success_fees, actuals.recovered, tariff)
    lines += _used(price.parts, actuals.parts)
    lines += _used(price.charges, actuals.charges)
    lines += _used(price.contingents, actuals.contingents)
    if price.credit:
        worth = total((line.actual for line in lines), tariff.currency)
        credit = min(-price.credit.amount, worth)
        lines.append(replace(_as_quoted(price.credit), actual=-credit, billed=-credit))
    return lines


def settle(kind: TrancheKind, lines: list[BillLine], cap: Money) -> TrancheBill:
    """Bill min(A, N). Above N the lines give way pro rata: labour, then parts, then the others (ruling 28)."""
    actual = total((line.actual for line in lines), cap.currency)
    bill = min(actual, cap)
    absorbed = actual - bill
    how = f"min(actual {format_money(actual)}, cap {format_money(cap)}) = {format_money(bill)}"
    if not absorbed.is_zero:
        how += f"; {format_money(absorbed)} above the cap is the provider's"
    return TrancheBill(kind, cap, actual, bill, absorbed, tuple(reduced(lines, absorbed)), how)


def reduced(lines: list[BillLine], excess: Money) -> list[BillLine]:
    """The lines after `excess` was taken off: to nothing in one group before the next; cents by largest remainder."""
    billed = {line.key: line.billed for line in lines}
    left = excess.minor
    for kinds in _GIVE_WAY:
        group = [line for line in lines if line.kind in kinds]
        weights = [line.billed.minor for line in group]
        taken = min(left, sum(weights))
        for line, share in zip(group, split_pro_rata(taken, weights), strict=True):
            billed[line.key] = line.billed - Money.from_minor(share, excess.currency)
        left -= taken
    return [replace(line, billed=billed[line.key]) for line in lines]


def settle_cancelled(lines: list[BillLine], *, least: Money, restocking: Money, cap: Money) -> TrancheBill:
    """Cancelled after approval (ruling 26): actual work, at least `least`, plus restocking at cost, within the cap.

    `least` is one minimum and trip if a repair dispatch had left, else nothing. Before approval only the
    forensic fee is due, which is its own tranche.
    """
    actual = total((line.actual for line in lines), cap.currency)
    added = [("V1", "Minimum and trip of the cancelled visit", max(least - actual, Money.zero(cap.currency)))]
    added.append(("V2", "Restocking at cost", restocking))
    extra = [
        BillLine(key, LineKind.CHARGE, words, Decimal(1), amount, amount, TaxCategory.FEES)
        for key, words, amount in added
        if not amount.is_zero
    ]
    return settle(TrancheKind.BASE, [*lines, *extra], cap)


def least_of_visit(hours: Decimal, level: int, tier: Tier, tariff: Tariff, *, miles: Decimal | None) -> Money:
    """One minimum, and one trip where somebody drove (`miles` is given): what a visit comes to at least."""
    worth = labour_amount(hours, level, tier, tariff)
    return worth if miles is None else worth + trip_price(miles, tariff)


def forensic_bill(fee: Money) -> TrancheBill:
    """The flat fee as its own tranche: due whatever becomes of the quote."""
    line = BillLine("F1", LineKind.CHARGE, "Forensic fee", Decimal(1), fee, fee, TaxCategory.FEES)
    return settle(TrancheKind.FORENSIC, [line], fee)


def extension_bill(amount: Money, *, of: int, words: str) -> TrancheBill:
    """An approved forensic extension as its own tranche, outside N: flat, due once it was begun (ruling 27)."""
    kind = TrancheKind.EXTENSION
    line = BillLine("F1", LineKind.CHARGE, words, Decimal(1), amount, amount, TaxCategory.FEES)
    return replace(settle(kind, [line], amount), of=tranche_key(kind, of))


def disposition_bill(price: Money, category: TaxCategory, *, of: int, words: str) -> TrancheBill:
    """What the client ordered after a rejection, at the price it confirmed: outside N (ruling 27)."""
    kind = TrancheKind.DISPOSITION
    line = BillLine("D1", LineKind.CHARGE, words, Decimal(1), price, price, category)
    return replace(settle(kind, [line], price), of=tranche_key(kind, of), name=words, quoted=price)


def meter_marks(cap: Money) -> tuple[tuple[int, Money], ...]:
    """The actual amounts at which 70, 85 and 100 % of the cap are used."""
    return tuple((percent, cap * (Decimal(percent) / 100)) for percent in METER_MARKS)


@dataclass(frozen=True)
class Exposure:
    """The money side of an engagement at a glance: what is agreed, used and left.

    `forensic` is the flat fee (its ceiling until charged); `cap` is N of the approved repair and of its change
    orders, `offered` N of a quote that waits for approval; `incurred` is the repair so far, never above the cap.
    `cash_out` is the most that can be paid in all, with tax; None while there is no offer.
    """

    forensic: Money
    cap: Money
    cap_with_tax: Money
    offered: Money | None
    offered_with_tax: Money | None
    committed: Money
    incurred: Money
    remaining: Money
    used_percent: int
    cash_out: Money | None
    derivation: str


def exposure_figures(
    *,
    forensic: Money,
    cap: Money,
    cap_with_tax: Money,
    offered: Money | None,
    offered_with_tax: Money | None,
    incurred: Money,
    cash_out: Money | None,
    ordered: Money | None = None,
) -> Exposure:
    """What follows from them: committed, left, and the percentage used, rounded down.

    `ordered` is what the client ordered after a quote was not approved: committed beside the fee, outside any cap.
    """
    left = cap - incurred
    beside = ordered if ordered is not None else Money.zero(cap.currency)
    also = "" if beside.is_zero else f" + {format_money(beside)} ordered after the quote"
    return Exposure(
        forensic=forensic,
        cap=cap,
        cap_with_tax=cap_with_tax,
        offered=offered,
        offered_with_tax=offered_with_tax,
        committed=forensic + cap + beside,
        incurred=incurred,
        remaining=left,
        used_percent=int(Fraction(100 * incurred.minor, cap.minor)) if cap.minor else 0,
        cash_out=cash_out,
        derivation=(
            f"forensic fee {format_money(forensic)} + maximum {format_money(cap)}{also} committed; "
            f"{format_money(incurred)} of the repair incurred, {format_money(left)} left"
        ),
    )


def _labour(key: str, use: LabourUse, tariff: Tariff) -> BillLine:
    amount = labour_amount(use.hours, use.level, use.tier, tariff)
    words = f"L{use.level} {use.tier.value.replace('_', ' ')}: {trimmed(use.hours)} h x "
    words += trimmed(unit_rate(use.level, use.tier, tariff)) + (f" ({use.work_order})" if use.work_order else "")
    return BillLine(key, LineKind.LABOUR, words, use.hours, amount, amount, tariff.labour_category)


def _as_quoted(line: Line) -> BillLine:
    return BillLine(line.key, line.kind, line.description, line.quantity, line.amount, line.amount, line.category)


def _earned(fees: Iterable[Line], found: Iterable[Recovered], tariff: Tariff) -> list[BillLine]:
    """What of each success fee is due: nothing before a result was verified, then its exact share, rounded once."""
    counts = {one.key: one.count for one in found}
    lines = []
    for fee in fees:
        wanted, back = fee.wanted or 1, counts.get(fee.key)
        share = fee_share(back or 0, wanted, tariff)
        due = fee.amount * share
        words = "no result yet" if back is None else f"{back} of {wanted}, {trimmed(percent_of(back, wanted))} %"
        lines.append(BillLine(fee.key, fee.kind, f"{fee.description}: {words}", Decimal(1), due, due, fee.category))
    return lines


def percent_of(part: int, whole: int) -> Decimal:
    """For the reader, to a hundredth; what is due follows from the exact share."""
    return half_up(Fraction(100 * part, whole), 2)


def _used(quoted: tuple[Line, ...], uses: Iterable[LineUse]) -> list[BillLine]:
    """Used quantities of quoted lines, in the order of the quote; the same line used twice adds up."""
    by_key: Mapping[str, Line] = {line.key: line for line in quoted}
    quantities: dict[str, Decimal] = {}
    for use in uses:
        if use.key not in by_key:
            raise Refused("not_quoted", f"Line {use.key} is not in this quote.", field="key", key=use.key)
        quantities[use.key] = quantities.get(use.key, Decimal(0)) + use.quantity
    return [_use(line, quantities[line.key]) for line in quoted if quantities.get(line.key)]


def _use(line: Line, quantity: Decimal) -> BillLine:
    if quantity < 0 or (_is_counted(line) and quantity > line.quantity):
        message = f"Line {line.key} allows at most {trimmed(line.quantity)}; more needs a change order."
        raise Refused("above_quoted", message, field="quantity", key=line.key)
    amount = Money(quantity * line.unit, line.amount.currency)
    return BillLine(line.key, line.kind, line.description, quantity, amount, amount, line.category)


def _is_counted(line: Line) -> bool:
    """Parts, contingents and the one emergency dispatch are bounded by the quote; the rest is measured."""
    return line.kind is not LineKind.CHARGE or line.charge is ChargeKind.EMERGENCY_DISPATCH
