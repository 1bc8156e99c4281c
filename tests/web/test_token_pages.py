"""The page of tokens: a secret is seen once, in the answer to the form, and revoking is one button."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from breakfix.parties.models import Token
from tests import makers, people

SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _world(db: None, at: Any) -> None:
    makers.world(at - timedelta(days=1))


def form(**given: Any) -> dict[str, Any]:
    return {
        "name": "Monitoring",
        "expires_at": "2026-12-24T12:00",
        "scopes-0": "read",
        "scopes-1": "report",
        "password": people.PASSWORD,
        **given,
    }


def test_secret_is_seen_once(sign_in: SignIn) -> None:
    rita = sign_in("rita")
    answer = rita.post("/tokens/issue", form())
    assert answer.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    token = Token.objects.get()
    assert token.scopes == ["read", "report"]
    shown = answer.content.decode()
    secret = shown.partition(f"<code>{token.prefix}")[2].partition("<")[0]
    assert len(token.prefix + secret) >= 47
    again = rita.get("/tokens").content.decode()
    assert token.prefix in again
    assert secret not in again


def test_wrong_password_issues_nothing_and_keeps_what_was_typed(sign_in: SignIn) -> None:
    answer = sign_in("rita").post("/tokens/issue", form(password="wrong"))
    assert answer.status_code == 422
    assert b'value="Monitoring"' in answer.content
    assert b'value="report" checked' in answer.content
    assert not Token.objects.exists()


def test_machine_is_offered_only_roles_that_one_holds(sign_in: SignIn) -> None:
    assert b'name="roles-0" value="dispatcher"' in sign_in("dana").get("/tokens").content
    assert b'name="roles-0"' not in sign_in("alice").get("/tokens").content


def test_administrator_revokes_the_token_of_a_colleague(sign_in: SignIn) -> None:
    sign_in("rita").post("/tokens/issue", form())
    token, nora = Token.objects.get(), sign_in("nora")
    assert b"Monitoring" in nora.get("/tokens").content
    assert nora.post("/tokens/revoke", {"token_id": token.pk}).status_code == 303
    assert Token.objects.get().revoked_at is not None
    assert b"revoked" in nora.get("/tokens").content


@pytest.mark.parametrize("count", [1, 3])
def test_page_costs_the_same_for_one_and_for_three(
    count: int, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    rita = sign_in("rita")
    for _ in range(count):
        rita.post("/tokens/issue", form())
    with django_assert_max_num_queries(8):
        rita.get("/tokens")
