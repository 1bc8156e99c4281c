"""The ladder: asked, answered or gone on, nobody passed in silence (domain.md §3.9)."""

from datetime import timedelta
from typing import Any

import pytest

from breakfix.incidents import ladder, queries
from breakfix.incidents.actions import desk, escalating, harm
from breakfix.incidents.models import Clock, Engagement, Escalation, Obligation
from breakfix.incidents.values import ClockKind, HelpReason
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.ledger.rebuild import differences
from breakfix.kernel.ledger.record import record
from breakfix.parties.models import Person, RoleHolding
from tests import together
from tests.makers import World, local
from tests.makers_dispatch import arrived
from tests.makers_incidents import calm, qualified, reported
from tests.refusals import refused

HALF = local("2026-12-01 20:07")
TEN = timedelta(minutes=10)


def asked(engagement: Engagement, percent: int = 50, kind: ClockKind = ClockKind.ENGAGE, **given: Any) -> Engagement:
    about: dict[str, Any] = {"clock_id": Clock.objects.get(engagement=engagement, kind=kind, stopped_at=None).pk}
    about = given.pop("about", about)
    given = {"name": "ENGAGE", "by": SYSTEM, "at": HALF, **about, **given}
    return escalating.ask_rung(engagement.pk, percent=percent, **given)


def names(engagement: Engagement) -> list[tuple[str, str]]:
    return [(one.asks, one.advanced_because) for one in ladder.steps_of(engagement)]


def leave(world: World, *who: str) -> None:
    """From now on these people hold no role, so nobody of theirs can be reached."""
    RoleHolding.objects.filter(person__in=[world.people[key].pk for key in who]).delete()


def last(engagement: Engagement) -> Escalation:
    return ladder.steps_of(engagement)[-1]


def test_half_of_a_promise_asks_the_dispatcher_lead_who_takes_it_on(world: World) -> None:
    engagement = asked(qualified(world))
    step = last(engagement)
    assert (step.asks, step.rung, step.until, step.reachable) == ("dispatcher lead", 1, HALF + TEN, 1)
    with refused("not_allowed"):
        escalating.acknowledge_escalation(step.pk, by=world.actor("dirk"), at=HALF)
    with refused("not_found"):
        escalating.acknowledge_escalation(step.pk, by=world.actor("cal"), at=HALF)
    done = escalating.acknowledge_escalation(step.pk, by=world.actor("dana"), at=HALF + timedelta(minutes=4))
    assert ladder.minutes_of(done) == 4
    with refused("already_acknowledged"):
        escalating.acknowledge_escalation(step.pk, by=world.actor("dana"), at=HALF + TEN)
    with refused("step_over"):
        escalating.advance_escalation(step.pk, by=SYSTEM, at=HALF + TEN)
    with refused("already_asked"):
        asked(engagement)
    assert differences() == []


def test_silence_asks_the_next_rung_and_a_late_answer_is_told_where_it_went(world: World) -> None:
    engagement = asked(qualified(world))
    step = last(engagement)
    with refused("not_due"):
        escalating.advance_escalation(step.pk, by=SYSTEM, at=HALF + TEN - timedelta(seconds=1))
    escalating.advance_escalation(step.pk, by=SYSTEM, at=HALF + TEN)
    assert names(engagement) == [("dispatcher lead", "no answer"), ("duty manager", "")]
    with refused("advanced") as no:
        escalating.acknowledge_escalation(step.pk, by=world.actor("dana"), at=HALF + TEN)
    assert "it went on to duty manager" in no.value.message
    with refused("already_asked"):
        asked(engagement, 75, at=HALF + TEN)
    assert differences() == []


@pytest.mark.tampers
def test_nobody_is_passed_over_in_silence(world: World) -> None:
    engagement, fresh = qualified(world), qualified(world)
    leave(world, "dana", "percy", "dirk", "seth")
    asked(engagement)
    assert names(engagement) == [
        ("dispatcher lead", "nobody reachable"),
        ("duty manager", "nobody reachable"),
        ("service-delivery director", "nobody reachable"),
        ("client's service owner", "nobody reachable"),
        ("provider's executive", "nobody reachable"),
        ("client's executive", ""),
    ]
    told = queries.timeline(engagement, world.actor("rita"))[-1]
    assert "dispatcher lead: nobody reachable" in told.line
    leave(world, "alice", "cora", "erin")
    asked(fresh)
    assert {because for _, because in names(fresh)} == {"nobody reachable"}
    assert "Nobody is left to ask" in queries.timeline(fresh, world.actor("rita"))[-1].line


@pytest.mark.tampers
def test_somebody_without_an_address_is_not_reachable(world: World) -> None:
    engagement = qualified(world)
    Person.objects.filter(pk=world.people["dana"].pk).update(is_active=False)
    asked(engagement)
    assert names(engagement)[:2] == [("dispatcher lead", "nobody reachable"), ("duty manager", "")]


def test_need_to_know_asks_those_who_were_let_in_and_nobody_else(world: World) -> None:
    named = [world.people[key].pk for key in ("dana", "sol")]
    engagement = qualified(world, need_to_know=True, named_people=named)
    asked(engagement)
    for minutes in (10, 20):
        assert len([one for one in ladder.steps_of(engagement) if one.is_open]) == 1
        escalating.advance_escalation(last(engagement).pk, by=SYSTEM, at=HALF + timedelta(minutes=minutes))
    at = HALF + timedelta(minutes=20)
    told = {one.asks: ladder.told_of(one, at) for one in ladder.steps_of(engagement)}
    assert {person.pk for people in told.values() for person in people} == set(named)
    step = last(engagement)
    assert (step.asks, [one.pk for one in told[step.asks]]) == ("client's service owner", named[1:])
    with refused("not_found"):
        escalating.acknowledge_escalation(step.pk, by=world.actor("seth"), at=at)
    escalating.acknowledge_escalation(step.pk, by=world.actor("sol"), at=at)


def test_breach_asks_both_executives_and_owes_a_plan_in_an_hour(world: World) -> None:
    engagement = qualified(world)
    breach = local("2026-12-01 20:22")
    asked(engagement, 100, at=breach)
    assert [name for name, _ in names(engagement)] == ["provider's executive", "client's executive"]
    (end,) = [one for one in queries.open_ends(engagement) if one.kind == "recovery_plan"]
    assert (end.due_at, end.role, end.blocks_close) == (breach + timedelta(minutes=60), "director", False)
    with refused("verbal_promise"):
        escalating.give_recovery_plan(engagement.pk, plan="A credit of $90", by=world.actor("dirk"), at=breach)
    given = {"plan": "Two engineers leave now; the next word is at 21:00.", "by": world.actor("dirk"), "at": breach}
    escalating.give_recovery_plan(engagement.pk, **given)
    with refused("no_plan_owed"):
        escalating.give_recovery_plan(engagement.pk, **given)
    assert differences() == []


def test_last_rung_waits_for_its_answer_however_late(world: World) -> None:
    engagement = asked(qualified(world), 100)
    for step in ladder.steps_of(engagement):
        with refused("last_rung"):
            escalating.advance_escalation(step.pk, by=SYSTEM, at=HALF + TEN)
        who = "dirk" if step.organisation_id == engagement.provider_id else "alice"
        done = escalating.acknowledge_escalation(step.pk, by=world.actor(who), at=HALF + timedelta(minutes=11))
        assert ladder.minutes_of(done) == 11
    assert differences() == []


@pytest.mark.tampers
def test_late_answer_counts_where_nobody_was_asked_after_it(world: World) -> None:
    engagement = qualified(world)
    leave(world, "percy", "dirk", "seth", "alice", "cora", "erin")
    step = last(asked(engagement))
    escalating.advance_escalation(step.pk, by=SYSTEM, at=HALF + TEN)
    done = escalating.acknowledge_escalation(step.pk, by=world.actor("dana"), at=HALF + TEN)
    assert (done.advanced_at, ladder.minutes_of(done)) == (None, 10)
    assert differences() == []


def test_ladder_of_a_stopped_clock_goes_no_further(world: World) -> None:
    engagement = reported(world)
    asked(engagement, kind=ClockKind.ACK)
    step = last(engagement)
    desk.acknowledge(engagement.pk, callback="+1 201 555 0170", by=world.actor("dana"), at=HALF)
    with refused("not_needed"):
        escalating.advance_escalation(step.pk, by=SYSTEM, at=HALF + TEN)


def test_duty_of_the_client_asks_its_compliance_person_at_every_share_and_never_pauses(world: World) -> None:
    engagement = qualified(world)
    duty = Obligation.objects.get(engagement=engagement)
    asked(engagement, about={"obligation_id": duty.pk})
    assert [name for name, _ in names(engagement)] == ["dispatcher lead", "client's compliance person"]
    sides = {one.organisation_id for one in ladder.steps_of(engagement)}
    assert sides == {engagement.provider_id, engagement.client_id}
    owner = next(one for one in ladder.steps_of(engagement) if one.organisation_id == engagement.client_id)
    escalating.acknowledge_escalation(owner.pk, by=world.actor("seth"), at=HALF)
    lead = next(one for one in ladder.steps_of(engagement) if one.organisation_id == engagement.provider_id)
    escalating.advance_escalation(lead.pk, by=SYSTEM, at=HALF + TEN)
    assert [name for name, _ in names(engagement)][2:] == ["duty manager", "client's compliance person"]


def test_date_of_a_duty_waits_for_no_opening_hour(world: World) -> None:
    friday = local("2026-12-04 19:00")
    engagement = calm(world, at=friday, outage_started_at=friday)
    asked(engagement, kind=ClockKind.ACK, at=friday)
    step = last(engagement)
    assert step.until > friday + timedelta(days=2)
    step.engagement, step.obligation_id = engagement, 1
    assert ladder.answer_by(step, friday) - friday <= timedelta(hours=2)


@pytest.mark.tampers
def test_plan_for_a_duty_not_met_is_owed_although_the_service_is_back(world: World) -> None:
    engagement = qualified(world)
    duty = Obligation.objects.get(engagement=engagement)
    asked(engagement, 100)
    asked(engagement, 100, about={"obligation_id": duty.pk})
    assert len([one for one in queries.open_ends(engagement) if one.kind == "recovery_plan"]) == 2
    Clock.objects.filter(engagement=engagement).update(stopped_at=HALF)
    escalating.end_escalations(engagement.pk, by=SYSTEM, at=HALF)
    (end,) = [one for one in queries.open_ends(engagement) if one.kind == "recovery_plan"]
    assert end.subject.endswith(f"/duty/{duty.pk}")


def test_update_cadence_has_no_ladder(world: World) -> None:
    engagement = qualified(world)
    with refused("not_watched"):
        asked(engagement, kind=ClockKind.UPDATE)


def test_calm_priorities_wait_in_the_hours_of_the_site(world: World) -> None:
    engagement = calm(world, at=local("2026-12-01 17:30"), outage_started_at=local("2026-12-01 17:00"))
    asked(engagement, kind=ClockKind.ACK, at=local("2026-12-01 17:45"))
    assert last(engagement).until == local("2026-12-02 09:45")


def test_warning_names_what_its_ladder_is_about(world: World) -> None:
    engagement = qualified(world)
    clock = Clock.objects.get(engagement=engagement, kind=ClockKind.ENGAGE)
    harm.note_breach(engagement.pk, percent=50, clock_id=clock.pk, by=SYSTEM, at=HALF)
    facts = queries.timeline(engagement, world.actor("dana"))[-1].facts
    assert (facts["clock_id"], facts["obligation_id"]) == (clock.pk, None)


# ------------------------------------------------------------------------------------------ skill


def test_help_is_always_granted_and_climbs_by_level(world: World) -> None:
    case = arrived(world)
    at = local("2026-12-01 23:00")
    tom = world.actor("tom")
    level = world.technicians["tom"].level
    first = escalating.ask_for_help(case.pk, said="The controller is foreign.", by=tom, at=at)
    assert (first.rung, first.reachable) == (level + 1, 1)
    (end,) = [one for one in queries.open_ends(case) if one.kind == "help"]
    assert end.due_at == at + TEN
    with refused("help_open"):
        escalating.ask_for_help(case.pk, by=tom, at=at)
    escalating.acknowledge_escalation(first.pk, by=world.actor("dana"), at=at)
    second = escalating.ask_for_help(case.pk, reason=HelpReason.SKILL_GAP, by=tom, at=at)
    assert second.rung == min(level + 2, 5)
    assert len([one for one in queries.open_ends(case) if one.kind == "help"]) == 1
    with refused("by_the_clock", field="reason"):
        escalating.ask_for_help(case.pk, reason=HelpReason.OVERRUN, by=tom, at=at)
    with refused("not_found"):
        escalating.ask_for_help(case.pk, by=world.actor("ana"), at=at)
    assert differences() == []


def test_silence_on_a_call_for_skill_asks_the_next_person_for_the_same(world: World) -> None:
    case = arrived(world)
    at = local("2026-12-01 23:00")
    first = escalating.ask_for_help(case.pk, by=world.actor("tom"), at=at)
    for role in ("provider_admin", "director"):
        at += TEN
        escalating.advance_escalation(last(case).pk, by=SYSTEM, at=at)
        assert (last(case).role, last(case).rung, last(case).why) == (role, first.rung, first.why)
        assert [one.role for one in queries.open_ends(case) if one.kind == "help"] == [role]
    with refused("last_rung"):
        escalating.advance_escalation(last(case).pk, by=SYSTEM, at=at + TEN)
    assert differences() == []


@pytest.mark.tampers
def test_call_for_skill_goes_past_a_desk_that_cannot_be_reached(world: World) -> None:
    case = arrived(world)
    leave(world, "dana")
    step = escalating.ask_for_help(case.pk, by=world.actor("tom"), at=local("2026-12-01 23:00"))
    assert (step.role, step.is_open) == ("provider_admin", True)
    assert ladder.steps_of(case)[-2].advanced_because == "nobody reachable"


def test_help_needs_somebody_at_work(world: World) -> None:
    fresh = reported(world)
    with refused("wrong_state"):
        escalating.ask_for_help(fresh.pk, by=world.actor("dana"), at=HALF)


def test_standing_still_asks_for_skill_once_an_hour(world: World) -> None:
    case = arrived(world)
    begun = ladder.last_progress(case)
    due = begun + timedelta(minutes=60)
    assert ladder.stands_still_at(case) == due
    said: dict[str, Any] = {"subject": case, "to": case.party_ids, "topic": case.topic, "line": "Any news?"}
    record("engagement.commented", **said, by=world.actor("rita"), at=due - TEN, facts={}, changed=[])
    given: dict[str, Any] = {"reason": HelpReason.STANDSTILL, "by": SYSTEM}
    with refused("not_due"):
        escalating.note_standstill(case.pk, **given, at=due - timedelta(seconds=1))
    step = escalating.note_standstill(case.pk, **given, at=due)
    assert step.why == "nothing has moved for too long"
    with refused("not_due"):
        escalating.note_standstill(case.pk, **given, at=due)
    assert ladder.stands_still_at(case) == due + timedelta(minutes=60)


def test_diagnosis_above_one_and_a_half_times_its_protocol_is_told_once(world: World) -> None:
    case = arrived(world)
    due = ladder.overruns_at(case)
    fee = queries.fee(case)
    assert due is not None
    assert fee.started_at is not None
    assert due == fee.started_at + timedelta(hours=3)
    given: dict[str, Any] = {"reason": HelpReason.OVERRUN, "by": SYSTEM}
    with refused("not_due"):
        escalating.note_standstill(case.pk, **given, at=due - timedelta(seconds=1))
    escalating.note_standstill(case.pk, **given, at=due)
    with refused("already_asked"):
        escalating.note_standstill(case.pk, **given, at=due + TEN)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_answers_at_once_are_one(world: World) -> None:
    step = last(asked(qualified(world)))

    def answer() -> object:
        return escalating.acknowledge_escalation(step.pk, by=world.actor("dana"), at=HALF)

    assert sorted(together.both(answer, answer)) == ["already_acknowledged", "done"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_answer_and_silence_at_once_are_one(world: World) -> None:
    step = last(asked(qualified(world)))
    ended = together.both(
        lambda: escalating.acknowledge_escalation(step.pk, by=world.actor("dana"), at=HALF + TEN),
        lambda: escalating.advance_escalation(step.pk, by=SYSTEM, at=HALF + TEN),
    )
    assert ended in (["done", "step_over"], ["advanced", "done"])
