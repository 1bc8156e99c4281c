"""Setting up who there is, and letting somebody in: whole effects, and refusals without a trace."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import authenticate

from breakfix.kernel import clock
from breakfix.kernel.access import OPERATOR, Role, Side
from breakfix.kernel.ledger.rebuild import rebuild
from breakfix.kernel.models import Entry, PersonalPart
from breakfix.parties import actions, queries
from breakfix.parties.models import Grant, Person, RoleHolding
from tests.makers import SET_UP_AT, World
from tests.people import PASSWORD, actor, person
from tests.refusals import refused

AT = SET_UP_AT + timedelta(days=1)


def register(**given: Any) -> Any:
    usual: dict[str, Any] = {"name": "Delta Mills", "slug": "delta", "side": Side.CLIENT, "zone": "Europe/Paris"}
    return actions.register_organisation(**{**usual, "currency": "EUR", "by": OPERATOR, "at": AT, **given})


def test_register_organisation_begins_its_log(db: None) -> None:
    delta = register()
    assert (delta.legal_name, delta.currency) == ("Delta Mills", "EUR")
    entry = Entry.objects.get()
    assert (entry.organisation_id, entry.position, entry.kind) == (delta.pk, 0, "organisation.registered")
    assert entry.line == "Delta Mills joined as a client."


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"slug": "northgate"}, "slug_taken", "slug"),
        ({"slug": "North Gate"}, "bad_slug", "slug"),
        ({"name": ""}, "missing_field", "name"),
        ({"side": Side.SYSTEM}, "bad_side", "side"),
        ({"zone": "Paris"}, "unknown_zone", "zone"),
        ({"currency": "euro"}, "unknown_currency", "currency"),
    ],
)
def test_register_organisation_refuses(small_world: World, given: dict[str, Any], code: str, field: str) -> None:
    with refused(code, field=field):
        register(**given)


def test_register_organisation_is_for_the_operator(small_world: World) -> None:
    with refused("not_allowed"):
        register(by=actor("nora"))


def site(world: World, by: Any = OPERATOR, slug: str = "northgate", **given: Any) -> Any:
    usual: dict[str, Any] = {"name": "Pier 4", "address": "4 Pier Road", "zone": "America/New_York"}
    return actions.open_site(world.organisation(slug).pk, **{**usual, **given}, by=by, at=AT)


def test_open_site_keeps_position_to_six_places(small_world: World) -> None:
    pier = site(small_world, actor("nora"), latitude=Decimal("40.70250049"), longitude=Decimal("-74"))
    pier.refresh_from_db()
    assert (pier.latitude, pier.longitude) == (Decimal("40.702500"), Decimal("-74.000000"))


@pytest.mark.parametrize(
    ("by", "given", "code"),
    [
        ("nora", {"name": "Front Street"}, "site_exists"),
        ("nora", {"zone": "Mars/Olympus"}, "unknown_zone"),
        ("nora", {"address": ""}, "missing_field"),
        ("nora", {"latitude": Decimal(40)}, "half_a_position"),
        ("alice", {}, "not_allowed"),
        ("hugo", {}, "not_found"),
        ("percy", {}, "not_found"),
    ],
)
def test_open_site_refuses(small_world: World, by: str, given: dict[str, Any], code: str) -> None:
    with refused(code):
        site(small_world, actor(by), **given)


def enrol(world: World, by: Any = OPERATOR, slug: str = "northgate", **given: Any) -> Any:
    usual: dict[str, Any] = {"name": "Otto Reyes", "email": "Otto@Northgate.example", "roles": [Role.REQUESTER]}
    return actions.enrol_person(world.organisation(slug).pk, **{**usual, **given}, by=by, at=AT)


def test_enrol_person_lets_them_sign_in_with_their_roles(small_world: World) -> None:
    otto = enrol(small_world, actor("nora"), password=PASSWORD, roles=[Role.REQUESTER, Role.AUDITOR, Role.REQUESTER])
    assert otto.email == "otto@northgate.example"
    assert authenticate(None, email="OTTO@northgate.example", password=PASSWORD) == otto
    assert queries.actor_for(otto).roles == {Role.REQUESTER, Role.AUDITOR}
    assert RoleHolding.objects.filter(person=otto).count() == 2


def test_enrol_person_without_a_password_cannot_sign_in(small_world: World) -> None:
    otto = enrol(small_world)
    assert not otto.has_usable_password()
    assert authenticate(None, email=otto.email, password="") is None


def test_enrol_person_keeps_names_apart_and_secrets_out(small_world: World) -> None:
    otto = enrol(small_world, password=PASSWORD, phone="+1 212 555 0142")
    entry = Entry.objects.get(kind="person.enrolled", at=AT)
    for word in ("Otto", "otto@", "0142"):
        assert word not in entry.leaf
        assert any(word in part.content for part in PersonalPart.objects.filter(entry=entry))
    told = rebuild()[otto.key]
    assert told["name"] == "Otto Reyes"
    assert "password" not in told
    assert "last_login" not in told


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"email": "ALICE@northgate.example"}, "email_taken", "email"),
        ({"email": "hana@harborview.example"}, "email_taken", "email"),
        ({"email": "otto"}, "bad_email", "email"),
        ({"roles": [Role.DISPATCHER]}, "role_of_other_side", "roles"),
        ({"roles": [Role.OPERATOR]}, "role_of_other_side", "roles"),
        ({"name": " "}, "missing_field", "name"),
        ({"password": "short"}, "weak_password", "password"),
        ({"password": "otto@northgate"}, "weak_password", "password"),
    ],
)
def test_enrol_person_refuses(small_world: World, given: dict[str, Any], code: str, field: str) -> None:
    with refused(code, field=field):
        enrol(small_world, **given)


@pytest.mark.parametrize(("by", "code"), [("alice", "not_allowed"), ("hugo", "not_found"), ("percy", "not_found")])
def test_enrol_person_is_for_the_own_administrator(small_world: World, by: str, code: str) -> None:
    with refused(code):
        enrol(small_world, actor(by))


def test_roles_are_given_and_taken(small_world: World) -> None:
    bob, nora = person("bob"), actor("nora")
    actions.give_role(bob.pk, role=Role.AUDITOR, by=nora, at=AT)
    assert actor("bob").roles == {Role.REQUESTER, Role.AUDITOR}
    with refused("role_held", field="role"):
        actions.give_role(bob.pk, role=Role.AUDITOR, by=nora, at=AT)
    with clock.set_to(AT + timedelta(hours=2)):
        ended = actions.take_role(bob.pk, role=Role.AUDITOR, by=nora, at=AT + timedelta(hours=1))
        assert ended.until == AT + timedelta(hours=1)
        assert actor("bob").roles == {Role.REQUESTER}
        with refused("role_not_held", field="role"):
            actions.take_role(bob.pk, role=Role.AUDITOR, by=nora, at=AT + timedelta(hours=2))
    again = actions.give_role(bob.pk, role=Role.AUDITOR, by=nora, at=AT + timedelta(hours=3))
    assert again.until is None


@pytest.mark.parametrize(
    ("by", "role", "code"),
    [
        ("nora", Role.TECHNICIAN, "role_of_other_side"),
        ("alice", Role.AUDITOR, "not_allowed"),
        ("hugo", Role.AUDITOR, "not_found"),
        ("percy", Role.AUDITOR, "not_found"),
    ],
)
def test_give_role_refuses(small_world: World, by: str, role: Role, code: str) -> None:
    with refused(code):
        actions.give_role(person("bob").pk, role=role, by=actor(by), at=AT)


def test_unknown_ids_are_not_found(small_world: World) -> None:
    nora = actor("nora")
    with refused("not_found"):
        actions.give_role(10**9, role=Role.AUDITOR, by=nora, at=AT)
    with refused("not_found"):
        actions.enrol_person(10**9, name="X", email="x@y.zz", roles=[], by=nora, at=AT)


def test_a_person_switched_off_can_do_and_see_nothing(small_world: World) -> None:
    # No deed switches people off yet; the row is put back before the log is compared.
    Person.objects.filter(pk=person("dana").pk).update(is_active=False)
    dana = actor("dana")
    assert dana.roles == frozenset()
    assert not queries.people_with(Role.DISPATCHER, dana.organisation_id or 0, AT).filter(pk=dana.person_id).exists()
    Person.objects.filter(pk=person("dana").pk).update(is_active=True)
    assert Grant.objects.count() == 0
