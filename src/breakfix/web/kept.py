"""A session that ends in the middle of a form: what was typed survives the sign-in, and nothing is sent by itself.

Who typed is known from a signed cookie of the browser; the values wait in the anonymous session that is signed in
next. They are shown once, on the page they were typed on, to the same person, within the hour.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from breakfix.kernel import clock
from breakfix.kernel.errors import Refused

COOKIE, KEY = "breakfix_typist", "typed"
LONGEST, MOST, LASTS = 50_000, 400, 3600  # characters in all, fields, seconds
SIGNED_OUT = Refused(
    "signed_out",
    "You had to sign in again, so nothing was sent.",
    remedy="Look over what you typed and send it again; files have to be chosen anew.",
)


@dataclass(frozen=True)
class Kept:
    """The form's deed and its values by field."""

    deed: str
    values: Mapping[str, str]


def remember(response: HttpResponse, person: Any) -> None:
    """Let the browser know whose it is, so that nobody else is shown what this person types."""
    response.set_signed_cookie(
        COOKIE,
        str(person.pk),
        salt=COOKIE,
        max_age=settings.SESSION_COOKIE_AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def keep(request: HttpRequest, deed: str, page: str, values: Mapping[str, str]) -> None:
    """Put the values aside for the one who typed them; strangers' forms and very long ones are not kept."""
    typist = request.get_signed_cookie(COOKIE, default=None, salt=COOKIE, max_age=settings.SESSION_COOKIE_AGE)
    if not typist or len(values) > MOST or sum(len(name) + len(value) for name, value in values.items()) > LONGEST:
        return
    at = int(clock.real_now().timestamp())
    request.session[KEY] = {"person": typist, "deed": deed, "page": page, "values": dict(values), "at": at}


def take(request: HttpRequest) -> Kept | None:
    """What was kept for this page, once; None where it is somebody else's, old, or of another page."""
    held = request.session.get(KEY)
    if not held or held["page"] != request.path:
        return None
    del request.session[KEY]
    fresh = clock.real_now().timestamp() - held["at"] < LASTS
    return Kept(held["deed"], held["values"]) if fresh and held["person"] == str(request.user.pk) else None
