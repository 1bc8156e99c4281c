"""Planning work under an approved change, beginning it, going back, and what a refused ratification stops."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from breakfix.agreements.values import Priority
from breakfix.changes import queries as changes
from breakfix.changes import rules as change_rules
from breakfix.changes import steps as change_steps
from breakfix.changes.models import Change
from breakfix.changes.values import StepPlan
from breakfix.dispatch import queries as dispatch
from breakfix.dispatch import steps as dispatch_steps
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import words
from breakfix.incidents.values import Level
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.numbers import next_number
from breakfix.kernel.worktime.zones import zone_of
from breakfix.parties import rules as texts
from breakfix.parts import queries as parts
from breakfix.quotes import queries as quotes
from breakfix.work import queries, steps
from breakfix.work.models import WorkOrder, WorkStep
from breakfix.work.rules import bearing, conduct
from breakfix.work.values import Place, Status


@transaction.atomic
def plan_work(
    engagement_id: int,
    *,
    change_id: int | None = None,
    planned_start: datetime | None = None,
    planned_end: datetime | None = None,
    steps: list[StepPlan] | None = None,
    place: Place = Place.ONSITE,
    by: Actor,
    at: datetime,
) -> WorkOrder:
    """Set a work order: the steps of the approved change within its window, or, for lesser impact, these steps.

    Without `change_id` it is the engagement's approved change; without times it is the change's whole window.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.PLAN_WORK, org=engagement.provider_id)
    live = queries.live_order(engagement)
    conduct.check_can_plan(EngagementStatus(engagement.status), Status(live.status) if live else None)
    conduct.check_not_stopped(queries.is_stopped(engagement))
    change = _change(engagement, change_id)
    needed = conduct.change_needed(Level(engagement.impact), Priority(engagement.priority))
    conduct.check_change(needed=needed, found=change is not None)
    plan = _plan(change, steps)
    start, end = _period(change, planned_start, planned_end, at)
    _check_ready(engagement, plan, start, end)
    order = WorkOrder.objects.create(
        engagement=engagement,
        change=change,
        number=next_number("WO", engagement.provider_id, at),
        place=place.value,
        planned_start=start,
        planned_end=end,
        planned_by_id=by.person_id,
        planned_at=at,
        unbilled_reason=bearing.reason_of_visit([parts.fault_of(one) for one in parts.owed(engagement)]),
    )
    rows: list[Row] = [order, *_write_steps(order, plan)]
    rows += change_steps.schedule(change, at=at) if change else []
    if engagement.status == EngagementStatus.APPROVED:
        rows += incident_steps.move(engagement, EngagementStatus.SCHEDULED, by=by, at=at)
    line = f"Work {order.number} was planned: {len(plan)} steps, {_local(order, start)} to {_local(order, end)}."
    line += f" Not billed. {order.unbilled_reason}" if order.unbilled_reason else ""
    _tell(order, "work.planned", line, rows, by, at, {"start": start, "end": end, "steps": len(plan)})
    return order


def _change(engagement: Engagement, change_id: int | None) -> Change | None:
    """The approved change, or none; one that is named has to be that one."""
    approved = changes.approved_change(engagement)
    if change_id is not None and (approved is None or approved.pk != change_id):
        if change_id not in [one.pk for one in changes.changes_of(engagement)]:
            raise NotFound("This change")
        raise Refused("change_not_approved", "This change is not approved.", field="change_id")
    return approved


def _plan(change: Change | None, given: Sequence[StepPlan] | None) -> tuple[StepPlan, ...]:
    """What was approved is what is done; without a change, the steps as given."""
    if change is not None:
        if given:
            message = "The steps are those of the approved change; leave them out here."
            raise Refused("steps_from_change", message, field="steps")
        return change.plan_steps
    plan = tuple(given or ())
    change_rules.check_steps(plan)
    return plan


def _period(
    change: Change | None, start: datetime | None, end: datetime | None, at: datetime
) -> tuple[datetime, datetime]:
    if change is not None:
        start = start or max(change.window_start, at)
        end = end or change.ends_at
    if start is None or end is None:
        field = "planned_start" if start is None else "planned_end"
        raise Refused("missing_field", f"Please fill in {field.replace('_', ' ')}.", field=field)
    conduct.check_period(start, end, at=at)
    if change is not None:
        conduct.check_in_window(
            start,
            end,
            window_start=change.window_start,
            window_end=change.ends_at,
            emergency=change.is_emergency,
        )
    return start, end


def _check_ready(engagement: Engagement, plan: Sequence[StepPlan], start: datetime, end: datetime) -> None:
    """People who may work until the end, parts that come in time, data that cannot be lost."""
    crew = dispatch.live_bookings(engagement)
    conduct.check_crew([(one.starts_at, one.ends_at) for one in crew], start, end)
    gaps: list[str] = []
    for booking in crew:
        try:
            dispatch.check_fit(booking, engagement, at=min(booking.ends_at, end))
        except Refused as unfit:
            gaps += [str(gap) for gap in unfit.facts.get("reasons", [unfit.message])]  # type: ignore[attr-defined] # a list of sentences
    conduct.check_valid_through(gaps)
    conduct.check_parts(parts.arrivals(engagement), end)
    _check_backup(engagement, plan, start)


def _check_backup(engagement: Engagement, plan: Sequence[StepPlan], at: datetime) -> None:
    quote = quotes.binding_quote(engagement)
    inputs = quote.inputs if quote else None
    image = change_rules.image_first(plan)
    change_rules.check_image_promised(plan, promised=inputs is not None and inputs.image_first)
    conduct.check_backup(
        image_first=image,
        tested_at=inputs.backup_tested_at if inputs else None,
        waived=inputs is not None and inputs.no_backup_waiver,
        at=at,
    )


def _write_steps(order: WorkOrder, plan: Sequence[StepPlan]) -> list[WorkStep]:
    return [
        WorkStep.objects.create(
            order=order,
            position=position,
            name=texts.text(step.name, f"steps-{position - 1}-name", longest=200),
            minutes=step.minutes,
            owner_role=step.owner_role.value,
            mandatory=step.mandatory,
            takes_image=step.takes_image,
            point_of_no_return=step.point_of_no_return,
            evidence_needed=step.evidence_needed,
            destroys=step.destroys,
        )
        for position, step in enumerate(plan, start=1)
    ]


@transaction.atomic
def start_work(engagement_id: int, *, rollback_read: bool = False, by: Actor, at: datetime) -> WorkOrder:
    """Begin, in the window or as an emergency, by somebody who may work now and knows the way back."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.START_WORK, org=engagement.provider_id)
    order = queries.order_on(engagement)
    conduct.check_can_start(EngagementStatus(engagement.status), Status(order.status))
    conduct.check_not_stopped(queries.is_stopped(engagement))
    booking = dispatch.ready_booking(engagement, by=by, at=at)
    conduct.check_booking(booking.starts_at, at=at)
    dispatch.check_fit(booking, engagement, at=at)
    change = order.change
    if change is not None:
        emergency = change.is_emergency
        conduct.check_window_open(change.window_start, change.ends_at, emergency=emergency, at=at)
        conduct.check_rollback_read(rollback_read)
        change_rules.check_guard(queries.guard(order, change, at))
    _check_backup(engagement, [_as_plan(step) for step in order.steps.all()], at)
    conduct.check_transition(Status(order.status), Status.WORKING)
    order.status, order.started_at, order.started_by_id = Status.WORKING.value, at, by.person_id
    order.save()
    rows: list[Row] = [order, *steps.advance(order, at=at), *dispatch_steps.begin(booking, at)]
    rows += change_steps.implementing(change, at=at) if change else []
    if engagement.status == EngagementStatus.SCHEDULED:
        rows += incident_steps.move(engagement, EngagementStatus.IN_PROGRESS, by=by, at=at)
    _tell(order, "work.started", f"Work {order.number} began.", rows, by, at, {})
    return order


def _as_plan(step: WorkStep) -> StepPlan:
    return StepPlan(
        name=step.name,
        minutes=step.minutes,
        mandatory=step.mandatory,
        takes_image=step.takes_image,
        point_of_no_return=step.point_of_no_return,
    )


@transaction.atomic
def roll_back(engagement_id: int, *, reason: str, by: Actor, at: datetime) -> WorkOrder:
    """What was begun has been undone before the point of no return; the work is planned anew under another change."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.ROLL_BACK, org=engagement.provider_id)
    order = queries.order_on(engagement)
    conduct.check_begun(EngagementStatus(engagement.status), Status(order.status))
    dispatch.own_booking(engagement.pk, by=by, at=at)
    conduct.check_can_roll_back(EngagementStatus(engagement.status), queries.facts_of(order))
    conduct.check_nobody_on(queries.on_the_clock(order))
    said = words.check_no_amount(texts.text(reason, "reason", longest=400), "reason")
    rows = steps.stop_open(order, begun_too=True)
    rows += steps.end(order, Status.INCOMPLETE, ending=said, at=at)
    rows += steps.end_change(order.change, back=True, at=at)
    rows += incident_steps.move(engagement, EngagementStatus.SCHEDULED, by=by, at=at)
    _tell(order, "work.rolled_back", f"Work {order.number} was rolled back: {said}", rows, by, at, {"reason": said})
    return order


@transaction.atomic
def stop_steps(engagement_id: int, *, by: Actor, at: datetime) -> WorkOrder | None:
    """The client refused to ratify: steps that have not begun are stopped, what was begun may be finished.

    Nothing happens where nothing is planned, or all of it has begun or was stopped before.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.STOP_STEPS)
    if not queries.is_stopped(engagement):
        raise Refused("not_refused", "No ratification was refused; nothing is stopped.")
    order = queries.live_order(engagement)
    if order is None:
        return None
    order.engagement = engagement
    rows = steps.stop_open(order, begun_too=False)
    if rows:
        line = f"{len(rows)} steps of {order.number} were stopped: the emergency approval was not ratified."
        _tell(order, "work.stopped", line, rows, by, at, {"steps": len(rows)})
    return order


def _local(order: WorkOrder, at: datetime) -> str:
    return at.astimezone(zone_of(order.engagement.zone)).strftime("%Y-%m-%d %H:%M")


def _tell(
    order: WorkOrder, kind: str, line: str, rows: Sequence[Row], by: Actor, at: datetime, facts: dict[str, object]
) -> None:
    record(
        kind,
        subject=order,
        by=by,
        at=at,
        to=order.engagement.party_ids,
        topic=order.engagement.topic,
        line=line,
        facts={"order": order.number, **facts},
        changed=rows,
    )
