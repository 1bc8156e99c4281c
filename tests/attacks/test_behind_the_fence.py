"""What row-level security hides from a page may be in its way all the same: it is refused there, and breaks nothing.

As in production: on PostgreSQL every page here is asked by a role that owns nothing.
"""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.test import Client

from breakfix.kernel import clock
from breakfix.outbox.models import Device
from breakfix.parties.models import Person
from tests import people
from tests.makers import World, local
from tests.outbox.devices import browser_of_someone, subscribed

NOON = local("2026-12-01 12:00")


@pytest.fixture(autouse=True)
def _noon(as_plain_role: None) -> Iterator[datetime]:
    with clock.set_to(NOON):
        yield NOON


def signed_in(who: str) -> Client:
    browser = Client(raise_request_exception=False)
    browser.force_login(people.person(who), "allauth.account.auth_backends.AuthenticationBackend")
    return browser


@pytest.mark.parametrize("address", ["bob@northgate.example", "hana@harborview.example", "cal@calder.example"])
def test_address_is_taken_whoever_has_it(address: str, small_world: World) -> None:
    before = Person.objects.count()
    form = {"name": "Nina Okoro", "email": address, "roles-0": "requester"}
    page = signed_in("nora").post(f"/people/of/{small_world.organisation('northgate').pk}/invite_person", form)
    assert (page.status_code, b"belongs to an account already" in page.content) == (409, True)
    assert Person.objects.count() == before


@pytest.mark.parametrize("who", ["bob", "charlie", "tom"])
def test_browser_that_somebody_else_signs_in_with_changes_hands(who: str, world: World) -> None:
    browser = browser_of_someone("https://push.example/shared")
    first = subscribed(world, "alice", browser, at=NOON)
    sent = signed_in(who).post("/notifications/subscribe_device", browser.subscription())
    assert sent.status_code == 303
    first.refresh_from_db()
    assert (first.removed_at, first.endpoint) == (NOON, "")
    assert [one.person_id for one in Device.objects.filter(removed_at=None)] == [people.person(who).pk]


@pytest.mark.parametrize("name", ["%00", "sso%00", "x" * 5000, "%ff", "nobody"])
@pytest.mark.parametrize("step", ["login", "callback"])
def test_sign_in_with_no_provider_of_ours_is_not_there(name: str, step: str, db: None) -> None:
    assert Client(raise_request_exception=False).get(f"/accounts/sso/{name}/{step}/").status_code == 404
