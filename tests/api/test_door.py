"""The API's door: who gets in, what every refusal looks like, and that nothing but a token opens it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from breakfix.kernel import clock, sealing
from breakfix.kernel.access import Role
from breakfix.parties import actions
from breakfix.parties.models import Person, Token
from breakfix.parties.values import Scope
from tests import makers, people
from tests.api.conftest import NOW, Program, problem_of, token_of
from tests.web.signing_in import with_app

Start = Callable[..., Program]


@pytest.fixture(autouse=True)
def _world(_noon: None) -> None:
    makers.world(NOW - timedelta(days=1))


def test_token_opens_the_door_and_its_use_is_noted_once_a_minute(program: Start) -> None:
    tom = program("tom")
    assert problem_of(tom.post("/engagements/1/clock-on")) == (404, "not_found")
    token = Token.objects.get()
    assert token.last_used_at == NOW
    with clock.set_to(NOW + timedelta(seconds=59)):
        tom.post("/engagements/1/clock-on")
    token.refresh_from_db()
    assert token.last_used_at == NOW
    with clock.set_to(NOW + timedelta(seconds=60)):
        tom.post("/engagements/1/clock-on")
    token.refresh_from_db()
    assert token.last_used_at == NOW + timedelta(seconds=60)


@pytest.mark.parametrize("secret", [None, "", "bfx_", "bfx_wrong", "\x00", "é", "x" * 5000])
def test_door_stays_shut_without_a_token_that_is_known(secret: str | None) -> None:
    answer = Program(secret).post("/engagements/1/clock-on")
    assert problem_of(answer)[0] == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_door_takes_no_session_for_a_token() -> None:
    browser = Client()
    browser.force_login(people.person("alice"), "allauth.account.auth_backends.AuthenticationBackend")
    answer = browser.post("/api/v1/quotes/1/approve", {}, content_type="application/json")
    assert problem_of(answer) == (401, "token_missing")


def test_token_that_ended_says_why() -> None:
    token = token_of("tom")
    program = Program(token.secret)
    with clock.set_to(token.expires_at):
        assert problem_of(program.post("/engagements/1/clock-on")) == (401, "token_expired")
    actions.revoke_token(token.pk, by=people.actor("tom"), at=NOW)
    assert problem_of(program.post("/engagements/1/clock-on")) == (401, "token_revoked")


@pytest.mark.tampers
def test_token_of_somebody_without_access_is_worth_nothing(program: Start) -> None:
    tom, machine = program("tom"), program("dana", roles=[Role.DISPATCHER])
    Person.objects.filter(pk__in=[people.person("tom").pk, people.person("dana").pk]).update(is_active=False)
    assert problem_of(tom.post("/engagements/1/clock-on")) == (401, "person_suspended")
    assert problem_of(machine.post("/engagements/1/acknowledge")) == (401, "person_suspended")


def test_machine_loses_the_role_that_its_issuer_lost(program: Start) -> None:
    machine = program("dana", roles=[Role.DISPATCHER])
    assert problem_of(machine.post("/engagements/1/acknowledge", {"callback": "0"})) == (404, "not_found")
    person = people.person("dana")
    actions.take_role(person.pk, role=Role.DISPATCHER, by=people.actor("percy"), at=NOW)
    assert problem_of(machine.post("/engagements/1/acknowledge", {"callback": "0"})) == (401, "person_suspended")


def test_token_opens_no_more_than_a_sign_in_without_the_factor_that_is_required(
    program: Start, settings: Any, tmp_path: Any
) -> None:
    alice, rita, machine = program("alice"), program("rita"), program("dana", roles=[Role.DISPATCHER])
    settings.BREAKFIX_MFA = "required"
    settings.BREAKFIX_FACTOR_KEY = tmp_path / "factors.key"
    sealing.make_key(needed=False)
    assert problem_of(alice.get("/engagements")) == (403, "factor_missing")
    assert problem_of(alice.post("/quotes/1/approve", confirm=True)) == (403, "factor_missing")
    assert rita.get("/engagements").status_code == 200  # her roles bind no money
    assert machine.get("/engagements").status_code == 200  # it confirms nothing
    with_app("alice")
    assert alice.get("/engagements").status_code == 200


def test_scope_bounds_what_a_token_is_used_for(program: Start) -> None:
    answer = program("tom", Scope.READ).post("/engagements/1/clock-on")
    assert problem_of(answer) == (403, "scope_missing")
    assert "read" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["", "/", "/v1/", "/v1/nothing", "/v2/quotes", "/v1/quotes/x/approve", "/v1/%00"])
def test_unknown_address_is_a_problem(path: str) -> None:
    assert problem_of(Client().get(f"/api{path}")) == (404, "not_found")


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head", "options", "trace"])
def test_other_methods_are_a_problem_that_names_those_that_work(method: str) -> None:
    answer = getattr(Client(), method)("/api/v1/quotes/1/approve")
    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/problem+json"
    assert "POST" in answer["Allow"]


def test_foreign_host_is_a_problem() -> None:
    assert problem_of(Client().get("/api/v1/openapi.json", headers={"Host": "elsewhere.example"}))[0] == 400


BAD_BODIES: dict[str, tuple[bytes, int, str]] = {
    "half": (b'{"a": ', 400, "malformed"),
    "list": (b"[]", 400, "malformed"),
    "text": (b'"x"', 400, "malformed"),
    "not utf-8": (b'{"callback": "\xff"}', 400, "malformed"),
    "nan": (b'{"callback": NaN}', 400, "malformed"),
    "deep": (b"[" * 500_000, 400, "malformed"),
    "deep in a field": (b'{"callback": ' + b"[" * 5000 + b"]" * 5000 + b"}", 400, "malformed"),
    "endless number": (b'{"callback": ' + b"9" * 5000 + b"}", 400, "malformed"),
    "large": (b'{"callback": "' + b"x" * 10_000_000 + b'"}', 413, "too_large"),
    "nul": (b'{"callback": "a\\u0000b"}', 422, "invalid_field"),
    "half a character": (b'{"callback": "\\ud800"}', 422, "invalid_field"),
    "number for a text": (b'{"callback": 5}', 422, "invalid_field"),
    "nothing for a text": (b'{"callback": null}', 422, "invalid_field"),
    "missing": (b"{}", 422, "missing_field"),
    "empty": (b"", 422, "missing_field"),
    "misspelt": (b'{"callback": "1", "colour": "red"}', 422, "unknown_field"),
    "id twice": (b'{"callback": "1", "engagement_id": 5}', 422, "unknown_field"),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_body_that_cannot_be_meant_is_refused(name: str, program: Start) -> None:
    body, status, code = BAD_BODIES[name]
    assert problem_of(program("dana").post("/engagements/1/acknowledge", body)) == (status, code)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "nonsense"])
def test_other_content_types_are_refused(kind: str, program: Start) -> None:
    answer = program("dana").post("/engagements/1/acknowledge", b"callback=1", Content_Type=kind)
    assert problem_of(answer) == (415, "content_type")


def test_ids_that_no_table_holds_are_not_there(program: Start) -> None:
    for huge in (10**15 + 1, 2**63, 10**60):
        answer = program("dana").post(f"/engagements/{huge}/acknowledge", {"callback": "1"})
        assert problem_of(answer) == (404, "not_found")


def test_parameters_that_a_deed_does_not_know_are_refused(program: Start) -> None:
    answer = program("dana").post("/engagements/1/acknowledge?callback=5", {"callback": "1"})
    assert problem_of(answer) == (400, "unknown_parameter")


def test_fault_of_ours_is_told_without_its_insides(program: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the insides")

    monkeypatch.setattr("breakfix.api.deeds.bind", broken)
    for headers in ({}, {"Idempotency_Key": "a"}):
        answer = program("dana").post("/engagements/1/acknowledge", {"callback": "1"}, **headers)
        assert problem_of(answer) == (500, "fault")
        assert b"insides" not in answer.content
