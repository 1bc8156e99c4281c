"""Who somebody is, and lists of people in a constant number of queries."""

from datetime import timedelta
from typing import Any

import pytest

from breakfix.kernel.access import Role, Side
from breakfix.parties import queries
from tests import makers_dispatch
from tests.makers import SET_UP_AT, World
from tests.people import PASSWORD, actor, person


def test_actor_carries_side_roles_and_confirmation(small_world: World) -> None:
    alice = actor("alice", confirmed_at=SET_UP_AT)
    assert (alice.side, alice.roles, alice.confirmed_at) == (Side.CLIENT, {Role.APPROVER}, SET_UP_AT)
    assert alice.organisation_id == small_world.organisation("northgate").pk
    assert actor("tom").field_only
    assert not actor("cal").field_only


def test_people_with_a_role_are_those_who_hold_it_then(small_world: World) -> None:
    northgate = small_world.organisation("northgate").pk
    names = [p.name.split()[0] for p in queries.people_with(Role.APPROVER, northgate, SET_UP_AT)]
    assert names == ["Alice", "Cora", "Erin"]
    assert queries.people_with(Role.APPROVER, northgate, SET_UP_AT - timedelta(seconds=1)).count() == 0
    either = queries.people_with([Role.SECURITY_OFFICER, Role.DATA_OWNER], northgate, SET_UP_AT)
    assert list(either) == [person("sol")]


@pytest.mark.parametrize(("slug", "count"), [("calder", 2), ("northgate", 12)])
def test_persons_of_an_organisation_cost_two_queries(
    small_world: World, slug: str, count: int, django_assert_num_queries: Any
) -> None:
    organisation_id = small_world.organisation(slug).pk
    with django_assert_num_queries(2):
        rows = [(p.organisation.name, [h.role for h in p.held]) for p in queries.persons_of(organisation_id)]
    assert len(rows) == count
    assert all(roles for _, roles in rows)


def test_names_are_shown_for_people_and_the_system(small_world: World, django_assert_num_queries: Any) -> None:
    alice, tom = person("alice"), person("tom")
    assert queries.name_of(alice.pk) == "Alice Brandt"
    assert queries.name_of(None) == "Breakfix"
    assert queries.name_of(10**9) == "somebody"
    with django_assert_num_queries(1):
        assert queries.names_of([alice.pk, tom.pk]) == {alice.pk: "Alice Brandt", tom.pk: "Tom Okafor"}


def test_demo_sign_ins_name_everybody_who_can(small_world: World) -> None:
    sign_ins = dict(queries.demo_sign_ins())
    assert sign_ins["sol@northgate.example"] == "Northgate Trading: data owner, security officer"
    assert len(sign_ins) == len(small_world.people)
    assert person("alice").check_password(PASSWORD)
    assert queries.zone_of(person("charlie")) == "America/Chicago"


def test_field_staff_read_no_log_because_it_holds_every_price(world: World) -> None:
    makers_dispatch.dispatched(world)
    assert list(queries.log_visible_to(world.actor("tom"))) == []
    assert queries.log_visible_to(world.actor("dana")).exists()
