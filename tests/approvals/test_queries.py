"""Reads of approvals: what waits for whom, who sees what, and how many queries it takes."""

from typing import Any

import pytest

from breakfix.agreements.values import Domain
from breakfix.approvals import queries
from breakfix.approvals.values import Purpose, Verdict
from breakfix.changes import rules as changes
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.errors import NotFound
from tests import makers_approvals as make
from tests.makers import World, local

AT = local("2026-12-02 01:20")


def ask_often(engagement: Engagement, times: int) -> None:
    for number in range(times):
        make.asked(engagement, subject=f"quote/{number}")


def test_seats_pending_are_those_i_may_fill(world: World, engagement: Engagement) -> None:
    approval = make.asked(engagement)
    make.asked(
        engagement,
        needs=changes.ecab(Domain.SEC),
        exposure=None,
        subject="change/1",
        purpose=Purpose.CHANGE,
        quorum=changes.ECAB_QUORUM,
    )

    def pending(who: str) -> list[tuple[str, str]]:
        return [(seat.round.subject, seat.name) for seat in queries.seats_pending_for(world.actor(who), AT)]

    assert pending("alice") == [("quote/1", "it")]
    assert pending("sol") == [("quote/1", "data_owner"), ("change/1", "security_officer")]
    assert pending("seth") == [("change/1", "service_owner")]
    assert [pending(who) for who in ("rita", "bob", "mona", "charlie", "dana")] == [[]] * 5
    make.decided(world, approval, "alice", AT)
    assert pending("alice") == []


def test_standing_explains_the_button(world: World, engagement: Engagement) -> None:
    approval = make.asked(engagement)
    assert queries.may_decide(approval, world.actor("alice"), AT).seats == ("it",)
    told = queries.may_decide(approval, world.actor("rita"), AT)
    assert (told.may, told.code) == (False, "own_request")
    assert told.reason == "You reported this failure, so somebody else has to decide."
    assert queries.may_ratify(approval, world.actor("cora"), AT).code == "nothing_to_ratify"


def test_standing_of_the_morning_after(world: World, engagement: Engagement) -> None:
    approval = make.night(world, engagement)
    noon = local("2026-12-02 12:00")
    assert queries.may_ratify(approval, world.actor("cora"), noon).seats == ("finance",)
    assert queries.may_ratify(approval, world.actor("cora"), local("2026-12-02 12:01")).code == ("ratification_late")
    assert queries.may_ratify(approval, world.actor("alice"), noon).code == "not_your_seat"


def test_emergency_conditions_turn_true_one_by_one(world: World, engagement: Engagement) -> None:
    approval = make.climbed(make.asked(engagement), local("2026-12-02 01:15"))
    before = {one.code for one in queries.emergency_conditions(approval, AT) if not one.met}
    assert before == {"too_early", "still_reachable"}
    make.climbed(approval, local("2026-12-02 01:45"))
    after = queries.emergency_conditions(approval, local("2026-12-02 01:45"))
    assert all(one.met for one in after)
    mona = queries.may_decide_in_emergency(approval, world.actor("mona"), local("2026-12-02 01:45"))
    assert mona.seats == ("it", "finance")


def test_rounds_are_invisible_to_others(world: World, engagement: Engagement) -> None:
    approval = make.asked(engagement)
    for who in ("charlie", "hana", "cal", "tom"):
        assert not queries.visible_to(world.actor(who)).exists()
        with pytest.raises(NotFound):
            queries.get_round(approval.pk, by=world.actor(who))
    assert queries.get_round(approval.pk, by=world.actor("quinn")) == approval


def test_ladder_is_planned_from_the_agreement(engagement: Engagement) -> None:
    rungs = [rung.at for rung in queries.ladder_of(make.asked(engagement))]
    clock = [at.astimezone(make.OPENED_AT.tzinfo).strftime("%H:%M") for at in rungs]
    assert clock == ["01:15", "01:20", "01:25", "01:35", "01:45"]


@pytest.mark.parametrize("times", [1, 3])
def test_seats_pending_take_as_many_queries_for_many_rounds(
    world: World, engagement: Engagement, times: int, django_assert_num_queries: Any
) -> None:
    ask_often(engagement, times)
    alice = world.actor("alice")
    with django_assert_num_queries(6):
        found = queries.seats_pending_for(alice, AT)
        assert [seat.round.engagement.number for seat in found] == [engagement.number] * times


@pytest.mark.parametrize("times", [1, 3])
def test_rounds_take_as_many_queries_for_many(
    world: World, engagement: Engagement, times: int, django_assert_num_queries: Any
) -> None:
    ask_often(engagement, times)
    for approval in queries.rounds_for(engagement):
        make.decided(world, approval, "sol", AT, verdict=Verdict.ACKNOWLEDGE)
    with django_assert_num_queries(2):
        rows = queries.rounds_for(engagement)
        signed = [seat.decided_by.name for row in rows for seat in row.seats.all() if seat.decided_by]
    assert signed == ["Sol Iversen"] * times


def test_latest_round_is_found_whatever_became_of_it(world: World, engagement: Engagement) -> None:
    first = make.asked(engagement)
    make.decided(world, first, "alice", AT, verdict=Verdict.REJECT, reason="Too dear.")
    assert queries.open_round_for("quote/1") is None
    second = make.asked(engagement, at=AT)
    assert queries.open_round_for("quote/1") == second
    assert queries.latest_round_for("quote/1") == second
    assert queries.latest_round_for("quote/9") is None
    assert queries.get_round(first.pk, by=SYSTEM).status == "REJECTED"
