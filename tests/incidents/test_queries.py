"""Reads: the desk's two lanes under a constant number of queries, what needs me, one's own log."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from breakfix.incidents import queries
from breakfix.incidents.actions import course, desk
from breakfix.incidents.values import HoldReason
from tests.makers import World, local
from tests.makers_incidents import ACKNOWLEDGED, REPORTED, acknowledged, calm, qualified, reported

AT = local("2026-12-01 20:10")


@pytest.mark.parametrize("count", [1, 3])
def test_desk_list_takes_four_queries(
    world: World, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        qualified(world)
    dana = world.actor("dana")
    # Engagements, clocks, holds, open ends; the agreement's terms come with the engagement.
    with django_assert_num_queries(4):
        found = queries.desk_list(dana, AT)
        for line in found.emergency:
            assert line.engagement.site.name
            assert line.engagement.client.name
            assert line.next_steps[0].organisation.name
    assert len(found.emergency) == count


@pytest.mark.parametrize("count", [1, 3])
def test_open_ends_take_one_query(
    world: World, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        reported(world)
    dana = world.actor("dana")
    with django_assert_num_queries(1):
        ends = list(queries.open_ends_for(dana))
        assert {end.engagement.site.name for end in ends} == {"Front Street"}
    assert len(ends) == count


@pytest.mark.parametrize("count", [1, 3])
def test_timeline_takes_two_queries(
    world: World, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    engagement = acknowledged(world)
    for number in range(count):
        course.post_update(
            engagement.pk,
            text=f"Still on it, note {number}",
            by=world.actor("dana"),
            at=AT + timedelta(minutes=number),
        )
    rita = world.actor("rita")
    with django_assert_num_queries(2):
        assert len(queries.timeline(engagement, rita)) == count + 2


def test_desk_keeps_the_lanes_apart_and_sorts_by_time_to_breach(world: World) -> None:
    slow, first = calm(world), reported(world)
    second = reported(world, at=REPORTED + timedelta(minutes=5))
    answered = acknowledged(world)  # its next promise, ENGAGE, breaks at 20:22
    found = queries.desk_list(world.actor("dana"), REPORTED + timedelta(minutes=10))
    assert [line.engagement.pk for line in found.emergency] == [first.pk, second.pk, answered.pk]
    assert [line.engagement.pk for line in found.standard] == [slow.pk]
    assert [line.due_at for line in found.emergency] == [
        local("2026-12-01 20:07"),
        local("2026-12-01 20:12"),
        local("2026-12-01 20:22"),
    ]


def test_desk_shows_a_broken_promise_before_a_threatened_one(world: World) -> None:
    broken = reported(world)
    at = REPORTED + timedelta(minutes=20)
    fresh = reported(world, at=at)
    found = queries.desk_list(world.actor("dana"), at)
    assert [line.engagement.pk for line in found.emergency] == [broken.pk, fresh.pk]


def test_desk_shows_nothing_that_is_over_or_anothers(world: World) -> None:
    engagement = reported(world)
    assert queries.desk_list(world.actor("cal"), AT).emergency == []
    course.cancel_engagement(engagement.pk, reason="Solved", by=world.actor("rita"), at=AT)
    assert queries.desk_list(world.actor("dana"), AT).emergency == []


def test_what_needs_me_goes_by_role_and_organisation(world: World) -> None:
    engagement = acknowledged(world)
    needs = {
        key: [end.what for end in queries.open_ends_for(world.actor(key))]
        for key in ("dana", "cal", "rita", "fay", "hana")
    }
    assert needs == {
        "dana": ["Qualify: scope, other cover, insurance"],
        "cal": [],
        "rita": [],
        "fay": [],
        "hana": [],
    }
    course.hold(
        engagement.pk,
        reason=HoldReason.AWAITING_CLIENT_INFO,
        question="Which array?",
        by=world.actor("dana"),
        at=ACKNOWLEDGED,
    )
    assert {end.what for end in queries.open_ends_for(world.actor("rita"))} == {
        "Which array?",
        "Answer the question",
    }
    assert list(queries.open_ends_for(world.actor("dana"))) == []


def test_timeline_tells_who_did_what_in_order(world: World) -> None:
    engagement = qualified(world)
    for key in ("rita", "dana"):
        told = queries.timeline(engagement, world.actor(key))
        assert [(one.kind, one.who) for one in told] == [
            ("engagement.submitted", "Rita Solano"),
            ("engagement.acknowledged", "Dana Whitfield"),
            ("engagement.qualified", "Dana Whitfield"),
        ]


def test_reading_of_many_equals_the_reading_of_each(world: World) -> None:
    rows = [qualified(world), calm(world)]
    together = queries.readings_of(rows, AT)
    assert together == {one.pk: queries.readings(one, AT) for one in rows}


def test_deed_on_an_unknown_engagement_is_not_found(world: World) -> None:
    with pytest.raises(Exception, match="not_found"):
        desk.acknowledge(10**9, callback="1", by=world.actor("dana"), at=AT)
