"""Quotes: what was issued to the client, with the very text whose hash an approval binds; drafts for the provider."""

from typing import Any

from ninja import Field, Schema

from breakfix.agreements.values import TaxCategory
from breakfix.api.door import Call
from breakfix.api.lists import Filters, Shown, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Amount, Case, Instant, Kept, Named, Number, Sha256, told, word
from breakfix.incidents import queries as incidents
from breakfix.kernel.errors import NotFound
from breakfix.quotes import deposits, dispositions, versions
from breakfix.quotes import queries as quotes
from breakfix.quotes.values import Mode, Option, QuoteKind, Status


class QuoteOut(Schema):
    """One version of an offer, or a change order: `q` is the price, `n` the maximum that binds, before tax."""

    id: int = Field(examples=[12])
    engagement: Case
    kind: str = word(QuoteKind)
    number: Number
    version: int = Field(examples=[1])
    status: str = word(Status)
    mode: str = word(Mode)
    author: Named
    reviewer: Named | None
    q: Amount
    n: Amount | None
    exposure: Amount | None = Field(
        description="`n` with tax, and all agreed before a change order: what limits are tested against."
    )
    cash_out: Amount | None = Field(description="The most that can be paid in all, fee and tax included.")
    sha256: Sha256
    drafted_at: Instant
    reviewed_at: Instant | None
    issued_at: Instant | None
    valid_until: Instant | None
    decided_at: Instant | None
    settled_at: Instant | None
    rejection_reason: str
    rejection_note: str


class EvidenceOut(Schema):
    """A supplier's own document behind the price of one part."""

    line: int = Field(description="The part line it proves, from 1.")
    part_number: str
    attached_at: Instant
    file: Kept


class DispositionOut(Schema):
    """What giving things back or destroying them costs after a quote was not approved; outside any maximum."""

    id: int
    option: str = word(Option)
    description: str
    price: Amount
    category: str = word(TaxCategory)
    evidence: Kept | None
    offered_at: Instant
    ordered_at: Instant | None


class ChoiceOut(Schema):
    """What the client wanted after an offer was rejected or had expired; nobody where none answered in time."""

    option: str = word(Option)
    note: str
    chosen_by: Named | None
    chosen_at: Instant
    disposition_id: int | None


class DepositOut(Schema):
    """What is paid before the parts are ordered: settled by a payment's reference or a waiver's reason."""

    amount: Amount
    asked_at: Instant
    settled_at: Instant | None
    reference: str
    waived_because: str
    refunded: Amount = Field(description="What was paid back of it.")
    refunded_at: Instant | None
    refund_reference: str


class QuoteWhole(QuoteOut):
    """With its content. The SHA-256 of `canonical`, as UTF-8, is `sha256`: an approval has to show that hash."""

    canonical: str = Field(description="The issued document, RFC 8785; empty before issue.")
    draft: dict[str, Any] | None = Field(description="What the provider typed; null for the client.")
    evidence: list[EvidenceOut]
    latency_minutes: int | None = Field(description="From issue to decision, by the wall clock.")
    deposit: DepositOut | None
    dispositions: list[DispositionOut]
    choices: list[ChoiceOut]


@listing(router, "/engagements/{int:engagement_id}/quotes", QuoteOut, order="-id", summary="Quotes")
def quote_list(call: Call, filters: Filters, engagement_id: int) -> Any:
    """Every version of an engagement's offer and its change orders, latest first; the client sees what was issued."""
    found = incidents.get_engagement(engagement_id, call.by)
    _check_sees_prices(call)
    return quotes.visible_to(call.by).filter(engagement=found)


@detail(router, "/quotes/{int:quote_id}", QuoteWhole, summary="A quote")
def quote(call: Call, quote_id: int) -> Any:
    """One version with its canonical text and the suppliers' evidence. Its ETag is what revising it asks for."""
    found = quotes.get_quote(quote_id, call.by)
    _check_sees_prices(call)
    mine = call.by.organisation_id == found.engagement.provider_id
    evidence = [
        {"line": line + 1, "part_number": one.part_number, "attached_at": one.attached_at, "file": one.file}
        for line, one in sorted(quotes.evidence_by_line(found).items())
    ]
    draft = found.draft if mine else None
    after = {
        "dispositions": [one for one in dispositions.dispositions_of(found.engagement) if one.quote_id == found.pk],
        "choices": [one for one in dispositions.choices_of(found.engagement) if one.quote_id == found.pk],
        "latency_minutes": versions.latency_minutes(found),
        "deposit": deposits.deposit_of(found),
    }
    return Shown(told(QuoteOut, found, canonical=found.canonical, draft=draft, evidence=evidence, **after), found)


def _check_sees_prices(call: Call) -> None:
    if call.by.field_only:
        raise NotFound("This quote")
