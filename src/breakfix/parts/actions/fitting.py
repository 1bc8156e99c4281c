"""What people do with an ordered part: follow it, receive it, look at it, build it in, or send it back."""

from datetime import datetime

from django.db import transaction

from breakfix.incidents.rules import words
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import Actor, Deed, Role, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import rules as texts
from breakfix.parts import catalogue, queries, rules, steps
from breakfix.parts.models import PartOrder
from breakfix.parts.values import Disposition, Grade, Status
from breakfix.roster import queries as roster


@transaction.atomic
def note_shipment(
    order_id: int, *, carrier: str, tracking: str = "", expected_at: datetime, by: Actor, at: datetime
) -> PartOrder:
    """The supplier has sent it: who carries it, and when it is expected by now."""
    part = queries.lock_open_part(order_id, by)
    require(by, Deed.NOTE_SHIPMENT, org=part.engagement.provider_id)
    steps.walk(part, Status.IN_TRANSIT, at=at)
    rules.check_expected(expected_at, at=at)
    part.carrier = texts.text(carrier, "carrier", longest=120)
    part.tracking = texts.text(tracking, "tracking", longest=120, required=False)
    part.shipped_at, part.expected_at = at, expected_at
    part.save()
    ends = steps.await_part(part, f"Receive {part.description}", Role.DISPATCHER, due_at=expected_at, at=at)
    line = f"{part.description} is on its way with {part.carrier}."
    record("part.shipped", changed=[part, *ends], **steps.told(part, line, by=by, at=at))
    return part


@transaction.atomic
def receive_part(order_id: int, *, serial: str, by: Actor, at: datetime) -> PartOrder:
    """A unit has arrived: its serial is noted, and only this one may be built in.

    Where it replaces one that its supplier took back, that claim is settled by it.
    """
    part = queries.lock_open_part(order_id, by)
    require(by, Deed.RECEIVE_PART, org=part.engagement.provider_id)
    steps.walk(part, Status.RECEIVED, at=at)
    part.serial_received = rules.serial(serial, "serial")
    rules.check_new_serial(part.serial_received, queries.serials_received(part.engagement))
    part.save()
    what = f"Install or return {part.description}"
    rows = [part, *steps.await_part(part, what, Role.TECHNICIAN, due_at=None, at=at)]
    rows += _settled_claim(part, at)
    line = f"{part.description} arrived, serial {part.serial_received}."
    record("part.received", changed=rows, **steps.told(part, line, by=by, at=at))
    return part


def _settled_claim(part: PartOrder, at: datetime) -> list[Row]:
    """The claim on the unit that this one replaces, if its own supplier sent it."""
    dead = queries.replaced_by(part)
    if dead is None or dead.status != Status.RMA_OPEN or dead.supplier != part.supplier:
        return []
    steps.walk(dead, Status.REPLACED, at=at)
    dead.claim_settlement = f"Replaced by serial {part.serial_received}."
    dead.save()
    return [dead, *steps.done_with(dead, at=at)]


@transaction.atomic
def inspect_part(order_id: int, *, result: str, by: Actor, at: datetime) -> PartOrder:
    """Somebody looked at it and found it sound. What is dead is declared so instead."""
    part = queries.lock_open_part(order_id, by)
    require(by, Deed.INSPECT_PART, org=part.engagement.provider_id)
    steps.walk(part, Status.INSPECTED, at=at)
    part.inspection = words.check_no_amount(texts.text(result, "result", longest=400), "result")
    part.save()
    line = f"{part.description}, serial {part.serial_received}, was inspected: {part.inspection}"
    record("part.inspected", changed=[part], **steps.told(part, line, by=by, at=at))
    return part


@transaction.atomic
def issue_part(order_id: int, *, technician_id: int, by: Actor, at: datetime) -> PartOrder:
    """A technician takes it along: from here on it is known in whose hands it is."""
    part = queries.lock_open_part(order_id, by)
    require(by, Deed.ISSUE_PART, org=part.engagement.provider_id)
    technician = roster.get_technician(technician_id, by=by)
    steps.walk(part, Status.ISSUED, at=at)
    part.issued_to = technician
    part.save()
    line = f"{part.description}, serial {part.serial_received}, went to {technician.person.name}."
    record("part.issued", changed=[part], **steps.told(part, line, by=by, at=at))
    return part


@transaction.atomic
def install_part(
    order_id: int,
    *,
    serial: str,
    removed_serial: str,
    disposition: Disposition,
    part_number: str = "",
    condition: Grade | None = None,
    by: Actor,
    at: datetime,
) -> PartOrder:
    """A unit is built in. Both serials go on the report, and what became of the part that came out.

    A core is owed to the supplier from here on; where it held data, the client decides first whether it may leave.
    `part_number` where it is not what was quoted: a listed alternate, no worse and no dearer; the client pays what
    the quote says. Anything else takes a change order.
    """
    part = queries.lock_open_part(order_id, by)
    require(by, Deed.INSTALL_PART, org=part.engagement.provider_id)
    _take_alternate(part, texts.text(part_number, "part_number", longest=200, required=False), condition)
    installed = rules.serial(serial, "serial")
    removed = rules.serial(removed_serial, "removed_serial") if removed_serial.strip() else ""
    rules.check_can_install(
        Status(part.status),
        EngagementStatus(part.engagement.status),
        serial=installed,
        received=part.serial_received,
        removed=removed,
        disposition=disposition,
        data_bearing=part.data_bearing,
    )
    steps.walk(part, Status.INSTALLED, at=at)
    part.serial_installed, part.serial_removed = installed, removed
    part.removed_disposition = disposition.value
    owed = steps.owe_core(part, at=at) if disposition is Disposition.CORE_EXCHANGE else []
    part.save()
    out = f", replacing serial {removed}" if removed else ""
    out += f"; {part.part_number} in place of {part.alternate_for}" if part.alternate_for else ""
    line = f"{part.description}, serial {installed}, was installed{out}."
    rows = [part, *steps.done_with(part, at=at), *owed]
    record("part.installed", changed=rows, **steps.told(part, line, by=by, at=at))
    return part


def _take_alternate(part: PartOrder, given: str, condition: Grade | None) -> None:
    """Where another number is built in than was ordered: note that, if it may stand in; the caller saves it."""
    if not given or rules.number(given) == rules.number(part.part_number):
        return
    found = catalogue.known(part.engagement, [part.part_number])[part.part_number]
    stand = next((one for one in found.alternates if one.part.part_number == rules.number(given)), None)
    cost = catalogue.offered_cost(part.engagement, given, condition.value) if condition else None
    rules.check_alternate(
        given,
        part.quoted,
        listed=stand is not None,
        judged=stand.judged if stand else catalogue.NOT_LISTED,
        condition=condition,
        cost_minor=cost,
    )
    if stand is not None and condition is not None:
        part.alternate_for, part.part_number = part.alternate_for or part.part_number, stand.part.part_number
        part.condition = condition.value
        # What bears data by the catalogue does so whatever the quote said of the other one.
        part.data_bearing = part.data_bearing or stand.part.data_bearing


@transaction.atomic
def return_part(order_id: int, *, reason: str, by: Actor, at: datetime) -> PartOrder:
    """A unit that was not needed goes back; the client does not pay for it."""
    part = queries.lock_open_part(order_id, by)
    require(by, Deed.RETURN_PART, org=part.engagement.provider_id)
    steps.walk(part, Status.RETURNED_UNUSED, at=at)
    if not reason.strip():
        raise Refused("missing_field", "Say why it was not needed.", field="reason")
    part.return_reason = reason.strip()[:300]
    part.save()
    line = f"{part.description} goes back to the supplier unused."
    record("part.returned", changed=[part, *steps.done_with(part, at=at)], **steps.told(part, line, by=by, at=at))
    return part
