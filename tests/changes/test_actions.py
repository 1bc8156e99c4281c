"""The change of the opening scenario through its deeds, and normal changes beside it (domain.md §3.4)."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from breakfix.approvals.values import RoundStatus
from breakfix.changes import actions, queries, steps
from breakfix.changes.models import Change
from breakfix.changes.values import Ending, Kind, RiskScores, Status
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import course
from breakfix.incidents.values import EndKind
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.errors import NotAllowed, NotFound
from breakfix.kernel.ledger import queries as ledger
from tests import makers_changes as makers
from tests import makers_diagnosis, makers_quotes
from tests.makers import World, local
from tests.refusals import refused

NEXT_WEEK = local("2026-12-09 20:00")


@pytest.fixture(name="change")
def _change(world: World) -> Change:
    return makers.proposed(world)


def kinds(world: World, change: Change, organisation: str = "northgate") -> list[str]:
    entries = ledger.entries(world.organisation(organisation).pk, topic=change.engagement.topic)
    return [entry.kind for entry in entries]


def open_ends(change: Change, kind: EndKind) -> list[Any]:
    return [end for end in incidents.open_ends(change.engagement) if end.kind == kind]


def test_emergency_is_before_the_ecab_the_moment_it_is_proposed(world: World, change: Change) -> None:
    assert (change.status, change.kind, change.risk_score) == (Status.ASSESSED, Kind.EMERGENCY, 13)
    assert change.number == "C-2026-0001"
    assert change.decide_by == makers.PROPOSED + timedelta(minutes=60)
    asked = queries.round_of(change)
    assert asked is not None
    assert [seat.name for seat in asked.seats.all()] == ["change_manager", "service_owner"]
    assert (asked.quorum, asked.exposure, asked.subject_sha256) == (2, None, change.sha256)
    assert {end.person.name.split()[0] for end in open_ends(change, EndKind.SEAT)} == {"Chas", "Seth"}
    assert kinds(world, change)[-1] == kinds(world, change, "ironbridge")[-1] == "change.proposed"


def test_what_is_decided_is_the_hash_of_the_whole_plan(change: Change) -> None:
    assert hashlib.sha256(change.canonical.encode()).hexdigest() == change.sha256
    document = json.loads(change.canonical)
    assert document == change.document
    assert document["forward_minutes"] == 270
    assert [step["point_of_no_return"] for step in document["steps"]] == [False, True, False, False, False]
    assert document["authority"] == {"quorum": 2, "seats": ["change_manager", "service_owner"]}
    assert document["window"]["zone"] == "America/New_York"


def test_both_members_of_the_ecab_let_it_through(world: World, change: Change) -> None:
    first = makers.seconded(world, change, "chas", makers.FIRST)
    assert first.status == Status.ASSESSED
    second = makers.seconded(world, change, "seth", makers.SECOND)
    assert (second.status, second.decided_at) == (Status.APPROVED, makers.SECOND)
    asked = queries.round_of(change)
    assert asked is not None
    assert asked.status == RoundStatus.APPROVED
    assert open_ends(change, EndKind.SEAT) == []
    assert kinds(world, change)[-2:] == ["change.seconded", "change.approved"]


def test_change_of_what_was_called_off_is_decided_by_nobody(world: World, change: Change) -> None:
    """The news of it may still be on its way: the round is open, and the deed looks for itself."""
    course.cancel_engagement(change.engagement_id, reason="Replaced.", by=world.actor("rita"), at=makers.FIRST)
    with refused("wrong_state"):
        makers.seconded(world, change, "chas", makers.FIRST)
    chas = world.actor("chas")
    with refused("wrong_state"):
        actions.reject_change(change.pk, shown_sha256=change.sha256, reason="Too late.", by=chas, at=makers.FIRST)
    with refused("wrong_state"):
        later = makers.WINDOW[1] + timedelta(hours=1)
        actions.extend_window(change.pk, window_end=later, reason="More time.", by=chas, at=makers.FIRST)


def test_normal_change_of_what_was_called_off_is_put_before_nobody(world: World) -> None:
    normal = makers.proposed(
        world, kind=Kind.NORMAL, window_start=NEXT_WEEK, window_end=NEXT_WEEK + timedelta(hours=8)
    )
    course.cancel_engagement(normal.engagement_id, reason="Replaced.", by=world.actor("rita"), at=makers.FIRST)
    with refused("wrong_state"):
        actions.assess_change(normal.pk, risk=makers.PLAN["risk"], by=world.actor("chas"), at=makers.FIRST)


def test_decision_out_of_turn_is_refused(world: World, change: Change) -> None:
    with refused("stale_document", field="shown_sha256"):
        makers.seconded(world, change, "chas", makers.FIRST, shown="0" * 64)
    with refused("change_open"):
        makers.proposed(world, change.engagement)
    with refused("window_over"):
        makers.seconded(world, change, "chas", makers.WINDOW[1])
    makers.seconded(world, change, "chas", makers.FIRST)
    with refused("already_decided"):
        makers.seconded(world, change, "chas", makers.SECOND)
    makers.seconded(world, change, "seth", makers.SECOND)
    with refused("already_approved"):
        makers.seconded(world, change, "seth", makers.SECOND)


def test_one_rejection_ends_the_change_and_a_new_one_may_follow(world: World, change: Change) -> None:
    by = world.actor("seth")
    with refused("missing_field", field="reason"):
        actions.reject_change(change.pk, shown_sha256=change.sha256, reason=" ", by=by, at=makers.FIRST)
    rejected = actions.reject_change(
        change.pk, shown_sha256=change.sha256, reason="Wait for the loaner.", by=by, at=makers.FIRST
    )
    assert rejected.status == Status.REJECTED
    assert kinds(world, change)[-1] == "change.rejected"
    with refused("already_rejected"):
        makers.seconded(world, change, "chas", makers.SECOND)
    again = makers.proposed(world, change.engagement, at=makers.SECOND)
    assert (again.number, again.status) == ("C-2026-0002", Status.ASSESSED)


BROKEN: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"title": " "}, "missing_field", "title"),
    ({"comms": ""}, "missing_field", "comms"),
    ({"rollback": []}, "missing_field", "rollback"),
    ({"rollback": [""]}, "missing_field", "rollback-0"),
    ({"reason": ""}, "missing_field", "reason"),
    ({"comms": "Costs $400 at most"}, "verbal_promise", "comms"),
    ({"steps": [replace(makers.STEPS[0], takes_image=False), *makers.STEPS[1:]]}, "image_first", "steps"),
    ({"window_end": local("2026-12-02 07:00")}, "window_too_short", "window_end"),
    (
        {"kind": Kind.NORMAL, "window_start": local("2026-12-03 17:59"), "window_end": local("2026-12-04 09:00")},
        "lead_time",
        "window_start",
    ),
)


def test_incomplete_proposal_leaves_no_trace(world: World) -> None:
    engagement = makers.ready(world)
    for given, code, field in BROKEN:
        with refused(code, field=field):
            makers.proposed(world, engagement, **given)


def test_change_before_the_root_cause_is_refused(world: World) -> None:
    engagement = makers_diagnosis.completed(world)
    with refused("no_change_now"):
        makers.proposed(world, engagement)


def test_strangers_and_the_wrong_side_cannot_touch_it(world: World, change: Change) -> None:
    with refused("not_found"):
        makers.seconded(world, change, "hana", makers.FIRST)
    for who in ("dana", "rita", "alice"):
        with pytest.raises(NotAllowed):
            makers.seconded(world, change, who, makers.FIRST)
    with pytest.raises(NotAllowed):
        makers.proposed(world, change.engagement, by=world.actor("seth"))
    with pytest.raises(NotFound):
        queries.get_change(change.pk, world.actor("charlie"))


def normal(world: World, **given: Any) -> Change:
    window = {"window_start": local("2026-12-04 18:00"), "window_end": local("2026-12-05 02:00")}
    return makers.proposed(world, **{"kind": Kind.NORMAL, "reason": "", **window, **given})


def test_normal_change_is_scored_then_decided_by_its_authority(world: World) -> None:
    change = normal(world)
    assert change.status == Status.SUBMITTED
    with refused("not_assessed"):
        makers.seconded(world, change, "chas", makers.FIRST)
    (end,) = open_ends(change, EndKind.REVIEW)
    assert (end.role, end.what) == ("change_manager", f"Assess change {change.number}")
    shown, risk, by = change.sha256, RiskScores(4, 4, 4, 4, 4), world.actor("chas")
    with refused("bad_score", field="risk-tests"):
        actions.assess_change(change.pk, risk=replace(risk, tests=0), by=by, at=makers.FIRST)
    change = actions.assess_change(change.pk, risk=risk, by=by, at=makers.FIRST)
    assert (change.status, change.risk_score) == (Status.ASSESSED, 20)
    assert change.sha256 != shown
    assert open_ends(change, EndKind.REVIEW) == []
    for who in ("chas", "seth", "sol"):
        assert change.status == Status.ASSESSED
        change = makers.seconded(world, change, who, makers.SECOND)
    assert change.status == Status.APPROVED
    with refused("already_assessed"):
        actions.assess_change(change.pk, risk=risk, by=by, at=makers.SECOND)


def test_window_is_extended_by_the_change_manager_beside_the_approved_plan(world: World, change: Change) -> None:
    later = local("2026-12-02 11:00")
    by = world.actor("chas")
    with refused("change_state"):
        actions.extend_window(change.pk, window_end=later, reason="slow image", by=by, at=makers.FIRST)
    makers.approved(world, change)
    with refused("no_extension", field="window_end"):
        actions.extend_window(change.pk, window_end=makers.WINDOW[1], reason="slow", by=by, at=makers.SECOND)
    with refused("not_allowed"):
        actions.extend_window(change.pk, window_end=later, reason="slow", by=world.actor("tom"), at=makers.SECOND)
    extended = actions.extend_window(change.pk, window_end=later, reason="slow image", by=by, at=makers.SECOND)
    assert (extended.ends_at, extended.window_end) == (later, makers.WINDOW[1])
    assert extended.sha256 == change.sha256
    start = makers.WINDOW[0] + timedelta(hours=2)
    assert queries.guard(extended, start).words == "04:00 + 4:30 + 1:00 = 09:30 <= 11:00"


def test_review_is_owed_for_five_business_days_and_closes_the_change(world: World, change: Change) -> None:
    makers.approved(world, change)
    review = {"ending": Ending.AS_PLANNED, "findings": "No surprises.", "lessons": "Alert on cache batteries."}
    with refused("not_finished"):
        actions.review_change(change.pk, **review, by=world.actor("chas"), at=makers.SECOND)
    done = implemented(change)
    assert done.review_due_at == local("2026-12-08 18:00")
    (end,) = open_ends(done, EndKind.REVIEW)
    assert (end.role, end.due_at, end.blocks_close) == ("change_manager", done.review_due_at, True)
    at = local("2026-12-08 18:00")
    with refused("missing_field", field="findings"):
        actions.review_change(change.pk, **{**review, "findings": ""}, by=world.actor("chas"), at=at)
    closed = actions.review_change(change.pk, **review, by=world.actor("chas"), at=at)
    assert (closed.status, closed.reviewed_at, closed.ending) == (Status.CLOSED, at, "as_planned")
    assert open_ends(closed, EndKind.REVIEW) == []
    with refused("already_reviewed"):
        actions.review_change(change.pk, **review, by=world.actor("chas"), at=at)


def implemented(change: Change) -> Change:
    """Through the steps that work calls, with the record its deeds would make."""
    from django.db import transaction

    with transaction.atomic():
        held = queries.lock_change(change.pk, SYSTEM)
        at = local("2026-12-02 06:40")
        rows = steps.schedule(held, at=at) + steps.implementing(held, at=at) + steps.implemented(held, at=at)
        makers_quotes.told(held.engagement, "work.tested", rows, at)
    return queries.get_change(change.pk, SYSTEM)


def test_changes_are_read_in_a_constant_number_of_queries(
    world: World, change: Change, django_assert_num_queries: Any
) -> None:
    for _ in range(2):
        last, seth = queries.changes_of(change.engagement)[0], world.actor("seth")
        actions.reject_change(last.pk, shown_sha256=last.sha256, reason="no", by=seth, at=makers.FIRST)
        makers.proposed(world, change.engagement, at=makers.SECOND)
    with django_assert_num_queries(1):
        assert len([row.engagement.site.name for row in queries.changes_of(change.engagement)]) == 3
