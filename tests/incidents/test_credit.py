"""A client on credit hold: nothing new is taken on, a P1 only past an override of the provider's finance."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from breakfix.agreements import queries as agreements
from breakfix.agreements.actions import lift_credit_hold, place_credit_hold
from breakfix.agreements.models import CreditHold
from breakfix.agreements.values import Priority
from breakfix.incidents import credit, queries
from breakfix.incidents.actions import desk, reprioritise
from breakfix.incidents.actions.credit import follow_credit_hold, override_credit_hold
from breakfix.incidents.models import CreditOverride, Engagement
from breakfix.incidents.values import EndKind, PriorityChange, Referral, Status
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.errors import NotAllowed, NotFound
from breakfix.kernel.ledger.rebuild import differences
from breakfix.parties import queries as parties
from tests import together
from tests.jobs.running import run_until
from tests.makers import SET_UP_AT, World
from tests.makers import world as make_world
from tests.makers_incidents import ACKNOWLEDGED, CALM, QUALIFIED, acknowledged
from tests.people import PEOPLE
from tests.refusals import refused

WHY = "Two invoices are overdue since October"
SOON = timedelta(seconds=30)


def placed(world: World, *, who: str = "fay", at: datetime = SET_UP_AT, client: str = "northgate") -> CreditHold:
    agreement_id = world.agreements[client].agreement_id
    return place_credit_hold(agreement_id, reason=WHY, by=world.actor(who), at=at)


def lifted(world: World, *, who: str = "fay", at: datetime = QUALIFIED) -> CreditHold:
    return lift_credit_hold(world.agreements["northgate"].agreement_id, reason="Paid", by=world.actor(who), at=at)


def overridden(world: World, engagement: Engagement, *, who: str = "fay", at: datetime = QUALIFIED) -> CreditOverride:
    return override_credit_hold(engagement.pk, reason="Their only archive", by=world.actor(who), at=at)


def qualify(world: World, engagement: Engagement) -> Engagement:
    return desk.qualify(engagement.pk, by=world.actor("dana"), at=QUALIFIED)


def tasks(engagement: Engagement) -> list[Any]:
    return [end for end in queries.open_ends(engagement) if end.kind == EndKind.CREDIT]


def lower(world: World, engagement: Engagement, to: Priority) -> None:
    reprioritise.raise_priority(
        engagement.pk,
        priority=to,
        change=PriorityChange.CHANGED_CIRCUMSTANCES,
        reason="So it is",
        by=world.actor("rita"),
        at=QUALIFIED,
    )


def test_p1_of_a_held_client_is_taken_on_once_finance_lets_it_pass(world: World) -> None:
    placed(world)
    engagement = acknowledged(world)
    with refused("credit_hold") as refusal:
        qualify(world, engagement)
    assert refusal.value.facts["deed"] == "override_credit_hold"
    overridden(world, engagement)
    assert qualify(world, engagement).status == Status.QUALIFIED
    assert differences() == []


def test_less_than_a_p1_waits_until_the_hold_is_lifted(world: World) -> None:
    placed(world)
    engagement = acknowledged(world, answers=CALM, obligations=[])
    with refused("credit_hold") as refusal:
        qualify(world, engagement)
    assert refusal.value.facts["deed"] == "lift_credit_hold"
    with refused("not_p1"):
        overridden(world, engagement)
    lifted(world)
    assert qualify(world, engagement).status == Status.QUALIFIED
    assert differences() == []


def test_override_does_not_outlive_the_p1_it_was_for(world: World) -> None:
    placed(world)
    engagement = acknowledged(world)
    overridden(world, engagement)
    lower(world, engagement, Priority.P3)
    with refused("credit_hold"):
        qualify(world, engagement)
    lower(world, engagement, Priority.P1)
    assert qualify(world, engagement).status == Status.QUALIFIED


def test_override_of_one_hold_says_nothing_about_a_later_one(world: World) -> None:
    placed(world)
    engagement = acknowledged(world)
    overridden(world, engagement)
    lifted(world)
    placed(world, at=QUALIFIED)
    with refused("credit_hold"):
        qualify(world, engagement)
    overridden(world, engagement)
    assert qualify(world, engagement).status == Status.QUALIFIED
    assert CreditOverride.objects.count() == 2


def test_override_is_for_one_engagement_and_given_once(world: World) -> None:
    placed(world)
    engagement, other = acknowledged(world), acknowledged(world)
    overridden(world, engagement)
    with refused("already_overridden"):
        overridden(world, engagement)
    with refused("credit_hold"):
        qualify(world, other)


def test_nothing_is_overridden_without_a_hold_or_once_it_was_decided(world: World) -> None:
    engagement = acknowledged(world)
    with refused("no_credit_hold"):
        overridden(world, engagement)
    qualify(world, engagement)
    placed(world, at=QUALIFIED)
    with refused("wrong_state"):
        overridden(world, engagement)


def test_what_was_taken_on_before_goes_on(world: World) -> None:
    engagement = qualify(world, acknowledged(world))
    placed(world, at=QUALIFIED)
    run_until(QUALIFIED + SOON, QUALIFIED)
    assert tasks(engagement) == []
    assert Engagement.objects.get(pk=engagement.pk).status == Status.QUALIFIED


def test_hold_is_placed_once_and_lifted_once(world: World) -> None:
    with refused("no_credit_hold"):
        lifted(world)
    placed(world)
    with refused("already_held"):
        placed(world)
    lifted(world)
    with refused("no_credit_hold"):
        lifted(world)
    placed(world, at=QUALIFIED)
    assert CreditHold.objects.count() == 2


@pytest.mark.parametrize("who", ["dana", "percy", "quinn", "dirk", "finn", "nora", "alice"])
def test_only_the_providers_finance_decides_about_credit(world: World, who: str) -> None:
    placed(world)
    engagement = acknowledged(world)
    with pytest.raises(NotAllowed):
        placed(world, who=who)
    with pytest.raises(NotAllowed):
        lifted(world, who=who)
    with pytest.raises(NotAllowed):
        overridden(world, engagement, who=who)


def test_hold_is_for_this_client_of_this_provider_and_no_secret_of_others(world: World) -> None:
    hold = placed(world)
    assert agreements.find_credit_hold(world.agreements["harborview"].agreement_id) is None
    agreement = hold.agreement
    for who, seen in (("finn", 1), ("nora", 1), ("fay", 1), ("dana", 1), ("charlie", 0), ("cal", 0), ("tom", 0)):
        assert agreements.credit_holds(agreement, world.actor(who)).count() == seen, who
    with pytest.raises(NotFound):
        place_credit_hold(
            world.agreements["northgate"].agreement_id, reason=WHY, by=world.actor("charlie"), at=QUALIFIED
        )
    engagement = acknowledged(world)
    overridden(world, engagement)
    for who, seen in (("finn", 1), ("dana", 1), ("charlie", 0), ("cal", 0)):
        assert credit.overrides(engagement, world.actor(who)).count() == seen, who
        assert (credit.standing(engagement, world.actor(who)) is not None) == bool(seen), who


def test_finance_is_asked_when_the_desk_answers_a_p1(world: World) -> None:
    placed(world)
    engagement = acknowledged(world)
    run_until(ACKNOWLEDGED + SOON, ACKNOWLEDGED)
    (task,) = tasks(engagement)
    assert (task.organisation_id, task.role, task.blocks_close) == (engagement.provider_id, "provider_finance", False)
    told = {letter.to[0] for letter in mail.outbox if "finance is asked" in f"{letter.subject}{letter.body}"}
    assert {PEOPLE["fay"].email, PEOPLE["finn"].email} <= told
    assert not {PEOPLE["charlie"].email, PEOPLE["cal"].email, PEOPLE["hugo"].email} & told
    overridden(world, engagement)
    assert tasks(engagement) == []


def test_nobody_is_asked_about_less_than_a_p1_or_without_a_hold(world: World) -> None:
    free = acknowledged(world)
    run_until(ACKNOWLEDGED + SOON, ACKNOWLEDGED)
    assert tasks(free) == []
    placed(world, at=ACKNOWLEDGED + SOON)
    calm = acknowledged(world, answers=CALM, obligations=[])
    run_until(ACKNOWLEDGED + 2 * SOON, ACKNOWLEDGED + SOON)
    assert tasks(calm) == []
    assert len(tasks(free)) == 1, "a hold that is placed meanwhile asks about what waits"
    with refused("nothing_to_follow"):
        follow_credit_hold(calm.pk, by=SYSTEM, at=QUALIFIED)


def test_task_ends_when_the_hold_is_lifted_the_priority_falls_or_it_is_declined(world: World) -> None:
    placed(world)
    waits, falls, declined = acknowledged(world), acknowledged(world), acknowledged(world)
    run_until(ACKNOWLEDGED + SOON, ACKNOWLEDGED)
    assert [len(tasks(one)) for one in (waits, falls, declined)] == [1, 1, 1]
    desk.decline(declined.pk, referral=Referral.NO_CAPACITY, reason="Unpaid", by=world.actor("dana"), at=QUALIFIED)
    assert tasks(declined) == []
    lower(world, falls, Priority.P2)
    run_until(QUALIFIED + SOON, QUALIFIED)
    assert [len(tasks(one)) for one in (waits, falls)] == [1, 0]
    lifted(world, at=QUALIFIED + SOON)
    run_until(QUALIFIED + 2 * SOON, QUALIFIED + SOON)
    assert tasks(waits) == []
    assert differences() == []


def test_client_hears_of_the_hold_and_why(world: World) -> None:
    mail.outbox.clear()
    placed(world, at=ACKNOWLEDGED)
    run_until(ACKNOWLEDGED + SOON, ACKNOWLEDGED)
    told = [letter for letter in mail.outbox if "on credit hold" in letter.subject]
    assert {letter.to[0] for letter in told} == {PEOPLE["finn"].email, PEOPLE["nora"].email}
    assert WHY in told[0].body
    agreement = world.agreements["northgate"].agreement
    lines = [one.line for one in parties.told_on(agreement.topic, agreement.client_id)]
    assert any(WHY in line for line in lines)


@pytest.mark.postgres
def test_hold_is_never_placed_between_the_look_and_the_decision(transactional_db: None) -> None:
    made = make_world()
    engagement = acknowledged(made)
    said = together.both(lambda: qualify(made, engagement), lambda: placed(made, at=QUALIFIED))
    assert said in (["done", "done"], ["credit_hold", "done"])
    taken = Engagement.objects.get(pk=engagement.pk).status == Status.QUALIFIED
    assert taken == (said[0] == "done")


@pytest.mark.postgres
def test_two_holds_and_two_overrides_at_once_are_one_each(transactional_db: None) -> None:
    made = make_world()
    engagement = acknowledged(made)
    assert sorted(together.both(*[lambda: placed(made)] * 2)) == ["already_held", "done"]
    assert sorted(together.both(*[lambda: overridden(made, engagement)] * 2)) == ["already_overridden", "done"]
    assert sorted(together.both(*[lambda: lifted(made)] * 2)) == ["done", "no_credit_hold"]


@pytest.mark.postgres
def test_override_of_a_hold_that_is_lifted_meanwhile_deadlocks_with_nobody(transactional_db: None) -> None:
    made = make_world()
    placed(made)
    engagement = acknowledged(made)
    overriding, lifting = together.both(lambda: overridden(made, engagement), lambda: lifted(made))
    assert lifting == "done"
    assert overriding in ("done", "no_credit_hold")
