"""Signing in, in a real browser: a security key works, and every page about it is accessible and fits a phone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from breakfix.accounts import actions, rules
from breakfix.kernel import clock, sealing
from breakfix.kernel.access import SYSTEM
from tests import people
from tests.makers import World, local, small_world
from tests.web.looking import faults, visit
from tests.web.signing_in import with_app

pytestmark = pytest.mark.browser


@pytest.fixture(name="made")
def _made(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    settings.BREAKFIX_FACTOR_KEY = tmp_path / "factors.key"
    sealing.make_key(needed=False)
    clock.anchor_demo(local("2026-12-01 20:45"))
    return small_world()


@contextmanager
def with_key(browser: Any) -> Iterator[Any]:
    """A tab of a browser that has a security key plugged in, under the real content policy."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    tab = context.new_page()
    session = context.new_cdp_session(tab)
    session.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "usb", "automaticPresenceSimulation": True, "isUserVerified": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {**kind, "hasUserVerification": True}})
    try:
        yield tab
    finally:
        context.close()


def enter(tab: Any, address: str, key: str) -> None:
    tab.goto(f"{address}/accounts/login/")
    tab.fill("#id_login", people.PEOPLE[key].email)
    tab.fill("#id_password", people.PASSWORD)
    tab.click("main button[type=submit]")


def test_key_is_enrolled_and_then_signs_in(made: World, browser: Any, live_server: Any, settings: Any) -> None:
    settings.BREAKFIX_MFA = "required"
    # A key belongs to a name, not to a number: browsers take localhost for safe without a certificate.
    address = settings.SITE_URL = live_server.url.replace("127.0.0.1", "localhost")
    said: list[str] = []
    with with_key(browser) as tab:
        tab.on("console", lambda message: said.append(message.text))
        enter(tab, address, "alice")
        tab.get_by_text("Set up a second factor to go on").wait_for()
        tab.get_by_role("link", name="Add a key").click()
        tab.get_by_label("Name").fill("Key ring")
        tab.get_by_role("button", name="Add the key").click()
        tab.get_by_text("shown now and never again").wait_for()
        tab.get_by_role("link", name="I have kept them").click()
        tab.wait_for_url(f"{address}/")
        tab.context.clear_cookies()
        enter(tab, address, "alice")
        tab.get_by_role("heading", name="One more step").wait_for()
        tab.get_by_role("button", name="Use a security key").click()
        tab.wait_for_url(f"{address}/")
        assert tab.get_by_text("Alice Brandt").count() > 0
    assert said == []


def test_key_of_another_browser_signs_nobody_in(made: World, browser: Any, live_server: Any, settings: Any) -> None:
    address = settings.SITE_URL = live_server.url.replace("127.0.0.1", "localhost")
    with with_key(browser) as tab:
        enter(tab, address, "alice")
        tab.goto(f"{address}/accounts/security/keys/add/")
        tab.get_by_role("button", name="Add the key").click()
        tab.get_by_text("shown now and never again").wait_for()
    with with_key(browser) as other:
        enter(other, address, "alice")
        other.get_by_role("button", name="Use a security key").click()
        other.get_by_text("Nothing came from the key").wait_for()
        assert "/accounts/code/" in other.url


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1440)])
def test_pages_about_signing_in_are_accessible(
    made: World, browser: Any, live_server: Any, scheme: str, width: int
) -> None:
    at, nora, bob = clock.now(), people.actor("nora"), people.person("bob").pk
    northgate = made.organisation("northgate").pk
    invited = actions.invite_person(
        northgate, name="Nina Okoro", email="nina@northgate.example", roles=[next(iter(nora.roles))], by=nora, at=at
    )
    actions.send_invitation(invited.pk, token_sha256=rules.hashed("token"), by=SYSTEM, at=at)
    actions.switch_off_person(people.person("erin").pk, by=nora, at=at)
    own = ["/accounts/security/", "/accounts/security/app/", "/accounts/security/keys/add/", "/account/sessions"]
    own += ["/accounts/password/change/", "/accounts/logout/", "/accounts/security/keys/"]
    admin = ["/people", f"/people/{bob}", f"/people/{invited.person_id}", f"/people/{people.person('erin').pk}"]
    wrong = {}
    with visit(browser, live_server, "nora", scheme, width) as tab:
        for path in [*own, *admin]:
            tab.goto(f"{live_server.url}{path}")
            if found := faults(tab):
                wrong[path] = found
        tab.context.clear_cookies()
        with_app("alice")
        enter(tab, live_server.url, "alice")
        tab.get_by_role("heading", name="One more step").wait_for()
        if found := faults(tab):
            wrong["code"] = found
        for path in ("/accounts/invitation/token/", "/accounts/invitation/used/", "/accounts/password/reset/"):
            tab.goto(f"{live_server.url}{path}")
            if found := faults(tab):
                wrong[path] = found
    assert wrong == {}
    assert Client().get("/accounts/invitation/token/").status_code == 200
