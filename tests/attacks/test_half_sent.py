"""Half a request, as a phone without a connection leaves it: refused, and never carried out as if it were all."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_started
from django.db import close_old_connections
from django.test import Client

from breakfix.accounts.models import Invitation
from breakfix.wsgi import application
from tests import people
from tests.makers import World

FORM = "application/x-www-form-urlencoded"
NAMED = b"name=New+One&roles-0=dispatcher&email=new%40ironbridge.example"
PART = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
PARTS = (
    PART % (b"name", b"New One") + PART % (b"roles-0", b"dispatcher") + PART % (b"email", b"new@ironbridge.example")
)


@pytest.fixture(autouse=True)
def _kept_connection() -> Iterator[None]:
    """The application begins each request with a fresh connection; the test's own has to stay, as Client has it."""
    request_started.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)


def sent(path: str, body: bytes, *, kind: str = FORM, missing: int = 0, **headers: str) -> str:
    """The status that the whole application answers to a body of which so many bytes never arrive."""
    told: list[str] = []
    browser = Client()
    browser.force_login(people.person("percy"), "allauth.account.auth_backends.AuthenticationBackend")
    cookies = f"sessionid={browser.cookies['sessionid'].value}; csrftoken={'a' * 32}"
    environ: dict[str, Any] = {
        **{"REQUEST_METHOD": "POST", "PATH_INFO": path, "SERVER_NAME": "localhost", "SERVER_PORT": "80"},
        **{"wsgi.input": io.BytesIO(body), "wsgi.url_scheme": "http", "wsgi.errors": io.StringIO()},
        **{"CONTENT_LENGTH": str(len(body) + missing), "CONTENT_TYPE": kind, "HTTP_COOKIE": cookies},
        **{"HTTP_X_CSRFTOKEN": "a" * 32, **headers},
    }
    b"".join(application(environ, lambda status, _headers: told.append(status)))
    return told[0][:3]


@pytest.mark.parametrize(("kind", "body"), [(FORM, NAMED), ("multipart/form-data; boundary=x", PARTS + b"--x--\r\n")])
def test_half_a_form_is_refused_and_not_carried_out(small_world: World, kind: str, body: bytes) -> None:
    path = f"/people/of/{people.person('percy').organisation_id}/invite_person"
    assert sent(path, body, kind=kind, missing=3) == "400"
    assert not Invitation.objects.exists()
    assert sent(path, body, kind=kind) == "303"
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize("path", ["/gateway/acknowledgements", "/api/v1/engagements", "/no/page"])
def test_no_door_breaks_over_half_a_body(small_world: World, path: str) -> None:
    assert sent(path, b'{"a": 1', kind="application/json", missing=9)[0] == "4"


def test_body_of_unknown_length_is_asked_for_its_length(small_world: World) -> None:
    """Nobody would read a byte of it, and a deed whose fields may all be left out would be done without them."""
    assert sent("/api/v1/engagements", b"{}", kind="application/json", HTTP_TRANSFER_ENCODING="chunked") == "411"
