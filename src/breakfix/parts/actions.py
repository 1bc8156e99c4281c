"""What people do with an ordered part: receive it, build it in, or send it back."""

from datetime import datetime

from django.db import transaction

from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import Actor, Deed, Role, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parts import queries, rules, steps
from breakfix.parts.models import PartOrder
from breakfix.parts.values import Disposition, Status


def _locked(order_id: int, by: Actor) -> tuple[PartOrder, Engagement]:
    part = queries.lock_part(order_id, by)
    engagement = part.engagement
    if incidents.is_over(engagement):
        raise Refused("engagement_over", f"The engagement is {engagement.status}; nothing more is done on it.")
    return part, engagement


@transaction.atomic
def receive_part(order_id: int, *, serial: str, by: Actor, at: datetime) -> PartOrder:
    """A unit has arrived: its serial is noted, and only this one may be built in."""
    part, engagement = _locked(order_id, by)
    require(by, Deed.RECEIVE_PART, org=engagement.provider_id)
    rules.check_transition(Status(part.status), Status.RECEIVED)
    received = rules.serial(serial, "serial")
    rules.check_new_serial(received, queries.serials_received(engagement))
    part.status, part.serial_received, part.received_at = Status.RECEIVED, received, at
    part.save()
    what = f"Install or return {part.description}"
    ends = steps.await_part(part, what, Role.TECHNICIAN, due_at=None, at=at)
    _tell("part.received", part, f"{part.description} arrived, serial {received}.", [part, *ends], by, at)
    return part


@transaction.atomic
def install_part(
    order_id: int,
    *,
    serial: str,
    removed_serial: str,
    disposition: Disposition,
    by: Actor,
    at: datetime,
) -> PartOrder:
    """A unit is built in. Both serials go on the report, and what became of the part that came out."""
    part, engagement = _locked(order_id, by)
    require(by, Deed.INSTALL_PART, org=engagement.provider_id)
    installed = rules.serial(serial, "serial")
    removed = rules.serial(removed_serial, "removed_serial") if removed_serial.strip() else ""
    rules.check_can_install(
        Status(part.status),
        EngagementStatus(engagement.status),
        serial=installed,
        received=part.serial_received,
        removed=removed,
        disposition=disposition,
        data_bearing=part.data_bearing,
    )
    part.status, part.serial_installed, part.installed_at = Status.INSTALLED, installed, at
    part.serial_removed, part.removed_disposition = removed, disposition.value
    part.save()
    out = f", replacing serial {removed}" if removed else ""
    line = f"{part.description}, serial {installed}, was installed{out}."
    _tell("part.installed", part, line, [part, *steps.done_with(part, at=at)], by, at)
    return part


@transaction.atomic
def return_part(order_id: int, *, reason: str, by: Actor, at: datetime) -> PartOrder:
    """A unit that was not needed goes back; the client does not pay for it."""
    part, engagement = _locked(order_id, by)
    require(by, Deed.RETURN_PART, org=engagement.provider_id)
    rules.check_transition(Status(part.status), Status.RETURNED_UNUSED)
    if not reason.strip():
        raise Refused("missing_field", "Say why it was not needed.", field="reason")
    part.status, part.returned_at, part.return_reason = Status.RETURNED_UNUSED, at, reason.strip()[:300]
    part.save()
    line = f"{part.description} goes back to the supplier unused."
    _tell("part.returned", part, line, [part, *steps.done_with(part, at=at)], by, at)
    return part


def _tell(kind: str, part: PartOrder, line: str, changed: list[Row], by: Actor, at: datetime) -> None:
    engagement = part.engagement
    facts = {
        "quote_line": part.quote_line,
        "part_number": part.part_number,
        "status": part.status,
        "serial_received": part.serial_received,
        "serial_installed": part.serial_installed,
        "serial_removed": part.serial_removed,
        "removed_disposition": part.removed_disposition,
    }
    record(
        kind,
        subject=part,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts=facts,
        changed=changed,
    )
