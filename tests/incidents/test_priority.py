"""Impact x urgency with floors (domain.md §4.1): T-P1 to T-P3, all nine cells, every floor."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from breakfix.agreements.values import Priority
from breakfix.incidents.rules import priority
from breakfix.incidents.values import (
    Answers,
    Duty,
    HarmWithin,
    Level,
    People,
    PriorityChange,
    Records,
    Revenue,
    Trend,
    Workaround,
)
from breakfix.kernel.access import SYSTEM, Actor, Role, Side
from breakfix.kernel.errors import Refused

AT = datetime(2026, 12, 2, 0, 52, tzinfo=UTC)
CHANGED = PriorityChange.CHANGED_CIRCUMSTANCES
CALM = Answers(
    revenue=Revenue.NORMAL,
    people=People.UNDER_5,
    records=Records.NO_RISK,
    obligation=Duty.NONE,
    harm_within=HarmWithin.OVER_5BD,
    workaround=Workaround.FULL,
    trend=Trend.STABLE,
)
OPENING = Answers(
    revenue=Revenue.NORMAL,
    people=People.FROM_5,
    records=Records.SOLE_COPY,
    obligation=Duty.DATED,
    harm_within=HarmWithin.WITHIN_24H,
    workaround=Workaround.NONE,
    trend=Trend.DEGRADING,
)
BRANCH = replace(
    CALM,
    revenue=Revenue.DEGRADED,
    people=People.FROM_5,
    harm_within=HarmWithin.WITHIN_5BD,
    workaround=Workaround.PARTIAL,
)
CLIENT = Actor(1, 1, Side.CLIENT, frozenset({Role.REQUESTER}))
DESK = Actor(2, 2, Side.PROVIDER, frozenset({Role.DISPATCHER}))


def test_priority_of_the_opening_scenario_is_p1() -> None:
    scores = priority.priority(OPENING, at=AT)
    assert (scores.impact_score, scores.impact) == (51, Level.HIGH)
    assert (scores.urgency_score, scores.urgency) == (85, Level.HIGH)
    assert (scores.priority, scores.floor_reason) == (Priority.P1, "")


def test_priority_of_one_degraded_branch_is_p4() -> None:
    scores = priority.priority(BRANCH, at=AT)
    assert (scores.impact_score, scores.impact) == (21, Level.LOW)
    assert (scores.urgency_score, scores.urgency) == (30, Level.MEDIUM)
    assert scores.priority is Priority.P4


def test_priority_of_the_branch_with_revenue_stopped_is_raised_to_p1() -> None:
    stopped = replace(BRANCH, revenue=Revenue.STOPPED, workaround=Workaround.NONE)
    scores = priority.priority(stopped, at=AT)
    assert (scores.impact_score, scores.urgency_score) == (41, 45)
    assert (scores.impact, scores.urgency) == (Level.MEDIUM, Level.MEDIUM)
    assert (scores.matrix, scores.priority) == (Priority.P3, Priority.P1)
    assert scores.floor_reason == "revenue stopped and no workaround"


def test_priority_prints_the_points_that_add_up_to_its_scores() -> None:
    points = dict(priority.priority(OPENING, at=AT).points)
    assert points == {
        "revenue": 0,
        "people": 6,
        "records": 25,
        "obligation": 20,
        "harm_within": 35,
        "workaround": 30,
        "trend": 20,
    }


# Impact High 35+20, Medium 35, Low 0; urgency High 50+20, Medium 35, Low 0; a workaround keeps floors away.
IMPACTS = {
    "High": replace(CALM, revenue=Revenue.STOPPED, people=People.FROM_500),
    "Medium": replace(CALM, revenue=Revenue.STOPPED),
    "Low": CALM,
}
URGENCIES = {
    "High": {"harm_within": HarmWithin.WITHIN_4H, "trend": Trend.DEGRADING},
    "Medium": {"harm_within": HarmWithin.WITHIN_24H},
    "Low": {},
}


@pytest.mark.parametrize(
    ("impact", "urgency", "expected"),
    [
        ("High", "High", "P1"),
        ("High", "Medium", "P2"),
        ("High", "Low", "P3"),
        ("Medium", "High", "P2"),
        ("Medium", "Medium", "P3"),
        ("Medium", "Low", "P4"),
        ("Low", "High", "P3"),
        ("Low", "Medium", "P4"),
        ("Low", "Low", "P4"),
    ],
)
def test_matrix_gives_each_of_its_nine_cells(impact: str, urgency: str, expected: str) -> None:
    scores = priority.priority(replace(IMPACTS[impact], **URGENCIES[urgency]), at=AT)
    assert (scores.impact, scores.urgency) == (impact, urgency)
    assert (scores.priority, scores.floor_reason) == (expected, "")


@pytest.mark.parametrize(
    ("score", "limits", "expected"),
    [
        (50, priority.IMPACT_LIMITS, "High"),
        (49, priority.IMPACT_LIMITS, "Medium"),
        (25, priority.IMPACT_LIMITS, "Medium"),
        (24, priority.IMPACT_LIMITS, "Low"),
        (60, priority.URGENCY_LIMITS, "High"),
        (59, priority.URGENCY_LIMITS, "Medium"),
        (30, priority.URGENCY_LIMITS, "Medium"),
        (29, priority.URGENCY_LIMITS, "Low"),
    ],
)
def test_level_changes_at_its_limits(score: int, limits: tuple[int, int], expected: str) -> None:
    assert priority.level(score, limits) == expected


@pytest.mark.parametrize(
    ("worse", "reason"),
    [
        ({"active_compromise": True}, "active compromise or spreading malware"),
        ({"emergency_calling_down": True}, "life safety: emergency calling is down"),
    ],
)
def test_floor_raises_a_calm_report_to_p1(worse: dict[str, bool], reason: str) -> None:
    scores = priority.priority(replace(CALM, **worse), at=AT)
    assert (scores.matrix, scores.priority, scores.floor_reason) == (Priority.P4, Priority.P1, reason)


@pytest.mark.parametrize(
    ("hours", "minutes", "expected"), [(12, 0, "P4"), (11, 59, "P2"), (0, 0, "P2"), (-1, 0, "P2")]
)
def test_floor_of_a_dated_obligation_is_p2_below_twelve_hours(hours: int, minutes: int, expected: str) -> None:
    deadline = AT + timedelta(hours=hours, minutes=minutes)
    assert priority.priority(CALM, deadlines=[deadline], at=AT).priority == expected


def test_floor_never_lowers_what_the_matrix_gives() -> None:
    scores = priority.priority(OPENING, deadlines=[AT + timedelta(hours=1)], at=AT)
    assert (scores.priority, scores.floor_reason) == (Priority.P1, "")


def test_unknown_answers_count_as_the_worst() -> None:
    unknown = replace(CALM, revenue=Revenue.UNKNOWN, harm_within=HarmWithin.UNKNOWN, workaround=Workaround.UNKNOWN)
    scores = priority.priority(unknown, at=AT)
    assert (scores.impact_score, scores.urgency_score, scores.priority) == (35, 80, Priority.P1)


def test_unknown_answers_are_the_desks_alone() -> None:
    unknown = replace(CALM, workaround=Workaround.UNKNOWN)
    priority.check_answers(unknown, dated=0, side=Side.PROVIDER)
    with pytest.raises(Refused) as refusal:
        priority.check_answers(unknown, dated=0, side=Side.CLIENT)
    assert (refusal.value.code, refusal.value.field) == ("unanswered", "answers-workaround")


@pytest.mark.parametrize(
    ("said", "dated", "code"),
    [(Duty.DATED, 0, "obligation_without_date"), (Duty.NONE, 1, "obligation_not_answered")],
)
def test_answer_about_obligations_agrees_with_those_named(said: Duty, dated: int, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        priority.check_answers(replace(CALM, obligation=said), dated=dated, side=Side.CLIENT)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("now", "to", "by", "code"),
    [
        ("P3", "P3", CLIENT, "same_priority"),
        ("P1", "P2", DESK, "downgrade_needs_consent"),
        ("P3", "P1", SYSTEM, "nothing_pressing"),
        ("P3", "P2", SYSTEM, "nothing_pressing"),
    ],
)
def test_priority_change_is_refused(now: str, to: str, by: Actor, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        priority.check_can_change(Priority(now), Priority(to), CHANGED, by=by, deadlines=[], at=AT)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("now", "to", "by"), [("P4", "P1", CLIENT), ("P1", "P2", CLIENT), ("P3", "P2", DESK), ("P3", "P2", SYSTEM)]
)
def test_priority_change_is_allowed(now: str, to: str, by: Actor) -> None:
    near = [AT + timedelta(hours=3)]
    priority.check_can_change(Priority(now), Priority(to), CHANGED, by=by, deadlines=near, at=AT)


def test_the_client_lowers_freely_while_nothing_presses() -> None:
    far = [AT + timedelta(hours=12)]
    priority.check_can_change(Priority.P1, Priority.P4, CHANGED, by=CLIENT, deadlines=far, at=AT)
