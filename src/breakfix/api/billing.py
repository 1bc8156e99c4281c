"""Invoices, each line with the tranche that allows it."""

from datetime import date
from typing import Any

from ninja import Field, Schema

from breakfix.api.door import Call
from breakfix.api.lists import Filters, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Amount, Case, Exact, Instant, Named, Number, Sha256, told, word
from breakfix.billing import queries as billing
from breakfix.billing.values import InvoiceKind, InvoiceStatus
from breakfix.incidents import queries as incidents
from breakfix.kernel.errors import NotFound


class InvoiceOut(Schema):
    """An issued invoice or credit note: it never changes, and never takes a tranche above its cap.

    `credit` is the service credit taken off it before tax, `withheld` what a cap keeps until the month's end.
    """

    id: int
    kind: str = word(InvoiceKind)
    engagement: Case
    provider: Named
    number: Number
    status: str = word(InvoiceStatus)
    subtotal: Amount
    tax: Amount
    total: Amount
    credit: Amount
    withheld: Amount
    corrects_id: int | None = Field(description="Of a credit note: the invoice that it belongs to.", examples=[None])
    issued_at: Instant
    due_on: date
    sha256: Sha256


class TrancheOut(Schema):
    """A sum the client agreed to, with its own cap."""

    id: int
    kind: str = Field(examples=["BASE"])
    cap: Amount
    billed: Amount


class LineOut(Schema):
    """One line, always of one tranche."""

    position: int
    ref: str = Field(description="The line of the quote that it bills.", examples=["P1"])
    description: str
    quantity: Exact
    amount: Amount
    tax_category: str
    tranche: TrancheOut


class InvoiceWhole(InvoiceOut):
    """With its lines. The SHA-256 of `canonical`, as UTF-8, is `sha256`."""

    canonical: str
    lines: list[LineOut]


@listing(router, "/invoices", InvoiceOut, order="-issued_at", summary="Invoices")
def invoices(call: Call, filters: Filters) -> Any:
    """Every invoice that one may see, latest first: for finance and those who answer for money, of both sides."""
    if not call.by.roles & billing.READERS:
        raise NotFound("This list")
    return billing.visible_to(call.by)


@listing(
    router,
    "/engagements/{int:engagement_id}/invoices",
    InvoiceOut,
    order="-issued_at",
    summary="Invoices of an engagement",
)
def invoices_of(call: Call, filters: Filters, engagement_id: int) -> Any:
    """The invoices of one engagement."""
    found = incidents.get_engagement(engagement_id, call.by)
    if call.by.field_only:
        raise NotFound("This list")
    return billing.visible_to(call.by).filter(engagement=found)


@detail(router, "/invoices/{int:invoice_id}", InvoiceWhole, summary="An invoice")
def invoice(call: Call, invoice_id: int) -> Any:
    """One invoice, line by line."""
    found = billing.get_invoice(invoice_id, call.by)
    if call.by.field_only:
        raise NotFound("This invoice")
    return told(InvoiceOut, found, canonical=found.canonical, lines=billing.lines_of(found))
