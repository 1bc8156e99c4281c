"""Another priority: T-C4, T-C5, and what keeps its verdict (domain.md §4.1, §4.3, §11 ruling 23)."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from breakfix.agreements.values import Priority
from breakfix.incidents import queries, steps
from breakfix.incidents.actions import course, desk, reprioritise
from breakfix.incidents.actions.duties import add_obligation
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import (
    ClockKind,
    Duty,
    EndKind,
    HarmWithin,
    HoldReason,
    PriorityChange,
    Status,
    Verdict,
)
from breakfix.kernel.access import SYSTEM, Role, Side
from breakfix.kernel.ledger.rebuild import differences
from tests.incidents.by_steps import diagnosing, moved, restored, told
from tests.makers import World, local
from tests.makers_incidents import ARCHIVE_GAP, CALM, acknowledged, calm, qualified
from tests.refusals import refused

K, V = ClockKind, Verdict
P3 = replace(CALM, harm_within=HarmWithin.WITHIN_4H)
# Tuesday 1 December, in business hours.
EIGHT, ELEVEN = local("2026-12-01 08:00"), local("2026-12-01 11:00")


def p3_at_eight(world: World) -> Engagement:
    """Reported 08:00 as P3, acknowledged 08:20."""
    engagement = calm(world, answers=P3, outage_started_at=EIGHT, at=EIGHT)
    assert engagement.priority == "P3"
    return desk.acknowledge(engagement.pk, callback="1", by=world.actor("dana"), at=EIGHT + timedelta(minutes=20))


def change(world: World, engagement_id: int, how: PriorityChange, **given: Any) -> Engagement:
    usual = {"priority": Priority.P1, "reason": "The database stopped", "by": world.actor("dana"), "at": ELEVEN}
    return reprioritise.raise_priority(engagement_id, change=how, **{**usual, **given})


def verdicts(engagement: Engagement, at: datetime) -> list[tuple[str, int, str]]:
    return [(one.kind, one.sequence, one.verdict) for one in queries.clock_history(engagement, at)]


def test_triage_correction_recomputes_every_clock_from_submission(world: World) -> None:
    engagement = change(world, p3_at_eight(world).pk, PriorityChange.TRIAGE_CORRECTION)
    assert (engagement.priority, engagement.late_classification) == ("P1", True)
    read = {one.kind: one for one in queries.readings(engagement, ELEVEN)}
    assert (read[K.ENGAGE].due_at, read[K.ENGAGE].verdict) == (local("2026-12-01 08:30"), V.MISSED)
    # Acknowledged after 20 minutes: in time for P3, too late for the P1 that it always was.
    assert (read[K.ACK].verdict, read[K.ACK].elapsed) == (V.MISSED, timedelta(minutes=20))
    assert read[K.ONSITE].due_at == local("2026-12-01 12:00")
    assert {row for row in verdicts(engagement, ELEVEN) if row[1] == 1} == {(kind, 1, V.VOID) for kind in read}


def test_correction_goes_back_to_submission_also_behind_changed_circumstances(world: World) -> None:
    engagement = p3_at_eight(world)
    given = {"priority": Priority.P2, "reason": "A second branch is down"}
    change(world, engagement.pk, PriorityChange.CHANGED_CIRCUMSTANCES, **given)
    noon = local("2026-12-01 12:00")
    corrected = change(world, engagement.pk, PriorityChange.TRIAGE_CORRECTION, at=noon)
    read = {one.kind: one for one in queries.readings(corrected, noon)}
    assert (read[K.ENGAGE].due_at, read[K.ENGAGE].verdict) == (local("2026-12-01 08:30"), V.MISSED)
    assert {read[kind].started_at for kind in (K.ACK, K.ENGAGE, K.ONSITE, K.RESTORE)} == {EIGHT}
    assert read[K.ONSITE].due_at == noon
    # A round of updates has its own beginning: it began anew when things changed.
    assert read[K.UPDATE].started_at == ELEVEN


def test_correction_counts_the_quote_from_the_complete_diagnosis(world: World) -> None:
    engagement, at = diagnosing(world), local("2026-12-01 21:00")
    complete, changed = local("2026-12-01 22:00"), local("2026-12-01 23:00")
    lowered = {"priority": Priority.P3, "by": world.actor("seth"), "at": at}
    change(world, engagement.pk, PriorityChange.CHANGED_CIRCUMSTANCES, **lowered)
    told(engagement.pk, lambda e: steps.diagnosis_completed(e, complete), complete)
    change(world, engagement.pk, PriorityChange.CHANGED_CIRCUMSTANCES, priority=Priority.P2, at=changed)
    corrected = change(world, engagement.pk, PriorityChange.TRIAGE_CORRECTION, at=changed + timedelta(minutes=5))
    quote = next(one for one in queries.readings(corrected, changed) if one.kind is K.QUOTE)
    assert (quote.started_at, quote.due_at) == (complete, complete + timedelta(hours=2))


def test_correction_leaves_the_quote_of_an_earlier_diagnosis_where_it_began(world: World) -> None:
    engagement = diagnosing(world)
    first, given_up, second = (local(f"2026-12-02 {hour:02}:00") for hour in (1, 5, 7))
    told(engagement.pk, lambda e: steps.diagnosis_completed(e, first), first)
    told(engagement.pk, lambda e: steps.diagnosis_inconclusive(e, given_up), given_up)
    told(engagement.pk, lambda e: steps.diagnosis_completed(e, second), second)
    given = {"priority": Priority.P2, "by": world.actor("seth"), "at": second + timedelta(minutes=5)}
    corrected = change(world, engagement.pk, PriorityChange.TRIAGE_CORRECTION, **given)
    history = queries.clock_history(corrected, second + timedelta(minutes=5))
    kept = [(one.started_at, one.verdict) for one in history if one.kind is K.QUOTE and one.verdict is not V.VOID]
    assert kept == [(first, V.MET), (second, V.RUNNING)]


@pytest.mark.parametrize(
    ("back", "verdict", "promise"),
    [("2 00:30", V.MISSED, Priority.P1), ("1 21:00", V.VOID, Priority.P1), ("2 00:30", V.VOID, Priority.P2)],
    ids=["was due before", "was not due yet", "nor under P2"],
)
def test_correction_counts_what_the_restoration_had_ended(
    world: World, back: str, verdict: Verdict, promise: Priority
) -> None:
    engagement, end = diagnosing(world), local(f"2026-12-0{back}")
    lowered = {"priority": Priority.P3, "by": world.actor("seth"), "at": local("2026-12-01 20:20")}
    change(world, engagement.pk, PriorityChange.TRIAGE_CORRECTION, **lowered)
    moved(engagement.pk, Status.RESTORED, end)
    onsite = [one for one in verdicts(engagement, end) if one[0] == K.ONSITE]
    assert {one[2] for one in onsite} == {V.VOID}
    given = {"priority": promise, "at": end + timedelta(minutes=5)}
    corrected = change(world, engagement.pk, PriorityChange.TRIAGE_CORRECTION, **given)
    (visit,) = [one for one in queries.readings(corrected, end) if one.kind is K.ONSITE]
    assert (visit.verdict, visit.sequence, visit.stopped_at) == (verdict, len(onsite) + 1, end)
    # What was replaced before is not counted once more.
    history = [one for one in verdicts(corrected, end) if one[0] == K.ONSITE]
    assert [one[2] for one in history] == [V.VOID] * len(onsite) + [verdict]
    assert differences() == []


def test_changed_circumstances_start_anew_what_is_open(world: World) -> None:
    engagement = change(world, p3_at_eight(world).pk, PriorityChange.CHANGED_CIRCUMSTANCES)
    assert not engagement.late_classification
    read = {one.kind: one for one in queries.readings(engagement, ELEVEN)}
    assert (read[K.ENGAGE].due_at, read[K.ENGAGE].verdict) == (local("2026-12-01 11:30"), V.RUNNING)
    assert (read[K.ACK].sequence, read[K.ACK].verdict) == (1, V.MET)


def test_changed_circumstances_leave_what_was_missed(world: World) -> None:
    engagement = qualified(world)  # P1 from 19:52; ENGAGE was due 20:22
    at = local("2026-12-01 20:30")
    given = {"priority": Priority.P2, "by": world.actor("rita"), "at": at, "reason": "A workaround holds"}
    change(world, engagement.pk, PriorityChange.CHANGED_CIRCUMSTANCES, **given)
    rows = verdicts(engagement, at)
    assert [row for row in rows if row[0] == K.ENGAGE] == [(K.ENGAGE, 1, V.MISSED)]
    assert [row for row in rows if row[0] == K.ONSITE] == [(K.ONSITE, 1, V.VOID), (K.ONSITE, 2, V.RUNNING)]


def test_correction_keeps_pauses_and_measures_them_in_the_new_coverage(world: World) -> None:
    engagement = calm(world, answers=P3, outage_started_at=EIGHT, at=EIGHT)
    dana = world.actor("dana")
    desk.acknowledge(engagement.pk, callback="1", by=dana, at=EIGHT + timedelta(minutes=10))
    asked, answered = EIGHT + timedelta(minutes=15), local("2026-12-01 10:45")
    course.hold(engagement.pk, reason=HoldReason.AWAITING_CLIENT_INFO, question="Which?", by=dana, at=asked)
    course.resume(engagement.pk, answer="That", by=world.actor("rita"), at=answered)
    corrected = change(world, engagement.pk, PriorityChange.TRIAGE_CORRECTION, at=local("2026-12-01 10:50"))
    engage = next(one for one in queries.readings(corrected, local("2026-12-01 10:50")) if one.kind is K.ENGAGE)
    assert (engage.elapsed, engage.due_at) == (timedelta(minutes=20), local("2026-12-01 11:00"))


def test_scores_and_answers_stay_as_reported(world: World) -> None:
    before = p3_at_eight(world)
    after = change(world, before.pk, PriorityChange.TRIAGE_CORRECTION)
    for name in ("answers", "points", "impact_score", "urgency_score", "impact", "urgency"):
        assert getattr(after, name) == getattr(before, name)


def test_next_step_gets_the_new_due_instant(world: World) -> None:
    engagement = change(world, p3_at_eight(world).pk, PriorityChange.CHANGED_CIRCUMSTANCES)
    (end,) = [end for end in queries.open_ends(engagement) if end.kind == EndKind.NEXT_STEP]
    assert end.due_at == local("2026-12-01 11:30")


def test_next_step_stays_with_who_has_it(world: World) -> None:
    engagement = p3_at_eight(world)
    told(
        engagement.pk,
        lambda e: steps.next_step(e, "Call the carrier", side=Side.PROVIDER, role=Role.DIRECTOR, at=ELEVEN),
        ELEVEN,
    )
    change(world, engagement.pk, PriorityChange.CHANGED_CIRCUMSTANCES)
    (end,) = [end for end in queries.open_ends(engagement) if end.kind == EndKind.NEXT_STEP]
    assert (end.what, end.due_at) == ("Call the carrier", local("2026-12-01 11:30"))


def test_client_upgrades_any_time_and_may_lower(world: World) -> None:
    engagement, rita = p3_at_eight(world), world.actor("rita")
    change(world, engagement.pk, PriorityChange.CHANGED_CIRCUMSTANCES, by=rita)
    lowered = change(world, engagement.pk, PriorityChange.CHANGED_CIRCUMSTANCES, by=rita, priority=Priority.P2)
    assert lowered.priority == "P2"


def test_requester_gives_up_nothing_that_was_missed(world: World) -> None:
    engagement = qualified(world)  # P1 from 19:52; ENGAGE was due 20:22
    at = local("2026-12-01 20:30")
    given: dict[str, Any] = {"priority": Priority.P3, "by": world.actor("rita"), "at": at, "reason": "It can wait"}
    before = verdicts(engagement, at)
    with refused("not_allowed"):
        change(world, engagement.pk, PriorityChange.TRIAGE_CORRECTION, **given)
    assert verdicts(engagement, at) == before
    for who in ("seth", "alice", "nora"):
        with transaction.atomic():
            change(world, engagement.pk, PriorityChange.TRIAGE_CORRECTION, **{**given, "by": world.actor(who)})
            assert (K.ENGAGE, 2, V.RUNNING) in verdicts(engagement, at)
            transaction.set_rollback(True)


def test_nor_by_lowering_first_and_correcting_upwards_then(world: World) -> None:
    """Neither the requester nor the desk: what was missed as a P1 is not counted anew as a P3 by a way round."""
    engagement, rita = qualified(world), world.actor("rita")
    at = local("2026-12-01 20:30")
    given: dict[str, Any] = {"priority": Priority.P3, "by": rita, "at": at, "reason": "A spare holds"}
    change(world, engagement.pk, PriorityChange.CHANGED_CIRCUMSTANCES, **given)
    given["priority"] = Priority.P2
    for who, code in (("rita", "not_allowed"), ("dana", "downgrade_needs_consent")):
        with refused(code):
            change(world, engagement.pk, PriorityChange.TRIAGE_CORRECTION, **{**given, "by": world.actor(who)})
    assert (K.ENGAGE, 1, V.MISSED) in verdicts(engagement, at)
    upwards = {**given, "priority": Priority.P1}
    assert change(world, engagement.pk, PriorityChange.TRIAGE_CORRECTION, **upwards).priority == "P1"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"priority": Priority.P3}, "same_priority"),
        ({"priority": Priority.P4}, "downgrade_needs_consent"),
        ({"reason": " "}, "missing_field"),
        ({"by": SYSTEM, "priority": Priority.P2}, "nothing_pressing"),
    ],
)
def test_priority_change_is_refused(world: World, given: dict[str, Any], code: str) -> None:
    engagement = p3_at_eight(world)
    with refused(code):
        change(world, engagement.pk, PriorityChange.CHANGED_CIRCUMSTANCES, **given)


def test_priority_of_what_is_over_is_refused(world: World) -> None:
    engagement = p3_at_eight(world)
    course.cancel_engagement(engagement.pk, reason="Solved", by=world.actor("rita"), at=ELEVEN)
    with refused("wrong_state"):
        change(world, engagement.pk, PriorityChange.TRIAGE_CORRECTION)


def test_priority_is_no_other_one_once_the_work_was_accepted(world: World) -> None:
    seth, rita = world.actor("seth"), world.actor("rita")
    engagement, at = restored(world), local("2026-12-02 06:30")
    change(world, engagement.pk, PriorityChange.CHANGED_CIRCUMSTANCES, priority=Priority.P3, by=seth, at=at)
    moved(engagement.pk, Status.RESOLVED, local("2026-12-02 06:40"))
    accepted = moved(engagement.pk, Status.ACCEPTED, local("2026-12-02 10:05"))
    before = verdicts(accepted, local("2026-12-02 10:10"))
    for how in PriorityChange:
        for to, by in ((Priority.P1, rita), (Priority.P4, seth), (Priority.P1, world.actor("dana"))):
            with refused("wrong_state"):
                change(world, engagement.pk, how, priority=to, by=by, at=local("2026-12-02 10:10"))
    assert verdicts(accepted, local("2026-12-02 10:10")) == before


def test_timer_raises_nothing_once_the_work_was_accepted(world: World) -> None:
    engagement, at = restored(world), local("2026-12-02 06:30")
    given = {"priority": Priority.P3, "by": world.actor("seth"), "at": at}
    change(world, engagement.pk, PriorityChange.CHANGED_CIRCUMSTANCES, **given)
    duty = replace(ARCHIVE_GAP, name="Filing sent", hours=Decimal(40), ends_with_restoration=False)
    add_obligation(engagement.pk, duty=duty, by=world.actor("rita"), at=at)
    resolved = moved(engagement.pk, Status.RESOLVED, local("2026-12-02 06:40"))
    assert [one.percent for one in queries.alarms(resolved, at) if one.percent == 0] == [0]
    accepted = moved(engagement.pk, Status.ACCEPTED, local("2026-12-02 10:05"))
    assert [one.percent for one in queries.alarms(accepted, at) if one.percent == 0] == []


def test_timer_raises_to_p2_once_an_obligation_presses(world: World) -> None:
    duty = replace(ARCHIVE_GAP, triggered_at=EIGHT, hours=Decimal(30))
    engagement = calm(
        world, answers=replace(CALM, obligation=Duty.DATED), obligations=[duty], outage_started_at=EIGHT, at=EIGHT
    )
    assert engagement.priority == "P3"
    (alarm,) = [alarm for alarm in queries.alarms(engagement, EIGHT) if alarm.percent == 0]
    given = {"by": SYSTEM, "priority": Priority.P2, "reason": "A dated obligation is near"}
    with refused("nothing_pressing"):
        change(
            world,
            engagement.pk,
            PriorityChange.CHANGED_CIRCUMSTANCES,
            **given,
            at=alarm.due_at - timedelta(microseconds=1),
        )
    raised = change(world, engagement.pk, PriorityChange.CHANGED_CIRCUMSTANCES, **given, at=alarm.due_at)
    assert raised.priority == "P2"
    assert [alarm for alarm in queries.alarms(raised, alarm.due_at) if alarm.percent == 0] == []


def test_desk_of_another_provider_changes_nothing(world: World) -> None:
    engagement = acknowledged(world)
    with refused("not_found"):
        change(world, engagement.pk, PriorityChange.TRIAGE_CORRECTION, by=world.actor("cal"))
