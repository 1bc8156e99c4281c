"""Buying what an approved quote pays for."""

from datetime import datetime

from django.db import transaction

from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.ledger.record import record
from breakfix.kernel.money import Money
from breakfix.parts import queries as part_queries
from breakfix.parts import steps as part_steps
from breakfix.parts.values import Grade, Need
from breakfix.quotes import deposits, queries
from breakfix.quotes.models import Quote
from breakfix.quotes.rules import states
from breakfix.quotes.values import Status


@transaction.atomic
def order_parts(quote_id: int, *, by: Actor, at: datetime) -> Quote:
    """Order every part of an approved quote; nothing is bought on a promise (domain.md §3.6)."""
    quote = queries.lock_quote(quote_id, by)
    engagement = quote.engagement
    require(by, Deed.ORDER_PARTS, org=engagement.provider_id)
    needs = _needs(quote)
    states.check_can_order(
        Status(quote.status),
        EngagementStatus(engagement.status),
        ordered=part_queries.is_ordered(engagement, [need.ref for need in needs]),
        has_parts=bool(needs),
        deposit_due=deposits.is_due(quote),
    )
    rows = part_steps.order(engagement, needs, at=at)
    names = ", ".join(need.description for need in needs)
    record(
        "parts.ordered",
        subject=quote,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=f"Ordered: {names}.",
        facts={"quote": str(quote), "parts": needs},
        changed=rows,
    )
    return quote


def _needs(quote: Quote) -> list[Need]:
    costs = {line.key: line.unit_cost for line in quote.price.parts}
    nothing = Money.zero(quote.currency)
    return [
        Need(
            ref=quote.line_ref(f"P{n}"),
            part_number=part.part_number,
            description=part.description,
            quantity=part.quantity,
            supplier=part.supplier,
            lead_hours=part.lead_hours,
            data_bearing=part.data_bearing,
            condition=Grade(part.condition.value),
            cost=costs.get(f"P{n}") or nothing,
        )
        for n, part in enumerate(quote.inputs.parts, start=1)
    ]
