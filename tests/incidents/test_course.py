"""Hold, resume, update, cancel, close: effects and refusals (domain.md §3.1, §4.3)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from breakfix.agreements.values import Domain
from breakfix.incidents import queries, steps
from breakfix.incidents.actions import course, desk
from breakfix.incidents.models import Engagement, Hold
from breakfix.incidents.rules.clocks import Reading
from breakfix.incidents.values import ClockKind, EndKind, HarmWithin, HoldReason, Status, Verdict
from breakfix.kernel.access import SYSTEM
from tests import makers_reports
from tests.incidents.by_steps import diagnosing, moved, offered, restored, told
from tests.makers import World, local
from tests.makers_incidents import CALM, OUTAGE, acknowledged, calm, qualified, reported
from tests.refusals import refused

K, R, S, V = ClockKind, HoldReason, Status, Verdict
AT = local("2026-12-01 20:10")


def hold(world: World, engagement_id: int, reason: HoldReason, **given: Any) -> Engagement:
    return course.hold(engagement_id, reason=reason, **{"by": world.actor("dana"), "at": AT, **given})


def ask(world: World, engagement_id: int, **given: Any) -> Engagement:
    return hold(world, engagement_id, R.AWAITING_CLIENT_INFO, question="Which array?", **given)


def read(engagement: Engagement, kind: ClockKind, at: datetime) -> Reading:
    return next(one for one in queries.readings(engagement, at) if one.kind is kind)


# ------------------------------------------------------------------------------------------ hold and resume


def test_question_pauses_and_asks_the_client(world: World) -> None:
    engagement = qualified(world)
    held = ask(world, engagement.pk)
    assert (held.status, held.hold_from) == (S.ON_HOLD, S.QUALIFIED)
    ends = {end.kind: (end.what, end.organisation_id, end.role) for end in queries.open_ends(held)}
    assert ends == {
        EndKind.QUESTION: ("Which array?", held.client_id, "requester"),
        EndKind.NEXT_STEP: ("Answer the question", held.client_id, "requester"),
    }
    assert read(held, K.ENGAGE, local("2026-12-01 21:00")).verdict is V.PAUSED
    assert read(held, K.UPDATE, local("2026-12-01 20:20")).verdict is V.RUNNING


def test_answer_of_the_client_resumes_where_it_was_held(world: World) -> None:
    engagement = qualified(world)
    ask(world, engagement.pk)
    back = course.resume(
        engagement.pk, answer="The one of six drives", by=world.actor("rita"), at=AT + timedelta(minutes=50)
    )
    assert (back.status, back.hold_from) == (S.QUALIFIED, "")
    assert Hold.objects.get().answer == "The one of six drives"
    assert read(back, K.ENGAGE, local("2026-12-01 21:05")).due_at == local("2026-12-01 21:12")
    (end,) = queries.open_ends(back)
    assert (end.what, end.due_at) == ("Dispatch an engineer", local("2026-12-01 21:12"))


def test_resume_changes_no_stamp_and_starts_no_clock_anew(world: World) -> None:
    engagement = qualified(world)
    before = len(queries.clock_history(engagement, AT))
    ask(world, engagement.pk)
    back = course.resume(engagement.pk, by=world.actor("dana"), at=local("2026-12-01 21:00"))
    assert len(queries.clock_history(back, AT)) == before
    assert back.acknowledged_at == local("2026-12-01 20:01")


@pytest.mark.parametrize(
    ("reason", "given", "code", "field"),
    [
        (R.AWAITING_CLIENT_INFO, {}, "hold_without_evidence", "question"),
        (R.AWAITING_CLIENT_ACCESS, {"question": "May we?"}, "hold_without_evidence", "note"),
        (R.AWAITING_CHANGE_WINDOW, {}, "hold_without_evidence", "window_id"),
        (R.AWAITING_CHANGE_WINDOW, {"window_id": "CW-12"}, "hold_without_evidence", "expected_until"),
        (R.AWAITING_THIRD_PARTY, {}, "hold_without_evidence", "vendor_ref"),
        (R.AWAITING_THIRD_PARTY, {"vendor_ref": "ISP-1"}, "hold_without_evidence", "expected_until"),
        (R.AWAITING_PARTS, {}, "hold_without_evidence", "note"),
        (R.PROVIDER_INTERNAL, {"note": "  "}, "hold_without_evidence", "note"),
        (R.AWAITING_CLIENT_APPROVAL, {"note": "CFO sleeps"}, "derived_hold", "reason"),
        (R.FORCE_MAJEURE, {"note": "Flood"}, "not_allowed", None),
        (R.AWAITING_PARTS, {"note": "Drive", "expected_until": AT}, "past_end", "expected_until"),
        (R.AWAITING_PARTS, {"note": "The drive at $310"}, "verbal_promise", "note"),
    ],
)
def test_hold_is_refused(
    world: World, reason: HoldReason, given: dict[str, Any], code: str, field: str | None
) -> None:
    engagement = qualified(world)
    with refused(code, field=field):
        hold(world, engagement.pk, reason, **given)


@pytest.mark.parametrize("who", ["dirk", "percy"])
def test_force_majeure_is_declared_by_the_director_or_whoever_is_on_duty(world: World, who: str) -> None:
    engagement = qualified(world)
    held = hold(world, engagement.pk, R.FORCE_MAJEURE, note="The river is in the streets", by=world.actor(who))
    assert read(held, K.ONSITE, local("2026-12-01 21:00")).verdict is V.PAUSED
    over = local("2026-12-01 21:30")
    gone_on = course.resume(engagement.pk, by=world.actor(who), at=over)
    assert (gone_on.status, read(gone_on, K.ONSITE, over).verdict) == ("QUALIFIED", V.RUNNING)


def test_hold_needs_work_that_is_going_on(world: World) -> None:
    fresh, waiting = reported(world), offered(world)
    with refused("wrong_state"):
        ask(world, fresh.pk)
    with refused("wrong_state"):
        ask(world, waiting.pk, at=local("2026-12-02 01:20"))


def test_hold_of_what_is_held_is_refused(world: World) -> None:
    engagement = qualified(world)
    ask(world, engagement.pk)
    with refused("wrong_state"):
        ask(world, engagement.pk)


def test_parts_and_own_reasons_stop_no_clock(world: World) -> None:
    engagement = qualified(world)
    held = hold(world, engagement.pk, R.AWAITING_PARTS, note="A drive")
    at = local("2026-12-01 21:00")
    assert {one.verdict for one in queries.readings(held, at) if one.kind in (K.ONSITE, K.RESTORE)} == {V.RUNNING}


def test_client_ends_only_its_own_holds(world: World) -> None:
    engagement = qualified(world)
    hold(world, engagement.pk, R.AWAITING_PARTS, note="A drive")
    with refused("not_allowed"):
        course.resume(engagement.pk, answer="Go on", by=world.actor("rita"), at=AT + timedelta(hours=1))
    course.resume(engagement.pk, by=world.actor("dana"), at=AT + timedelta(hours=1))
    ask(world, engagement.pk, at=AT + timedelta(hours=2))
    with refused("missing_field", field="answer"):
        course.resume(engagement.pk, by=world.actor("rita"), at=AT + timedelta(hours=3))


def test_resume_of_what_is_not_held_is_refused(world: World) -> None:
    for engagement in (qualified(world), offered(world)):
        with refused("not_on_hold"):
            course.resume(engagement.pk, by=world.actor("dana"), at=local("2026-12-02 01:20"))


# ------------------------------------------------------------------------------------------ S9


def test_s9_engage_counts_its_455_minutes(world: World) -> None:
    """Chicago, 23 to 28 December 2026, as domain.md §8 tells it; the client's calendar is the agreement's."""
    engagement = calm(
        world,
        who="hana",
        asset_id=None,
        site_id=world.sites["Lakeside clinic"].pk,
        domain=Domain.LIAISON,
        answers=replace(CALM, harm_within=HarmWithin.WITHIN_4H),  # 21 Low, 65 High: P3
        outage_started_at=OUTAGE,
        at=local("2026-12-23 17:10"),  # 16:10 in Chicago
    )
    dana = world.actor("dana")
    desk.acknowledge(engagement.pk, callback="1", by=dana, at=local("2026-12-23 17:40"))
    course.hold(
        engagement.pk,
        reason=R.AWAITING_CLIENT_INFO,
        question="Circuit id and letter of authority?",
        by=dana,
        at=local("2026-12-23 18:00"),
    )
    back = course.resume(engagement.pk, answer="CKT-4711", by=world.actor("hana"), at=local("2026-12-28 11:20"))
    one = read(back, K.ENGAGE, local("2026-12-28 18:05"))
    assert one.elapsed == timedelta(minutes=455)
    assert one.due_at == local("2026-12-28 18:30")  # 17:30 in Chicago


# ------------------------------------------------------------------------------------------ update


def test_update_meets_this_round_and_begins_the_next(world: World) -> None:
    engagement = acknowledged(world)
    course.post_update(
        engagement.pk, text="The engineer is on the way.", by=world.actor("dana"), at=local("2026-12-01 20:25")
    )
    rounds = [one for one in queries.clock_history(engagement, AT) if one.kind is K.UPDATE]
    assert [one.started_at for one in rounds] == [local("2026-12-01 20:01"), local("2026-12-01 20:25")]
    late = read(engagement, K.UPDATE, local("2026-12-01 20:40"))
    assert (late.sequence, late.due_at) == (2, local("2026-12-01 20:55"))
    assert queries.timeline(engagement, world.actor("rita"))[-1].line == "The engineer is on the way."


def test_update_never_names_an_amount(world: World) -> None:
    engagement = acknowledged(world)
    with refused("verbal_promise", field="text"):
        course.post_update(engagement.pk, text="It will be USD 5,000", by=world.actor("dana"), at=AT)


def test_update_needs_an_acknowledgement_and_an_open_engagement(world: World) -> None:
    engagement = reported(world)
    with refused("wrong_state"):
        course.post_update(engagement.pk, text="Soon", by=world.actor("dana"), at=AT)
    course.cancel_engagement(engagement.pk, reason="Found it", by=world.actor("rita"), at=AT)
    with refused("wrong_state"):
        course.post_update(engagement.pk, text="Soon", by=world.actor("dana"), at=AT)


def test_update_has_nothing_to_tell_once_the_work_was_accepted(db: None) -> None:
    world, engagement = makers_reports.night("accepted")
    with refused("wrong_state"):
        course.post_update(engagement.pk, text="Soon", by=world.actor("dana"), at=makers_reports.INVOICED)
    assert not queries.may_update(engagement)


def test_update_is_the_providers_to_give(world: World) -> None:
    engagement = acknowledged(world)
    with refused("not_allowed"):
        course.post_update(engagement.pk, text="And?", by=world.actor("rita"), at=AT)


# ------------------------------------------------------------------------------------------ cancel and close


def test_cancel_before_dispatch_costs_nothing(world: World) -> None:
    engagement = qualified(world)
    course.cancel_engagement(engagement.pk, reason="It works again", by=world.actor("rita"), at=AT)
    engagement.refresh_from_db()
    assert (engagement.status, queries.fee(engagement).charged) == (S.CANCELLED, None)
    assert {one.verdict for one in queries.readings(engagement, AT)} == {V.MET, V.VOID}
    closed = course.close_engagement(engagement.pk, by=world.actor("fay"), at=AT + timedelta(hours=1))
    assert (closed.status, closed.ending) == (S.CLOSED, "cancelled")
    assert queries.open_ends(closed) == []


def test_cancel_after_dispatch_costs_the_fee_and_needs_its_invoice(world: World) -> None:
    engagement = qualified(world)
    moved(engagement.pk, S.DISPATCHED, AT)
    cancelled = course.cancel_engagement(engagement.pk, reason="It works again", by=world.actor("rita"), at=AT)
    fee = queries.fee(cancelled)
    assert (str(fee.charged), fee.charged_reason) == ("450.00 USD", "cancelled after dispatch")
    with refused("open_ends"):
        course.close_engagement(cancelled.pk, by=world.actor("fay"), at=AT)


def test_cancel_while_diagnosing_keeps_the_charged_fee(world: World) -> None:
    engagement = diagnosing(world)
    at = local("2026-12-01 20:20")
    told(engagement.pk, lambda e: steps.charge_fee(e, at), at)
    course.cancel_engagement(engagement.pk, reason="It works again", by=world.actor("seth"), at=at)
    assert str(queries.fee(engagement).charged) == "675.00 USD"


def test_cancel_while_on_hold_ends_the_hold(world: World) -> None:
    engagement = qualified(world)
    ask(world, engagement.pk)
    course.cancel_engagement(engagement.pk, reason="Never mind", by=world.actor("rita"), at=AT + timedelta(hours=1))
    assert Hold.objects.get().ended_at == AT + timedelta(hours=1)
    assert [end.kind for end in queries.open_ends(engagement)] == [EndKind.NEXT_STEP]


def test_cancel_once_work_is_going_on_is_refused(world: World) -> None:
    engagement = restored(world)
    with refused("wrong_state"):
        course.cancel_engagement(engagement.pk, reason="No", by=world.actor("rita"), at=local("2026-12-02 07:00"))


def test_cancel_is_the_clients_right(world: World) -> None:
    engagement = qualified(world)
    with refused("not_allowed"):
        course.cancel_engagement(engagement.pk, reason="No", by=world.actor("dana"), at=AT)


def test_close_names_what_is_still_open(world: World) -> None:
    engagement = restored(world)
    moved(engagement.pk, S.RESOLVED, local("2026-12-02 07:00"))
    moved(engagement.pk, S.ACCEPTED, local("2026-12-02 08:00"))
    with refused("open_ends"):
        course.close_engagement(engagement.pk, by=world.actor("fay"), at=local("2026-12-02 09:00"))
    at = local("2026-12-02 10:00")
    told(
        engagement.pk,
        lambda e: steps.close_end(e, EndKind.REPORT, at=at) + steps.close_end(e, EndKind.INVOICE, at=at),
        at,
    )
    closed = course.close_engagement(engagement.pk, by=SYSTEM, at=at)
    assert (closed.status, closed.closed_at) == (S.CLOSED, at)
    with refused("wrong_state"):
        course.close_engagement(engagement.pk, by=SYSTEM, at=at)


def test_close_of_what_is_not_finished_is_refused(world: World) -> None:
    engagement = qualified(world)
    with refused("wrong_state"):
        course.close_engagement(engagement.pk, by=world.actor("fay"), at=AT)
