"""The ladder in time: asked by the clock, told, gone on with by silence; rehearsals say DRILL in every message."""

from django.core import mail

from breakfix.incidents import ladder, queries
from breakfix.incidents.actions import escalating, harm, rehearsing
from breakfix.incidents.actions.course import cancel_engagement, hold, resume
from breakfix.incidents.models import Obligation
from breakfix.incidents.values import HoldReason
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.models import Task
from tests.jobs.running import run_until
from tests.makers import World, local
from tests.makers_incidents import REPORTED, qualified, reported
from tests.people import PEOPLE


def test_silence_walks_up_the_ladder_until_somebody_acts(world: World) -> None:
    """ACK has 15 minutes: half of it at 19:59:30, ten more until the next rung, breach at 20:07."""
    engagement = reported(world)
    run_until(local("2026-12-01 20:10"), REPORTED)
    acks = [one for one in ladder.steps_of(engagement) if one.why.endswith("ACK is used")]
    first = acks[0]
    assert (first.asks, f"{first.asked_at:%H:%M:%S}") == ("dispatcher lead", "00:59:30")
    assert first.advanced_because == "no answer"
    assert {one.asks for one in acks} >= {"duty manager", "service-delivery director", "provider's executive"}
    assert [end.due_at for end in queries.open_ends(engagement) if end.kind == "recovery_plan"][:1] == [
        local("2026-12-01 21:07")
    ]


def test_asked_person_is_told_and_taken_on_ends_it(world: World) -> None:
    engagement = qualified(world)
    run_until(local("2026-12-01 20:08"), REPORTED)
    step = next(one for one in ladder.steps_of(engagement) if one.is_open and one.asks == "dispatcher lead")
    sent = Task.objects.filter(kind="notice.send", key__contains=f"escalation-{step.pk}:")
    assert {one.payload["person_id"] for one in sent} == {world.people["dana"].pk}
    assert {one.payload["event"] for one in sent} == {"urgent"}
    warned = Task.objects.filter(kind="notice.send", payload__event="clock")
    assert {one.payload["subject"].partition(":")[0] for one in warned} <= {"UPDATE"}
    escalating.acknowledge_escalation(step.pk, by=world.actor("dana"), at=local("2026-12-01 20:08"))
    run_until(local("2026-12-01 20:19"), local("2026-12-01 20:08"))
    step.refresh_from_db()
    assert step.advanced_at is None


def test_hold_stops_the_ladder_and_resuming_gives_the_usual_time_again(world: World) -> None:
    engagement = qualified(world)
    at = local("2026-12-01 20:08")
    run_until(at, REPORTED)
    step = next(one for one in ladder.steps_of(engagement) if one.is_open and one.why.endswith("ENGAGE is used"))
    dana, question = world.actor("dana"), "Which rack?"
    hold(engagement.pk, reason=HoldReason.AWAITING_CLIENT_INFO, question=question, by=dana, at=at)
    back = local("2026-12-01 20:40")
    run_until(back, at)
    step.refresh_from_db()
    assert step.is_open
    resume(engagement.pk, answer="The second.", by=world.actor("rita"), at=back)
    run_until(local("2026-12-01 20:51"), back)
    step.refresh_from_db()
    assert step.advanced_at == local("2026-12-01 20:50")


def test_restored_service_owes_no_plan(world: World) -> None:
    engagement = reported(world)
    run_until(local("2026-12-01 20:10"), REPORTED)
    assert any(end.kind == "recovery_plan" for end in queries.open_ends(engagement))
    cancel_engagement(engagement.pk, reason="Over.", by=world.actor("rita"), at=local("2026-12-01 20:11"))
    run_until(local("2026-12-01 21:00"), local("2026-12-01 20:11"))
    assert not any(end.kind == "recovery_plan" for end in queries.open_ends(engagement))


def test_duty_that_is_met_late_ends_its_plan(world: World) -> None:
    engagement = reported(world)
    duty = Obligation.objects.get(engagement=engagement)
    late = {"name": duty.name, "by": SYSTEM, "at": local("2026-12-01 20:10")}
    escalating.ask_rung(engagement.pk, percent=100, obligation_id=duty.pk, **late)
    met = local("2026-12-01 20:11")
    harm.meet_obligation(engagement.pk, obligation_id=duty.pk, by=world.actor("seth"), at=met)
    run_until(local("2026-12-01 20:13"), met)
    plans = [end.subject for end in queries.open_ends(engagement) if end.kind == "recovery_plan"]
    assert not [subject for subject in plans if subject.endswith(f"/duty/{duty.pk}")]


def test_drill_says_so_in_every_message_and_goes_on_by_itself(world: World) -> None:
    at = local("2026-12-02 10:00")
    given = {"scenario": "The archive stops", "by": world.actor("dana"), "at": at}
    rehearsal = rehearsing.start_drill(world.organisation("northgate").pk, **given)
    run_until(local("2026-12-02 10:41"), at)
    rehearsal.refresh_from_db()
    assert rehearsal.ended_at == local("2026-12-02 10:40")
    drills = [one for one in mail.outbox if "DRILL" in one.subject]
    assert {one.to[0] for one in drills} >= {PEOPLE[key].email for key in ("dana", "percy", "dirk", "seth")}
    assert all("DRILL" in one.body and "Nothing has failed" in one.body for one in drills)
    assert len(drills) == len(mail.outbox)


def test_real_failure_ends_a_drill_that_goes_on(world: World) -> None:
    engagement = reported(world)
    at = local("2026-12-01 19:45")
    given = {"scenario": "The archive stops", "by": world.actor("dana"), "at": at}
    rehearsal = rehearsing.start_drill(world.organisation("northgate").pk, **given)
    (first,) = [one.pk for one in ladder.steps_of_drill(rehearsal)]
    duty = Obligation.objects.get(engagement=engagement)
    half = {"percent": 50, "obligation_id": duty.pk, "name": duty.name, "by": SYSTEM}
    escalating.ask_rung(engagement.pk, **half, at=local("2026-12-01 19:50"))
    run_until(local("2026-12-01 20:05"), at)
    rehearsal.refresh_from_db()
    assert rehearsal.ended_at == local("2026-12-01 19:50")
    assert rehearsal.ended_because == "A failure is real: its ladder is walked now"
    assert [one.pk for one in ladder.steps_of_drill(rehearsal)] == [first]
