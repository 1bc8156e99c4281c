"""A browser that signs in as people do: through the form, with whatever the installation asks for after it."""

import re
from typing import Any

from django.conf import settings
from django.core import mail
from django.test import Client

from breakfix.jobs import kinds, worker
from breakfix.kernel import clock, factors, sealing
from tests import people

LOGIN = "/accounts/login/"


def post_password(browser: Client, email: str, password: str, **more: Any) -> Any:
    """Send the sign-in form."""
    return browser.post(LOGIN, {"login": email, "password": password}, **more)


def signed_in(key: str, **more: Any) -> Client:
    """Somebody of tests.people in a browser of their own."""
    browser = Client(**more)
    answer = post_password(browser, people.PEOPLE[key].email, people.PASSWORD)
    assert answer.status_code == 302, answer.content.decode()
    return browser


def is_signed_in(browser: Client) -> bool:
    """Whether the front page is shown to this browser, or whatever has to be set up before it."""
    answer = browser.get("/")
    return answer.status_code == 200 or answer.headers.get("Location", "").startswith("/accounts/security/")


def with_app(key: str) -> str:
    """Give this person an authenticator app; returns its secret."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    sealing.make_key(needed=False)
    secret = generate_totp_secret()
    TOTP.activate(people.person(key), secret)
    return secret


def code(secret: str, steps: int = 0) -> str:
    """What the app shows now, or so many steps of 30 seconds later."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    step = int(clock.real_now().timestamp()) // factors.PERIOD + steps
    return format_hotp_value(hotp_value(secret, step))


def mails() -> list[Any]:
    """Let the worker do what is due; the mails that went out."""
    kinds.load()
    while worker.run_one(clock.now()) is not None:
        pass
    return list(mail.outbox)


def link_in(letter: Any) -> str:
    """The one address in a mail that belongs to a token, without the installation's own part."""
    found = re.findall(
        rf"{re.escape(settings.SITE_URL)}(/accounts/(?:invitation|password/reset/key)/\S+)", letter.body
    )
    assert len(found) == 1, letter.body
    return found[0]
