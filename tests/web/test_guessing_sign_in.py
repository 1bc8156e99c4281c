"""Guessing at the sign-in: who is shut out, who is not, and that nothing tells who is enrolled."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from breakfix.kernel import guesses
from breakfix.kernel.models import Guess
from breakfix.web import proofs
from tests import people
from tests.makers import World
from tests.web.conftest import NOW
from tests.web.signing_in import is_signed_in, link_in, mails, post_password

DANA = "dana@ironbridge.example"
Moment = Callable[[datetime], None]


def wrong(times: int, email: str = DANA, **more: Any) -> Any:
    answer = None
    for number in range(times):
        answer = post_password(Client(), email, f"wrong password {number}", **more)
    return answer


def test_ten_wrong_passwords_shut_out_the_one_who_guesses(small_world: World, moment: Moment) -> None:
    assert b"do not belong together" in wrong(10).content
    browser = Client()
    refused = post_password(browser, DANA, people.PASSWORD)
    assert (refused.status_code, b"Too many wrong passwords" in refused.content) == (200, True)
    assert not is_signed_in(browser)
    moment(NOW + proofs.PAIR.pause - timedelta(seconds=1))
    assert post_password(browser, DANA, people.PASSWORD).status_code == 200
    moment(NOW + proofs.PAIR.pause)
    assert post_password(browser, DANA, people.PASSWORD).status_code == 302


def test_owner_signs_in_from_elsewhere_meanwhile(small_world: World) -> None:
    wrong(11)
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    assert post_password(elsewhere, DANA, people.PASSWORD).status_code == 302


def test_owner_gets_in_by_mail_where_many_addresses_guess(small_world: World) -> None:
    for number in range(proofs.ACCOUNT.most):
        wrong(1, REMOTE_ADDR=f"198.51.100.{number}")
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert post_password(elsewhere, DANA, people.PASSWORD).status_code == 200
    elsewhere.post("/accounts/password/reset/", {"email": DANA})
    form = elsewhere.get(link_in(mails()[-1]), follow=True)
    fresh = "another good long password"
    elsewhere.post(form.redirect_chain[-1][0], {"password1": fresh, "password2": fresh})
    assert post_password(elsewhere, DANA, fresh).status_code == 302


def test_one_address_that_guesses_at_everybody_is_shut_out(small_world: World) -> None:
    for number in range(proofs.ADDRESS.most):
        wrong(1, f"nobody{number}@ironbridge.example")
    assert b"Too many wrong passwords" in post_password(Client(), DANA, people.PASSWORD).content
    assert post_password(Client(REMOTE_ADDR="198.51.100.7"), DANA, people.PASSWORD).status_code == 302


def test_own_right_password_buys_no_guesses_at_others(small_world: World) -> None:
    for number in range(proofs.ADDRESS.most):
        wrong(1, f"nobody{number}@ironbridge.example")
        if number == 20:
            assert post_password(Client(), DANA, people.PASSWORD).status_code == 302
    assert b"Too many wrong passwords" in wrong(1, "another@ironbridge.example").content


def test_forwarded_address_is_believed_only_behind_a_proxy(small_world: World, settings: Any) -> None:
    for number in range(10):
        wrong(1, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
    assert b"Too many" in post_password(Client(), DANA, people.PASSWORD, HTTP_X_FORWARDED_FOR="203.0.113.1").content
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    # What a client writes itself stands in front of what our proxy adds.
    wrong(10, HTTP_X_FORWARDED_FOR="203.0.113.1, 198.51.100.77")
    forged = {"HTTP_X_FORWARDED_FOR": "203.0.113.2, 198.51.100.77"}
    assert b"Too many" in post_password(Client(), DANA, people.PASSWORD, **forged).content
    assert post_password(Client(), DANA, people.PASSWORD, HTTP_X_FORWARDED_FOR="203.0.113.3").status_code == 302


@pytest.mark.parametrize("tries", [1, 11])
def test_answer_says_nothing_of_who_is_enrolled(small_world: World, tries: int) -> None:
    def shown(email: str) -> str:
        text = wrong(tries, email, REMOTE_ADDR="198.51.100.1").content.decode()
        head, _, tail = text.partition('name="csrfmiddlewaretoken"')
        return (head + tail[tail.index(">") :]).replace(email, "")

    assert shown(DANA) == shown("nobody@ironbridge.example")


@pytest.mark.parametrize("email", [DANA, "nobody@ironbridge.example"])
def test_unknown_address_costs_the_same_work(small_world: World, monkeypatch: pytest.MonkeyPatch, email: str) -> None:
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return str(encode(self, password, salt))

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    wrong(1, email)
    assert hashed == ["wrong password 0"]


def test_counts_name_nobody_and_are_forgotten(small_world: World, moment: Moment) -> None:
    wrong(1, REMOTE_ADDR="198.51.100.1")
    rows = list(Guess.objects.all())
    assert len(rows) == 3
    assert not any(word in f"{row.key} {row.about}" for row in rows for word in ("dana", "198.51"))
    moment(NOW + guesses.LASTS)
    wrong(1, REMOTE_ADDR="198.51.100.2")
    assert Guess.objects.filter(last_at=NOW).count() == 2
    moment(NOW + guesses.LASTS + timedelta(seconds=1))
    wrong(1, "nobody@ironbridge.example", REMOTE_ADDR="198.51.100.3")
    assert Guess.objects.filter(last_at=NOW).count() == 0
