"""Ordering, for the module that knows what was approved; and what every deed on a unit writes alike."""

from datetime import UTC, datetime, timedelta
from typing import Any

from breakfix.incidents import queries as agreed
from breakfix.incidents import steps as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import EndKind
from breakfix.kernel.access import Actor, Role
from breakfix.kernel.models import Row
from breakfix.parts import rules
from breakfix.parts.models import PartOrder
from breakfix.parts.values import BEFORE_ORDER, Need, Status

_STAMPS = {
    Status.RECEIVED: "received_at",
    Status.INSPECTED: "inspected_at",
    Status.ISSUED: "issued_at",
    Status.INSTALLED: "installed_at",
    Status.RETURNED_UNUSED: "returned_at",
    Status.DOA: "failed_at",
    Status.FAILED_IN_WARRANTY: "failed_at",
    Status.RMA_OPEN: "claimed_at",
    Status.REPLACED: "claim_settled_at",
    Status.REFUNDED: "claim_settled_at",
    Status.CORE_SHIPPED: "core_shipped_at",
    Status.CORE_CREDITED: "core_settled_at",
    Status.CORE_RETAINED_BY_CLIENT: "core_settled_at",
}


def walk(part: PartOrder, to: Status, *, at: datetime) -> None:
    """Take a unit to another state along the table, through those where nobody stopped; the caller saves it."""
    for state in rules.way(Status(part.status), to):
        part.status = state.value
        if state in _STAMPS:
            setattr(part, _STAMPS[state], at)


def order(engagement: Engagement, needs: list[Need], *, at: datetime) -> list[Row]:
    """Order every unit of these lines; each is an open end until it is built in or sent back.

    The caller has checked that an approved quote pays for them and that they were not ordered before.
    """
    rows: list[Row] = []
    for need in needs:
        known = PartOrder.objects.select_for_update().filter(
            engagement=engagement, quote_line="", part_number=need.part_number
        )
        waiting = list(known.order_by("id")[: need.quantity])
        for unit in range(1, need.quantity + 1):
            part = waiting[unit - 1] if unit <= len(waiting) else PartOrder(engagement=engagement)
            part.engagement = engagement
            rows += _order_unit(part, need, unit, at)
    return rows


def _order_unit(part: PartOrder, need: Need, unit: int, at: datetime) -> list[Row]:
    """Order a unit of a line, or take over the one that waited for its approval; what was bought stays as bought."""
    bought = part.pk is not None and Status(part.status) not in BEFORE_ORDER
    part.quote_line, part.unit, part.data_bearing = need.ref, unit, need.data_bearing
    part.condition, part.cost_minor = need.condition.value, need.cost.minor
    if bought:
        part.save()
        return [part]
    expected = at.astimezone(UTC) + timedelta(minutes=int(need.lead_hours * 60))
    if part.pk is not None:
        walk(part, Status.ORDERED, at=at)
    part.part_number, part.description, part.supplier = need.part_number, need.description, need.supplier
    part.ordered_at, part.expected_at = at, expected
    part.save()
    what = f"Receive {need.description}"
    return [part, *await_part(part, what, Role.DISPATCHER, due_at=expected, at=at)]


def await_part(
    part: PartOrder, what: str, role: Role, *, due_at: datetime | None, blocks_close: bool = True, at: datetime
) -> list[Row]:
    """Say who has to act on this unit next, in place of who had to before."""
    return done_with(part, at=at) + incidents.open_end(
        part.engagement,
        EndKind.PARTS,
        what,
        organisation_id=part.engagement.provider_id,
        role=role,
        due_at=due_at,
        subject=part.subject,
        blocks_close=blocks_close,
        at=at,
    )


def done_with(part: PartOrder, *, at: datetime) -> list[Row]:
    """Nothing is left to do about this unit."""
    return incidents.close_end(part.engagement, EndKind.PARTS, subject=part.subject, at=at)


def told(part: PartOrder, line: str, *, by: Actor, at: datetime) -> dict[str, Any]:
    """What `record` is told of any deed on a unit, beside what kind it was and what it changed."""
    serials = ("serial_received", "serial_installed", "serial_removed")
    names = ("quote_line", "part_number", "alternate_for", "status", *serials)
    return {
        "subject": part,
        "by": by,
        "at": at,
        "to": part.engagement.party_ids,
        "topic": part.engagement.topic,
        "line": line,
        "facts": {
            **{name: getattr(part, name) for name in names},
            "removed_disposition": part.removed_disposition,
        },
    }


def owe_core(part: PartOrder, *, at: datetime) -> list[Row]:
    """The old part goes back to the supplier in time; one that held data only once the client decided so."""
    engagement = part.engagement
    days = agreed.terms(engagement).parts.core_days
    walk(part, Status.CORE_DUE, at=at)
    part.core_due_at = rules.core_due(at, engagement.zone, days=days)
    named = f"{part.description}, old serial {part.serial_removed}"
    rows = incidents.open_end(
        engagement,
        EndKind.CORE,
        f"Return the core of {named}",
        organisation_id=engagement.provider_id,
        role=Role.DISPATCHER,
        due_at=part.core_due_at,
        subject=part.subject,
        at=at,
    )
    if part.data_bearing:
        rows += incidents.open_end(
            engagement,
            EndKind.CUSTODY,
            f"Decide whether the core may leave: {named}",
            organisation_id=engagement.client_id,
            role=Role.DATA_OWNER,
            due_at=part.core_due_at,
            subject=part.subject,
            at=at,
        )
    return rows


def settle_core(part: PartOrder, *, at: datetime) -> list[Row]:
    """Nothing is owed any more: the core is on its way, or the client keeps it."""
    kinds = (EndKind.CORE, EndKind.CUSTODY)
    return [row for kind in kinds for row in incidents.close_end(part.engagement, kind, subject=part.subject, at=at)]


def custody_decided(part: PartOrder, *, at: datetime) -> list[Row]:
    """The client has said what may become of it; its return is still owed."""
    return incidents.close_end(part.engagement, EndKind.CUSTODY, subject=part.subject, at=at)
