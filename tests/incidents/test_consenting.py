"""A wait in the past stops a clock only once the client consents."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from breakfix.agreements.values import Priority
from breakfix.incidents import consenting, queries, steps
from breakfix.incidents.actions import harm
from breakfix.incidents.actions.consenting import answer_past_pause, propose_past_pause, withdraw_past_pause
from breakfix.incidents.actions.course import hold
from breakfix.incidents.actions.reprioritise import raise_priority
from breakfix.incidents.models import Clock, Engagement, Hold, PauseProposal
from breakfix.incidents.values import ClockKind, EndKind, HoldReason, PastPauseAnswer, PriorityChange, Status, Verdict
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.ledger import queries as ledger
from tests.incidents.by_steps import diagnosing, moved, offered, told
from tests.makers import World, local
from tests.makers_incidents import ACKNOWLEDGED, acknowledged, reported
from tests.refusals import refused

FROM = ACKNOWLEDGED + timedelta(minutes=1)
UNTIL = FROM + timedelta(minutes=30)
NOW = ACKNOWLEDGED + timedelta(minutes=45)


def proposed(world: World, engagement: Engagement, *, who: str = "dana", at: datetime = NOW, **given: Any) -> Any:
    usual = {"reason": HoldReason.AWAITING_CLIENT_INFO, "started_at": FROM, "ended_at": UNTIL}
    usual |= {
        "question": "Which of the two servers?",
        "note": "Which of the two servers? Asked by telephone, answered at 20:32",
    }
    return propose_past_pause(engagement.pk, **{**usual, **given}, by=world.actor(who), at=at)


def answered(world: World, engagement: Engagement, consent: bool, *, who: str = "seth") -> Engagement:
    answer = PastPauseAnswer.CONSENT if consent else PastPauseAnswer.REFUSE
    latest = PauseProposal.objects.latest("id").pk
    return answer_past_pause(
        engagement.pk, proposal_id=latest, answer=answer, note="So it was", by=world.actor(who), at=NOW
    )


def engage(engagement: Engagement, at: datetime = NOW) -> Any:
    return next(one for one in queries.readings(engagement, at) if one.kind is ClockKind.ENGAGE)


def test_clock_stands_still_only_after_the_clients_consent(world: World) -> None:
    engagement = acknowledged(world)
    before = engage(engagement)
    assert before.verdict is Verdict.MISSED
    proposed(world, engagement)
    assert engage(engagement) == before
    (effect,) = [
        one
        for one in consenting.effects(engagement, PauseProposal.objects.get(), NOW)
        if one.now.kind is ClockKind.ENGAGE
    ]
    answered(world, engagement, True)
    after = engage(engagement)
    assert (after.due_at, after.elapsed) == (effect.then.due_at, effect.then.elapsed)
    assert after.due_at == before.due_at + timedelta(minutes=30)
    assert after.elapsed == before.elapsed - timedelta(minutes=30)
    assert after.verdict is Verdict.RUNNING
    assert not [end for end in queries.open_ends(engagement) if end.kind == EndKind.CONSENT]


@pytest.mark.parametrize("how", ["refused", "withdrawn"])
def test_clock_runs_on_as_it_did_without_consent(world: World, how: str) -> None:
    engagement = acknowledged(world)
    before = engage(engagement)
    proposed(world, engagement)
    if how == "refused":
        answered(world, engagement, False)
    else:
        withdraw_past_pause(engagement.pk, reason="Mixed up", by=world.actor("dana"), at=NOW)
    assert engage(engagement) == before
    assert not Hold.objects.exists()
    proposed(world, engagement)  # another may be asked for after that


def test_answer_is_to_the_question_that_was_read(world: World) -> None:
    engagement = acknowledged(world)
    first = proposed(world, engagement)
    withdraw_past_pause(engagement.pk, reason="Longer, I think", by=world.actor("dana"), at=NOW)
    proposed(world, engagement, started_at=engagement.submitted_at)
    with refused("changed_since_read"):
        answer_past_pause(
            engagement.pk, proposal_id=first.pk, answer=PastPauseAnswer.CONSENT, by=world.actor("seth"), at=NOW
        )
    assert not Hold.objects.exists()


def test_clock_that_got_time_back_warns_again(world: World) -> None:
    engagement = acknowledged(world)
    late = engage(engagement)
    harm.note_breach(engagement.pk, percent=100, clock_id=late.clock_id, by=SYSTEM, at=NOW)
    proposed(world, engagement)
    answered(world, engagement, True)
    assert engage(engagement).percent == 80
    assert Clock.objects.get(pk=late.clock_id).warned_percent == 75


def test_one_question_at_a_time_is_answered_once(world: World) -> None:
    engagement = acknowledged(world)
    proposed(world, engagement)
    with refused("one_at_a_time"):
        proposed(world, engagement)
    answered(world, engagement, True)
    with refused("not_found"):
        answered(world, engagement, True)
    with refused("held_already"):
        proposed(world, engagement)


@pytest.mark.parametrize(
    ("reason", "named"),
    [
        (HoldReason.AWAITING_THIRD_PARTY, {"vendor_ref": "VZ-4471"}),
        (HoldReason.AWAITING_CHANGE_WINDOW, {"window_id": "CW-12"}),
        (HoldReason.AWAITING_CLIENT_INFO, {"question": "Which circuit?"}),
    ],
)
def test_wait_that_counts_names_what_it_waited_for(world: World, reason: HoldReason, named: dict[str, str]) -> None:
    engagement = acknowledged(world)
    proposed(world, engagement, reason=reason, **{"question": "", **named})
    answered(world, engagement, True)
    held = Hold.objects.get()
    assert {
        field: getattr(held, field) for field in ("question", "vendor_ref", "window_id") if getattr(held, field)
    } == named


def test_overlap_with_a_hold_counts_once(world: World) -> None:
    engagement = acknowledged(world)
    held = FROM + timedelta(minutes=20)
    hold(
        engagement.pk,
        reason=HoldReason.AWAITING_CLIENT_INFO,
        question="Which?",
        by=world.actor("dana"),
        at=held,
    )
    before = engage(engagement)
    proposed(world, engagement)
    answered(world, engagement, True)
    assert before.elapsed - engage(engagement).elapsed == timedelta(minutes=20)


@pytest.mark.parametrize("reason", [HoldReason.AWAITING_PARTS, HoldReason.PROVIDER_INTERNAL])
def test_wait_inside_a_hold_that_stopped_no_clock_counts(world: World, reason: HoldReason) -> None:
    engagement = acknowledged(world)
    hold(engagement.pk, reason=reason, note="Two drives", by=world.actor("dana"), at=FROM)
    before = engage(engagement)
    storm = {"reason": HoldReason.FORCE_MAJEURE, "note": "The bridge is closed by the storm.", "question": ""}
    proposed(world, engagement, who="percy", **storm)
    answered(world, engagement, True)
    assert before.elapsed - engage(engagement).elapsed == timedelta(minutes=30)
    with refused("held_already", field="started_at"):
        proposed(world, engagement, who="percy", **storm)


def test_wait_inside_a_hold_that_stopped_the_same_clocks_is_on_record(world: World) -> None:
    engagement = acknowledged(world)
    info = HoldReason.AWAITING_CLIENT_INFO
    hold(engagement.pk, reason=info, question="Which?", by=world.actor("dana"), at=FROM)
    with refused("held_already", field="started_at"):
        proposed(world, engagement)
    with refused("held_already", field="started_at"):
        proposed(world, engagement, reason=HoldReason.AWAITING_THIRD_PARTY, vendor_ref="C-1")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"reason": HoldReason.AWAITING_CLIENT_APPROVAL}, "derived_hold"),
        ({"reason": HoldReason.PROVIDER_INTERNAL}, "stops_nothing"),
        ({"reason": HoldReason.AWAITING_PARTS}, "stops_nothing"),
        ({"reason": HoldReason.FORCE_MAJEURE}, "not_allowed"),
        ({"ended_at": FROM}, "ends_before_it_begins"),
        ({"started_at": ACKNOWLEDGED - timedelta(hours=1)}, "before_submission"),
        ({"ended_at": NOW + timedelta(minutes=1)}, "in_future"),
        ({"note": " "}, "missing_field"),
        ({"question": " "}, "hold_without_evidence"),
        ({"reason": HoldReason.AWAITING_THIRD_PARTY}, "hold_without_evidence"),
        ({"reason": HoldReason.AWAITING_CHANGE_WINDOW}, "hold_without_evidence"),
        ({"vendor_ref": "V" * 81}, "too_long"),
        ({"note": "It cost us $500"}, "verbal_promise"),
    ],
)
def test_what_cannot_count_is_not_asked(world: World, given: dict[str, Any], code: str) -> None:
    engagement = acknowledged(world)
    with refused(code):
        proposed(world, engagement, **given)
    assert not PauseProposal.objects.exists()


def test_provider_asks_and_the_client_answers(world: World) -> None:
    engagement = acknowledged(world)
    for who in ("seth", "quinn"):
        with refused("not_allowed"):
            proposed(world, engagement, who=who)
    with refused("not_found"):
        proposed(world, engagement, who="hana")
    proposed(world, engagement)
    for who in ("rita", "dana", "percy"):
        with refused("not_allowed"):
            answered(world, engagement, True, who=who)
    for organisation_id in engagement.party_ids:
        kinds = [one.kind for one in ledger.entries(organisation_id, topic=engagement.topic)]
        assert "pause.proposed" in kinds


def test_clock_before_the_acknowledgement_is_not_moved_by_a_question(world: World) -> None:
    engagement = reported(world)
    at = engagement.submitted_at + timedelta(minutes=10)
    proposal = proposed(
        world,
        engagement,
        at=at,
        started_at=engagement.submitted_at,
        ended_at=engagement.submitted_at + timedelta(minutes=5),
    )
    moved = {one.now.kind for one in consenting.effects(engagement, proposal, at)}
    assert not moved & {ClockKind.ACK, ClockKind.ENGAGE}


@pytest.mark.tampers
def test_question_still_open_at_the_acceptance_can_be_answered_with_no_only(world: World) -> None:
    engagement = acknowledged(world)
    proposed(world, engagement)
    Engagement.objects.filter(pk=engagement.pk).update(status="ACCEPTED")
    with refused("wrong_state"):
        answered(world, engagement, True)
    answered(world, engagement, False)
    assert PauseProposal.objects.get().consented is False
    assert not Hold.objects.exists()
    assert not [end for end in queries.open_ends(engagement) if end.kind == EndKind.CONSENT]


def verdict_of(engagement: Engagement, kind: ClockKind, at: datetime) -> Verdict:
    engagement = Engagement.objects.get(pk=engagement.pk)
    return next(one.verdict for one in queries.readings(engagement, at) if one.kind is kind)


def waited_for_access(world: World, engagement: Engagement, start: str, end: str, at: datetime) -> None:
    span = {"started_at": local(start), "ended_at": local(end)}
    given = {"reason": HoldReason.AWAITING_CLIENT_ACCESS, "note": "The door was shut", **span}
    asked = propose_past_pause(engagement.pk, **given, by=world.actor("dana"), at=at)
    consent = PastPauseAnswer.CONSENT
    answer_past_pause(engagement.pk, proposal_id=asked.pk, answer=consent, by=world.actor("seth"), at=at)


@pytest.mark.parametrize("how", ["waited", "corrected"])
def test_visit_that_nobody_made_is_never_in_time(world: World, how: str) -> None:
    engagement, back = diagnosing(world), local("2026-12-02 00:30")
    moved(engagement.pk, Status.RESTORED, back)
    assert verdict_of(engagement, ClockKind.ONSITE, back) is Verdict.MISSED
    if how == "waited":
        waited_for_access(world, engagement, "2026-12-01 21:00", "2026-12-01 23:00", back)
    else:
        corrected(world, engagement, back)
    assert verdict_of(engagement, ClockKind.ONSITE, back) is Verdict.VOID


def test_what_was_never_restored_is_never_restored_in_time(world: World) -> None:
    engagement, end = offered(world), local("2026-12-02 06:25")
    for status in (Status.APPROVED, Status.SCHEDULED, Status.IN_PROGRESS):
        moved(engagement.pk, status, local("2026-12-02 01:47"))
    moved(engagement.pk, Status.RESOLVED, end)
    assert verdict_of(engagement, ClockKind.RESTORE, end) is Verdict.MISSED
    waited_for_access(world, engagement, "2026-12-01 20:30", "2026-12-02 00:30", end)
    assert verdict_of(engagement, ClockKind.RESTORE, end) is Verdict.VOID


def corrected(world: World, engagement: Engagement, at: datetime) -> None:
    given = {"priority": Priority.P3, "change": PriorityChange.TRIAGE_CORRECTION, "reason": "It can wait"}
    raise_priority(engagement.pk, **given, by=world.actor("seth"), at=at)


def test_visit_after_the_restoration_that_ended_its_clock_is_not_in_time(world: World) -> None:
    engagement, back = diagnosing(world), local("2026-12-02 00:30")
    moved(engagement.pk, Status.RESTORED, back)
    moved(engagement.pk, Status.IN_PROGRESS, back + timedelta(hours=1))
    arrival = back + timedelta(hours=2)
    told(engagement.pk, lambda one: steps.arrived(one, arrival), arrival)
    assert verdict_of(engagement, ClockKind.ONSITE, arrival) is Verdict.MISSED
    waited_for_access(world, engagement, "2026-12-01 21:00", "2026-12-01 23:00", arrival)
    assert verdict_of(engagement, ClockKind.ONSITE, arrival) is Verdict.VOID


def test_what_was_restored_after_its_clock_ended_is_not_in_time(world: World) -> None:
    engagement, end = offered(world), local("2026-12-02 06:25")
    for status in (Status.APPROVED, Status.SCHEDULED, Status.IN_PROGRESS):
        moved(engagement.pk, status, local("2026-12-02 01:47"))
    moved(engagement.pk, Status.RESOLVED, end)
    moved(engagement.pk, Status.IN_PROGRESS, end + timedelta(hours=1))
    moved(engagement.pk, Status.RESTORED, end + timedelta(hours=2))
    assert verdict_of(engagement, ClockKind.RESTORE, end + timedelta(hours=2)) is Verdict.MISSED
    corrected(world, engagement, end + timedelta(hours=3))
    assert verdict_of(engagement, ClockKind.RESTORE, end + timedelta(hours=3)) is Verdict.VOID
