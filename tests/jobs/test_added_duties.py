"""What follows from a duty that is added later: the floor, the warnings, the ladders, and who hears of it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from breakfix.agreements.values import Priority
from breakfix.approvals import queries as approvals
from breakfix.incidents import ladder, queries
from breakfix.incidents.actions import reprioritise
from breakfix.incidents.actions.duties import add_obligation
from breakfix.incidents.models import Clock, Engagement
from breakfix.incidents.values import ClockKind, PriorityChange
from breakfix.kernel.models import Task
from tests import makers_quotes
from tests.jobs.running import instants, run_until
from tests.makers import World, local
from tests.makers_incidents import ARCHIVE_GAP, CALM, calm, reported

FOUND = local("2026-12-01 20:30")
HOUR = timedelta(hours=1)


def add(world: World, engagement: Engagement, hours: int, who: str = "rita", **given: Any) -> None:
    """A duty due so many hours from now, whose clock begins now."""
    at = given.pop("at", FOUND)
    duty = replace(ARCHIVE_GAP, **{"triggered_at": at, "hours": Decimal(hours), **given})
    told_by = "Seth" if who == "dana" else ""
    add_obligation(engagement.pk, duty=duty, told_by=told_by, by=world.actor(who), at=at)


def raised(engagement: Engagement) -> list[tuple[str, str]]:
    return instants("engagement.reprioritised", engagement.client_id)


def test_near_duty_raises_the_priority_at_once_and_open_clocks_begin_anew(world: World) -> None:
    engagement = calm(world)
    add(world, engagement, 11)
    run_until(FOUND, FOUND)
    engagement.refresh_from_db()
    assert (engagement.priority, engagement.late_classification) == ("P2", False)
    reason = "Priority P4 to P2, changed circumstances: A dated obligation falls due in less than 12 hours"
    assert raised(engagement) == [("02 01:30:00", reason)]
    begun = Clock.objects.filter(engagement=engagement, kind=ClockKind.ACK, void=False)
    assert [one.started_at for one in begun] == [FOUND]
    run_until(FOUND + HOUR, FOUND)
    assert len(raised(engagement)) == 1


def test_missed_duty_raises_it_too(world: World) -> None:
    engagement = calm(world)
    duty = replace(ARCHIVE_GAP, hours=Decimal("0.5"))
    add_obligation(engagement.pk, duty=duty, missed=True, by=world.actor("rita"), at=FOUND)
    run_until(FOUND, FOUND)
    engagement.refresh_from_db()
    assert engagement.priority == "P2"


def test_duty_further_away_raises_it_when_it_comes_near(world: World) -> None:
    engagement = calm(world)
    add(world, engagement, 14)
    run_until(FOUND + 2 * HOUR, FOUND)
    assert raised(engagement) == []  # exactly twelve hours are not less
    run_until(FOUND + 2 * HOUR + timedelta(seconds=1), FOUND + 2 * HOUR)
    engagement.refresh_from_db()
    assert (engagement.priority, len(raised(engagement))) == ("P2", 1)


def test_higher_priority_stays(world: World) -> None:
    engagement = reported(world)
    add(world, engagement, 2, name="Filing sent")
    run_until(FOUND, FOUND)
    engagement.refresh_from_db()
    assert (engagement.priority, raised(engagement)) == ("P1", [])


def test_every_share_is_warned_of_and_walks_the_ladder_of_a_duty(world: World) -> None:
    engagement = calm(world)
    add(world, engagement, 8, triggered_at=FOUND - 2 * HOUR, name="Filing sent")  # due in six hours
    run_until(FOUND + 7 * HOUR, FOUND)
    warned = [one for one in instants("clock.warned", engagement.client_id) if "Filing sent" in one[1]]
    assert warned == [
        (at, f"Filing sent: {percent} % used, due 2026-12-02 02:30.")
        for at, percent in (("02 03:30:00", 50), ("02 05:30:00", 75), ("02 06:42:00", 90), ("02 07:30:00", 100))
    ]
    steps = [one for one in ladder.steps_of(engagement) if one.obligation_id is not None]
    assert steps[0].why == "50 % of Filing sent is used"
    assert {one.rung for one in steps} == {1, 2, 3, 4}  # nobody answered, so silence went on before the shares did
    assert {"recovery_plan"} <= {one.kind for one in queries.open_ends(engagement)}


def test_other_people_hear_of_it_and_whoever_said_it_does_not(world: World) -> None:
    engagement = calm(world)
    add(world, engagement, 40)
    run_until(FOUND, FOUND)
    names = {person.pk: key for key, person in world.people.items()}
    sent = Task.objects.filter(kind="notice.send", payload__said="a dated duty was added")
    assert {names[one.payload["person_id"]] for one in sent} == {"dana", "seth"}
    add(world, engagement, 50, "dana", name="Filing sent", at=FOUND + HOUR)
    run_until(FOUND + HOUR, FOUND + HOUR)
    later = [one.payload for one in sent.all() if "Filing sent" in one.payload["subject"]]
    assert {names[one["person_id"]] for one in later} == {"rita", "seth"}


def test_near_duty_lets_an_open_round_climb_the_whole_ladder(world: World) -> None:
    engagement = makers_quotes.awaiting_quote(world, answers=CALM, obligations=[])
    dana, how = world.actor("dana"), PriorityChange.CHANGED_CIRCUMSTANCES
    reprioritise.raise_priority(
        engagement.pk, priority=Priority.P2, change=how, reason="Busy", by=dana, at=makers_quotes.DRAFTED
    )
    quote = makers_quotes.issued(world, engagement, charges=[])
    at = makers_quotes.ISSUED
    run_until(at, at)
    (asked,) = approvals.rounds_for(quote.engagement)
    rungs = Task.objects.filter(kind="ladder.climb", payload__round=asked.pk)
    assert rungs.count() == 1
    later = at + timedelta(minutes=1)
    add(world, engagement, 5, at=later)
    run_until(later, later)
    assert {one.payload["rung"] for one in rungs} >= {"notify", "voice", "delegate", "next_level"}
