"""Signing in with an organisation's own account, against a provider on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from breakfix.accounts import actions
from breakfix.parties.models import Person
from tests import people
from tests.makers import World
from tests.web import fake_provider
from tests.web.conftest import NOW
from tests.web.fake_provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.web.signing_in import code, is_signed_in, with_app

LOGIN = "/accounts/sso/sso/login/"
ALICE = {"sub": "a-1", "email": "alice@northgate.example", "email_verified": True, "name": "Alice"}


@contextmanager
def provider(settings: Any, **claims: Any) -> Iterator[Provider]:
    with fake_provider.running(**claims) as running:
        app = {"provider_id": "sso", "name": "Northgate", "client_id": CLIENT_ID, "secret": CLIENT_SECRET}
        app["settings"] = {"server_url": running.issuer}  # type: ignore[assignment]
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        settings.BREAKFIX_OIDC_ISSUER, settings.BREAKFIX_OIDC_NAME = running.issuer, "Northgate account"
        yield running


def go(browser: Client, **changed: str) -> Any:
    """Go to the provider and come back with a code; returns the answer to that."""
    led = browser.post(LOGIN)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(led["Location"]).query).items()}
    assert (asked["client_id"], asked["code_challenge_method"]) == (CLIENT_ID, "S256")
    callback = urlsplit(asked["redirect_uri"]).path
    return browser.get(callback, {"code": "a code", "state": asked["state"], **changed})


def test_enrolled_person_comes_in_by_the_verified_address(small_world: World, settings: Any) -> None:
    browser = Client()
    with provider(settings, **{**ALICE, "email": "Alice@Northgate.example"}) as running:
        assert b"Northgate account" in browser.get("/accounts/login/").content
        assert go(browser)["Location"] == "/"
    assert is_signed_in(browser)
    assert int(browser.session["_auth_user_id"]) == people.person("alice").pk
    assert any("code_verifier" in asked for asked in running.asked)
    # Nothing of the provider's is kept, and the password stays what it was.
    assert SocialAccount.objects.count() == 0
    assert people.person("alice").check_password(people.PASSWORD)


@pytest.mark.parametrize(
    "changed",
    [
        {"email_verified": False},
        {"email_verified": "false"},
        {"email_verified": None},
        {"email": "nobody@northgate.example"},
        {"email": ""},
    ],
    ids=str,
)
def test_nobody_else_comes_in_and_nobody_is_enrolled(
    small_world: World, settings: Any, changed: dict[str, Any]
) -> None:
    browser, before = Client(), Person.objects.count()
    with provider(settings, **{**ALICE, **changed}):
        back = go(browser)
        assert back["Location"] == "/accounts/login/"
        assert b"That account is not known here" in browser.get(back["Location"]).content
    assert not is_signed_in(browser)
    assert Person.objects.count() == before


def test_somebody_whose_access_is_off_stays_out(small_world: World, settings: Any) -> None:
    actions.switch_off_person(people.person("alice").pk, by=people.actor("nora"), at=NOW)
    browser = Client()
    with provider(settings, **ALICE):
        assert go(browser)["Location"] == "/accounts/inactive/"
    assert not is_signed_in(browser)


def test_second_factor_of_ours_is_asked_for_here_too(small_world: World, settings: Any, tmp_path: Any) -> None:
    settings.BREAKFIX_FACTOR_KEY = tmp_path / "factors.key"
    secret = with_app("alice")
    browser = Client()
    with provider(settings, **ALICE):
        assert go(browser)["Location"] == "/accounts/code/"
        assert not is_signed_in(browser)
        assert browser.post("/accounts/code/", {"code": code(secret)}).status_code == 302
    assert is_signed_in(browser)


def test_answer_without_the_state_of_this_browser_is_worth_nothing(small_world: World, settings: Any) -> None:
    with provider(settings, **ALICE):
        thief, victim = Client(), Client()
        led = thief.post(LOGIN)
        state = parse_qs(urlsplit(led["Location"]).query)["state"][0]
        victim.get("/accounts/sso/sso/callback/", {"code": "a code", "state": state})
        assert not is_signed_in(victim)
        go(thief, state="another")
        assert not is_signed_in(thief)


@pytest.mark.parametrize("when", ["before", "after"])
def test_provider_that_does_not_answer_is_a_sentence(small_world: World, settings: Any, when: str) -> None:
    browser = Client()
    with provider(settings, **ALICE) as running:
        if when == "before":
            running.broken = True
            back = browser.post(LOGIN)
        else:
            led = browser.post(LOGIN)
            state = parse_qs(urlsplit(led["Location"]).query)["state"][0]
            running.broken = True
            back = browser.get("/accounts/sso/sso/callback/", {"code": "a code", "state": state})
        assert back["Location"] == "/accounts/login/"
        assert b"did not work" in browser.get(back["Location"]).content


def test_without_configuration_there_is_no_such_door(small_world: World) -> None:
    assert Client().post(LOGIN).status_code == 404
    assert b"Single sign-on" not in Client().get("/accounts/login/").content
