"""Second factors: who needs one, what a code is worth, and that nothing is readable without the key."""

import json
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from breakfix.kernel import clock, sealing
from breakfix.kernel.access import FACTOR_ROLES, PROVIDER_ROLES, Role
from tests import makers_quotes, people
from tests.makers import World, local
from tests.web.signing_in import code, is_signed_in, mails, post_password, signed_in, with_app

SET_UP = "/accounts/security/"


@pytest.fixture
def required(settings: Any, tmp_path: Any) -> None:
    settings.BREAKFIX_MFA = "required"
    settings.BREAKFIX_FACTOR_KEY = tmp_path / "factors.key"


@pytest.fixture(autouse=True)
def _own_key(settings: Any, tmp_path: Any) -> None:
    settings.BREAKFIX_FACTOR_KEY = tmp_path / "factors.key"
    sealing.make_key(needed=False)


def answered(browser: Client, digits: str) -> Any:
    return browser.post("/accounts/code/", {"code": digits})


def test_roles_that_bind_money_and_everybody_of_the_provider_need_a_factor() -> None:
    assert PROVIDER_ROLES < FACTOR_ROLES
    assert {Role.APPROVER, Role.DUTY_MANAGER, Role.CLIENT_ADMIN, Role.SECURITY_OFFICER} < FACTOR_ROLES
    assert not {Role.REQUESTER, Role.SERVICE_OWNER, Role.AUDITOR} & FACTOR_ROLES


@pytest.mark.parametrize("key", ["alice", "mona", "dana", "tom", "nora"])
def test_without_a_factor_only_the_set_up_is_reached(small_world: World, required: None, key: str) -> None:
    browser = signed_in(key)
    for path in ("/", "/engagements", "/account/sessions", "/accounts/password/change/", "/log"):
        answer = browser.get(path)
        assert (answer.status_code, answer["Location"]) == (302, SET_UP), path
    shown = browser.get(SET_UP).content.decode()
    assert "Set up a second factor to go on" in shown
    assert browser.get("/accounts/security/app/").status_code == 200
    assert browser.post("/engagements/1/hold", {"reason": "x"})["Location"] == SET_UP


@pytest.mark.parametrize("key", ["rita", "seth", "ada"])
def test_people_who_only_report_and_read_get_in_with_a_password(small_world: World, required: None, key: str) -> None:
    assert signed_in(key).get("/").status_code == 200


def test_enrolling_opens_the_door_and_shows_the_codes_once(small_world: World, required: None) -> None:
    browser = signed_in("alice")
    form = browser.get("/accounts/security/app/")
    secret = form.context["form"].secret
    assert b"data:image/svg+xml" in form.content
    before = browser.session.session_key
    done = browser.post("/accounts/security/app/", {"code": code(secret)})
    assert done["Location"] == "/accounts/security/codes/"
    assert browser.session.session_key != before
    first = browser.get(done["Location"]).content.decode()
    kept = Authenticator.objects.get(user=people.person("alice"), type="recovery_codes")
    codes = kept.wrap().get_unused_codes()
    assert all(one in first for one in codes)
    again = browser.get(done["Location"]).content.decode()
    assert not any(one in again for one in codes)
    assert browser.get("/").status_code == 200


def test_password_alone_no_longer_signs_in(small_world: World) -> None:
    secret = with_app("alice")
    browser = Client()
    before = post_password(browser, "alice@northgate.example", people.PASSWORD)
    assert before["Location"] == "/accounts/code/"
    assert not is_signed_in(browser)
    key = browser.session.session_key
    assert answered(browser, code(secret))["Location"] == "/"
    assert is_signed_in(browser)
    assert browser.session.session_key != key


@pytest.mark.parametrize(("steps", "works"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_code_counts_one_step_early_and_late(
    small_world: World, monkeypatch: pytest.MonkeyPatch, steps: int, works: bool
) -> None:
    secret = with_app("alice")
    still = clock.real_now()
    monkeypatch.setattr(clock, "real_now", lambda: still)
    browser = Client()
    post_password(browser, "alice@northgate.example", people.PASSWORD)
    assert (answered(browser, code(secret, steps)).status_code == 302) is works


def test_code_works_once_and_so_does_every_older_one(small_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = with_app("alice")
    still = clock.real_now()
    monkeypatch.setattr(clock, "real_now", lambda: still)
    used, older = code(secret), code(secret, -1)
    outcomes = []
    for digits in (used, used, older):
        browser = Client()
        post_password(browser, "alice@northgate.example", people.PASSWORD)
        outcomes.append(answered(browser, digits).status_code)
    # The page is shown again, also a minute later, when a used code still counts as one step late.
    monkeypatch.setattr(clock, "real_now", lambda: still + timedelta(seconds=31))
    browser = Client()
    post_password(browser, "alice@northgate.example", people.PASSWORD)
    outcomes.append(answered(browser, used).status_code)
    assert outcomes == [302, 200, 200, 200]
    assert answered(browser, code(secret)).status_code == 302


def test_recovery_code_gets_in_once(small_world: World) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    with_app("alice")
    one = RecoveryCodes.activate(people.person("alice")).get_unused_codes()[0]
    outcomes = []
    for _ in range(2):
        browser = Client()
        post_password(browser, "alice@northgate.example", people.PASSWORD)
        outcomes.append(answered(browser, one).status_code)
    assert outcomes == [302, 200]


def test_five_wrong_codes_end_the_guessing(small_world: World) -> None:
    secret = with_app("alice")
    browser = Client()
    post_password(browser, "alice@northgate.example", people.PASSWORD)
    wrong = "000000" if code(secret) != "000000" else "000001"
    assert [b"Too many wrong codes" in answered(browser, wrong).content for _ in range(6)] == [False] * 5 + [True]
    assert b"Too many wrong codes" in answered(browser, code(secret)).content


def test_nothing_secret_is_readable_in_the_database(small_world: World) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    secret = with_app("alice")
    codes = RecoveryCodes.activate(people.person("alice"))
    plain = [secret, sealing.unseal(codes.instance.data["seed"]), *codes.get_unused_codes()]
    stored = json.dumps([row.data for row in Authenticator.objects.all()])
    assert [one for one in plain if one in stored] == []


@pytest.mark.parametrize("lost", ["gone", "another"])
def test_without_the_key_nobody_gets_in(small_world: World, settings: Any, lost: str) -> None:
    secret = with_app("alice")
    sealing.key_path().unlink()
    if lost == "another":
        sealing.make_key(needed=False)
    browser = Client()
    post_password(browser, "alice@northgate.example", people.PASSWORD)
    assert answered(browser, code(secret)).status_code == 200
    assert not is_signed_in(browser)


def test_missing_key_stops_the_start_once_something_is_sealed(small_world: World) -> None:
    with_app("alice")
    sealing.key_path().unlink()
    with pytest.raises(sealing.Unreadable, match="Restore it"):
        sealing.make_key(needed=True)
    assert not sealing.key_path().exists()


def test_administrator_helps_somebody_in_who_lost_everything(small_world: World, required: None) -> None:
    with_app("alice")
    nora_secret = with_app("nora")
    held = Client()
    post_password(held, "nora@northgate.example", people.PASSWORD)
    answered(held, code(nora_secret))
    alice, nora = people.person("alice").pk, people.person("nora").pk
    assert b"Remove their second factors" in held.get(f"/people/{alice}").content
    assert held.post(f"/people/{alice}/remove_factors").status_code == 303
    assert held.post(f"/people/{nora}/remove_factors").status_code == 409  # nobody opens their own door
    assert [letter.to for letter in mails()] == [["alice@northgate.example"]]
    assert "An administrator removed your second factors" in mails()[0].body
    browser = Client()
    assert post_password(browser, "alice@northgate.example", people.PASSWORD)["Location"] == "/"
    assert browser.get("/")["Location"] == SET_UP


def test_code_of_the_app_confirms_money_like_the_password(world: World) -> None:
    quote = makers_quotes.issued(world)
    secret = with_app("alice")
    browser = Client()
    browser.force_login(people.person("alice"), "allauth.account.auth_backends.AuthenticationBackend")
    form = {"shown_sha256": quote.sha256, "acknowledged-0": "R1"}
    with clock.set_to(local("2026-12-02 01:22")):
        assert browser.post(f"/quotes/{quote.pk}/approve_quote", {**form, "password": "123 456"}).status_code == 422
        done = browser.post(f"/quotes/{quote.pk}/approve_quote", {**form, "password": code(secret)})
        again = browser.post(f"/quotes/{quote.pk}/approve_quote", {**form, "password": code(secret)})
    assert done.status_code == 303
    assert again.status_code == 422  # used, so it confirms nothing else
