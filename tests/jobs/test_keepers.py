"""However people come and go, somebody of the client can let others in on what is restricted."""

from datetime import timedelta

import pytest

from breakfix.accounts import actions as accounts
from breakfix.agreements.values import Domain
from breakfix.incidents.models import Engagement
from breakfix.jobs import insurers
from breakfix.kernel.access import Role
from breakfix.kernel.models import Entry
from breakfix.kernel.tasks import Task
from breakfix.parties import actions as parties
from breakfix.parties.models import Grant
from tests.jobs.running import run_until
from tests.makers import World
from tests.makers_incidents import CALM, REPORTED, reported

LATER = REPORTED + timedelta(hours=1)


def attacked(world: World, *named: str) -> Engagement:
    people = [world.people[who].pk for who in named]
    return reported(
        world, domain=Domain.SEC, answers=CALM, obligations=[], **({"named_people": people} if named else {})
    )


def let_in(world: World, engagement: Engagement) -> set[str]:
    found = set(Grant.objects.filter(topic=engagement.topic, revoked_at=None).values_list("person_id", flat=True))
    return {name for name, one in world.people.items() if one.pk in found}


def test_an_officer_who_comes_after_the_last_one_is_let_in(world: World) -> None:
    engagement = attacked(world)
    nora = world.actor("nora", LATER)
    parties.take_role(world.people["sol"].pk, role=Role.SECURITY_OFFICER, by=nora, at=LATER)
    parties.give_role(world.people["chas"].pk, role=Role.SECURITY_OFFICER, by=nora, at=LATER)
    run_until(LATER, LATER)
    assert let_in(world, engagement) == {"rita", "dana", "sol", "chas"}
    grant = Grant.objects.get(topic=engagement.topic, person=world.people["chas"])
    assert "let others in" in grant.reason
    assert Entry.objects.filter(kind="topic.shared", topic=engagement.topic).count() == 1


def test_without_any_officer_the_administrators_are_let_in(world: World) -> None:
    engagement = attacked(world)
    accounts.switch_off_person(world.people["sol"].pk, by=world.actor("nora", LATER), at=LATER)
    run_until(LATER, LATER)
    assert let_in(world, engagement) == {"rita", "dana", "sol", "nora"}


def test_whose_access_ends_by_itself_is_no_keeper(world: World) -> None:
    engagement = attacked(world)
    nora, sol = world.actor("nora", LATER), world.actor("sol", LATER)
    parties.give_role(world.people["chas"].pk, role=Role.SECURITY_OFFICER, by=nora, at=LATER)
    soon = {
        "person_id": world.people["chas"].pk,
        "until": LATER + timedelta(days=1),
        "reason": "A second pair",
    }
    parties.share_topic(engagement.topic, **soon, by=sol, at=LATER)
    accounts.switch_off_person(world.people["sol"].pk, by=nora, at=LATER)
    run_until(LATER, LATER)
    lasting = Grant.objects.filter(topic=engagement.topic, person=world.people["chas"], until=None)
    assert lasting.count() == 1


def test_the_only_officer_who_is_put_out_by_another_is_let_in_again(world: World) -> None:
    engagement = attacked(world, "dana", "nora")
    sol = world.people["sol"].pk
    parties.withdraw_topic(engagement.topic, person_id=sol, by=world.actor("nora", LATER), at=LATER)
    run_until(LATER, LATER)
    assert Grant.objects.filter(topic=engagement.topic, person_id=sol, revoked_at=None).exists()


def test_where_no_dispatcher_is_left_the_desk_is_let_in(world: World) -> None:
    """Also on what was restricted by hand: nobody could answer it, or read what is written about it."""
    named = [world.people[who].pk for who in ("dana", "alice")]
    engagement = reported(world, need_to_know=True, named_people=named, answers=CALM, obligations=[])
    percy = world.actor("percy", LATER)
    given = {"role": Role.DISPATCHER, "by": percy, "at": LATER}
    parties.give_role(world.people["dirk"].pk, **given)
    run_until(LATER, LATER)
    assert let_in(world, engagement) == {"rita", "dana", "alice"}
    accounts.switch_off_person(world.people["dana"].pk, by=percy, at=LATER)
    run_until(LATER + timedelta(minutes=1), LATER)
    assert let_in(world, engagement) == {"rita", "dana", "alice", "dirk"}


def test_another_officer_is_not_let_in_while_one_is_there(world: World) -> None:
    engagement = attacked(world)
    parties.give_role(world.people["chas"].pk, role=Role.SECURITY_OFFICER, by=world.actor("nora", LATER), at=LATER)
    run_until(LATER, LATER)
    assert let_in(world, engagement) == {"rita", "dana", "sol"}


def test_what_was_restricted_by_hand_lets_nobody_in_by_itself(world: World) -> None:
    named = [world.people[who].pk for who in ("dana", "alice")]
    engagement = reported(world, need_to_know=True, named_people=named, answers=CALM, obligations=[])
    parties.give_role(world.people["chas"].pk, role=Role.SECURITY_OFFICER, by=world.actor("nora", LATER), at=LATER)
    run_until(LATER, LATER)
    assert let_in(world, engagement) == {"rita", "dana", "alice"}


@pytest.mark.parametrize("named", [("dana", "alice"), ("dana", "nora")])
def test_whoever_owes_the_insurer_its_notice_is_let_in_whoever_was_named(
    world: World, named: tuple[str, ...]
) -> None:
    engagement = attacked(world, *named)
    assert let_in(world, engagement) == {"rita", "sol", *named}
    insurers.plan_reminder({"topic": engagement.topic}, REPORTED)
    (task,) = Task.objects.filter(kind="insurer.remind")
    insurers.remind(task.payload, task.due_at)
    told = {one.payload["person_id"] for one in Task.objects.filter(kind="notice.send", key__contains="insurer-")}
    assert told == {world.people["sol"].pk}
