"""Impact x urgency, with floors: the priority follows from the answers and from nothing else (domain.md §4.1)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from breakfix.agreements.values import Matrix, Priority
from breakfix.incidents.values import (
    Answers,
    Duty,
    HarmWithin,
    Level,
    People,
    PriorityChange,
    Records,
    Revenue,
    Scores,
    Trend,
    Workaround,
)
from breakfix.kernel.access import Actor, Role, Side
from breakfix.kernel.errors import NotAllowed, Refused

REVENUE_POINTS = {Revenue.NORMAL: 0, Revenue.DEGRADED: 15, Revenue.STOPPED: 35, Revenue.UNKNOWN: 35}
PEOPLE_POINTS = {People.UNDER_5: 0, People.FROM_5: 6, People.FROM_50: 12, People.FROM_500: 20}
RECORDS_POINTS = {Records.NO_RISK: 0, Records.COPY_EXISTS: 10, Records.SOLE_COPY: 25}
DUTY_POINTS = {Duty.NONE: 0, Duty.POSSIBLE: 10, Duty.DATED: 20}
HARM_POINTS = {
    HarmWithin.OVER_5BD: 0,
    HarmWithin.WITHIN_5BD: 15,
    HarmWithin.WITHIN_24H: 35,
    HarmWithin.WITHIN_4H: 50,
    HarmWithin.UNKNOWN: 50,
}
WORKAROUND_POINTS = {Workaround.FULL: 0, Workaround.PARTIAL: 15, Workaround.NONE: 30, Workaround.UNKNOWN: 30}
TREND_POINTS = {Trend.STABLE: 0, Trend.DEGRADING: 20}

# Lower limits of High and Medium.
IMPACT_LIMITS, URGENCY_LIMITS = (50, 25), (60, 30)

USUAL_MATRIX = Matrix()
OBLIGATION_FLOOR_HOURS = 12
# Who of the client may give up what a missed promise costs the provider, as with a wait in the past.
GIVES_UP = frozenset({Role.SERVICE_OWNER, Role.APPROVER, Role.CLIENT_ADMIN})
OBLIGATION_FLOOR = "a dated obligation falls due in less than 12 h"


def level(score: int, limits: tuple[int, int]) -> Level:
    """High from the first limit on, Medium from the second."""
    if score >= limits[0]:
        return Level.HIGH
    return Level.MEDIUM if score >= limits[1] else Level.LOW


def is_pressing(deadline_at: datetime, at: datetime) -> bool:
    """Whether an obligation is near enough to raise the priority to P2: less than 12 h away, or past."""
    return deadline_at - at < timedelta(hours=OBLIGATION_FLOOR_HOURS)


def floor(answers: Answers, deadlines: Iterable[datetime], at: datetime) -> tuple[Priority, str]:
    """The lowest priority these answers allow, and why; (P4, "") where nothing sets one."""
    stopped = answers.revenue in (Revenue.STOPPED, Revenue.UNKNOWN)
    stuck = answers.workaround in (Workaround.NONE, Workaround.UNKNOWN)
    if answers.emergency_calling_down:
        return Priority.P1, "life safety: emergency calling is down"
    if answers.active_compromise:
        return Priority.P1, "active compromise or spreading malware"
    if stopped and stuck:
        return Priority.P1, "revenue stopped and no workaround"
    if any(is_pressing(deadline, at) for deadline in deadlines):
        return Priority.P2, OBLIGATION_FLOOR
    return Priority.P4, ""


def priority(
    answers: Answers, *, matrix: Matrix = USUAL_MATRIX, deadlines: Iterable[datetime] = (), at: datetime
) -> Scores:
    """Scores, the matrix's cell, floor. `deadlines` are those of the dated obligations, seen from `at`."""
    impact_points = (
        ("revenue", REVENUE_POINTS[answers.revenue]),
        ("people", PEOPLE_POINTS[answers.people]),
        ("records", RECORDS_POINTS[answers.records]),
        ("obligation", DUTY_POINTS[answers.obligation]),
    )
    urgency_points = (
        ("harm_within", HARM_POINTS[answers.harm_within]),
        ("workaround", WORKAROUND_POINTS[answers.workaround]),
        ("trend", TREND_POINTS[answers.trend]),
    )
    impact_score = sum(points for _, points in impact_points)
    urgency_score = sum(points for _, points in urgency_points)
    impact, urgency = level(impact_score, IMPACT_LIMITS), level(urgency_score, URGENCY_LIMITS)
    cell = matrix.of(impact, urgency)
    lowest, reason = floor(answers, deadlines, at)
    # "P1" < "P2": the smaller word is the higher priority.
    raised = lowest < cell
    return Scores(
        impact_score=impact_score,
        urgency_score=urgency_score,
        impact=impact,
        urgency=urgency,
        matrix=cell,
        priority=lowest if raised else cell,
        floor_reason=reason if raised else "",
        points=impact_points + urgency_points,
    )


def check_answers(answers: Answers, *, dated: int, side: Side) -> None:
    """Refuse what only the desk may leave open, and a dated obligation without its date (or the reverse)."""
    open_answers = {
        "revenue": answers.revenue is Revenue.UNKNOWN,
        "harm_within": answers.harm_within is HarmWithin.UNKNOWN,
        "workaround": answers.workaround is Workaround.UNKNOWN,
    }
    for question, is_open in open_answers.items():
        if is_open and side is not Side.PROVIDER:
            message = f"Please answer the question about {question.replace('_', ' ')}."
            raise Refused("unanswered", message, field=f"answers-{question}")
    if answers.obligation is Duty.DATED and not dated:
        message = "You said that a dated obligation exists; say which one and by when."
        raise Refused("obligation_without_date", message, field="obligations")
    if dated and answers.obligation is not Duty.DATED:
        message = "You named a dated obligation; answer the question about obligations with 'dated'."
        raise Refused("obligation_not_answered", message, field="answers-obligation")


def check_can_change(
    now: Priority,
    to: Priority,
    change: PriorityChange,
    *,
    missed: Iterable[Priority] = (),
    by: Actor,
    deadlines: Iterable[datetime],
    at: datetime,
) -> None:
    """Refuse a change to what it already is, a downgrade that the client did not decide itself or that goes below
    a pressing obligation, and a raise by the machine without one (§4.1: "dated obligation < 12 h: at least P2").

    `missed` are the priorities under which a promise was missed: a correction to less than one of them lowers, too.
    """
    if to == now:
        raise Refused("same_priority", f"The priority is {now} already.", field="priority")
    if to > now and by.side is not Side.CLIENT:
        message = f"Lowering {now} to {to} needs the client's consent: put it to them, or they do it themselves."
        raise Refused("downgrade_needs_consent", message, field="priority")
    if change is PriorityChange.TRIAGE_CORRECTION and (to > now or any(one < to for one in missed)):
        if by.side is not Side.CLIENT:
            message = f"A promise was missed under more than {to}: only the client says that it never was so urgent."
            raise Refused("downgrade_needs_consent", message, field="priority")
        check_gives_up(by)
    pressing = any(is_pressing(deadline, at) for deadline in deadlines)
    if to > now:
        _check_floor(to, pressing=pressing)
    if by.side is Side.SYSTEM and not (to is Priority.P2 and pressing):
        raise Refused("nothing_pressing", "No dated obligation falls due in less than 12 h.")


def may_give_up(by: Actor) -> bool:
    """Whether this person may let what was missed count as kept."""
    return bool(by.roles & GIVES_UP)


def check_gives_up(by: Actor) -> None:
    """Refuse to let a missed promise count as kept to whoever merely reports failures: what it costs goes with it."""
    if not may_give_up(by):
        message = "Only your service owner, an approver or the administrator says that it never was so urgent."
        raise NotAllowed(f"{message} What has changed just now, you may say.")


def check_can_lower(now: Priority, to: Priority, *, deadlines: Iterable[datetime], at: datetime) -> None:
    """Refuse to put to the client what is no downgrade, or below what an obligation presses for.

    What the answers once set as a floor may be otherwise by now, and only the client knows: they are asked.
    """
    if to <= now:
        message = f"{to} is not lower than {now}; what is higher is changed without asking."
        raise Refused("not_lower", message, field="priority")
    _check_floor(to, pressing=any(is_pressing(deadline, at) for deadline in deadlines))


def _check_floor(to: Priority, *, pressing: bool) -> None:
    if to > Priority.P2 and pressing:
        message = f"At least P2 holds: {OBLIGATION_FLOOR}. It would be raised again at once."
        raise Refused("below_floor", message, field="priority")


def check_can_consent(is_the_one_read: bool, was: Priority, now: Priority) -> None:
    """Refuse the answer to another question than the one that waits, or about a priority that it has no more."""
    if not is_the_one_read or was is not now:
        message = "The desk asks something else by now; read it before you answer."
        raise Refused("changed_since_read", message, field="proposal_id")
