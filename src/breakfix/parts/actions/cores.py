"""The old part that the supplier wants back: decided on by the client, sent, credited."""

from datetime import datetime

from django.db import transaction

from breakfix.agreements.values import Domain
from breakfix.incidents.rules import preserving
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.ledger.record import record
from breakfix.parties import rules as texts
from breakfix.parts import queries, rules, steps
from breakfix.parts.models import PartOrder
from breakfix.parts.values import Custody, Status


@transaction.atomic
def decide_custody(order_id: int, *, decision: Custody, reason: str, by: Actor, at: datetime) -> PartOrder:
    """The client says whether the old part may leave its site; what it keeps is not owed to the supplier any more.

    What was released may be kept after all as long as it is there. A core that is kept costs its charge, if the
    quote lists one.
    """
    part = queries.lock_open_part(order_id, by)
    require(by, Deed.DECIDE_CUSTODY, org=part.engagement.client_id)
    rules.check_can_decide_custody(Status(part.status), part.custody, decision)
    if decision is Custody.RELEASE:
        _check_may_leave(part)
    part.custody, part.custody_at, part.custody_by_id = decision.value, at, by.person_id
    part.custody_reason = texts.text(reason, "reason", longest=400)
    if decision is Custody.KEEP:
        steps.walk(part, Status.CORE_RETAINED_BY_CLIENT, at=at)
        ends = steps.settle_core(part, at=at)
    else:
        ends = steps.custody_decided(part, at=at)
    part.save()
    said = "stays with the client" if decision is Custody.KEEP else "may leave the site"
    line = f"The old {part.description}, serial {part.serial_removed}, {said}: {part.custody_reason}"
    record("core.decided", changed=[part, *ends], **steps.told(part, line, by=by, at=at))
    return part


@transaction.atomic
def ship_core(order_id: int, *, tracking: str = "", by: Actor, at: datetime) -> PartOrder:
    """The old part leaves the site for the supplier; one that held data only with the client's decision."""
    part = queries.lock_open_part(order_id, by)
    require(by, Deed.SHIP_CORE, org=part.engagement.provider_id)
    rules.check_can_ship_core(Status(part.status), data_bearing=part.data_bearing, decided=part.custody)
    # The hold may be younger than the release: what left the site cannot be kept any more.
    _check_may_leave(part)
    steps.walk(part, Status.CORE_SHIPPED, at=at)
    part.core_tracking = texts.text(tracking, "tracking", longest=120, required=False)
    part.save()
    line = f"The old {part.description}, serial {part.serial_removed}, went back to {part.supplier}."
    record("core.shipped", changed=[part, *steps.settle_core(part, at=at)], **steps.told(part, line, by=by, at=at))
    return part


@transaction.atomic
def credit_core(order_id: int, *, by: Actor, at: datetime) -> PartOrder:
    """The supplier has the old part and credited its charge; possible after the engagement was closed, too."""
    part = queries.lock_part(order_id, by)
    require(by, Deed.CREDIT_CORE, org=part.engagement.provider_id)
    steps.walk(part, Status.CORE_CREDITED, at=at)
    part.save()
    line = f"{part.supplier} credited the core of {part.description}, serial {part.serial_removed}."
    record("core.credited", changed=[part], **steps.told(part, line, by=by, at=at))
    return part


def _check_may_leave(part: PartOrder) -> None:
    """Nobody knows what becomes of data that left: to let it go is to let it be destroyed."""
    kept = part.engagement.preserved
    if part.data_bearing:
        preserving.check_may_wipe(Domain(part.engagement.domain), kept)
    else:
        preserving.check_may_destroy(kept)
