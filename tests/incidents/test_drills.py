"""Drills: the ladder rehearsed to its end, ended early, or stopped by a failure that is real (domain.md §3.9, F7)."""

from datetime import timedelta
from typing import Any

import pytest

from breakfix.incidents import ladder, queries
from breakfix.incidents.actions import escalating, rehearsing
from breakfix.incidents.models import Clock, Drill, Engagement
from breakfix.incidents.values import ClockKind, Status
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.ledger.rebuild import differences
from tests import together
from tests.makers import World, local
from tests.makers_incidents import qualified
from tests.refusals import refused

HALF = local("2026-12-01 20:07")
TEN = timedelta(minutes=10)


def drill(world: World, **given: Any) -> Drill:
    usual: dict[str, Any] = {"scenario": "The archive stops at night", "by": world.actor("dana"), "at": HALF}
    return rehearsing.start_drill(world.organisation("northgate").pk, **{**usual, **given})


def test_drill_walks_every_rung_and_touches_no_engagement(world: World) -> None:
    engagement = qualified(world)
    before = (queries.readings(engagement, HALF), queries.open_ends(engagement))
    rehearsal = drill(world)
    assert ladder.is_stale(world.actor("dana"), HALF)
    at = HALF
    for people in (("dana",), ("percy",), ("dirk", "seth"), ("dirk", "alice")):
        at += timedelta(minutes=2)
        for who in people:
            by = world.actor(who)
            (step,) = [one for one in ladder.visible_to(by) if one.is_open and ladder.is_asked(one, by)]
            assert step.why.startswith("DRILL: ")
            escalating.acknowledge_escalation(step.pk, by=world.actor(who), at=at)
    rehearsal.refresh_from_db()
    assert rehearsal.ended_at == at
    (line,) = ladder.drill_log(world.actor("seth"))
    assert (line.answered, [ladder.minutes_of(one) for one in line.steps]) == (6, [2, 2, 2, 2, 2, 2])
    assert ladder.drill_log(world.actor("cal")) == []
    assert (queries.readings(engagement, HALF), queries.open_ends(engagement)) == before
    assert not ladder.is_stale(world.actor("dana"), at + timedelta(days=90))
    assert ladder.is_stale(world.actor("dana"), at + timedelta(days=90, seconds=1))
    assert differences() == []


def test_drill_goes_on_past_silence_to_its_end(world: World) -> None:
    rehearsal = drill(world)
    at = HALF
    while waits := [one for one in ladder.steps_of_drill(rehearsal) if one.is_open]:
        at += TEN
        for one in waits:
            escalating.advance_escalation(one.pk, by=SYSTEM, at=at)
    rehearsal.refresh_from_db()
    assert rehearsal.ended_at == at == HALF + 4 * TEN
    assert {one.advanced_because for one in ladder.steps_of_drill(rehearsal)} == {"no answer"}


def test_drill_runs_once_at_a_time_and_with_ones_own_clients_only(world: World) -> None:
    drill(world)
    with refused("drill_runs"):
        drill(world)
    with refused("not_allowed"):
        drill(world, by=world.actor("seth"))
    with refused("not_found"):
        rehearsing.start_drill(10**9, scenario="A", by=world.actor("dana"), at=HALF)
    with refused("not_found"):
        rehearsing.start_drill(world.organisation("harborview").pk, scenario="A", by=world.actor("cal"), at=HALF)


def end(world: World, rehearsal: Drill, **given: Any) -> Drill:
    usual: dict[str, Any] = {"why": "A storm; everybody is needed", "by": world.actor("percy"), "at": HALF + TEN}
    return rehearsing.end_drill(rehearsal.pk, **{**usual, **given})


def asked_really(engagement: Engagement) -> Engagement:
    clock = Clock.objects.get(engagement=engagement, kind=ClockKind.ENGAGE, stopped_at=None)
    return escalating.ask_rung(engagement.pk, percent=50, name="ENGAGE", clock_id=clock.pk, by=SYSTEM, at=HALF)


def test_drill_that_is_ended_early_asks_nobody_further_and_rehearsed_nothing(world: World) -> None:
    rehearsal = drill(world)
    (step,) = ladder.steps_of_drill(rehearsal)
    ended = end(world, rehearsal)
    assert (ended.ended_at, ended.ended_because) == (HALF + TEN, "A storm; everybody is needed")
    (step,) = ladder.steps_of_drill(rehearsal)
    assert (step.advanced_at, step.advanced_because) == (HALF + TEN, "the drill was ended")
    with refused("step_over"):
        escalating.advance_escalation(step.pk, by=SYSTEM, at=HALF + 2 * TEN)
    with refused("drill_over"):
        escalating.acknowledge_escalation(step.pk, by=world.actor("dana"), at=HALF + 2 * TEN)
    assert ladder.last_drill_at(world.actor("dana")) is None
    assert ladder.is_stale(world.actor("dana"), HALF + TEN)
    said = [one.line for one in ledger.entries(rehearsal.client_id, topic="")]
    assert "DRILL ended early: A storm; everybody is needed" in said
    drill(world, at=HALF + 2 * TEN)
    assert differences() == []


def test_drill_is_ended_once_with_a_reason_by_its_own_provider(world: World) -> None:
    rehearsal = drill(world)
    with refused("missing_field", field="why"):
        end(world, rehearsal, why="  ")
    with refused("not_allowed"):
        end(world, rehearsal, by=world.actor("seth"))
    for stranger in ("cal", "tom"):
        with refused("not_found"):
            end(world, rehearsal, by=world.actor(stranger))
    end(world, rehearsal)
    with refused("drill_over"):
        end(world, rehearsal)


def test_drill_waits_while_the_ladder_is_walked_for_real(world: World) -> None:
    engagement = asked_really(qualified(world))
    with refused("ladder_runs"):
        drill(world)
    (step,) = ladder.steps_of(engagement)
    escalating.acknowledge_escalation(step.pk, by=world.actor("dana"), at=HALF)
    assert drill(world, at=HALF + TEN).ended_at is None


@pytest.mark.tampers
@pytest.mark.parametrize("what", [{"need_to_know": True}, {"status": Status.CANCELLED}])
def test_drill_hears_nothing_of_a_restricted_or_finished_engagement(world: World, what: dict[str, Any]) -> None:
    engagement = asked_really(qualified(world))
    Engagement.objects.filter(pk=engagement.pk).update(**what)
    assert drill(world).ended_at is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_drill_ended_twice_at_once_is_ended_once(world: World) -> None:
    rehearsal = drill(world)
    ended = together.both(lambda: end(world, rehearsal), lambda: end(world, rehearsal))
    assert sorted(ended) == ["done", "drill_over"]
