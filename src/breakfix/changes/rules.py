"""What a change must contain, who decides it, and whether there is time left for it (domain.md §3.4)."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta

from breakfix.agreements.values import Domain, Priority
from breakfix.approvals.values import SeatKind, SeatNeed
from breakfix.changes.values import Ending, Guard, Kind, Plan, RiskScores, Status, StepPlan
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import Role
from breakfix.kernel.errors import Refused
from breakfix.kernel.worktime.calendars import Calendar
from breakfix.kernel.worktime.days import business_days_later
from breakfix.kernel.worktime.zones import zone_of

S, E = Status, EngagementStatus

TRANSITIONS: dict[Status, frozenset[Status]] = {
    S.DRAFT: frozenset({S.SUBMITTED}),
    S.SUBMITTED: frozenset({S.ASSESSED}),
    S.ASSESSED: frozenset({S.APPROVED, S.REJECTED, S.MORE_INFO}),
    S.MORE_INFO: frozenset({S.SUBMITTED}),
    S.APPROVED: frozenset({S.SCHEDULED}),
    S.REJECTED: frozenset(),  # §11 ruling 35: a rejected change ends; a better one is a new change
    S.SCHEDULED: frozenset({S.IMPLEMENTING}),
    S.IMPLEMENTING: frozenset({S.IMPLEMENTED, S.ROLLED_BACK, S.FAILED}),
    S.IMPLEMENTED: frozenset({S.REVIEWED}),
    S.ROLLED_BACK: frozenset({S.REVIEWED}),
    S.FAILED: frozenset({S.REVIEWED}),
    S.REVIEWED: frozenset({S.CLOSED}),
    S.CLOSED: frozenset(),
}
# While one of these is there, the engagement has no room for another change.
LIVE = frozenset({S.DRAFT, S.SUBMITTED, S.ASSESSED, S.MORE_INFO, S.APPROVED, S.SCHEDULED, S.IMPLEMENTING})
DECIDED = frozenset({S.APPROVED, S.SCHEDULED, S.IMPLEMENTING})
MANAGER = Role.CHANGE_MANAGER
MAY_PROPOSE = (E.QUOTE_PENDING, E.AWAITING_APPROVAL, E.APPROVED, E.SCHEDULED, E.IN_PROGRESS)

ECAB_QUORUM = 2
ECAB_TARGET = timedelta(minutes=60)
NORMAL_LEAD_DAYS = 2
REVIEW_DAYS = 5
LONGEST_STEP = 7 * 24 * 60
MOST_STEPS = 50

_MANAGER = SeatNeed("change_manager", SeatKind.CHANGE, (Role.CHANGE_MANAGER,))
_OWNER = SeatNeed("service_owner", SeatKind.CHANGE, (Role.SERVICE_OWNER,))
_SECURITY = SeatNeed("security_officer", SeatKind.CHANGE, (Role.SECURITY_OFFICER,))


def check_transition(status: Status, to: Status) -> None:
    """Refuse what the table does not list, naming what it does."""
    if to not in TRANSITIONS[status]:
        allowed = ", ".join(sorted(TRANSITIONS[status])) or "nothing"
        message = f"This change is {status}; from there it can become: {allowed}."
        raise Refused("change_state", message, status=status.value, to=to.value)


# ------------------------------------------------------------------------------------------- the plan


def check_plan(plan: Plan, *, at: datetime) -> None:
    """Refuse a plan that leaves out what §3.4 asks for, or that cannot be done and undone within its window."""
    check_steps(plan.steps)
    if sum(step.point_of_no_return for step in plan.steps) != 1:
        message = "Mark exactly one step as the point of no return; where all can be undone, the last one."
        raise Refused("point_of_no_return", message, field="steps")
    if not plan.rollback:
        raise Refused("missing_field", "Say step by step how to go back.", field="rollback")
    if not 0 < plan.rollback_minutes <= LONGEST_STEP:
        raise Refused("bad_minutes", "Say how many minutes going back takes, at least one.", field="rollback_minutes")
    if not plan.tests:
        raise Refused("missing_field", "Name the tests that show that the service works again.", field="tests")
    if len(set(plan.tests)) != len(plan.tests):
        raise Refused("named_twice", "Name each test once.", field="tests")
    check_risk(plan.risk)
    if plan.window_end <= plan.window_start:
        raise Refused("ends_before_start", "The window ends before it begins.", field="window_end")
    if plan.window_end <= at:
        raise Refused("past_date", "This window is over; choose a later one.", field="window_end")
    begin = max(plan.window_start, at)
    if begin + plan.forward + plan.back > plan.window_end:
        minutes = (plan.forward + plan.back) // timedelta(minutes=1)
        message = f"Steps and rollback need {minutes} min; make the window longer or the plan shorter."
        raise Refused("window_too_short", message, field="window_end", minutes=minutes)


def check_steps(steps: Sequence[StepPlan]) -> None:
    """Refuse no steps, unnamed ones, times that are none, and an image that would come too late."""
    if not steps or not any(step.mandatory for step in steps):
        raise Refused("missing_field", "List the steps, at least one of them mandatory.", field="steps")
    if len(steps) > MOST_STEPS:
        raise Refused("too_many_steps", f"List at most {MOST_STEPS} steps.", field="steps")
    for n, step in enumerate(steps):
        if not step.name.strip():
            raise Refused("missing_field", f"Name step {n + 1}.", field=f"steps-{n}-name")
        if not 0 < step.minutes <= LONGEST_STEP:
            message = f"Say how many minutes step {n + 1} takes, at least one."
            raise Refused("bad_minutes", message, field=f"steps-{n}-minutes")
        if step.point_of_no_return and not step.mandatory:
            message = f"Step {n + 1} is the point of no return, so it is not optional."
            raise Refused("point_of_no_return", message, field=f"steps-{n}-mandatory")


def image_first(steps: Sequence[StepPlan]) -> bool:
    """Whether the first mandatory step takes an image, before the point of no return (§11 ruling 37)."""
    first = next((step for step in steps if step.mandatory), None)
    if first is None or not first.takes_image or first.point_of_no_return:
        return False
    return not any(step.point_of_no_return for step in steps[: steps.index(first)])


def check_image_promised(steps: Sequence[StepPlan], *, promised: bool) -> None:
    """Refuse a plan without the image that the quote promises to take first (domain.md §4.12)."""
    if promised and not image_first(steps):
        message = (
            "The quote promises an image first: make it the first mandatory step, before the point of no return."
        )
        raise Refused("image_first", message, field="steps")


def check_risk(risk: RiskScores) -> None:
    """Refuse a score outside 1 to 5."""
    for field in fields(risk):
        if not 1 <= getattr(risk, field.name) <= 5:
            words = field.name.replace("_", " ")
            raise Refused("bad_score", f"Score {words} from 1 to 5.", field=f"risk-{field.name}")


def check_can_propose(
    engagement: EngagementStatus,
    kind: Kind,
    *,
    priority: Priority,
    dated_duty: bool,
    reason: str,
    live: Status | None,
) -> None:
    """Refuse a change too early or too late, beside another one, or an emergency that is none."""
    if engagement not in MAY_PROPOSE:
        message = f"The engagement is {engagement}; a change is proposed from the root cause until the work is done."
        raise Refused("no_change_now", message, status=engagement.value)
    if live is not None:
        message = f"There is a change that is {live}; finish or reject it before the next one."
        raise Refused("change_open", message, status=live.value)
    if kind is not Kind.EMERGENCY:
        return
    if priority not in (Priority.P1, Priority.P2) and not dated_duty:
        message = "An emergency change is for P1, P2 or a dated obligation; propose a normal one."
        raise Refused("no_emergency", message, field="kind", priority=priority.value)
    if not reason.strip():
        raise Refused("missing_field", "Say why this cannot wait for a normal change.", field="reason")


def check_lead_time(kind: Kind, *, window_start: datetime, at: datetime, calendar: Calendar) -> None:
    """Refuse a normal change that gives its authority less than two business days."""
    if kind is Kind.NORMAL:
        earliest = business_days_later(calendar, at, NORMAL_LEAD_DAYS)
        if window_start < earliest:
            local = earliest.astimezone(zone_of(calendar.zone))
            message = (
                f"A normal change needs {NORMAL_LEAD_DAYS} business days; begin at {local:%Y-%m-%d %H:%M} or later."
            )
            raise Refused("lead_time", message, field="window_start", earliest=earliest)


# ------------------------------------------------------------------------------------------- who decides


def ecab(domain: Domain) -> tuple[SeatNeed, ...]:
    """The emergency authority: change manager, service owner, and the security officer where access is at stake."""
    return (_MANAGER, _OWNER, _SECURITY) if domain.described.security_votes else (_MANAGER, _OWNER)


def authority(score: int) -> tuple[SeatNeed, ...]:
    """Who decides a normal change of this risk: 5-10 change manager, 11-17 and service owner, 18-25 the whole CAB."""
    if score <= 10:
        return (_MANAGER,)
    return (_MANAGER, _OWNER) if score <= 17 else (_MANAGER, _OWNER, _SECURITY)


def check_can_assess(status: Status) -> None:
    """Refuse unless the change waits for its scores; an emergency is scored as it is proposed."""
    if status in {S.DRAFT, S.MORE_INFO}:
        raise Refused("not_submitted", "This change is not submitted yet.", status=status.value)
    if status is not S.SUBMITTED:
        raise Refused("already_assessed", "This change has been assessed.", status=status.value)


def check_can_decide(status: Status, *, window_end: datetime, at: datetime) -> None:
    """Refuse unless the change waits for its authority and its window is not over."""
    if status in DECIDED or status in {S.IMPLEMENTED, S.ROLLED_BACK, S.FAILED, S.REVIEWED, S.CLOSED}:
        raise Refused("already_approved", "This change has already been approved.", status=status.value)
    if status is S.REJECTED:
        raise Refused("already_rejected", "This change was rejected; ask for a new one.", status=status.value)
    if status is not S.ASSESSED:
        message = "This change is not assessed yet; the change manager scores it first."
        raise Refused("not_assessed", message, status=status.value)
    if at >= window_end:
        raise Refused("window_over", "The window of this change is over; ask for a new one.", window_end=window_end)


# ------------------------------------------------------------------------------------------- the window


def window_guard(
    now: datetime, forward: timedelta, back: timedelta, window_end: datetime, *, zone: str = "UTC"
) -> Guard:
    """now + what is left + going back <= end of the window, with the sum in the site's words.

    Evaluated at the start and at the point of no return; failing it means: go back, or get the window extended.
    """
    ends_at = now + forward + back

    def clock(at: datetime) -> str:
        return at.astimezone(zone_of(zone)).strftime("%H:%M")

    def span(length: timedelta) -> str:
        minutes = length // timedelta(minutes=1)
        return f"{minutes // 60}:{minutes % 60:02}"

    sign = "<=" if ends_at <= window_end else ">"
    words = f"{clock(now)} + {span(forward)} + {span(back)} = {clock(ends_at)} {sign} {clock(window_end)}"
    return Guard(now, forward, back, ends_at, window_end, words)


def check_guard(guard: Guard) -> None:
    """Refuse to go on when there would be no time left to go back."""
    if not guard.holds:
        message = f"Not enough of the window is left to go on and still go back: {guard.words}."
        remedy = "Roll back now, or ask the change manager to extend the window."
        raise Refused("window_guard", message, remedy=remedy, ends_at=guard.ends_at, window_end=guard.window_end)


def check_can_extend(status: Status, *, current_end: datetime, window_end: datetime, at: datetime) -> None:
    """Refuse to extend what is not decided or over, and an end that is no extension."""
    if status not in DECIDED:
        message = f"This change is {status}; only an approved one that is not finished has a window to extend."
        raise Refused("change_state", message, status=status.value)
    if window_end <= max(current_end, at):
        raise Refused("no_extension", "Choose an end later than the present one.", field="window_end")


def check_can_wait(status: Status, *, window_start: datetime, at: datetime) -> None:
    """Refuse to wait for a window that nobody let through, or that has begun."""
    if status not in {S.APPROVED, S.SCHEDULED}:
        message = f"This change is {status}; a window is waited for once its authority let the change through."
        raise Refused("change_state", message, status=status.value)
    if window_start <= at:
        raise Refused("window_begun", "This window has begun: the work can be done now.", window_start=window_start)


# ------------------------------------------------------------------------------------------- afterwards


def review_due(calendar: Calendar, finished_at: datetime) -> datetime:
    """Until when the post-implementation review is due: five business days."""
    return business_days_later(calendar, finished_at, REVIEW_DAYS)


def check_can_review(status: Status, ending: Ending) -> None:
    """Refuse a review before the end, twice, or one that contradicts how it ended."""
    if status in {S.REVIEWED, S.CLOSED}:
        raise Refused("already_reviewed", "This change has been reviewed.", status=status.value)
    if S.REVIEWED not in TRANSITIONS[status]:
        message = f"This change is {status}; it is reviewed once it was implemented or rolled back."
        raise Refused("not_finished", message, status=status.value)
    if (ending is Ending.ROLLED_BACK) != (status is S.ROLLED_BACK):
        message = f"The record says {status}; choose the ending that fits it."
        raise Refused("ending_differs", message, field="ending", status=status.value)
