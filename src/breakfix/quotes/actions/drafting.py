"""Writing an offer, proving its prices, having it reviewed. Nothing here is visible to the client."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from django.db import transaction

from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.values import EndKind
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel import files
from breakfix.kernel.access import Actor, Deed, Side, require
from breakfix.kernel.errors import NotAllowed, Refused
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.canonical import plain
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.money import format_money
from breakfix.kernel.numbers import next_number
from breakfix.quotes import queries, steps
from breakfix.quotes import ways as ways_of
from breakfix.quotes.continuity import ContinuityWay
from breakfix.quotes.models import Quote, SupplierEvidence
from breakfix.quotes.rules import inputs, states
from breakfix.quotes.rules.ways import strictest, with_last_way
from breakfix.quotes.values import (
    ChargeLine,
    ContingentLine,
    Draft,
    Mode,
    PartLine,
    QuoteKind,
    RiskInput,
    Status,
    SuccessFeeLine,
    TaskLine,
    UnitLine,
)


@transaction.atomic
def draft_quote(
    engagement_id: int,
    *,
    scope_in: str,
    tasks: list[TaskLine] | None = None,
    parts: list[PartLine] | None = None,
    charges: list[ChargeLine] | None = None,
    contingents: list[ContingentLine] | None = None,
    risks: list[RiskInput] | None = None,
    scope_out: str = "",
    assumptions: str = "",
    continuity: str = "",
    image_first: bool = False,
    mode: Mode = Mode.NTE,
    band_reason: str = "",
    backup_tested_at: datetime | None = None,
    no_backup_waiver: bool = False,
    units: list[UnitLine] | None = None,
    success_fees: list[SuccessFeeLine] | None = None,
    ways: list[ContinuityWay] | None = None,
    by: Actor,
    at: datetime,
) -> Quote:
    """Begin an offer, or the next version of one that was rejected, expired or is still open."""
    typed = locals()
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.DRAFT_QUOTE, org=engagement.provider_id)
    latest, editable = queries.latest_version(engagement), queries.open_draft(engagement)
    status = EngagementStatus(engagement.status)
    states.check_can_draft(
        status,
        Status(editable.status) if editable else None,
        bound=queries.binding_quote(engagement) is not None,
        given_up=incidents.is_given_up(engagement),
    )
    draft = with_last_way(_typed(typed), latest.inputs if latest else None)
    quote = Quote(
        engagement=engagement,
        number=latest.number if latest else next_number("Q", engagement.provider_id, at),
        version=latest.version + 1 if latest else 1,
        currency=engagement.currency,
        drafted_at=at,
    )
    rows = _write(quote, draft, by, at)
    if status is EngagementStatus.AWAITING_APPROVAL and queries.current_quote(engagement) is None:
        # Nothing is before the client any more: it is the provider's turn again.
        rows += incident_steps.move(engagement, EngagementStatus.QUOTE_PENDING, by=by, at=at)
    _tell("quote.drafted", quote, f"{quote.title} was drafted.", rows, by, at)
    return quote


@transaction.atomic
def revise_quote(
    quote_id: int,
    *,
    revision: int,
    scope_in: str,
    tasks: list[TaskLine] | None = None,
    parts: list[PartLine] | None = None,
    charges: list[ChargeLine] | None = None,
    contingents: list[ContingentLine] | None = None,
    risks: list[RiskInput] | None = None,
    scope_out: str = "",
    assumptions: str = "",
    continuity: str = "",
    image_first: bool = False,
    mode: Mode = Mode.NTE,
    band_reason: str = "",
    backup_tested_at: datetime | None = None,
    no_backup_waiver: bool = False,
    units: list[UnitLine] | None = None,
    success_fees: list[SuccessFeeLine] | None = None,
    ways: list[ContinuityWay] | None = None,
    by: Actor,
    at: datetime,
) -> Quote:
    """Replace a draft by what was typed; a review given to the old wording falls.

    `revision` is the one the form was opened with: somebody else's newer draft is never overwritten.
    """
    typed = locals()
    quote = queries.lock_quote(quote_id, by)
    require(by, Deed.REVISE_QUOTE, org=quote.engagement.provider_id)
    states.check_can_revise(
        Status(quote.status), seen=revision, current=quote.revision, change_order=quote.is_change_order
    )
    draft = with_last_way(_typed(typed), quote.inputs)
    quote.revision += 1
    rows = _write(quote, draft, by, at)
    _tell("quote.revised", quote, f"{quote.title} was revised.", rows, by, at)
    return quote


@transaction.atomic
def attach_supplier_evidence(
    quote_id: int, *, line: int, evidence: Upload, by: Actor, at: datetime
) -> SupplierEvidence:
    """Keep the supplier's own document behind one part's price. `line` counts as printed: P1 is 1."""
    quote = queries.lock_quote(quote_id, by)
    require(by, Deed.ATTACH_SUPPLIER_EVIDENCE, org=quote.engagement.provider_id)
    states.check_editable(Status(quote.status))
    parts = quote.inputs.parts
    if not 1 <= line <= len(parts):
        raise Refused("unknown_line", f"This quote has part lines 1 to {len(parts)}.", field="line")
    part = parts[line - 1]
    # The provider's own until an issued quote names it: a draft's prices are not the client's to read.
    file = files.keep(evidence, topic=f"{quote.engagement.topic}@{Side.PROVIDER}", at=at)
    kept = SupplierEvidence.objects.create(
        quote=quote,
        line=line,
        part_number=part.part_number,
        priced_sha256=queries.fingerprint(part),
        file=file,
        attached_at=at,
    )
    words = f"The supplier's offer for {part.part_number} was kept with quote {quote}."
    facts = {"part_line": line, "part_number": part.part_number, "sha256": file.sha256}
    _tell("quote.evidence_attached", quote, words, [file, kept], by, at, **facts)
    return kept


@transaction.atomic
def review_quote(quote_id: int, *, revision: int | None = None, by: Actor, at: datetime) -> Quote:
    """Vouch for a draft as it stands; above the threshold or with a High risk never for one's own.

    With `revision`, only for the wording that the reviewer's page showed.
    """
    quote = queries.lock_quote(quote_id, by)
    require(by, Deed.REVIEW_QUOTE, org=quote.engagement.provider_id)
    states.check_seen(seen=revision or quote.revision, current=quote.revision)
    made = strictest(ways_of.offers_of(quote))
    states.check_can_review(
        Status(quote.status), author=quote.author_id, reviewer=by.person_id, needed=made.second_person
    )
    quote.status, quote.reviewed_at = Status.REVIEWED, at
    quote.reviewer_id = by.person_id
    quote.save(update_fields=["status", "reviewer", "reviewed_at"])
    rows = [quote, *incident_steps.close_end(quote.engagement, EndKind.REVIEW, subject=quote.subject, at=at)]
    independent = quote.reviewer_id != quote.author_id
    who = "by a second person" if independent else "by its author"
    facts = {"independent": independent, "needed": made.second_person}
    _tell("quote.reviewed", quote, f"{quote.title} was reviewed {who}.", rows, by, at, **facts)
    return quote


def _typed(given: Mapping[str, Any]) -> Draft:
    """The draft among a deed's arguments: one field for each, lists and texts made fit to be kept."""
    named = {field.name: given[field.name] for field in fields(Draft) if field.name in given}
    for name, value in named.items():
        if value is None or isinstance(value, list):
            named[name] = tuple(value or ()) if name != "backup_tested_at" else value
        elif isinstance(value, str) and name != "mode":
            named[name] = value.strip()
    return Draft(**named)


def _write(quote: Quote, draft: Draft, by: Actor, at: datetime) -> list[Row]:
    """Check, price and store a draft; whoever writes it is its author and cannot be its second person."""
    engagement = quote.engagement
    miles = queries.miles_to(engagement)
    inputs.check_draft(draft, queries.tariff_for(engagement), at=at, miles=miles)
    every = ways_of.offers(engagement, draft, number=quote.number, of=QuoteKind(quote.kind))
    quote.draft, quote.mode, quote.q_minor = plain(draft), draft.mode, every[draft.way].q.minor
    if by.person_id is None:
        raise NotAllowed("A quote has a person as its author.")
    quote.status, quote.author_id = Status.DRAFT, by.person_id
    quote.reviewer = quote.reviewed_at = None
    quote.save()
    return [quote, *steps.ask_for_review(quote, strictest(every), at)]


def _tell(kind: str, quote: Quote, line: str, changed: list[Row], by: Actor, at: datetime, **facts: object) -> None:
    """A draft is the provider's own: the client's log hears of it when it is issued."""
    engagement = quote.engagement
    record(
        kind,
        subject=quote,
        by=by,
        at=at,
        to=[engagement.provider_id],
        topic=engagement.topic,
        line=f"{line} Price {format_money(quote.q)}.",
        facts={"quote": str(quote), "revision": quote.revision, "q": quote.q, **facts},
        changed=changed,
    )
