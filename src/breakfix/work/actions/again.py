"""A visit that was not enough, and what the provider bears because it has to come again."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from breakfix.dispatch import queries as dispatch
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.rules import words
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel import files
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import rules as texts
from breakfix.parts import queries as parts
from breakfix.quotes import queries as quotes
from breakfix.work import queries, steps
from breakfix.work.models import OwnCost, WorkOrder
from breakfix.work.rules import bearing, conduct
from breakfix.work.values import CostKind, Status

E = EngagementStatus


@transaction.atomic
def leave_incomplete(engagement_id: int, *, reason: str, by: Actor, at: datetime) -> WorkOrder:
    """The visit ends without the repair: what was not done is planned anew, and it was no first-time fix.

    An approved change goes on: the next visit is planned under it, in its window. Work that is held stays held.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.LEAVE_INCOMPLETE, org=engagement.provider_id)
    order = queries.order_on(engagement)
    held = EngagementStatus(engagement.status) is E.ON_HOLD
    conduct.check_can_leave(EngagementStatus(engagement.status), Status(order.status), hold_from=engagement.hold_from)
    dispatch.own_booking(engagement.pk, by=by, at=at)
    conduct.check_nobody_on(queries.on_the_clock(order))
    said = words.check_no_amount(texts.text(reason, "reason", longest=400), "reason")
    rows = steps.stop_open(order, begun_too=True)
    rows += steps.end(order, Status.INCOMPLETE, ending=said, at=at)
    if held:
        rows += incident_steps.go_on_from(engagement, E.SCHEDULED)
    else:
        rows += incident_steps.move(engagement, E.SCHEDULED, by=by, at=at)
    record(
        "work.incomplete",
        subject=order,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=f"Work {order.number} ended incomplete: {said}",
        facts={"order": order.number, "reason": said},
        changed=rows,
    )
    return order


@transaction.atomic
def bear_cost(
    engagement_id: int,
    *,
    kind: CostKind,
    description: str,
    amount: Decimal | None = None,
    reason: str = "",
    part_id: int | None = None,
    receipt: Upload | None = None,
    by: Actor,
    at: datetime,
) -> OwnCost:
    """Note what the provider bears itself, such as a second trip or overnight freight: on record, never billed.

    Why is said by the faulty unit `part_id`, by `reason`, or by both. A trip costs what the agreement says.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.BEAR_COST, org=engagement.provider_id)
    bearing.check_can_bear(E(engagement.status))
    quote = quotes.binding_quote(engagement)
    if quote is None:
        raise Refused("no_quote", "There is no approved quote whose work could cost more.")
    because = _because(part_id, reason, {one.pk: parts.fault_of(one) for one in parts.faulty(engagement)})
    bearing.check_receipt(kind, has_receipt=receipt is not None)
    worth = bearing.own_amount(kind, amount, miles=quotes.miles_to(engagement), tariff=quote.tariff)
    kept = files.keep(receipt, topic=engagement.topic, at=at) if receipt is not None else None
    cost = OwnCost.objects.create(
        engagement=engagement,
        kind=kind.value,
        description=words.check_no_amount(texts.text(description, "description", longest=200), "description"),
        reason=because,
        amount_minor=worth.minor,
        currency=worth.currency,
        receipt=kept,
        noted_at=at,
        noted_by_id=by.person_id,
    )
    rows: list[Row] = [cost, *([kept] if kept else [])]
    record(
        "cost.borne",
        subject=cost,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=f"Borne by the provider, not billed: {cost.description}. {because}",
        facts={"kind": kind, "reason": because, "money": worth, "money_label": "borne by the provider"},
        changed=rows,
    )
    return cost


def _because(part_id: int | None, reason: str, faults: dict[int, str]) -> str:
    said = words.check_no_amount(texts.text(reason, "reason", longest=200, required=False), "reason")
    if part_id is not None and part_id not in faults:
        raise NotFound("This faulty part")
    found = [faults[part_id]] if part_id is not None else []
    found += [said] if said else []
    if not found:
        raise Refused("missing_field", "Say why it is yours to bear, or name the faulty part.", field="reason")
    return "; ".join(found)[:300]
