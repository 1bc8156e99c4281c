"""The people's page, from the invitation to the first sign-in, over HTTP with the mails that really go out."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from breakfix.parties import queries as parties
from tests import people
from tests.makers import World
from tests.web.conftest import NOW
from tests.web.signing_in import is_signed_in, link_in, mails, post_password

Forms = Callable[[Any], dict[str, dict[str, Any]]]
SignIn = Callable[[str], Client]
FRESH = "four plain words together"


def invite(browser: Client, world: World, **more: str) -> Any:
    form = {"name": "Nina Okoro", "email": "Nina@Northgate.example", "roles-3": "service_owner", **more}
    return browser.post(f"/people/of/{world.organisation('northgate').pk}/invite_person", form)


def test_invited_person_chooses_a_password_and_signs_in(small_world: World, sign_in: SignIn) -> None:
    nora = sign_in("nora")
    led = invite(nora, small_world)
    assert led.status_code == 303
    assert b"The mail is on its way" in nora.get(led["Location"]).content
    letter = mails()[-1]
    assert letter.to == ["nina@northgate.example"]
    assert "Northgate Trading invites you" in letter.body
    assert b"it works until" in nora.get(led["Location"]).content
    link, browser = link_in(letter), Client()
    assert b"Welcome, Nina Okoro" in browser.get(link).content
    weak = browser.post(link, {"password": "short"})
    assert (weak.status_code, b"at least 12 characters" in weak.content) == (422, True)
    done = browser.post(link, {"password": FRESH})
    assert (done.status_code, done["Location"]) == (303, "/accounts/login/")
    for answer in (browser.get(link), browser.post(link, {"password": "something else altogether"})):
        assert (answer.status_code, b"no longer works" in answer.content) == (404, True)
    assert post_password(browser, "nina@northgate.example", FRESH).status_code == 302
    assert is_signed_in(browser)


def test_invitation_is_dead_after_a_week(
    small_world: World, sign_in: SignIn, moment: Callable[[datetime], None]
) -> None:
    invite(sign_in("nora"), small_world)
    link = link_in(mails()[-1])
    moment(NOW + timedelta(days=7, minutes=1))
    assert Client().get(link).status_code == 404
    assert Client().post(link, {"password": FRESH}).status_code == 404


def test_guessing_at_invitations_ends(small_world: World) -> None:
    outcomes = [Client().get(f"/accounts/invitation/guess-{number}/").status_code for number in range(31)]
    assert outcomes == [404] * 30 + [429]


def test_refused_invitation_keeps_what_was_typed(small_world: World, sign_in: SignIn) -> None:
    page = invite(sign_in("nora"), small_world, email="bob@northgate.example")
    shown = page.content.decode()
    assert page.status_code == 409
    assert 'value="Nina Okoro"' in shown
    assert 'value="service_owner" checked' in shown
    assert "belongs to an account already" in shown


def test_roles_are_given_and_taken_on_the_person_s_page(small_world: World, sign_in: SignIn, forms: Forms) -> None:
    nora, bob = sign_in("nora"), people.person("bob")
    page = nora.get(f"/people/{bob.pk}")
    given = forms(page)["give_role"]
    assert nora.post(given["action"], {**given["fields"], "role": "auditor"}).status_code == 303
    assert {one.role for one in parties.roles_of(bob)} == {"requester", "auditor"}
    taken = f"/people/{bob.pk}/take_role"
    assert nora.post(taken, {"role": "requester"}).status_code == 303
    assert {one.role for one in parties.roles_of(bob)} == {"auditor"}


def test_access_is_switched_off_and_on(small_world: World, sign_in: SignIn) -> None:
    nora, bob = sign_in("nora"), people.person("bob")
    nora.post(f"/people/{bob.pk}/switch_off_person")
    assert b"switched off" in nora.get("/people").content
    browser = Client()
    led = post_password(browser, bob.email, people.PASSWORD)
    assert led["Location"] == "/accounts/inactive/"
    assert not is_signed_in(browser)
    nora.post(f"/people/{bob.pk}/switch_on_person")
    assert post_password(browser, bob.email, people.PASSWORD)["Location"] == "/"


@pytest.mark.parametrize("key", ["sol", "ada"])
def test_readers_see_everybody_and_no_button(small_world: World, sign_in: SignIn, forms: Forms, key: str) -> None:
    page = sign_in(key).get("/people")
    assert b"Bob Fenwick" in page.content
    assert forms(page) == {}
    one = sign_in(key).get(f"/people/{people.person('bob').pk}")
    assert (one.status_code, forms(one)) == (200, {})


def test_list_asks_as_little_of_one_as_of_many(
    small_world: World, sign_in: SignIn, django_assert_num_queries: Any
) -> None:
    nora, cal = sign_in("nora"), sign_in("cal")
    nora.get("/people")
    for browser in (cal, nora):  # two people, and twelve
        with django_assert_num_queries(8):
            browser.get("/people")


# ------------------------------------------------------------------------------------------- reset links

HOSTS = [
    {"HTTP_X_FORWARDED_HOST": "evil.example"},
    {"HTTP_HOST": "127.0.0.1", "HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_FORWARDED": "host=evil.example"},
]


@pytest.mark.parametrize("headers", HOSTS)
def test_link_leads_where_the_settings_say_whatever_a_request_claims(
    small_world: World, settings: Any, headers: dict[str, str]
) -> None:
    settings.SITE_URL = "https://breakfix.northgate.example"
    assert (
        Client().post("/accounts/password/reset/", {"email": "rita@northgate.example"}, **headers).status_code == 302
    )
    letter = mails()[-1]
    assert "https://breakfix.northgate.example/accounts/password/reset/key/" in letter.body
    assert "evil.example" not in letter.body
    assert "127.0.0.1" not in letter.body


def test_unknown_host_is_refused(small_world: World) -> None:
    answer = Client().post("/accounts/password/reset/", {"email": "rita@northgate.example"}, HTTP_HOST="evil.example")
    assert answer.status_code == 400
    assert mails() == []


def test_answer_is_the_same_for_unknown_addresses_and_strangers_get_no_mail(
    small_world: World, django_assert_num_queries: Any
) -> None:
    answers = []
    for email in ("rita@northgate.example", "nobody@northgate.example"):
        with django_assert_num_queries(11):
            answer = Client().post("/accounts/password/reset/", {"email": email})
        answers.append((answer.status_code, answer["Location"], answer.content))
    assert answers[0] == answers[1]
    assert [letter.to for letter in mails()] == [["rita@northgate.example"]]


def test_link_works_once_and_for_an_hour(small_world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> str:
        Client().post("/accounts/password/reset/", {"email": "rita@northgate.example"})
        return link_in(mails()[-1])

    assert settings.PASSWORD_RESET_TIMEOUT == 3600
    link = asked()
    browser = Client()
    form = browser.get(link, follow=True)
    browser.post(form.redirect_chain[-1][0], {"password1": FRESH, "password2": FRESH})
    assert post_password(Client(), "rita@northgate.example", FRESH).status_code == 302
    assert b"no longer works" in Client().get(link, follow=True).content
    old = asked()
    from django.contrib.auth.tokens import PasswordResetTokenGenerator

    later = PasswordResetTokenGenerator()._now() + timedelta(hours=1, seconds=1)
    monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda self: later)
    assert b"no longer works" in Client().get(old, follow=True).content


def test_nobody_is_flooded_with_links(small_world: World) -> None:
    answers = {
        Client(REMOTE_ADDR=f"198.51.100.{number}")
        .post("/accounts/password/reset/", {"email": "rita@northgate.example"})
        .status_code
        for number in range(8)
    }
    assert answers == {302}
    assert len(mails()) == 5


def test_owner_is_told_of_a_new_password(small_world: World) -> None:
    browser = Client()
    post_password(browser, "rita@northgate.example", people.PASSWORD)
    form = {"oldpassword": people.PASSWORD, "password1": FRESH, "password2": FRESH}
    browser.post("/accounts/password/change/", form)
    mails()
    assert [(letter.subject, letter.to) for letter in mail.outbox] == [
        ("[Breakfix] Your password was changed", ["rita@northgate.example"])
    ]
