"""Raising the maximum of an approved repair: proposed with its proof, then decided like a quote."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import words
from breakfix.kernel import files
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.errors import NotAllowed
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.canonical import plain
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import File, Row
from breakfix.kernel.money import Money, format_money
from breakfix.kernel.numbers import next_number
from breakfix.parties import rules as texts
from breakfix.quotes import queries, steps, versions
from breakfix.quotes.models import ChangeOrder, Quote
from breakfix.quotes.rules import change_orders, inputs
from breakfix.quotes.values import (
    Cause,
    ChargeLine,
    ContingentLine,
    Draft,
    Mode,
    PartLine,
    QuoteKind,
    RiskInput,
    Status,
    TaskLine,
)

LONGEST = 2000


@transaction.atomic
def propose_change_order(
    engagement_id: int,
    *,
    cause: Cause,
    reason: str,
    found_at: datetime,
    evidence: Upload,
    scope_in: str,
    excluded: str = "",
    begun_at: datetime | None = None,
    tasks: list[TaskLine] | None = None,
    parts: list[PartLine] | None = None,
    charges: list[ChargeLine] | None = None,
    contingents: list[ContingentLine] | None = None,
    risks: list[RiskInput] | None = None,
    band_reason: str = "",
    by: Actor,
    at: datetime,
) -> Quote:
    """Price what came to an approved repair: a new fault, or what the client asks for besides.

    `excluded` is the sentence of the quote that left it out, where one did; `begun_at` says that the extra work has
    begun, which refuses the proposal. Until it is approved, only protective steps are done for it.
    """
    typed = locals()
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.PROPOSE_CHANGE_ORDER, org=engagement.provider_id)
    base = _base(engagement)
    change_orders.check_cause(cause)
    change_orders.check_raised_first(begun_at)
    quote = _drafted(base, _typed(typed), None, by, at)
    order = ChangeOrder(quote=quote, base=base, cause=cause, found_at=found_at, raised_at=at)
    order.reason = words.check_no_amount(texts.text(reason, "reason", longest=LONGEST), "reason")
    order.excluded = texts.text(excluded, "excluded", longest=LONGEST, required=False)
    order.evidence = _proved(order, evidence, at)
    order.save()
    rows = [quote, order, order.evidence, *steps.ask_for_review(quote, queries.offer_of(quote), at)]
    _tell("proposed", order, rows, by, at)
    return quote


@transaction.atomic
def revise_change_order(
    quote_id: int,
    *,
    scope_in: str,
    reason: str = "",
    evidence: Upload | None = None,
    tasks: list[TaskLine] | None = None,
    parts: list[PartLine] | None = None,
    charges: list[ChargeLine] | None = None,
    contingents: list[ContingentLine] | None = None,
    risks: list[RiskInput] | None = None,
    band_reason: str = "",
    by: Actor,
    at: datetime,
) -> Quote:
    """Write the next version of a change order that the client has not answered; issued, it takes its place.

    Until then the version before stands and may be signed, which ends this one. Why it is asked for stays: its cause,
    when it was found, what the quote left out. An empty `reason` and no `evidence` keep those of the version before.
    """
    typed = locals()
    older = queries.lock_quote(quote_id, by)
    engagement = older.engagement
    require(by, Deed.REVISE_CHANGE_ORDER, org=engagement.provider_id)
    until = older.valid_until or at
    change_orders.check_can_revise(Status(older.status), change_order=older.is_change_order, valid_until=until, at=at)
    change_orders.check_unanswered(Status(older.status), versions.signed_seats(older))
    quote = _drafted(_base(engagement), _typed(typed), older, by, at)
    before = older.change_order
    order = ChangeOrder(quote=quote, base=before.base, cause=before.cause, found_at=before.found_at, raised_at=at)
    said = texts.text(reason, "reason", longest=LONGEST, required=False)
    order.reason = words.check_no_amount(said, "reason") or before.reason
    order.excluded = before.excluded
    order.evidence = _proved(order, evidence, at) if evidence is not None else before.evidence
    order.save()
    rows = [quote, order, order.evidence, *steps.ask_for_review(quote, queries.offer_of(quote), at)]
    _tell("revised", order, rows, by, at)
    return quote


def _typed(given: Mapping[str, Any]) -> Draft:
    """The draft among a deed's arguments."""
    lists: dict[str, Any] = {
        name: tuple(given[name] or ()) for name in ("tasks", "parts", "charges", "contingents", "risks")
    }
    return Draft(**lists, scope_in=given["scope_in"].strip(), band_reason=given["band_reason"].strip())


def _base(engagement: Engagement) -> Quote:
    """The approved quote that it adds to."""
    queries.check_can_propose(engagement)
    base = queries.binding_quote(engagement)
    assert base is not None  # noqa: S101 - the check above refuses without one
    return base


def _proved(order: ChangeOrder, evidence: Upload, at: datetime) -> File:
    """The evidence, kept for both sides: they judge by it."""
    base, engagement = order.base, order.quote.engagement
    kept = files.keep(evidence, topic=engagement.topic, at=at)
    quoted_at = base.issued_at or at
    change_orders.check_new(
        order.found_at,
        quoted_at=quoted_at,
        known=queries.was_on_file(engagement, kept.sha256, quoted_at),
        excluded=order.excluded,
        printed=f"{base.content['scope_out']}\n{base.content['assumptions']}",
        at=at,
    )
    return kept


def _drafted(base: Quote, draft: Draft, older: Quote | None, by: Actor, at: datetime) -> Quote:
    """The draft with its price, the next version of `older` where there is one.

    Whoever proposes it is its author and cannot be its second person.
    """
    engagement = base.engagement
    tariff, miles = queries.tariff_for(engagement), queries.miles_to(engagement)
    inputs.check_draft(draft, tariff, at=at, miles=miles)
    change_orders.check_lines(draft)
    if by.person_id is None:
        raise NotAllowed("A change order has a person as its author.")
    number = older.number if older else next_number("CO", engagement.provider_id, at)
    made = queries.offer_for(engagement, draft, number=number, of=QuoteKind.CHANGE_ORDER)
    if made.q <= Money.zero(engagement.currency):
        inputs.refuse("tasks", "A change order adds something to the price.", "empty_quote")
    return Quote.objects.create(
        engagement=engagement,
        kind=QuoteKind.CHANGE_ORDER,
        number=number,
        version=versions.latest_of(older).version + 1 if older else 1,
        mode=Mode.NTE,
        author_id=by.person_id,
        draft=plain(draft),
        currency=engagement.currency,
        q_minor=made.q.minor,
        drafted_at=at,
    )


def _tell(what: str, order: ChangeOrder, rows: list[Row], by: Actor, at: datetime) -> None:
    """A draft is the provider's own: the client's log hears of it when it is issued."""
    quote, engagement = order.quote, order.quote.engagement
    record(
        f"change_order.{what}",
        subject=quote,
        by=by,
        at=at,
        to=[engagement.provider_id],
        topic=engagement.topic,
        line=f"{quote.title} was {what}: {order.reason} Price {format_money(quote.q)}.",
        facts={
            "quote": str(quote),
            "cause": order.cause,
            "q": quote.q,
            "evidence": order.evidence.sha256,
            "found_at": order.found_at,
        },
        changed=rows,
    )
