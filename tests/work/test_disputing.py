"""A restoration is disputed for two hours, whatever is waited for meanwhile (domain.md §11 rulings 18 and 20)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import consenting, course
from breakfix.incidents.models import Engagement, Hold, PauseProposal
from breakfix.incidents.values import ClockKind, EndKind, HoldReason, PastPauseAnswer
from breakfix.kernel.ledger.rebuild import differences
from breakfix.work.actions.ending import dispute_restoration
from tests import makers_work as makers
from tests.makers import World, local
from tests.refusals import refused

MINUTE = timedelta(minutes=1)
HELD, DISPUTED, LATER = (local(f"2026-12-02 {time}") for time in ("06:30", "08:20", "08:30"))


def held(world: World, engagement_id: int, reason: HoldReason, **given: Any) -> Engagement:
    return course.hold(engagement_id, reason=reason, **given, by=world.actor("dana"), at=HELD)


def disputed(world: World, engagement_id: int, at: datetime = DISPUTED) -> None:
    dispute_restoration(engagement_id, reason="The archive job hangs.", by=world.actor("rita"), at=at)


def objective(engagement_id: int, at: datetime) -> Any:
    engagement = Engagement.objects.get(pk=engagement_id)
    return next(one for one in incidents.readings(engagement, at) if one.kind is ClockKind.RESTORE)


@pytest.mark.parametrize(
    ("reason", "given"),
    [
        (HoldReason.PROVIDER_INTERNAL, {"note": "The shift changes"}),
        (HoldReason.AWAITING_CLIENT_INFO, {"question": "Does the job run?"}),
        (HoldReason.AWAITING_PARTS, {"note": "A second battery"}),
    ],
)
def test_no_hold_keeps_the_client_from_disputing_and_none_opens_a_gap(
    world: World, reason: HoldReason, given: dict[str, str]
) -> None:
    key = makers.restored(world).engagement_id
    held(world, key, reason, **given)
    disputed(world, key)
    engagement = Engagement.objects.get(pk=key)
    assert (engagement.status, engagement.hold_from, engagement.restored_at) == ("IN_PROGRESS", "", None)
    assert incidents.open_hold(engagement) is None
    assert [end for end in incidents.open_ends(engagement) if end.kind == EndKind.QUESTION] == []
    # From 19:52 to 08:30 are 758 minutes, less 32 of waiting for the approval.
    assert objective(key, LATER).elapsed == 726 * MINUTE
    assert differences() == []


def test_wait_that_ended_before_the_dispute_opens_no_gap_either(world: World) -> None:
    key = makers.restored(world).engagement_id
    held(world, key, HoldReason.AWAITING_CLIENT_INFO, question="Does the job run?")
    course.resume(key, answer="Yes", by=world.actor("rita"), at=local("2026-12-02 07:30"))
    disputed(world, key)
    assert objective(key, LATER).elapsed == 726 * MINUTE
    assert differences() == []


def test_past_wait_counts_until_it_was_back(world: World) -> None:
    key = makers.restored(world).engagement_id
    consenting.propose_past_pause(
        key,
        reason=HoldReason.AWAITING_CLIENT_ACCESS,
        started_at=local("2026-12-02 06:15"),
        ended_at=local("2026-12-02 06:45"),
        note="The door was shut",
        by=world.actor("dana"),
        at=local("2026-12-02 06:50"),
    )
    proposal = PauseProposal.objects.get().pk
    consent = {"proposal_id": proposal, "answer": PastPauseAnswer.CONSENT}
    consenting.answer_past_pause(key, **consent, by=world.actor("seth"), at=local("2026-12-02 07:00"))
    disputed(world, key)
    assert objective(key, LATER).elapsed == (726 - 10) * MINUTE


def test_the_providers_own_wait_stays_as_it_was(world: World) -> None:
    key = makers.restored(world).engagement_id
    held(world, key, HoldReason.PROVIDER_INTERNAL, note="The shift changes")
    disputed(world, key)
    kept = Hold.objects.get(reason=HoldReason.PROVIDER_INTERNAL)
    assert (kept.started_at, kept.ended_at) == (HELD, DISPUTED)


def test_wait_for_parts_stays_on_record_and_is_told_by_the_objective(world: World) -> None:
    key = makers.restored(world).engagement_id
    before = objective(key, HELD).parts_delay
    held(world, key, HoldReason.AWAITING_PARTS, note="A second battery")
    disputed(world, key)
    kept = Hold.objects.filter(reason=HoldReason.AWAITING_PARTS).latest("started_at")
    assert (kept.started_at, kept.ended_at) == (HELD, DISPUTED)
    # It counted, and is told apart: from 06:30 to 08:20.
    assert objective(key, LATER).parts_delay - before == 110 * MINUTE
    assert objective(key, LATER).elapsed == 726 * MINUTE
    assert differences() == []


def test_two_hours_are_two_hours_also_while_it_is_held(world: World) -> None:
    key = makers.restored(world).engagement_id
    held(world, key, HoldReason.PROVIDER_INTERNAL, note="The shift changes")
    with refused("dispute_late"):
        disputed(world, key, makers.RESTORED + timedelta(hours=2, seconds=1))


def test_what_is_held_before_it_was_back_is_not_disputed(world: World) -> None:
    key = makers.started(world).engagement_id
    course.hold(key, reason=HoldReason.PROVIDER_INTERNAL, note="Lunch", by=world.actor("dana"), at=makers.STARTED)
    with refused("not_restored"):
        disputed(world, key, local("2026-12-02 02:30"))
