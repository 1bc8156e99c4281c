"""What a change must contain, who decides it, and whether there is time left (domain.md §3.4, §8 S4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from breakfix.agreements.values import Domain, Priority
from breakfix.changes import rules
from breakfix.changes.values import Ending, Kind, Plan, RiskScores, Status, StepPlan
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.errors import Refused
from breakfix.kernel.worktime.calendars import Calendar

ZONE = "America/New_York"
TZ = ZoneInfo(ZONE)
HOURS = Calendar.from_json(
    {
        "zone": ZONE,
        "hours": {day: [["08:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
        "holidays": ["2026-12-25"],
    }
)
STEPS = (
    StepPlan("Image all drives", 120, takes_image=True, evidence_needed=True),
    StepPlan("Replace the controller", 45, point_of_no_return=True),
    StepPlan("Tidy the rack", 10, mandatory=False),
)
AT = datetime(2026, 12, 2, 1, 50, tzinfo=TZ)
PLAN = Plan(
    steps=STEPS,
    rollback=("Refit the old controller",),
    rollback_minutes=40,
    tests=("All virtual disks optimal",),
    comms="Service owner by phone at each step",
    window_start=datetime(2026, 12, 2, 2, 0, tzinfo=TZ),
    window_end=datetime(2026, 12, 2, 9, 0, tzinfo=TZ),
    risk=RiskScores(3, 3, 3, 2, 2),
)


def night(text: str) -> datetime:
    """A wall time of the router's night, Saturday 2026-12-12 to Sunday."""
    hour, minute = (int(part) for part in text.split(":"))
    return datetime(2026, 12, 12 if hour > 12 else 13, hour, minute, tzinfo=TZ)


def refusal(code: str) -> "pytest.RaisesExc[Refused]":
    return pytest.raises(Refused, match=f"^{code}:")


def test_guard_holds_at_the_start_of_the_router_night() -> None:
    guard = rules.window_guard(
        night("22:00"), timedelta(minutes=150), timedelta(minutes=45), night("02:00"), zone=ZONE
    )
    assert guard.holds
    assert guard.ends_at == night("01:15")
    rules.check_guard(guard)


def test_guard_fails_at_twenty_past_one_with_half_an_hour_to_go() -> None:
    guard = rules.window_guard(
        night("01:20"), timedelta(minutes=30), timedelta(minutes=45), night("02:00"), zone=ZONE
    )
    assert not guard.holds
    assert guard.ends_at == night("02:35")
    assert guard.words == "01:20 + 0:30 + 0:45 = 02:35 > 02:00"
    with refusal("window_guard") as refused:
        rules.check_guard(guard)
    assert "extend" in str(refused.value.remedy)


def test_guard_ending_exactly_with_the_window_is_in_time() -> None:
    guard = rules.window_guard(night("00:45"), timedelta(minutes=30), timedelta(minutes=45), night("02:00"))
    assert guard.holds


def test_whole_plan_passes() -> None:
    rules.check_plan(PLAN, at=AT)


@pytest.mark.parametrize(
    ("broken", "code", "field"),
    [
        ({"steps": ()}, "missing_field", "steps"),
        ({"steps": (replace(STEPS[2]),)}, "missing_field", "steps"),
        ({"steps": (replace(STEPS[0], name=" "), STEPS[1])}, "missing_field", "steps-0-name"),
        ({"steps": (STEPS[0], replace(STEPS[1], minutes=0))}, "bad_minutes", "steps-1-minutes"),
        ({"steps": STEPS[:1]}, "point_of_no_return", "steps"),
        ({"steps": (replace(STEPS[0], point_of_no_return=True), STEPS[1])}, "point_of_no_return", "steps"),
        (
            {"steps": (STEPS[0], replace(STEPS[1], mandatory=False))},
            "point_of_no_return",
            "steps-1-mandatory",
        ),
        ({"steps": STEPS * 20}, "too_many_steps", "steps"),
        ({"rollback": ()}, "missing_field", "rollback"),
        ({"rollback_minutes": 0}, "bad_minutes", "rollback_minutes"),
        ({"tests": ()}, "missing_field", "tests"),
        ({"tests": ("a", "a")}, "named_twice", "tests"),
        ({"risk": RiskScores(3, 6, 3, 2, 2)}, "bad_score", "risk-impact"),
        ({"risk": RiskScores(0, 3, 3, 2, 2)}, "bad_score", "risk-complexity"),
        ({"window_end": PLAN.window_start}, "ends_before_start", "window_end"),
        ({"window_end": PLAN.window_start + timedelta(minutes=214)}, "window_too_short", "window_end"),
    ],
)
def test_incomplete_plan_is_refused_naming_the_field(broken: dict[str, object], code: str, field: str) -> None:
    with refusal(code) as refused:
        rules.check_plan(replace(PLAN, **broken), at=AT)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_plan_that_exactly_fills_its_window_passes() -> None:
    rules.check_plan(replace(PLAN, window_end=PLAN.window_start + timedelta(minutes=215)), at=AT)


def test_window_that_is_over_is_refused() -> None:
    with refusal("past_date"):
        rules.check_plan(PLAN, at=PLAN.window_end)


def test_image_first_means_the_first_mandatory_step_before_the_point_of_no_return() -> None:
    image, replacing, tidy = STEPS
    assert rules.image_first(STEPS)
    assert rules.image_first((tidy, image, replacing))
    assert not rules.image_first((replacing, image))
    assert not rules.image_first((replace(image, mandatory=False), replacing))
    assert not rules.image_first((replace(image, point_of_no_return=True), tidy))


@pytest.mark.parametrize(
    ("score", "seats"),
    [(5, 1), (10, 1), (11, 2), (17, 2), (18, 3), (25, 3)],
)
def test_risk_decides_who_agrees_to_a_normal_change(score: int, seats: int) -> None:
    names = [need.name for need in rules.authority(score)]
    assert names == ["change_manager", "service_owner", "security_officer"][:seats]


@pytest.mark.parametrize(
    ("domain", "seats"), [(Domain.HW_RAID, 2), (Domain.SEC, 3), (Domain.NET_CORE, 3), (Domain.SW_AD, 3)]
)
def test_emergency_authority_has_a_security_officer_where_access_is_at_stake(domain: Domain, seats: int) -> None:
    assert len(rules.ecab(domain)) == seats


APPROVED = EngagementStatus.APPROVED


@pytest.mark.parametrize(
    ("status", "kind", "priority", "duty", "reason", "live", "code"),
    [
        (EngagementStatus.DIAGNOSING, Kind.EMERGENCY, Priority.P1, True, "down", None, "no_change_now"),
        (EngagementStatus.RESOLVED, Kind.NORMAL, Priority.P3, False, "", None, "no_change_now"),
        (APPROVED, Kind.EMERGENCY, Priority.P1, True, "down", Status.ASSESSED, "change_open"),
        (APPROVED, Kind.EMERGENCY, Priority.P3, False, "quick", None, "no_emergency"),
        (APPROVED, Kind.EMERGENCY, Priority.P1, False, "  ", None, "missing_field"),
    ],
)
def test_change_at_the_wrong_moment_is_refused(
    status: EngagementStatus, kind: Kind, priority: Priority, duty: bool, reason: str, live: Status | None, code: str
) -> None:
    with refusal(code):
        rules.check_can_propose(status, kind, priority=priority, dated_duty=duty, reason=reason, live=live)


def test_dated_obligation_makes_an_emergency_thinkable_at_any_priority() -> None:
    rules.check_can_propose(
        APPROVED, Kind.EMERGENCY, priority=Priority.P4, dated_duty=True, reason="due tonight", live=None
    )


def test_normal_change_needs_two_business_days() -> None:
    at = datetime(2026, 12, 23, 16, 0, tzinfo=TZ)  # Wednesday; Friday is a holiday
    earliest = datetime(2026, 12, 28, 16, 0, tzinfo=TZ)
    rules.check_lead_time(Kind.NORMAL, window_start=earliest, at=at, calendar=HOURS)
    with refusal("lead_time") as refused:
        rules.check_lead_time(Kind.NORMAL, window_start=earliest - timedelta(minutes=1), at=at, calendar=HOURS)
    assert "2026-12-28 16:00" in refused.value.message
    rules.check_lead_time(Kind.EMERGENCY, window_start=at, at=at, calendar=HOURS)


def test_review_is_due_five_business_days_after_the_end() -> None:
    finished = datetime(2026, 12, 2, 6, 40, tzinfo=TZ)
    assert rules.review_due(HOURS, finished) == datetime(2026, 12, 8, 18, 0, tzinfo=TZ).astimezone(UTC)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (Status.SUBMITTED, "not_assessed"),
        (Status.REJECTED, "already_rejected"),
        (Status.APPROVED, "already_approved"),
        (Status.IMPLEMENTED, "already_approved"),
    ],
)
def test_only_an_assessed_change_is_decided(status: Status, code: str) -> None:
    with refusal(code):
        rules.check_can_decide(status, window_end=PLAN.window_end, at=AT)


def test_decision_after_the_window_is_refused() -> None:
    rules.check_can_decide(Status.ASSESSED, window_end=PLAN.window_end, at=PLAN.window_end - timedelta(seconds=1))
    with refusal("window_over"):
        rules.check_can_decide(Status.ASSESSED, window_end=PLAN.window_end, at=PLAN.window_end)


@pytest.mark.parametrize(
    ("status", "ending", "code"),
    [
        (Status.IMPLEMENTING, Ending.AS_PLANNED, "not_finished"),
        (Status.CLOSED, Ending.AS_PLANNED, "already_reviewed"),
        (Status.IMPLEMENTED, Ending.ROLLED_BACK, "ending_differs"),
        (Status.ROLLED_BACK, Ending.AS_PLANNED, "ending_differs"),
    ],
)
def test_review_out_of_turn_is_refused(status: Status, ending: Ending, code: str) -> None:
    with refusal(code):
        rules.check_can_review(status, ending)


def test_extension_must_be_later_and_of_an_approved_change() -> None:
    ends, at = PLAN.window_end, AT
    rules.check_can_extend(Status.IMPLEMENTING, current_end=ends, window_end=ends + timedelta(hours=1), at=at)
    with refusal("no_extension"):
        rules.check_can_extend(Status.IMPLEMENTING, current_end=ends, window_end=ends, at=at)
    with refusal("change_state"):
        rules.check_can_extend(Status.ASSESSED, current_end=ends, window_end=ends + timedelta(hours=1), at=at)


def test_unlisted_transition_is_refused_naming_the_listed_ones() -> None:
    rules.check_transition(Status.SCHEDULED, Status.IMPLEMENTING)
    with refusal("change_state") as refused:
        rules.check_transition(Status.REJECTED, Status.SCHEDULED)
    assert refused.value.message.endswith("nothing.")
