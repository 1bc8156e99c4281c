"""The service is back, the client disputes it, the work is done."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from breakfix.agreements.values import Domain
from breakfix.diagnosis import queries as diagnosis
from breakfix.dispatch import queries as dispatch
from breakfix.dispatch import steps as dispatch_steps
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import words
from breakfix.incidents.values import EndKind
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.ledger.canonical import plain
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.money import format_money
from breakfix.parties import rules as texts
from breakfix.parts import queries as parts
from breakfix.work import queries, recoveries, steps, within_fee
from breakfix.work.models import FeeRestoration, Restoration, WorkOrder
from breakfix.work.rules import conduct, extra, proving, recovery
from breakfix.work.rules import within_fee as within
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
def restore_within_fee(
    engagement_id: int, *, cause: str, done: str, tests: list[TestResult], by: Actor, at: datetime
) -> FeeRestoration:
    """It works again without a repair: no quote follows, and nothing is billed beside the flat forensic fee.

    `cause` is what it was and `done` what ended it, in the engineer's words: no root cause is issued any more.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.RESTORE_WITHIN_FEE, org=engagement.provider_id)
    within.check_can_restore_within_fee(EngagementStatus(engagement.status), orders=within_fee.orders(engagement))
    dispatch.ready_booking(engagement, by=by, at=at)
    within.check_examined(diagnosis.unexamined(engagement))
    conduct.check_tests(tests, ())
    proving.check_proven(tests, Domain(engagement.domain).described.tests)
    restoration = FeeRestoration.objects.create(
        engagement=engagement,
        cause=words.check_no_amount(texts.text(cause, "cause", longest=2000), "cause"),
        done=words.check_no_amount(texts.text(done, "done", longest=2000), "done"),
        tests=[plain({**asdict(one), "name": texts.text(one.name, "tests", longest=300)}) for one in tests],
        restored_by_id=by.person_id,
        restored_at=at,
    )
    rows = [restoration, *incident_steps.move(engagement, E.RESTORED, by=by, at=at)]
    facts: dict[str, object] = {"tests": restoration.tests, "cause": restoration.cause, "done": restoration.done}
    line = f"Service restored within the forensic fee: {restoration.done}"
    _tell(engagement, "engagement.restored", line, rows, by, at, facts)
    return restoration


@transaction.atomic
def dispute_restoration(engagement_id: int, *, reason: str, by: Actor, at: datetime) -> Restoration | FeeRestoration:
    """The client says, within two hours, that it is not back: objective and meter run on as if they never stopped.

    Whatever was waited for meanwhile ends with it, also a wait that only the provider can end.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.DISPUTE_RESTORATION, org=engagement.client_id)
    standing = EngagementStatus(engagement.hold_from or engagement.status)
    conduct.check_can_dispute(standing, engagement.restored_at, at=at)
    restoration = _last_restoration(engagement)
    restoration.disputed_at, restoration.disputed_by_id = at, by.person_id
    restoration.dispute_reason = words.check_no_amount(texts.text(reason, "reason", longest=2000), "reason")
    restoration.save()
    rows = [restoration, *_let_go(engagement, by, at)]
    rows += incident_steps.move(engagement, E.IN_PROGRESS, by=by, at=at)
    line = f"The restoration was disputed: {restoration.dispute_reason}"
    facts: dict[str, object] = {"restored_at": restoration.restored_at, "reason": restoration.dispute_reason}
    _tell(engagement, "restoration.disputed", line, rows, by, at, facts)
    return restoration


def _let_go(engagement: Engagement, by: Actor, at: datetime) -> list[Row]:
    """Nothing is waited for any more, and what was asked for it need not be answered."""
    held = incidents.open_hold(engagement)
    if held is None:
        return []
    rows = incident_steps.move(engagement, E(engagement.hold_from), by=by, at=at)
    return rows + incident_steps.close_end(engagement, EndKind.QUESTION, subject=f"hold/{held.pk}", at=at)


def _last_restoration(engagement: Engagement) -> Restoration | FeeRestoration:
    if (fixed := within_fee.counts(engagement)) is not None:
        return fixed
    order = queries.order_on(engagement)
    return order.restorations.all()[len(order.restorations.all()) - 1]


@transaction.atomic
def resolve(engagement_id: int, *, second_fault_check: str, by: Actor, at: datetime) -> WorkOrder | FeeRestoration:
    """All steps are done, all parts accounted for and no second fault was found: the repair is finished.

    A data recovery ends also where too little came back, once the client has verified that.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.RESOLVE, org=engagement.provider_id)
    if (fixed := within_fee.counts(engagement)) is not None:
        return _resolve_within_fee(engagement, fixed, second_fault_check, by, at)
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


def _resolve_within_fee(
    engagement: Engagement, fixed: FeeRestoration, second_fault_check: str, by: Actor, at: datetime
) -> FeeRestoration:
    """No order, no parts, no hours: what is left is the look for a second fault."""
    conduct.check_is_restored(EngagementStatus(engagement.status))
    booking = dispatch.own_booking(engagement.pk, by=by, at=at)
    found = texts.text(second_fault_check, "second_fault_check", longest=2000)
    fixed.second_fault_check = words.check_no_amount(found, "second_fault_check")
    fixed.save(update_fields=["second_fault_check"])
    first_time = len(within_fee.restorations_of(engagement)) == 1
    rows: list[Row] = [fixed, *dispatch_steps.note_outcome(booking, first_time_fix=first_time, at=at)]
    rows += incident_steps.move(engagement, E.RESOLVED, by=by, at=at)
    line = f"Restored within the forensic fee, and resolved. Check for a second fault: {fixed.second_fault_check}"
    _tell(engagement, "engagement.resolved", line, rows, by, at, {})
    return fixed


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
