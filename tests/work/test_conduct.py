"""What must be so before each deed of work: tables of refusals without a database (domain.md §3.1, §3.5, §11)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakfix.agreements.values import Priority
from breakfix.incidents.values import Level
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.errors import Refused
from breakfix.work.rules import conduct
from breakfix.work.values import Status, StepFacts, StepStatus, TestResult, TimeKind

E, T = EngagementStatus, StepStatus
AT = datetime(2026, 12, 2, 7, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def step(position: int, status: StepStatus = T.PLANNED, **given: Any) -> StepFacts:
    usual = {
        "name": f"step {position}",
        "minutes": 30,
        "mandatory": True,
        "takes_image": False,
        "point_of_no_return": False,
        "evidence_needed": False,
    }
    return StepFacts(position=position, status=status, **{**usual, **given})


def refusal(code: str) -> "pytest.RaisesExc[Refused]":
    return pytest.raises(Refused, match=f"^{code}:")


CLOCK: dict[str, Any] = {
    "since": AT,
    "open_here": False,
    "open_elsewhere": False,
    "last_end": None,
    "started_at": AT,
    "acknowledged_at": AT - HOUR,
    "at": AT,
}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"open_here": True}, "already_on"),
        ({"open_elsewhere": True}, "on_elsewhere"),
        ({"since": AT + timedelta(minutes=1)}, "future_time"),
        ({"since": AT - timedelta(minutes=1)}, "before_start"),
        ({"acknowledged_at": None}, "protocol_not_acknowledged"),
        ({"acknowledged_at": AT + timedelta(seconds=1), "at": AT + HOUR}, "protocol_not_acknowledged"),
        ({"last_end": AT + HOUR, "since": AT + HOUR - timedelta(minutes=1), "at": AT + HOUR}, "overlapping_time"),
    ],
)
def test_clock_on_is_refused(given: dict[str, Any], code: str) -> None:
    with refusal(code):
        conduct.check_can_clock_on(**{**CLOCK, **given})


def test_forgotten_time_may_be_entered_forward_from_the_last_entry() -> None:
    conduct.check_can_clock_on(**{**CLOCK, "last_end": AT + HOUR, "since": AT + HOUR, "at": AT + 5 * HOUR})


@pytest.mark.parametrize(
    ("started", "until", "code"),
    [
        (None, AT, "not_on_the_clock"),
        (AT, AT + timedelta(seconds=1), "future_time"),
        (AT - HOUR, AT - HOUR, "ends_before_start"),
    ],
)
def test_clock_off_is_refused(started: datetime | None, until: datetime, code: str) -> None:
    with refusal(code):
        conduct.check_can_clock_off(started, until, at=AT)


def test_waiting_for_the_client_needs_evidence() -> None:
    conduct.check_waiting(TimeKind.WORKING, has_evidence=False)
    conduct.check_waiting(TimeKind.WAITING_CLIENT, has_evidence=True)
    with refusal("evidence_missing"):
        conduct.check_waiting(TimeKind.WAITING_CLIENT, has_evidence=False)


STEPS = (
    step(1, T.DONE, takes_image=True),
    step(2, T.STARTED, evidence_needed=True),
    step(3, mandatory=False),
    step(4, point_of_no_return=True),
    step(5, T.STOPPED),
)


@pytest.mark.parametrize(
    ("position", "skip", "evidence", "code"),
    [
        (1, False, True, "step_done"),
        (2, True, False, "step_mandatory"),
        (2, False, False, "evidence_missing"),
        (4, False, True, "earlier_step_open"),
        (3, True, False, "earlier_step_open"),
        (5, False, True, "step_stopped"),
    ],
)
def test_step_out_of_turn_is_refused(position: int, skip: bool, evidence: bool, code: str) -> None:
    with refusal(code):
        conduct.check_can_complete(STEPS[position - 1], STEPS, skip=skip, has_evidence=evidence)


def test_next_steps_reach_up_to_the_first_mandatory_one_that_is_open() -> None:
    assert [one.position for one in conduct.next_steps(STEPS)] == []
    after = (STEPS[0], replace(STEPS[1], status=T.DONE), *STEPS[2:])
    assert [one.position for one in conduct.next_steps(after)] == [3, 4]
    fresh = tuple(replace(one, status=T.PLANNED) for one in STEPS)
    assert [one.position for one in conduct.next_steps(fresh)] == [1]


def test_forward_time_counts_what_is_open_only() -> None:
    assert conduct.forward(STEPS) == timedelta(minutes=90)


def test_no_way_back_once_the_point_of_no_return_was_begun() -> None:
    conduct.check_can_roll_back(E.IN_PROGRESS, STEPS)
    begun = tuple(replace(one, status=T.STARTED) if one.point_of_no_return else one for one in STEPS)
    with refusal("past_no_return"):
        conduct.check_can_roll_back(E.IN_PROGRESS, begun)
    with refusal("no_work_now"):
        conduct.check_can_roll_back(E.RESTORED, STEPS)


@pytest.mark.parametrize(
    ("image", "tested", "waived", "fine"),
    [
        (True, None, False, True),
        (False, AT - timedelta(days=7), False, True),
        (False, None, True, True),
        (False, AT - timedelta(days=7, seconds=1), False, False),
        (False, AT + HOUR, False, False),
        (False, None, False, False),
    ],
)
def test_data_is_safe_before_anything_is_touched(
    image: bool, tested: datetime | None, waived: bool, fine: bool
) -> None:
    if fine:
        conduct.check_backup(image_first=image, tested_at=tested, waived=waived, at=AT)
        return
    with refusal("backup_missing"):
        conduct.check_backup(image_first=image, tested_at=tested, waived=waived, at=AT)


@pytest.mark.parametrize(
    ("start", "end", "emergency", "fine"),
    [
        (AT, AT + HOUR, False, True),
        (AT - HOUR, AT + HOUR, True, True),
        (AT - HOUR, AT + HOUR, False, False),
        (AT, AT + 8 * HOUR, True, False),
    ],
)
def test_work_stays_in_its_window(start: datetime, end: datetime, emergency: bool, fine: bool) -> None:
    window = {"window_start": AT, "window_end": AT + 7 * HOUR, "emergency": emergency}
    if fine:
        conduct.check_in_window(start, end, **window)
        return
    with refusal("outside_window"):
        conduct.check_in_window(start, end, **window)


def test_only_an_emergency_begins_before_the_window_and_nobody_after_it() -> None:
    window = {"window_start": AT, "window_end": AT + HOUR}
    conduct.check_window_open(**window, emergency=True, at=AT - HOUR)
    conduct.check_window_open(**window, emergency=False, at=AT)
    with refusal("window_not_open"):
        conduct.check_window_open(**window, emergency=False, at=AT - timedelta(seconds=1))
    with refusal("window_over"):
        conduct.check_window_open(**window, emergency=True, at=AT + HOUR)


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ([], "missing_field"),
        ([TestResult(" ", True)], "missing_field"),
        ([TestResult("a", True), TestResult("a", True)], "named_twice"),
        ([TestResult("a", True)], "tests_missing"),
        ([TestResult("a", True), TestResult("b", False)], "test_failed"),
    ],
)
def test_restoration_without_proof_is_refused(results: list[TestResult], code: str) -> None:
    with refusal(code):
        conduct.check_tests(results, ["a", "b"])


def test_dispute_is_in_time_for_two_hours() -> None:
    conduct.check_can_dispute(E.RESTORED, AT, at=AT + 2 * HOUR)
    with refusal("dispute_late"):
        conduct.check_can_dispute(E.RESTORED, AT, at=AT + 2 * HOUR + timedelta(microseconds=1))
    with refusal("not_restored") as refused:
        conduct.check_can_dispute(E.RESOLVED, AT, at=AT)
    assert "refuse to accept" in str(refused.value.remedy)


@pytest.mark.parametrize(
    ("steps", "people", "parts", "code"),
    [
        ((step(1, T.STARTED),), 0, (), "steps_open"),
        ((step(1, T.DONE), step(2, mandatory=False)), 0, (), "steps_open"),
        ((step(1, T.DONE),), 1, (), "still_on_the_clock"),
        ((step(1, T.DONE),), 0, ("a drive",), "parts_open"),
    ],
)
def test_unfinished_work_is_not_resolved(
    steps: tuple[StepFacts, ...], people: int, parts: tuple[str, ...], code: str
) -> None:
    with refusal(code):
        conduct.check_can_resolve(steps, on_the_clock=people, parts=parts)


def test_finished_work_is_resolved() -> None:
    done = (step(1, T.DONE), step(2, T.SKIPPED, mandatory=False), step(3, T.STOPPED))
    conduct.check_can_resolve(done, on_the_clock=0, parts=())


@pytest.mark.parametrize("quantity", ["0", "0.001", "100001", "NaN", "Infinity", "-2"])
def test_impossible_quantity_is_refused(quantity: str) -> None:
    with refusal("bad_quantity"):
        conduct.check_quantity(Decimal(quantity), Decimal(1), note="x")


def test_taking_back_needs_a_reason() -> None:
    conduct.check_quantity(Decimal(-1), Decimal(1), note="noted twice")
    with refusal("missing_field"):
        conduct.check_quantity(Decimal(-1), Decimal(1), note="")


@pytest.mark.parametrize(
    ("impact", "priority", "needed"),
    [(Level.HIGH, Priority.P2, True), (Level.MEDIUM, Priority.P1, True), (Level.LOW, Priority.P4, False)],
)
def test_high_impact_needs_a_change(impact: Level, priority: Priority, needed: bool) -> None:
    assert conduct.change_needed(impact, priority) is needed
    if needed:
        with refusal("change_missing"):
            conduct.check_change(needed=True, found=False)


@pytest.mark.parametrize(
    ("status", "live", "code"),
    [
        (E.AWAITING_APPROVAL, None, "no_work_now"),
        (E.RESTORED, None, "no_work_now"),
        (E.APPROVED, Status.PLANNED, "work_planned"),
    ],
)
def test_planning_at_the_wrong_moment_is_refused(status: E, live: Status | None, code: str) -> None:
    with refusal(code):
        conduct.check_can_plan(status, live)
