"""What must be so before work is planned, begun, clocked, done, restored or resolved (domain.md §3.1, §3.5)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from breakfix.agreements.values import Priority
from breakfix.incidents.values import Level
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.errors import Refused
from breakfix.work.values import Status, StepFacts, StepStatus, TestResult, TimeKind

S, E, T = Status, EngagementStatus, StepStatus

TRANSITIONS: dict[Status, frozenset[Status]] = {
    S.PLANNED: frozenset({S.WORKING, S.INCOMPLETE}),
    S.WORKING: frozenset({S.PAUSED, S.COMPLETE, S.INCOMPLETE}),
    S.PAUSED: frozenset({S.WORKING, S.COMPLETE, S.INCOMPLETE}),
    S.COMPLETE: frozenset(),
    S.INCOMPLETE: frozenset(),
}
LIVE = frozenset({S.PLANNED, S.WORKING, S.PAUSED})
BEGUN = frozenset({S.WORKING, S.PAUSED})
STEP_TRANSITIONS: dict[StepStatus, frozenset[StepStatus]] = {
    T.PLANNED: frozenset({T.STARTED, T.DONE, T.SKIPPED, T.STOPPED}),
    T.STARTED: frozenset({T.DONE, T.SKIPPED, T.STOPPED}),
    T.DONE: frozenset(),
    T.SKIPPED: frozenset(),
    T.STOPPED: frozenset(),
}
MAY_PLAN = (E.APPROVED, E.SCHEDULED, E.IN_PROGRESS)
MAY_START = (E.SCHEDULED, E.IN_PROGRESS)
MAY_WORK = (E.IN_PROGRESS, E.RESTORED)
MAY_ENTER = (
    *(E.DISPATCHED, E.DIAGNOSING, E.QUOTE_PENDING, E.AWAITING_APPROVAL),
    *(E.APPROVED, E.SCHEDULED, E.IN_PROGRESS, E.RESTORED),
)
MAY_USE = (E.APPROVED, E.SCHEDULED, E.IN_PROGRESS, E.RESTORED)

BACKUP_FRESH = timedelta(days=7)
DISPUTE_WITHIN = timedelta(hours=2)
LARGEST_QUANTITY = Decimal(100_000)


def check_transition(status: Status, to: Status) -> None:
    """Refuse what the table does not list, naming what it does."""
    if to not in TRANSITIONS[status]:
        allowed = ", ".join(sorted(TRANSITIONS[status])) or "nothing"
        message = f"This work order is {status}; from there it can become: {allowed}."
        raise Refused("order_state", message, status=status.value, to=to.value)


def check_step_transition(status: StepStatus, to: StepStatus) -> None:
    """Refuse to take a step where it cannot go: what is done stays done."""
    if to not in STEP_TRANSITIONS[status]:
        raise Refused("step_state", f"A step that is {status} cannot become {to}.", status=status.value, to=to.value)


# ------------------------------------------------------------------------------------------- planning


def check_can_plan(engagement: EngagementStatus, live: Status | None) -> None:
    """Refuse to plan before the approval or beside other work."""
    _check_status(engagement, MAY_PLAN, "no_work_now", "work is planned")
    if live is not None:
        message = f"There is a work order that is {live}; finish it before the next one."
        raise Refused("work_planned", message, status=live.value)


def check_change(*, needed: bool, found: bool) -> None:
    """Refuse work of high impact without a change that the client approved (domain.md B13)."""
    if needed and not found:
        message = "Work of this impact needs an approved change with its rollback; propose one first."
        raise Refused("change_missing", message, field="change_id")


def change_needed(impact: Level, priority: Priority) -> bool:
    """Whether the client's change authority has to agree first."""
    return impact is Level.HIGH or priority is Priority.P1


def check_period(start: datetime, end: datetime, *, at: datetime) -> None:
    """Refuse a plan for the past, or one that ends before it begins."""
    if start < at:
        raise Refused("in_the_past", "Plan the start for now or later.", field="planned_start")
    if end <= start:
        raise Refused("ends_before_start", "Plan the end of work after its start.", field="planned_end")


def check_in_window(
    start: datetime, end: datetime, *, window_start: datetime, window_end: datetime, emergency: bool
) -> None:
    """Refuse work outside the window that was approved; an emergency may begin before it, never end after it."""
    if start < window_start and not emergency:
        message = "The approved window begins later; plan the start within it."
        raise Refused("outside_window", message, field="planned_start", window_start=window_start)
    if end > window_end:
        message = "The approved window ends earlier; plan the end within it."
        raise Refused("outside_window", message, field="planned_end", window_end=window_end)


def check_crew(periods: Iterable[tuple[datetime, datetime]], start: datetime, end: datetime) -> None:
    """Refuse a plan that nobody is booked for from beginning to end."""
    if not any(begun <= start and end <= ended for begun, ended in periods):
        message = "Nobody is booked for all of this time; book a technician through the planned end first."
        raise Refused("nobody_booked", message, field="planned_end")


def check_valid_through(gaps: Sequence[str]) -> None:
    """Refuse a plan with somebody whose certificate or clearance ends before the work does (domain.md §3.1)."""
    if gaps:
        message = f"Somebody who is booked may not work until the planned end: {'; '.join(gaps)}. Book somebody else."
        raise Refused("not_valid_through_end", message, reasons=list(gaps))


def check_parts(expected: Iterable[tuple[str, datetime]], end: datetime) -> None:
    """Refuse a plan that ends before its parts are there."""
    late = [name for name, at in expected if at > end]
    if late:
        message = f"Expected only after the planned end: {', '.join(late)}. Plan later, or find a faster supplier."
        raise Refused("parts_late", message, field="planned_end", parts=late)


def check_backup(*, image_first: bool, tested_at: datetime | None, waived: bool, at: datetime) -> None:
    """Refuse to touch anything without an image first, a restore test of the last week, or the signed waiver."""
    tested = tested_at is not None and at - BACKUP_FRESH <= tested_at <= at
    if not (image_first or tested or waived):
        message = "No image is taken first, and there is neither a restore test of the last 7 days nor a waiver."
        remedy = "Make an image the first mandatory step, or have the waiver approved with the quote."
        raise Refused("backup_missing", message, remedy=remedy, field="steps")


def check_not_stopped(stopped: bool) -> None:
    """Refuse to begin anything new after the client refused to ratify (domain.md §11 ruling 8)."""
    if stopped:
        message = "The client did not ratify the emergency approval: what has not begun is not begun."
        remedy = "Leave the service in a safe state, finish what was begun, and quote the rest again."
        raise Refused("ratification_refused", message, remedy=remedy)


# ------------------------------------------------------------------------------------------- beginning


def check_can_start(engagement: EngagementStatus, order: Status) -> None:
    """Refuse to begin twice, or what may not begin now."""
    if order in BEGUN:
        raise Refused("already_started", "This work has begun already.", status=order.value)
    check_transition(order, S.WORKING)
    _check_status(engagement, MAY_START, "no_work_now", "work is begun")


def check_booking(starts_at: datetime, *, at: datetime) -> None:
    """Refuse somebody whose booking is for later."""
    if at < starts_at:
        message = "Your booking begins later; ask the desk to book you now."
        raise Refused("booking_later", message, starts_at=starts_at)


def check_window_open(window_start: datetime, window_end: datetime, *, emergency: bool, at: datetime) -> None:
    """Refuse before the window unless it is an emergency, and for everybody once it is over."""
    if at < window_start and not emergency:
        message = "The window is not open yet; only an emergency change may begin before it."
        raise Refused("window_not_open", message, window_start=window_start)
    if at >= window_end:
        message = "The window is over; ask the change manager to extend it, or propose a new change."
        raise Refused("window_over", message, window_end=window_end)


def check_rollback_read(read: bool) -> None:
    """Refuse to begin before who begins has read how to go back."""
    if not read:
        message = "Read the rollback plan, then confirm that you did."
        raise Refused("rollback_unread", message, field="rollback_read")


# ------------------------------------------------------------------------------------------- the clock


def check_begun(engagement: EngagementStatus, order: Status | None) -> None:
    """Refuse what belongs to work that is going on."""
    if order is None:
        raise Refused("no_work_planned", "No work is planned on this engagement; ask the desk to plan it.")
    if order not in BEGUN:
        raise Refused("work_not_started", "This work has not begun; start it first.", status=order.value)
    _check_status(engagement, MAY_WORK, "no_work_now", "work is done")


def check_can_clock_on(
    since: datetime,
    *,
    open_here: bool,
    open_elsewhere: bool,
    last_end: datetime | None,
    started_at: datetime,
    acknowledged_at: datetime | None,
    at: datetime,
) -> None:
    """Refuse to be on the clock twice, in the future, before the work began, or over time that is recorded already.

    What was forgotten may be entered later, but only forward from one's last entry.
    """
    if open_here:
        raise Refused("already_on", "You are on the clock already.")
    if open_elsewhere:
        raise Refused("on_elsewhere", "You are on the clock on another engagement; clock off there first.")
    if since > at:
        raise Refused("future_time", "Time is recorded once it has begun, not before.", field="since")
    if since < started_at:
        message = "This lies before the work began; what came before is diagnosis."
        raise Refused("before_start", message, field="since", started_at=started_at)
    if acknowledged_at is None or acknowledged_at > since:
        message = "Nobody is on the clock before they confirmed the client's rules for this visit."
        raise Refused("protocol_not_acknowledged", message, field="since")
    if last_end is not None and since < last_end:
        message = "Your last entry reaches beyond this; enter time only after it."
        raise Refused("overlapping_time", message, field="since", last_end=last_end)


def check_waiting(kind: TimeKind, *, has_evidence: bool) -> None:
    """Refuse waiting of the client's and protective steps without evidence (domain.md §4.10, §11 ruling 14)."""
    if has_evidence or kind is TimeKind.WORKING:
        return
    message = "Waiting for the client counts only with evidence, such as a photograph of the locked door."
    if kind is TimeKind.PROTECTIVE:
        message = "Protective steps count only with evidence of the danger, such as a photograph or a log."
    raise Refused("evidence_missing", message, field="evidence")


def check_can_clock_off(started_at: datetime | None, until: datetime, *, at: datetime) -> datetime:
    """When the entry began; refuses who is not on the clock, the future, and an end that is no end."""
    if started_at is None:
        raise Refused("not_on_the_clock", "You are not on the clock here.")
    if until > at:
        raise Refused("future_time", "Time is recorded once it has passed.", field="until")
    if until <= started_at:
        raise Refused("ends_before_start", "This entry began later; choose a later end.", field="until")
    return started_at


# ------------------------------------------------------------------------------------------- steps


def next_steps(steps: Sequence[StepFacts]) -> tuple[StepFacts, ...]:
    """What may be begun now: everything up to and with the first mandatory step that is open."""
    found = []
    for step in steps:
        if step.status is T.PLANNED:
            found.append(step)
        if step.mandatory and step.is_open:
            break
    return tuple(found)


def forward(steps: Sequence[StepFacts]) -> timedelta:
    """How long the open steps take, one after the other."""
    return sum((timedelta(minutes=step.minutes) for step in steps if step.is_open), timedelta())


def passed_no_return(steps: Sequence[StepFacts]) -> bool:
    """Whether the point of no return was begun: from then on going back is no way out."""
    return any(step.point_of_no_return and step.status in {T.STARTED, T.DONE} for step in steps)


def check_can_complete(step: StepFacts, steps: Sequence[StepFacts], *, skip: bool, has_evidence: bool) -> None:
    """Refuse a step twice, out of order, without its evidence, or a mandatory one skipped."""
    if not step.is_open:
        words = {T.DONE: "done", T.SKIPPED: "skipped", T.STOPPED: "stopped"}[step.status]
        raise Refused(f"step_{words}", f"Step {step.position} is {words} already.", field="position")
    waiting = [one for one in steps if one.position < step.position and one.mandatory and one.is_open]
    if waiting:
        message = f"Step {waiting[0].position} comes first: {waiting[0].name}."
        raise Refused("earlier_step_open", message, field="position", first=waiting[0].position)
    if skip and step.mandatory:
        message = f"Step {step.position} is mandatory and cannot be skipped."
        raise Refused("step_mandatory", message, field="skip")
    if step.evidence_needed and not skip and not has_evidence:
        message = f"Step {step.position} needs evidence, such as a log or a photograph."
        raise Refused("evidence_missing", message, field="evidence")


def check_can_leave(engagement: EngagementStatus, order: Status, *, hold_from: str = "") -> None:
    """Refuse to leave what has not begun, and what is restored: that is finished instead.

    Whoever waits in vain may leave: a visit that began before the hold ends during it.
    """
    if engagement is E.ON_HOLD and hold_from:
        engagement = EngagementStatus(hold_from)
    check_begun(engagement, order)
    _check_status(engagement, (E.IN_PROGRESS,), "no_work_now", "a visit ends incomplete")


def check_can_roll_back(engagement: EngagementStatus, steps: Sequence[StepFacts]) -> None:
    """Refuse to go back once the point of no return was begun, or after the service was restored."""
    _check_status(engagement, (E.IN_PROGRESS,), "no_work_now", "work is rolled back")
    if passed_no_return(steps):
        message = "The point of no return has been passed; finish the plan, or extend the window."
        raise Refused("past_no_return", message)


# ------------------------------------------------------------------------------------------- the end


def check_can_use(engagement: EngagementStatus) -> None:
    """Refuse to note a use before there is a quote to use, or after the work."""
    _check_status(engagement, MAY_USE, "no_work_now", "lines are used")


def check_can_restore(engagement: EngagementStatus, order: Status) -> None:
    """Refuse to restore what is not being worked on."""
    if engagement is E.RESTORED:
        raise Refused("already_restored", "The service is restored already.")
    check_begun(engagement, order)


def check_is_restored(engagement: EngagementStatus) -> None:
    """Refuse to finish before the service is back, and twice."""
    if engagement is E.RESOLVED:
        raise Refused("already_resolved", "This work is resolved already.")
    _check_status(engagement, (E.RESTORED,), "not_restored", "work is resolved")


def check_quantity(quantity: Decimal, used: Decimal, *, note: str) -> None:
    """Refuse what is no quantity; taking back what was noted needs a reason and ends at nothing."""
    places = quantity.as_tuple().exponent if quantity.is_finite() else 0
    if not quantity.is_finite() or quantity == 0 or abs(quantity) > LARGEST_QUANTITY or int(places) < -2:
        message = "Give how much was used, with at most two decimals."
        raise Refused("bad_quantity", message, field="quantity")
    if used + quantity < 0:
        raise Refused("bad_quantity", "No more can be taken back than was noted.", field="quantity", used=used)
    if quantity < 0 and not note:
        raise Refused("missing_field", "Say why it is taken back.", field="note")


def check_tests(results: Sequence[TestResult], planned: Sequence[str]) -> None:
    """Refuse a restoration that was not shown: each planned test by name, all of them passed."""
    names = [result.name.strip() for result in results]
    if not names or not all(names):
        raise Refused("missing_field", "Name the tests that were done, and their results.", field="tests")
    if len(set(names)) != len(names):
        raise Refused("named_twice", "Name each test once.", field="tests")
    missing = [name for name in planned if name not in names]
    if missing:
        raise Refused("tests_missing", f"Still to be tested: {', '.join(missing)}.", field="tests", missing=missing)
    failed = [result.name for result in results if not result.passed]
    if failed:
        message = f"The service is not restored while a test fails: {', '.join(failed)}."
        raise Refused("test_failed", message, field="tests", failed=failed)


def check_can_dispute(status: EngagementStatus, restored_at: datetime | None, *, at: datetime) -> None:
    """Refuse once two hours are over or the work is resolved, whatever is waited for: then acceptance is refused."""
    if status is not E.RESTORED or restored_at is None:
        message = f"A restoration can be disputed while the engagement is RESTORED; it is {status}."
        remedy = "Once it is RESOLVED, refuse to accept the work." if status is E.RESOLVED else None
        raise Refused("not_restored", message, remedy=remedy, status=status.value)
    if at > restored_at + DISPUTE_WITHIN:
        message = "The two hours to dispute the restoration are over; refuse to accept the work instead."
        raise Refused("dispute_late", message, until=restored_at + DISPUTE_WITHIN)


def check_can_resolve(steps: Sequence[StepFacts], *, on_the_clock: int, parts: Sequence[str]) -> None:
    """Refuse while a step, somebody's time or a part is open (domain.md §3.1 RESTORED to RESOLVED)."""
    waiting = [step for step in steps if step.is_open]
    if waiting:
        message = f"Step {waiting[0].position} is open: {waiting[0].name}. Do it, or skip it if it is optional."
        raise Refused("steps_open", message, steps=[step.position for step in waiting])
    check_nobody_on(on_the_clock)
    if parts:
        message = f"Neither installed nor returned: {', '.join(parts)}."
        raise Refused("parts_open", message, parts=list(parts))


def check_nobody_on(on_the_clock: int) -> None:
    """Refuse to end work on which somebody still counts."""
    if on_the_clock:
        raise Refused("still_on_the_clock", "Somebody is still on the clock; clock off first.")


# ------------------------------------------------------------------------------------------- access


def check_can_grant(engagement: EngagementStatus) -> None:
    """Refuse access where no work is to be done any more."""
    if engagement not in MAY_ENTER:
        message = f"The engagement is {engagement}; access is given from dispatch until the work is resolved."
        raise Refused("no_access_now", message, status=engagement.value)


def check_until(until: datetime, *, at: datetime) -> None:
    """Refuse access that would be over as it is given."""
    if until <= at:
        raise Refused("past_date", "Choose an end of the access in the future.", field="until")


def _check_status(status: EngagementStatus, wanted: Sequence[EngagementStatus], code: str, deed: str) -> None:
    if status not in wanted:
        words = " or ".join(wanted)
        raise Refused(code, f"The engagement is {status}; {deed} while it is {words}.", status=status.value)
