"""Reads of what the ways of an offer come to: their prices, and what the outage costs until the service is back."""

from datetime import datetime

from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.money import Money
from breakfix.quotes import queries
from breakfix.quotes.continuity import Compared
from breakfix.quotes.models import Quote
from breakfix.quotes.rules import ways as rules
from breakfix.quotes.rules.offer import Offer
from breakfix.quotes.values import Draft, QuoteKind


def offers(engagement: Engagement, draft: Draft, *, number: str, of: QuoteKind = QuoteKind.QUOTE) -> list[Offer]:
    """The offer of each way, in order; the one offer of a draft that compares none."""
    if not draft.ways:
        return [queries.offer_for(engagement, draft, number=number, of=of)]
    lines = [rules.with_way(draft, n) for n in range(len(draft.ways))]
    return [queries.offer_for(engagement, one, number=number, of=of) for one in lines]


def offers_of(quote: Quote) -> list[Offer]:
    """The same of a stored draft."""
    return offers(quote.engagement, quote.inputs, number=quote.number, of=QuoteKind(quote.kind))


def compared(engagement: Engagement, draft: Draft, made: list[Offer], at: datetime) -> tuple[Compared, ...]:
    """The ways side by side as of this instant; nothing where the draft compares none."""
    if not draft.ways:
        return ()
    lost = [downtime_until(engagement, way.back_at, at) for way in draft.ways]
    return rules.compared(draft.ways, made, lost, chosen=draft.way)


def downtime_until(engagement: Engagement, back_at: datetime, at: datetime) -> Money | None:
    """What the outage still costs from `at` until then, harms that fall meanwhile included; None where unknown."""
    by_then, by_now = incidents.meter(engagement, max(back_at, at)), incidents.meter(engagement, at)
    return by_then.total - by_now.total if by_then is not None and by_now is not None else None
