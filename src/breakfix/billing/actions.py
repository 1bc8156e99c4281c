"""Issuing an invoice: settled, checked, numbered and issued in one transaction, or not at all."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from breakfix.billing import crediting, queries
from breakfix.billing.models import Invoice, InvoiceLine
from breakfix.billing.rules import invoicing as rules
from breakfix.billing.values import Bill, InvoiceKind, InvoiceStatus, Letterhead
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import EndKind, Status
from breakfix.kernel.access import Actor, Deed, Role, person_behind, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.canonical import canonical, sha256_hex
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.money import Money, format_money
from breakfix.kernel.numbers import next_number
from breakfix.parties import rules as texts
from breakfix.quotes import deposits
from breakfix.quotes import queries as quotes
from breakfix.quotes import steps as quote_steps
from breakfix.quotes.models import Deposit, Tranche
from breakfix.quotes.rules import inputs
from breakfix.work import queries as work

# As many places as the table keeps: what is recorded is what is stored.
QUANTUM = Decimal("0.0001")
BACK = "deposit/back"  # how the open end about paying a deposit back is named


@transaction.atomic
def issue_invoice(engagement_id: int, *, by: Actor, at: datetime) -> Invoice:
    """Bill what is due on every tranche, never above its cap; from here on the invoice cannot change.

    What the work cost above a cap is absorbed by the provider and shown to the client.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.ISSUE_INVOICE, org=engagement.provider_id)
    settled = quote_steps.settle(engagement, work.actuals(engagement, at), at=at)
    # The number first: its row is held, so two invoices never both count the same room below the month's cap.
    number = next_number("INV", engagement.provider_id, at)
    bill = queries.bill_for(engagement, settled, at)
    given_up = incidents.is_given_up(engagement)
    rules.check_can_invoice(Status(engagement.status), bill.due, given_up=given_up)
    tranches = {row.pk: row for row in quotes.tranches(engagement)}
    if bill.credit and not bill.credit.amount.is_zero:
        below = quote_steps.credit_tranche(engagement, at=at)
        tranches[below.pk] = below
        bill = queries.bill_for(engagement, settled, at)
    rules.check_bill(
        bill, {pk: row.billed for pk, row in tranches.items()}, {pk: row.cap for pk, row in tranches.items()}
    )
    invoice, lines = _write(engagement, bill, at, number)
    _issue(invoice, tranches.values())
    rows: list[Row] = [invoice, *lines, *tranches.values(), *quote_steps.mark_settled(engagement, settled, at=at)]
    for kind in (EndKind.INVOICE, EndKind.DEPOSIT):  # what was not paid before is on the invoice
        rows += incident_steps.close_end(engagement, kind, at=at)
    rows += _ask_to_pay_back(engagement, at)
    record(
        "invoice.issued",
        subject=invoice,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=_told(invoice, bill, settled.absorbed),
        facts={
            "number": invoice.number,
            "sha256": invoice.sha256,
            "subtotal": bill.subtotal,
            "tax": bill.tax,
            "money": bill.total,
            "money_label": "invoiced",
            "absorbed": settled.absorbed,
            "credit": invoice.credit,
            "withheld": invoice.withheld,
        },
        changed=rows,
    )
    return invoice


@transaction.atomic
def release_credit(invoice_id: int, *, by: Actor, at: datetime) -> Invoice:
    """A credit note for what the month's cap kept back of this invoice's service credit, once the month has ended.

    Refused where the month leaves no room, or it was released before: so it may be planned twice.
    """
    require(by, Deed.RELEASE_CREDIT)
    invoice = queries.get_invoice(invoice_id, by)
    engagement = incidents.lock_engagement(invoice.engagement_id, by)
    number = next_number("CN", engagement.provider_id, at)
    below = quote_steps.credit_tranche(engagement, at=at)
    bill = crediting.note_for(invoice, queries.tariff_of(engagement), at)
    if bill is None or Invoice.objects.filter(corrects=invoice).exists():
        raise Refused("nothing_to_release", "Nothing of this invoice's service credit is left to give back.")
    note, lines = _write(engagement, bill, at, number, corrects=invoice)
    _issue(note, [below])
    record(
        "credit_note.issued",
        subject=note,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=f"Credit note {note.number} on {invoice.number}: {format_money(-note.total)} with tax goes back.",
        facts={
            "number": note.number,
            "corrects": invoice.number,
            "sha256": note.sha256,
            "subtotal": bill.subtotal,
            "tax": bill.tax,
            "money": bill.total,
            "money_label": "credited",
        },
        changed=[note, *lines, below],
    )
    return note


@transaction.atomic
def refund_deposit(quote_id: int, *, amount: Decimal, reference: str, by: Actor, at: datetime) -> Deposit:
    """What the client paid before and does not owe has been paid back, by the bank's own reference.

    `amount` is what is owed to the cent: never more than was paid, and nothing that the invoice still settles.
    """
    quote = quotes.lock_quote(quote_id, by)
    engagement = quote.engagement
    require(by, Deed.REFUND_DEPOSIT, org=engagement.provider_id)
    deposit = deposits.lock_deposit(quote)
    inputs.check_amount("amount", amount, quote.currency)
    paid, owed = Money(amount, quote.currency), queries.owed_of(quote, at)
    rules.check_can_refund(
        paid=bool(deposit and deposit.reference),
        refunded=bool(deposit and deposit.refunded_at),
        owed=owed,
        amount=paid,
    )
    assert deposit is not None  # noqa: S101 - the check above refuses without one
    said = texts.text(reference, "reference", longest=120)
    who = person_behind(by, "A deposit is paid back by a person.")
    rows: list[Row] = [quote_steps.pay_back(deposit, paid, reference=said, by=who, at=at)]
    if queries.owed_back(engagement, at).is_zero:
        rows += incident_steps.close_end(engagement, EndKind.DEPOSIT, subject=BACK, at=at)
    record(
        "deposit.refunded",
        subject=quote,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=f"{format_money(paid)} of the deposit on {quote} was paid back.",
        facts={"reference": said, "money": paid, "money_label": "paid back"},
        changed=rows,
    )
    return deposit


def _told(invoice: Invoice, bill: Bill, absorbed: Money) -> str:
    said = f"Invoice {invoice.number} issued: {format_money(invoice.total)} with tax."
    said += "" if absorbed.is_zero else f" {format_money(absorbed)} is borne by the provider."
    return said + (f" Service credit: {bill.credit.derivation}." if bill.credit else "")


def _ask_to_pay_back(engagement: Engagement, at: datetime) -> list[Row]:
    """Where the invoice is less than the deposit, the rest is the client's, and the engagement waits for it."""
    owed = queries.owed_back(engagement, at)
    if owed.is_zero:
        return []
    return incident_steps.open_end(
        engagement,
        EndKind.DEPOSIT,
        f"Pay back what is left of the deposit: {format_money(owed)}",
        organisation_id=engagement.provider_id,
        role=Role.PROVIDER_FINANCE,
        subject=BACK,
        at=at,
    )


def _issue(invoice: Invoice, tranches: Iterable[Tranche]) -> None:
    """This one statement issues it and moves the tranches: the database refuses it above a cap."""
    invoice.status = InvoiceStatus.ISSUED.value
    invoice.save(update_fields=["status"])
    for tranche in tranches:
        tranche.refresh_from_db(fields=["billed_minor"])


def _write(
    engagement: Engagement, bill: Bill, at: datetime, number: str, *, corrects: Invoice | None = None
) -> tuple[Invoice, list[Row]]:
    terms = incidents.terms(engagement)
    head = Letterhead(
        number=number,
        issued_at=at,
        due_on=rules.due_on(at, 0 if corrects else terms.payment.net_days, engagement.provider.zone),
        engagement=engagement.number,
        title=engagement.title,
        agreement=str(engagement.agreement_version.sha256),
        provider=_party(engagement.provider),
        client=_party(engagement.client),
        terms="Set off or paid back" if corrects else f"Net {terms.payment.net_days} days",
    )
    content = rules.invoice_content(head, bill, corrects=corrects.number if corrects else "")
    credit = bill.credit
    invoice = Invoice.objects.create(
        engagement=engagement,
        provider=engagement.provider,
        number=number,
        kind=InvoiceKind.CREDIT_NOTE if corrects else InvoiceKind.INVOICE,
        corrects=corrects,
        status=InvoiceStatus.CHECKED,
        currency=engagement.currency,
        subtotal_minor=bill.subtotal.minor,
        tax_minor=bill.tax.minor,
        total_minor=bill.total.minor,
        labour_minor=0 if corrects or bill.labour is None else bill.labour.minor,
        # Of a note all of it: what was released has used up room in the month's cap.
        credit_minor=-bill.subtotal.minor if corrects else credit.amount.minor if credit else 0,
        withheld_minor=credit.withheld.minor if credit else 0,
        issued_at=at,
        due_on=head.due_on,
        canonical=canonical(content).decode(),
        sha256=sha256_hex(content),
    )
    return invoice, _write_lines(invoice, bill)


def _write_lines(invoice: Invoice, bill: Bill) -> list[Row]:
    return [
        InvoiceLine.objects.create(
            invoice=invoice,
            position=position,
            tranche_id=line.tranche_id,
            ref=line.key,
            description=line.description[:300],
            quantity=line.quantity.quantize(QUANTUM),
            amount_minor=line.amount.minor,
            currency=invoice.currency,
            tax_category=line.category.value,
        )
        for position, line in enumerate(bill.lines, start=1)
    ]


def _party(organisation: Any) -> dict[str, str]:
    """The legal name, address and tax number that an invoice must carry."""
    return {
        "name": organisation.legal_name or organisation.name,
        "address": organisation.address,
        "tax_id": organisation.tax_id,
    }
