"""The first step of an installation: an organisation and the one who sets up everything else."""

import pytest
from click.testing import CliRunner, Result

from breakfix.accounts.models import Invitation
from breakfix.agreements.actions import draft_agreement
from breakfix.cli.organisations import add_organisation
from breakfix.kernel.access import OPERATOR, Role, Side
from breakfix.kernel.ledger.rebuild import rebuild
from breakfix.kernel.models import Entry
from breakfix.parties import queries
from breakfix.parties.models import Organisation, Person

pytestmark = pytest.mark.django_db
FRESH = ("--name", "Pier Nine", "--zone", "America/Chicago", "--currency", "USD", "--admin", "Lee Ortiz")


def add(slug: str = "pier-nine", *more: str, side: str = "client", email: str = "lee@pier-nine.example") -> Result:
    return CliRunner().invoke(add_organisation, [slug, *FRESH, "--side", side, "--email", email, *more])


@pytest.mark.parametrize(
    ("side", "role"),
    [(Side.CLIENT, Role.CLIENT_ADMIN), (Side.PROVIDER, Role.PROVIDER_ADMIN)],
    ids=["client", "provider"],
)
def test_organisation_joins_and_its_administrator_is_asked_in(side: Side, role: Role) -> None:
    ran = add(side=side.value)
    assert (ran.exit_code, "lee@pier-nine.example" in ran.output) == (0, True)
    made = queries.get_organisation(Organisation.objects.get(slug="pier-nine").pk, by=OPERATOR)
    assert (made.side, made.zone, made.legal_name) == (side, "America/Chicago", "Pier Nine")
    lee = Person.objects.get(email="lee@pier-nine.example")
    assert queries.actor_for(lee).roles == {role}
    assert not lee.has_usable_password()
    assert Invitation.objects.get(person=lee).is_open
    assert list(Entry.objects.order_by("pk").values_list("kind", flat=True)) == [
        "organisation.registered",
        "person.invited",
    ]
    rebuild()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"slug": "Pier Nine"}, "bad_slug"),
        ({"email": "nowhere"}, "bad_email"),
    ],
    ids=["slug", "address"],
)
def test_refused_organisation_leaves_neither(given: dict[str, str], code: str) -> None:
    ran = add(**given)
    assert ran.exit_code == 1
    assert code in ran.output
    assert not Organisation.objects.exists()
    assert not Entry.objects.exists()


def test_short_name_is_taken_once() -> None:
    add()
    again = add(email="other@pier-nine.example")
    assert (again.exit_code, "slug_taken" in again.output) == (1, True)
    assert Organisation.objects.count() == 1


def test_those_who_are_introduced_see_each_other_and_can_agree() -> None:
    add("mender", side="provider", email="mia@mender.example")
    ran = add("pier-nine", "--known-to", "mender")
    assert ran.exit_code == 0, ran.output
    client, provider = (Organisation.objects.get(slug=slug) for slug in ("pier-nine", "mender"))
    mia, lee = (
        queries.actor_for(Person.objects.get(email=email))
        for email in ("mia@mender.example", "lee@pier-nine.example")
    )
    assert client in queries.organisations_visible_to(mia)
    assert provider in queries.organisations_visible_to(lee)
    told = Entry.objects.filter(kind="organisation.introduced")
    assert set(told.values_list("organisation_id", flat=True)) == {client.pk, provider.pk}
    person = Person.objects.get(email="mia@mender.example").pk
    at = Entry.objects.latest("at").at
    version = draft_agreement(provider.pk, client.pk, accountable_person_id=person, template="example", by=mia, at=at)
    assert version.agreement.client == client
    rebuild()


def test_introduction_to_nobody_leaves_nothing() -> None:
    ran = add("pier-nine", "--known-to", "nobody")
    assert (ran.exit_code, "not_found" in ran.output) == (1, True)
    assert not Organisation.objects.exists()
