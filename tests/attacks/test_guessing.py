"""Somebody with a stolen session guesses the password that a binding deed asks for."""

from django.test import Client

from breakfix.kernel import clock
from breakfix.quotes.values import Status
from tests import makers_quotes, people
from tests.makers import World, local

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def test_five_wrong_passwords_end_the_guessing(world: World) -> None:
    quote = makers_quotes.issued(world)
    thief = Client()
    thief.force_login(people.person("alice"), BACKEND)
    form = {"shown_sha256": quote.sha256, "acknowledged-0": "R1"}

    def guess(password: str, at: str = "2026-12-02 01:22") -> tuple[int, bool]:
        with clock.set_to(local(at)):
            answer = thief.post(f"/quotes/{quote.pk}/approve_quote", {**form, "password": password})
        return answer.status_code, "Too many wrong passwords" in answer.content.decode()

    assert [guess(f"guess-{n}") for n in range(5)] == [(422, False)] * 5
    assert guess(people.PASSWORD) == (409, True)
    quote.refresh_from_db()
    assert quote.status == Status.ISSUED
    assert guess(people.PASSWORD, "2026-12-02 01:26")[0] == 409
    assert guess(people.PASSWORD, "2026-12-02 01:28")[0] == 303
