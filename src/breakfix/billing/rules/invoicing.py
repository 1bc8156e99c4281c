"""When an invoice may be issued, what it holds, and the checks it passes first (domain.md §3.8, §4.10)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from breakfix.billing.values import Bill, Billable, InvoiceStatus, Letterhead, TaxLine, TrancheBox
from breakfix.incidents.values import Status
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.canonical import plain
from breakfix.kernel.money import Money, format_money
from breakfix.kernel.worktime.zones import zone_of
from breakfix.quotes.rules.pricing import total
from breakfix.quotes.rules.settlement import TrancheBill
from breakfix.quotes.rules.tax import Taxed, taxed
from breakfix.quotes.values import LineKind, Tariff, TrancheKind

INVOICE_TRANSITIONS: dict[InvoiceStatus, frozenset[InvoiceStatus]] = {
    InvoiceStatus.DRAFT: frozenset({InvoiceStatus.CHECKED}),
    InvoiceStatus.CHECKED: frozenset({InvoiceStatus.ISSUED}),
    InvoiceStatus.ISSUED: frozenset(),
}
# What is flat was agreed as such: no quote stands behind it.
FLAT = frozenset({TrancheKind.FORENSIC, TrancheKind.EXTENSION})
BILLABLE = (Status.ACCEPTED, Status.CANCELLED)


def check_can_invoice(status: Status, due: Money, *, given_up: bool = False) -> None:
    """Refuse before the client has accepted the work or wants none, and where nothing is left to bill."""
    if status not in BILLABLE and not given_up:
        message = f"An invoice follows acceptance, cancellation or a rejected quote; this engagement is {status}."
        raise Refused("wrong_state", message, status=status.value)
    if due.is_zero:
        raise Refused("nothing_to_bill", "Everything that is due on this engagement has been invoiced.")


def check_can_refund(*, paid: bool, refunded: bool, owed: Money, amount: Money) -> None:
    """Refuse to pay back what was never paid, what the invoice settles, and any other sum than what is owed."""
    if not paid:
        raise Refused("no_deposit", "No deposit was paid on this offer.")
    if refunded:
        raise Refused("deposit_refunded", "What was owed of this deposit has been paid back already.")
    if owed.is_zero:
        message = (
            "Nothing of this deposit is owed back: the invoice settles it, and what is left goes back after that."
        )
        raise Refused("nothing_owed", message)
    if amount != owed:
        message = f"What is owed back is {format_money(owed)}; note exactly that, once it was paid."
        raise Refused("not_what_is_owed", message, field="amount", owed=str(owed))


def billables(settled: Iterable[TrancheBill], tranche_ids: Mapping[int, int]) -> list[Billable]:
    """The settlement as invoice lines; lines that were reduced to nothing stay, so that the client sees them."""
    return [
        Billable(
            tranche_id=tranche_ids[bill.of],
            tranche=bill.kind.value,
            key=line.key,
            description=line.description,
            quantity=line.quantity,
            amount=line.billed,
            category=line.category,
        )
        for bill in settled
        for line in bill.lines
        if not (line.actual.is_zero and line.billed.is_zero) or line.kind is not LineKind.CONTINGENT
    ]


def bill_of(
    settled: Iterable[TrancheBill], ids: Mapping[int, int], tariff: Tariff, extra: Iterable[Billable] = ()
) -> Bill:
    """Lines, tranche boxes, tax by group and totals of an invoice. `ids`: the tranche of each quote, 0 the fee's.

    `extra` are lines beside the settlement: a service credit, after every tranche came to min(A, N).
    """
    bills = list(settled)
    lines = [*billables(bills, ids), *extra]
    tax = taxed([(line.category, line.amount) for line in lines], tariff)
    boxes = tuple(
        TrancheBox(
            kind=bill.kind.value,
            name=bill.name,
            quoted=bill.cap if bill.kind in FLAT else bill.quoted,
            cap=bill.cap,
            actual=bill.actual,
            billed=bill.bill,
            absorbed=bill.absorbed,
            derivation=bill.derivation,
        )
        for bill in bills
    )
    # Success fees, unit prices, trips and flat fees are no labour (§11 rulings 2 and 10).
    worked = [(bill, line) for bill in bills for line in bill.lines if line.kind is LineKind.LABOUR]
    labour = total((line.billed for _, line in worked), tariff.currency)
    hours = tuple(f"{bill.kind.value}/{ids[bill.of]}/{line.key}" for bill, line in worked)
    return Bill(tuple(lines), boxes, tax_lines(tax), tax.net, tax.tax, tax.gross, labour=labour, hours=hours)


def tax_lines(tax: Taxed) -> tuple[TaxLine, ...]:
    """Tax as an invoice prints it."""
    return tuple(TaxLine(group.jurisdiction, group.rate, group.base, group.tax) for group in tax.groups)


def check_bill(bill: Bill, billed_before: Mapping[int, Money], caps: Mapping[int, Money]) -> None:
    """The automatic check before issue: sums agree, and no tranche passes its cap together with earlier invoices.

    The database refuses the same; here the reader gets the sentence.
    """
    by_tranche: dict[int, Money] = {}
    for line in bill.lines:
        known = by_tranche.get(line.tranche_id, Money.zero(line.amount.currency))
        by_tranche[line.tranche_id] = known + line.amount
    for tranche, amount in by_tranche.items():
        if billed_before[tranche] + amount > caps[tranche]:
            message = "This invoice would pass the binding maximum; more work needs an approved change order."
            raise Refused("above_cap", message, cap=str(caps[tranche]), billed=str(billed_before[tranche]))
    net = sum((line.amount.minor for line in bill.lines), 0)
    if net != bill.subtotal.minor or bill.subtotal + bill.tax != bill.total:
        raise ValueError("an invoice whose lines do not add up is a bug")


def due_on(issued_at: datetime, net_days: int, zone: str) -> date:
    """The last day on which payment is in time, in the provider's zone."""
    return issued_at.astimezone(zone_of(zone)).date() + timedelta(days=net_days)


def invoice_content(head: Letterhead, bill: Bill, *, corrects: str = "") -> dict[str, Any]:
    """What the invoice says, as plain JSON: hashed, printed and kept; keys are stable.

    `corrects` is the number of the invoice that a credit note belongs to.
    """
    kind = {"kind": "credit_note", "corrects": corrects} if corrects else {"kind": "invoice"}
    return {**kind, "head": plain(head), "bill": plain(bill)}
