"""Grants: who is let in on what, until when, and the fence that reads them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from breakfix.kernel import clock
from breakfix.kernel.access import OPERATOR, SYSTEM, Role
from breakfix.kernel.errors import NotFound
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Entry, Row
from breakfix.parties import actions, queries, steps
from breakfix.parties.models import Site
from tests.makers import SET_UP_AT, World
from tests.people import actor, person
from tests.refusals import refused

AT = SET_UP_AT + timedelta(days=1)
TOPIC = "engagement/7"


def told(world: World, rows: list[Row]) -> list[Row]:
    """Steps leave the telling to the deed they belong to; here that deed is the test."""
    to = [organisation.pk for organisation in world.organisations.values()]
    if rows:
        record("topic.shared", subject=rows[0], by=OPERATOR, at=AT, to=to, line="Shared.", changed=rows)
    return rows


def share(world: World, topic: str, key: str = "", slug: str = "", until: datetime | None = None) -> list[Row]:
    receiver: dict[str, Any] = {"person_id": person(key).pk} if key else {}
    receiver |= {"organisation_id": world.organisation(slug).pk} if slug else {}
    return told(world, steps.share(topic, **receiver, reason="test", at=AT, until=until))


def connect(world: World) -> None:
    """What an agreement's signature does: each side sees the other."""
    for one, other in (("ironbridge", "northgate"), ("northgate", "ironbridge")):
        share(world, world.organisation(one).topic, slug=other)


def topics(key: str) -> list[str]:
    return sorted({grant.topic for grant in queries.grants_to(actor(key))})


# ------------------------------------------------------------------------------------------- steps


def test_share_lets_an_organisation_in_but_not_its_field_staff(small_world: World) -> None:
    share(small_world, TOPIC, slug="ironbridge")
    assert topics("dana") == [TOPIC]
    assert topics("fay") == [TOPIC]
    assert topics("tom") == []
    assert topics("rita") == []
    assert topics("cal") == []


def test_share_lets_in_one_person_only(small_world: World) -> None:
    share(small_world, TOPIC, "tom")
    assert topics("tom") == [TOPIC]
    assert topics("ines") == []
    assert topics("dana") == []


def test_share_is_idempotent_unless_it_lasts_longer(small_world: World) -> None:
    soon, later = AT + timedelta(days=1), AT + timedelta(days=2)
    assert len(share(small_world, TOPIC, "tom", until=soon)) == 1
    assert share(small_world, TOPIC, "tom", until=soon) == []
    assert len(share(small_world, TOPIC, "tom", until=later)) == 1
    assert len(share(small_world, TOPIC, "tom")) == 1
    assert share(small_world, TOPIC, "tom", until=later) == []
    with clock.set_to(AT):
        assert topics("tom") == [TOPIC]


def test_access_ends_at_its_instant(small_world: World) -> None:
    until = AT + timedelta(hours=1)
    share(small_world, TOPIC, "tom", until=until)
    with clock.set_to(until - timedelta(microseconds=1)):
        assert topics("tom") == [TOPIC]
    with clock.set_to(until):
        assert topics("tom") == []


def test_withdraw_ends_every_grant_of_the_receiver_and_no_other(small_world: World) -> None:
    for key in ("tom", "ines"):
        share(small_world, TOPIC, key, until=AT + timedelta(days=400 * 365))
        share(small_world, TOPIC, key)
    ended = told(small_world, steps.withdraw(TOPIC, person_id=person("tom").pk, at=AT))
    assert len(ended) == 2
    assert topics("tom") == []
    assert topics("ines") == [TOPIC]
    assert steps.withdraw(TOPIC, person_id=person("tom").pk, at=AT) == []


def test_share_needs_exactly_one_receiver(small_world: World) -> None:
    with pytest.raises(ValueError, match="one organisation or with one person"):
        steps.share(TOPIC, reason="nobody", at=AT)


# ------------------------------------------------------------------------------------------- the fence


def test_organisations_are_hidden_until_an_agreement_opens_them(small_world: World) -> None:
    dana, northgate = actor("dana"), small_world.organisation("northgate")
    with pytest.raises(NotFound):
        queries.get_organisation(northgate.pk, by=dana)
    connect(small_world)
    assert queries.get_organisation(northgate.pk, by=dana) == northgate
    assert {o.slug for o in queries.organisations_visible_to(dana)} == {"ironbridge", "northgate"}
    assert {o.slug for o in queries.organisations_visible_to(actor("rita"))} == {"ironbridge", "northgate"}
    for key in ("charlie", "cal"):
        assert [o.slug for o in queries.organisations_visible_to(actor(key))] == [actor_slug(key)]
    assert [o.slug for o in queries.organisations_visible_to(actor("tom"))] == ["ironbridge"]
    assert queries.organisations_visible_to(SYSTEM).count() == 4


def actor_slug(key: str) -> str:
    return person(key).organisation.slug


def test_sites_and_people_follow_their_organisation(small_world: World) -> None:
    front, clinic = small_world.sites["Front Street"], small_world.sites["Lakeside clinic"]
    connect(small_world)
    dana = actor("dana")
    assert queries.get_site(front.pk, dana) == front
    assert queries.get_person(person("alice").pk, by=dana) == person("alice")
    for site_id in (clinic.pk, 10**9):
        with pytest.raises(NotFound):
            queries.get_site(site_id, dana)
    with pytest.raises(NotFound):
        queries.get_person(person("charlie").pk, by=dana)
    assert queries.sites_visible_to(OPERATOR).count() == 3


def test_shared_with_filters_the_rows_of_later_modules(small_world: World) -> None:
    """Sites stand in for engagements: any table with an id can be fenced."""
    front, depot = small_world.sites["Front Street"], small_world.sites["Newark depot"]
    share(small_world, f"visit/{front.pk}", "tom")
    share(small_world, f"visit/{depot.pk}", "ines")
    assert list(Site.objects.filter(queries.shared_with(actor("tom"), "visit"))) == [front]
    assert list(Site.objects.filter(queries.shared_with(actor("dana"), "visit"))) == []
    assert Site.objects.filter(queries.shared_with(SYSTEM, "visit")).count() == 3


def test_somebody_without_a_role_is_let_in_on_nothing(small_world: World) -> None:
    share(small_world, TOPIC, slug="northgate")
    assert topics("bob") == [TOPIC]
    actions.take_role(person("bob").pk, role=Role.REQUESTER, by=actor("nora"), at=AT)
    with clock.set_to(AT):
        assert topics("bob") == []


# ------------------------------------------------------------------------------------------- deeds


def invite(world: World, key: str, by: str = "sol", topic: str = TOPIC, **given: Any) -> Any:
    usual: dict[str, Any] = {"person_id": person(key).pk, "reason": "leads the forensic work"}
    return actions.share_topic(topic, **{**usual, **given}, by=actor(by), at=AT)


def test_share_topic_lets_one_more_person_in(small_world: World) -> None:
    connect(small_world)
    share(small_world, TOPIC, "sol")
    grant = invite(small_world, "tom", until=AT + timedelta(days=365 * 400))
    assert grant.reason == "leads the forensic work"
    assert topics("tom") == [TOPIC]
    assert TOPIC not in topics("dana")
    entries = Entry.objects.filter(topic=TOPIC, kind="topic.shared")
    both = {small_world.organisation(slug).pk for slug in ("northgate", "ironbridge")}
    assert {e.organisation_id for e in entries} == both
    assert {e.line for e in entries} == {"One person of Ironbridge Repair was given access."}
    with refused("already_shared", field="person_id"):
        invite(small_world, "tom", until=AT + timedelta(days=1))


@pytest.mark.parametrize(
    ("key", "given", "code"),
    [
        ("tom", {"by": "mona"}, "not_allowed"),
        ("tom", {"by": "nora"}, "not_found"),  # an administrator who was not let in
        ("tom", {"by": "hugo"}, "not_found"),
        ("tom", {"topic": "engagement/8"}, "not_found"),
        ("charlie", {}, "not_found"),  # of an organisation that nothing connects
        ("tom", {"reason": " "}, "missing_field"),
        ("tom", {"until": AT}, "past_end"),
        ("tom", {"person_id": None}, "one_receiver"),
        ("tom", {"organisation_id": 1}, "one_receiver"),
    ],
)
def test_share_topic_refuses(small_world: World, key: str, given: dict[str, Any], code: str) -> None:
    connect(small_world)
    share(small_world, TOPIC, "sol")
    with refused(code):
        invite(small_world, key, **given)


def test_share_topic_never_passes_on_an_organisation(small_world: World) -> None:
    connect(small_world)
    provider = small_world.organisation("ironbridge")
    with refused("not_shareable", field="topic"):
        invite(small_world, "bob", topic=provider.topic)


def test_withdraw_topic_ends_access(small_world: World) -> None:
    connect(small_world)
    share(small_world, TOPIC, "sol")
    share(small_world, TOPIC, slug="ironbridge")
    provider_id = small_world.organisation("ironbridge").pk
    ended = actions.withdraw_topic(TOPIC, organisation_id=provider_id, by=actor("sol"), at=AT)
    assert ended.revoked_at == AT
    assert TOPIC not in topics("dana")
    with refused("not_shared", field="organisation_id"):
        actions.withdraw_topic(TOPIC, organisation_id=provider_id, by=actor("sol"), at=AT)
    with refused("own_access", field="person_id"):
        actions.withdraw_topic(TOPIC, person_id=person("sol").pk, by=actor("sol"), at=AT)
    with refused("own_access", field="organisation_id"):
        own = small_world.organisation("northgate").pk
        actions.withdraw_topic(TOPIC, organisation_id=own, by=actor("sol"), at=AT)
    with refused("not_found"):
        actions.withdraw_topic(TOPIC, person_id=person("sol").pk, by=actor("nora"), at=AT)


def test_holders_are_shown_with_their_organisation_in_one_query(
    small_world: World, django_assert_num_queries: Any
) -> None:
    for key in ("sol", "tom", "ines"):
        share(small_world, TOPIC, key)
    with django_assert_num_queries(1):
        names = [grant.person.organisation.name for grant in queries.holders_of(TOPIC) if grant.person]
    assert names == ["Northgate Trading", "Ironbridge Repair", "Ironbridge Repair"]
