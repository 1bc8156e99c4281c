"""The API is tried as programs use it: with a token, at an instant of the story, speaking JSON."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from breakfix.kernel import clock
from breakfix.kernel.access import Role
from breakfix.parties import actions
from breakfix.parties.values import Scope
from tests import people
from tests.makers import local

NOW = local("2026-12-02 12:00")
CONFIRM = base64.b64encode(people.PASSWORD.encode()).decode()


@pytest.fixture(autouse=True)
def _noon(db: None) -> Iterator[None]:
    with clock.set_to(NOW):
        yield


class Program:
    """Whatever calls the API: it sends its token, and JSON."""

    def __init__(self, secret: str | None, *, personal: bool = True) -> None:
        self.personal = personal
        self.browser = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {secret}"} if secret is not None else {}

    def get(self, path: str, **headers: str) -> Any:
        return self.browser.get(f"/api/v1{path}", headers={**self.headers, **headers})

    def post(self, path: str, body: Any = None, *, confirm: bool = False, **headers: str) -> Any:
        """Send JSON; header names are written with `_` for `-`."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if confirm:
            told["Breakfix-Confirm"] = CONFIRM
        raw = body if isinstance(body, bytes) else json.dumps({} if body is None else body)
        kind = told.pop("Content-Type", "application/json")
        return self.browser.post(f"/api/v1{path}", raw, content_type=kind, headers={**self.headers, **told})


def problem_of(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal, once it was checked to be a whole problem document."""
    assert answer["Content-Type"] == "application/problem+json", answer.content[:200]
    told = answer.json()
    assert {"type", "title", "status", "detail", "instance", "code"} <= set(told)
    assert told["status"] == answer.status_code
    assert told["type"] == f"urn:breakfix:problem:{told['code']}"
    return answer.status_code, told["code"]


def token_of(who: str, *scopes: Scope, roles: list[Role] | None = None, **given: Any) -> Any:
    """A fresh token of this person, by default for everything and a week."""
    by = people.actor(who, confirmed_at=clock.now())
    wanted = {"name": "a program", "expires_at": clock.now() + timedelta(days=7), **given}
    return actions.issue_token(scopes=list(scopes or Scope), roles=roles, by=by, at=clock.now(), **wanted)


@pytest.fixture
def program() -> Callable[..., Program]:
    """A program with a token of this person of tests.people."""

    def started(who: str, *scopes: Scope, **given: Any) -> Program:
        token = token_of(who, *scopes, **given)
        return Program(token.secret, personal=token.is_personal)

    return started
