"""Raising the maximum of an approved repair: proposed with its proof, then decided like a quote."""

from datetime import datetime

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
from breakfix.quotes import queries, steps
from breakfix.quotes.models import ChangeOrder, Quote
from breakfix.quotes.rules import change_orders, inputs
from breakfix.quotes.values import Cause, ChargeLine, Draft, Mode, PartLine, QuoteKind, RiskInput, TaskLine

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
    risks: list[RiskInput] | None = None,
    band_reason: str = "",
    by: Actor,
    at: datetime,
) -> Quote:
    """Price what came to an approved repair: a new fault, or what the client asks for besides.

    `excluded` is the sentence of the quote that left it out, where one did; `begun_at` says that the extra work has
    begun, which refuses the proposal. Until it is approved, only protective steps are done for it.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.PROPOSE_CHANGE_ORDER, org=engagement.provider_id)
    base = _base(engagement)
    change_orders.check_cause(cause)
    change_orders.check_raised_first(begun_at)
    draft = Draft(
        tasks=tuple(tasks or ()),
        parts=tuple(parts or ()),
        charges=tuple(charges or ()),
        risks=tuple(risks or ()),
        scope_in=scope_in.strip(),
        band_reason=band_reason.strip(),
    )
    quote = _drafted(base, draft, by, at)
    order = ChangeOrder(quote=quote, base=base, cause=cause, found_at=found_at, raised_at=at)
    order.reason = words.check_no_amount(texts.text(reason, "reason", longest=LONGEST), "reason")
    order.excluded = texts.text(excluded, "excluded", longest=LONGEST, required=False)
    order.evidence = _proved(order, evidence, at)
    order.save()
    rows = [quote, order, order.evidence, *steps.ask_for_review(quote, queries.offer_of(quote), at)]
    _tell(order, rows, by, at)
    return quote


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


def _drafted(base: Quote, draft: Draft, by: Actor, at: datetime) -> Quote:
    """The draft with its price; whoever proposes it is its author and cannot be its second person."""
    engagement = base.engagement
    tariff, miles = queries.tariff_for(engagement), queries.miles_to(engagement)
    inputs.check_draft(draft, tariff, at=at, miles=miles)
    change_orders.check_lines(draft)
    if by.person_id is None:
        raise NotAllowed("A change order has a person as its author.")
    number = next_number("CO", engagement.provider_id, at)
    made = queries.offer_for(engagement, draft, number=number, of=QuoteKind.CHANGE_ORDER)
    if made.q <= Money.zero(engagement.currency):
        inputs.refuse("tasks", "A change order adds something to the price.", "empty_quote")
    return Quote.objects.create(
        engagement=engagement,
        kind=QuoteKind.CHANGE_ORDER,
        number=number,
        version=1,
        mode=Mode.NTE,
        author_id=by.person_id,
        draft=plain(draft),
        currency=engagement.currency,
        q_minor=made.q.minor,
        drafted_at=at,
    )


def _tell(order: ChangeOrder, rows: list[Row], by: Actor, at: datetime) -> None:
    """A draft is the provider's own: the client's log hears of it when it is issued."""
    quote, engagement = order.quote, order.quote.engagement
    record(
        "change_order.proposed",
        subject=quote,
        by=by,
        at=at,
        to=[engagement.provider_id],
        topic=engagement.topic,
        line=f"{quote.title} was proposed: {order.reason} Price {format_money(quote.q)}.",
        facts={
            "quote": str(quote),
            "cause": order.cause,
            "q": quote.q,
            "evidence": order.evidence.sha256,
            "found_at": order.found_at,
        },
        changed=rows,
    )
