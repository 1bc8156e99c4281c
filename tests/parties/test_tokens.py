"""Tokens: shown once, kept as a hash, never worth more than who issued them."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest

from breakfix.kernel import clock
from breakfix.kernel.access import Role
from breakfix.kernel.errors import NotFound
from breakfix.kernel.models import Entry, PersonalPart
from breakfix.parties import actions, queries
from breakfix.parties.models import Token
from breakfix.parties.values import Scope
from tests import makers, people, snapshots
from tests.makers import local
from tests.refusals import refused

NOW = local("2026-12-02 12:00")
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _world(db: None) -> Any:
    with clock.set_to(NOW):
        makers.world(NOW - timedelta(days=1))
        yield


def issue(who: str, **given: Any) -> Token:
    by = people.actor(who, confirmed_at=NOW)
    wanted = {"name": "Monitoring", "scopes": [Scope.REPORT], "expires_at": NOW + WEEK, **given}
    return actions.issue_token(**wanted, by=by, at=NOW)


def test_secret_is_returned_once_and_kept_nowhere() -> None:
    token = issue("rita")
    assert token.secret.startswith("bfx_")
    assert len(token.secret) >= 4 + 43  # 256 bits in base64
    kept = Token.objects.get()
    assert (kept.secret, kept.prefix) == ("", token.secret[:10])
    assert kept.sha256 == hashlib.sha256(token.secret.encode()).hexdigest()
    told = "".join(Entry.objects.values_list("leaf", flat=True))
    told += "".join(PersonalPart.objects.values_list("content", flat=True))
    assert token.secret not in told
    assert kept.sha256 not in told
    assert json.loads(Entry.objects.latest("id").leaf)["kind"] == "token.issued"


def test_two_tokens_are_never_alike() -> None:
    assert issue("rita").secret != issue("rita").secret


def test_personal_token_acts_as_its_person() -> None:
    token = queries.token_of(issue("alice").secret)
    assert queries.actor_for_token(token) == people.actor("alice")
    assert queries.actor_for_token(token, confirmed_at=NOW).confirmed_at == NOW


def test_machine_acts_for_the_organisation_and_confirms_nothing() -> None:
    token = queries.token_of(issue("dana", roles=[Role.DISPATCHER]).secret)
    machine = queries.actor_for_token(token, confirmed_at=NOW)
    dana = people.actor("dana")
    assert (machine.person_id, machine.organisation_id) == (None, dana.organisation_id)
    assert (machine.roles, machine.confirmed_at) == (frozenset({Role.DISPATCHER}), None)


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "no_scope": ("rita", {"scopes": []}),
    "token_end": ("rita", {"expires_at": NOW}),
    "missing_field": ("rita", {"name": " "}),
    "too_long": ("rita", {"name": "x" * 81}),
    "no_role": ("rita", {"roles": []}),
    "role_needs_person": ("alice", {"roles": [Role.APPROVER]}),
    "role_beyond_yours": ("rita", {"roles": [Role.AUDITOR]}),
}


@pytest.mark.parametrize("code", REFUSED)
def test_token_that_opens_too_much_or_nothing_is_refused(code: str) -> None:
    who, given = REFUSED[code]
    before = snapshots.state()
    with refused(code):
        issue(who, **given)
    assert snapshots.state() == before


def test_token_lasts_a_year_at_most() -> None:
    assert issue("rita", expires_at=NOW + timedelta(days=366)).pk
    with refused("token_end"):
        issue("rita", expires_at=NOW + timedelta(days=366, seconds=1))


@pytest.mark.parametrize("role", ["approver", "duty_manager", "change_manager", "security_officer", "client_admin"])
def test_machine_never_holds_a_role_that_decides(role: str) -> None:
    holder = {"approver": "alice", "duty_manager": "mona", "change_manager": "chas", "client_admin": "nora"}
    with refused("role_needs_person"):
        issue(holder.get(role, "sol"), roles=[Role(role)])


def test_token_is_issued_by_somebody_who_has_just_proved_who_they_are() -> None:
    with refused("reauthenticate"):
        actions.issue_token(name="x", scopes=[Scope.READ], expires_at=NOW + WEEK, by=people.actor("rita"), at=NOW)


def test_token_is_revoked_by_its_issuer_or_an_administrator() -> None:
    by_issuer, by_admin = issue("rita"), issue("rita")
    for token, who in ((by_issuer, "rita"), (by_admin, "nora")):
        actions.revoke_token(token.pk, by=people.actor(who), at=NOW)
        with refused("token_revoked"):
            queries.token_of(token.secret)
        with refused("already_revoked"):
            actions.revoke_token(token.pk, by=people.actor(who), at=NOW)


@pytest.mark.parametrize("who", ["bob", "alice", "charlie", "hugo", "dana", "percy"])
def test_token_of_somebody_else_is_not_there(who: str) -> None:
    token = issue("rita")
    with pytest.raises(NotFound):
        actions.revoke_token(token.pk, by=people.actor(who), at=NOW)
    assert list(queries.tokens_visible_to(people.actor(who))) == []
    assert list(queries.tokens_visible_to(people.actor("nora"))) == [token]
