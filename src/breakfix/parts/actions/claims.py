"""What was dead on arrival or failed: the claim on the supplier, and the unit that takes its place."""

from datetime import datetime

from django.db import transaction

from breakfix.incidents.rules import words
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel import files
from breakfix.kernel.access import Actor, Deed, Role, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import rules as texts
from breakfix.parts import queries, rules, steps
from breakfix.parts.models import PartOrder
from breakfix.parts.values import Status


@transaction.atomic
def declare_dead(
    order_id: int, *, serial: str, fault: str, evidence: Upload | None = None, by: Actor, at: datetime
) -> PartOrder:
    """A unit does not work as it came: it is never billed, its serial stays on record, the supplier owes another."""
    part = queries.lock_open_part(order_id, by)
    require(by, Deed.DECLARE_DEAD, org=part.engagement.provider_id)
    rules.way(Status(part.status), Status.DOA)
    rules.check_same_serial(rules.serial(serial, "serial"), part.serial_received)
    steps.walk(part, Status.DOA, at=at)
    rows = _failed(part, fault, evidence, at)
    line = f"{part.description}, serial {part.serial_received}, was dead on arrival: {part.fault}"
    record("part.dead", changed=rows, **steps.told(part, line, by=by, at=at))
    return part


@transaction.atomic
def note_part_failure(
    order_id: int, *, fault: str, evidence: Upload | None = None, by: Actor, at: datetime
) -> PartOrder:
    """A unit that was built in has failed within its warranty: the supplier owes another one."""
    part = queries.lock_open_part(order_id, by)
    require(by, Deed.NOTE_PART_FAILURE, org=part.engagement.provider_id)
    rules.check_can_fail(Status(part.status), EngagementStatus(part.engagement.status))
    steps.walk(part, Status.FAILED_IN_WARRANTY, at=at)
    rows = _failed(part, fault, evidence, at)
    line = f"{part.description}, serial {part.serial_installed}, failed within its warranty: {part.fault}"
    record("part.failed", changed=rows, **steps.told(part, line, by=by, at=at))
    return part


def _failed(part: PartOrder, fault: str, evidence: Upload | None, at: datetime) -> list[Row]:
    part.fault = words.check_no_amount(texts.text(fault, "fault", longest=2000), "fault")
    rows: list[Row] = []
    if evidence is not None:
        part.fault_evidence = files.keep(evidence, topic=part.engagement.topic, at=at)
        rows.append(part.fault_evidence)
    part.save()
    what = f"Claim {part.description}, serial {part.serial_received}, from {part.supplier}"
    return [part, *rows, *steps.await_part(part, what, Role.DISPATCHER, due_at=None, at=at)]


@transaction.atomic
def open_claim(order_id: int, *, reference: str, by: Actor, at: datetime) -> PartOrder:
    """The supplier was told and has given its number for the return."""
    part = queries.lock_open_part(order_id, by)
    require(by, Deed.OPEN_CLAIM, org=part.engagement.provider_id)
    steps.walk(part, Status.RMA_OPEN, at=at)
    part.claim_reference = texts.text(reference, "reference", longest=80)
    part.save()
    what = f"Settle claim {part.claim_reference} with {part.supplier}: another {part.description}, or the money"
    rows = [part, *steps.await_part(part, what, Role.DISPATCHER, due_at=None, blocks_close=False, at=at)]
    line = (
        f"{part.supplier} opened claim {part.claim_reference} for {part.description}, serial {part.serial_received}."
    )
    record("part.claimed", changed=rows, **steps.told(part, line, by=by, at=at))
    return part


@transaction.atomic
def order_replacement(
    order_id: int, *, expected_at: datetime, supplier: str = "", by: Actor, at: datetime
) -> PartOrder:
    """Another unit in place of a faulty one, from the same supplier or from `supplier`, at the provider's cost.

    It stands on the same line of the quote: whatever is needed to deliver it, the client pays for one that works.
    """
    part = queries.lock_open_part(order_id, by)
    require(by, Deed.ORDER_REPLACEMENT, org=part.engagement.provider_id)
    replaced = queries.replacement_of(part) is not None
    rules.check_can_replace(Status(part.status), replaced=replaced, expected_at=expected_at, at=at)
    other = PartOrder.objects.create(
        engagement=part.engagement,
        quote_line=part.quote_line,
        unit=queries.next_unit(part),
        part_number=part.part_number,
        description=part.description,
        supplier=texts.text(supplier, "supplier", longest=200, required=False) or part.supplier,
        data_bearing=part.data_bearing,
        condition=part.condition,
        cost_minor=part.cost_minor,
        alternate_for=part.alternate_for,
        ordered_at=at,
        expected_at=expected_at,
        replaces=part,
    )
    what = f"Receive {other.description} in place of serial {part.serial_received}"
    rows = [other, *steps.await_part(other, what, Role.DISPATCHER, due_at=expected_at, at=at)]
    line = f"Another {other.description} was ordered in place of serial {part.serial_received}, at no charge."
    record("part.replacement_ordered", changed=rows, **steps.told(other, line, by=by, at=at))
    return other


@transaction.atomic
def note_refund(order_id: int, *, reference: str, by: Actor, at: datetime) -> PartOrder:
    """The supplier gave the money back instead: `reference` names its credit note."""
    part = queries.lock_part(order_id, by)
    require(by, Deed.NOTE_REFUND, org=part.engagement.provider_id)
    steps.walk(part, Status.REFUNDED, at=at)
    if queries.replacement_on_its_way(part):
        message = f"{part.supplier} owes another unit, which is on its way; receive it first."
        raise Refused("replacement_expected", message)
    part.claim_settlement = f"Refunded, {texts.text(reference, 'reference', longest=200)}."
    part.save()
    line = f"{part.supplier} refunded {part.description}, serial {part.serial_received}."
    record("part.refunded", changed=[part, *steps.done_with(part, at=at)], **steps.told(part, line, by=by, at=at))
    return part
