"""Doors are tried as people use them: signed in, at an instant of the story, through the page's own forms."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from breakfix.kernel import clock
from tests import people
from tests.conftest import commits, kind_of
from tests.makers import local

NOW = local("2026-12-01 20:45")


@pytest.fixture(autouse=True)
def _story_time() -> Iterator[None]:
    with clock.set_to(NOW):
        yield


@pytest.fixture(autouse=True)
def _as_in_production(request: pytest.FixtureRequest) -> None:
    """On PostgreSQL every page is asked by a role that row-level security binds: no superuser hides a gap in it."""
    if kind_of(request.node) == "db" and not commits(request.node):
        request.getfixturevalue("as_plain_role")


@pytest.fixture
def moment() -> Iterator[Callable[[datetime], None]]:
    """Turn the clock to another instant of the story."""
    with ExitStack() as turned:
        yield lambda at: turned.enter_context(clock.set_to(at))


@pytest.fixture
def at() -> datetime:
    """The instant at which every page is read here."""
    return NOW


@pytest.fixture
def sign_in(db: None) -> Callable[[str], Client]:
    """A browser of this person of tests.people."""

    def signed_in(key: str) -> Client:
        browser = Client()
        browser.force_login(people.person(key), "allauth.account.auth_backends.AuthenticationBackend")
        return browser

    return signed_in


class _Forms(HTMLParser):
    """Every deed's form of a page: its address and its fields with the values they show."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, Any]] = {}
        self._at: dict[str, Any] | None = None
        self._text: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and "data-deed" in given:
            self._at = self.forms[given["data-deed"]] = {"action": given["action"], "fields": {}}
        if self._at is None:
            return
        fields = self._at["fields"]
        if tag == "option" and "selected" in given and self._select is not None:
            fields[self._select] = given.get("value", "")
        if "name" not in given:
            return
        if tag == "textarea":
            self._text = given["name"]
            fields[self._text] = ""
        elif given.get("type") in {"radio", "checkbox"}:
            fields.setdefault(given["name"], given["value"] if "checked" in given else "")
        elif tag in {"input", "select"}:
            fields[given["name"]] = given.get("value", "")
            self._select = given["name"] if tag == "select" else self._select

    def handle_data(self, data: str) -> None:
        if self._at is not None and self._text is not None:
            self._at["fields"][self._text] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = None
        if tag == "form":
            self._at = None


@pytest.fixture
def forms() -> Callable[[Any], dict[str, dict[str, Any]]]:
    """Read the deeds' forms of a response, by deed."""

    def read(response: Any) -> dict[str, dict[str, Any]]:
        parser = _Forms()
        parser.feed(response.content.decode())
        return parser.forms

    return read
