"""The service is back, the client disputes it, the work is done."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from breakfix.agreements.values import Domain
from breakfix.dispatch import queries as dispatch
from breakfix.dispatch import steps as dispatch_steps
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import words
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.ledger.canonical import plain
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.money import format_money
from breakfix.parties import rules as texts
from breakfix.parts import queries as parts
from breakfix.work import queries, recoveries, steps
from breakfix.work.models import Restoration, WorkOrder
from breakfix.work.rules import conduct, extra, proving, recovery
from breakfix.work.values import Status, TestResult

E = EngagementStatus


@transaction.atomic
def restore_service(engagement_id: int, *, tests: list[TestResult], by: Actor, at: datetime) -> Restoration:
    """The service is back, as its tests show: the objective and the downtime meter stop here."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.RESTORE_SERVICE, org=engagement.provider_id)
    order = queries.order_on(engagement)
    conduct.check_can_restore(EngagementStatus(engagement.status), Status(order.status))
    dispatch.ready_booking(engagement, by=by, at=at)
    conduct.check_tests(tests, order.change.tests if order.change else ())
    proving.check_proven(tests, Domain(engagement.domain).described.tests)
    restoration = Restoration.objects.create(
        order=order,
        tests=[plain({**asdict(one), "name": texts.text(one.name, "tests", longest=300)}) for one in tests],
        restored_by_id=by.person_id,
        restored_at=at,
    )
    rows = [restoration, *incident_steps.move(engagement, E.RESTORED, by=by, at=at)]
    facts: dict[str, object] = {"tests": restoration.tests}
    line = f"Service restored: {len(tests)} tests passed."
    if (meter := incidents.meter(engagement, at)) is not None:
        facts |= {"money": meter.total, "money_label": "cost of the downtime"}
        line += f" The downtime cost {format_money(meter.total)}."
    _tell(engagement, "engagement.restored", line, rows, by, at, facts)
    return restoration


@transaction.atomic
def dispute_restoration(engagement_id: int, *, reason: str, by: Actor, at: datetime) -> Restoration:
    """The client says, within two hours, that it is not back: objective and meter run on as if they never stopped."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.DISPUTE_RESTORATION, org=engagement.client_id)
    conduct.check_can_dispute(EngagementStatus(engagement.status), engagement.restored_at, at=at)
    order = queries.order_on(engagement)
    restoration = order.restorations.all()[len(order.restorations.all()) - 1]
    restoration.disputed_at, restoration.disputed_by_id = at, by.person_id
    restoration.dispute_reason = words.check_no_amount(texts.text(reason, "reason", longest=2000), "reason")
    restoration.save()
    rows = [restoration, *incident_steps.move(engagement, E.IN_PROGRESS, by=by, at=at)]
    line = f"The restoration was disputed: {restoration.dispute_reason}"
    facts: dict[str, object] = {"restored_at": restoration.restored_at, "reason": restoration.dispute_reason}
    _tell(engagement, "restoration.disputed", line, rows, by, at, facts)
    return restoration


@transaction.atomic
def resolve(engagement_id: int, *, second_fault_check: str, by: Actor, at: datetime) -> WorkOrder:
    """All steps are done, all parts accounted for and no second fault was found: the repair is finished.

    A data recovery ends also where too little came back, once the client has verified that.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.RESOLVE, org=engagement.provider_id)
    order = queries.order_on(engagement)
    # A recovery that failed ends all the same, and nothing is called restored that is not (decision 0011).
    lost = recoveries.is_lost(engagement)
    (recovery.check_can_end if lost else conduct.check_is_restored)(EngagementStatus(engagement.status))
    recovery.check_verified(recoveries.unverified(engagement))
    dispatch.own_booking(engagement.pk, by=by, at=at)
    waiting = [part.description for part in parts.undecided(engagement)]
    extra.check_none_open(queries.orders_waiting(engagement))
    conduct.check_can_resolve(queries.facts_of(order), on_the_clock=queries.on_the_clock(order), parts=waiting)
    found = words.check_no_amount(
        texts.text(second_fault_check, "second_fault_check", longest=2000), "second_fault_check"
    )
    rows = steps.end(order, Status.COMPLETE, ending=found, at=at)
    rows += steps.end_change(order.change, back=False, at=at)
    rows += _outcomes(engagement, order, at, fixed=not lost)
    rows += incident_steps.move(engagement, E.RESOLVED, by=by, at=at)
    hours = [line for one in queries.order_hours(engagement, at) for line in one.words]
    line = f"Work {order.number} is complete. Check for a second fault: {found}"
    facts: dict[str, object] = {"order": order.number, "hours": hours}
    if (meter := queries.meter(engagement, at)) is not None:
        facts |= {"money": meter.actual, "money_label": "repair at quoted rates"}
    _tell(engagement, "engagement.resolved", line, rows, by, at, facts)
    return order


def _outcomes(engagement: Engagement, order: WorkOrder, at: datetime, *, fixed: bool) -> list[Row]:
    """How it turned out, for all who worked: fixed the first time if this was the only visit, and undisputed."""
    disputed = any(one.disputed_at is not None for one in order.restorations.all())
    first_time = fixed and len(queries.orders_of(engagement)) == 1 and not disputed
    worked = {entry.technician_id for entry in order.entries.all()}
    rows: list[Row] = []
    for booking in dispatch.live_bookings(engagement):
        if booking.technician_id in worked:
            rows += dispatch_steps.note_outcome(booking, first_time_fix=first_time, at=at)
    return rows


def _tell(
    engagement: Engagement,
    kind: str,
    line: str,
    rows: Sequence[Row],
    by: Actor,
    at: datetime,
    facts: dict[str, object],
) -> None:
    record(
        kind,
        subject=engagement,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts=facts,
        changed=rows,
    )
