"""Before the order: what is needed, who would send it and for how much, what is held, what is bought at own risk."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from breakfix.incidents import queries as incidents
from breakfix.incidents.rules import transitions, words
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel import files
from breakfix.kernel.access import Actor, Deed, Role, Side, require
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.record import hold_logs, record
from breakfix.parties import rules as texts
from breakfix.parts import queries, rules, steps
from breakfix.parts.models import PartOrder, SupplierOffer
from breakfix.parts.values import Grade, Status


@transaction.atomic
def need_part(
    engagement_id: int,
    *,
    part_number: str,
    description: str,
    quantity: int = 1,
    data_bearing: bool = False,
    reason: str,
    by: Actor,
    at: datetime,
) -> list[PartOrder]:
    """Say what the repair will need, one row for each unit; nothing is bought by it."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.NEED_PART, org=engagement.provider_id)
    transitions.check_status(EngagementStatus(engagement.status), *sorted(rules.MAY_NEED))
    rules.check_quantity(quantity)
    first = queries.next_need(engagement)
    why = words.check_no_amount(texts.text(reason, "reason", longest=300), "reason")
    parts = [
        PartOrder.objects.create(
            engagement=engagement,
            unit=first + n,
            part_number=texts.text(part_number, "part_number", longest=200),
            description=texts.text(description, "description", longest=200),
            data_bearing=data_bearing,
            status=Status.NEEDED.value,
            needed_at=at,
            needed_for=why,
        )
        for n in range(quantity)
    ]
    line = f"Needed: {quantity} x {parts[0].description}. {why}"
    record("part.needed", changed=parts, **steps.told(parts[0], line, by=by, at=at))
    return parts


@transaction.atomic
def source_part(order_id: int, *, by: Actor, at: datetime) -> PartOrder:
    """Somebody is asking suppliers for it."""
    part = queries.lock_open_part(order_id, by)
    require(by, Deed.SOURCE_PART, org=part.engagement.provider_id)
    steps.walk(part, Status.SOURCING, at=at)
    part.save()
    line = f"Suppliers are being asked for {part.description}."
    record("part.sourcing", changed=[part], **steps.told(part, line, by=by, at=at))
    return part


@transaction.atomic
def note_offer(
    engagement_id: int,
    *,
    wanted: str,
    part_number: str = "",
    supplier: str,
    condition: Grade,
    cost: Decimal,
    freight: Decimal = Decimal(0),
    warranty_days: int,
    lead_optimistic: Decimal,
    lead_likely: Decimal,
    lead_pessimistic: Decimal,
    valid_until: datetime,
    evidence: Upload,
    by: Actor,
    at: datetime,
) -> SupplierOffer:
    """Keep a supplier's offer with its document; `part_number` differs from `wanted` where it is an alternate.

    The client's log hears that there is an offer, not of its price: that is shown by the quote that is made of it.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.NOTE_OFFER, org=engagement.provider_id)
    transitions.check_status(EngagementStatus(engagement.status), *sorted(rules.MAY_NEED))
    rules.check_supplier_price(valid_until, field="valid_until", at=at)
    rules.check_warranty(warranty_days)
    offer = SupplierOffer(engagement=engagement, currency=engagement.currency, condition=condition.value)
    offer.wanted = texts.text(wanted, "wanted", longest=200)
    offer.part_number = texts.text(part_number, "part_number", longest=200, required=False) or offer.wanted
    offer.supplier = texts.text(supplier, "supplier", longest=200)
    offer.cost_minor = rules.price(cost, offer.currency, "cost", least=Decimal("0.01")).minor
    offer.freight_minor = rules.price(freight, offer.currency, "freight", least=Decimal(0)).minor
    lead = rules.lead(lead_optimistic, lead_likely, lead_pessimistic)
    offer.lead_optimistic, offer.lead_likely, offer.lead_pessimistic = lead.optimistic, lead.likely, lead.pessimistic
    offer.warranty_days, offer.valid_until = warranty_days, valid_until
    hold_logs(engagement.party_ids)  # two deeds are told, the first to one of them alone
    _keep(offer, evidence, by, at)
    _quoted(offer, by, at)
    return offer


def _keep(offer: SupplierOffer, evidence: Upload, by: Actor, at: datetime) -> None:
    """The offer with its document, told in the provider's own log."""
    topic, provider = offer.engagement.topic, offer.engagement.provider_id
    offer.evidence = files.keep(evidence, topic=f"{topic}@{Side.PROVIDER}", at=at)
    offer.noted_at, offer.noted_by_id = at, by.person_id
    offer.save()
    record(
        "offer.noted",
        subject=offer,
        by=by,
        at=at,
        to=[provider],
        topic=topic,
        line=f"{offer.supplier} offers {offer.part_number}.",
        facts={"cost": offer.cost, "freight": offer.freight, "valid_until": offer.valid_until},
        changed=[offer.evidence, offer],
    )


def _quoted(offer: SupplierOffer, by: Actor, at: datetime) -> None:
    """The units that waited for a price have one now."""
    parts = queries.wanted(offer.engagement, offer.wanted)
    for part in parts:
        steps.walk(part, Status.QUOTED, at=at)
        part.save()
    if parts:
        line = f"A supplier's offer for {parts[0].description} has come in."
        record("part.quoted", changed=parts, **steps.told(parts[0], line, by=by, at=at))


@transaction.atomic
def reserve_part(order_id: int, *, offer_id: int, until: datetime, by: Actor, at: datetime) -> PartOrder:
    """A supplier holds this unit for the engagement until then; its price has to be good as long."""
    part = queries.lock_open_part(order_id, by)
    require(by, Deed.RESERVE_PART, org=part.engagement.provider_id)
    offer = queries.get_offer(offer_id, part.engagement, by)
    rules.check_offer_fits(offer.wanted, part.part_number)
    steps.walk(part, Status.RESERVED, at=at)
    rules.check_hold(until, offer.valid_until, at=at)
    part.part_number, part.supplier, part.reserved_until = offer.part_number, offer.supplier, until
    part.save()
    line = f"{part.supplier} holds {part.description}."
    record("part.reserved", changed=[part], **steps.told(part, line, by=by, at=at))
    return part


@transaction.atomic
def order_at_own_risk(
    order_id: int, *, supplier: str = "", expected_at: datetime, reason: str, by: Actor, at: datetime
) -> PartOrder:
    """Buy a unit before anybody approved it: without an approval its cost is the provider's and never billed.

    An approved quote that lists this part number takes the unit over when its parts are ordered.
    """
    part = queries.lock_open_part(order_id, by)
    require(by, Deed.ORDER_AT_OWN_RISK, org=part.engagement.provider_id)
    status = EngagementStatus(part.engagement.status)
    rules.check_can_risk(Status(part.status), status, expected_at=expected_at, at=at)
    steps.walk(part, Status.ORDERED, at=at)
    part.supplier = texts.text(supplier or part.supplier, "supplier", longest=200)
    part.own_risk_reason = words.check_no_amount(texts.text(reason, "reason", longest=300), "reason")
    part.ordered_at, part.expected_at = at, expected_at
    part.save()
    what = f"Receive {part.description}"
    rows = [part, *steps.await_part(part, what, Role.DISPATCHER, due_at=expected_at, at=at)]
    line = f"{part.description} was ordered at the provider's own risk: {part.own_risk_reason}"
    record("part.risked", changed=rows, **steps.told(part, line, by=by, at=at))
    return part
