"""The API's door: who calls, what they may use their token for, and when it is.

Every operation names the scope it needs, `auth=Bearer(Scope.READ)`; its function finds the caller in `request.auth`.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from breakfix.api import limits
from breakfix.kernel import clock, factors, fence
from breakfix.kernel.access import Actor
from breakfix.kernel.confirming import confirmed
from breakfix.kernel.errors import NotAllowed, Refused
from breakfix.parties import queries as parties
from breakfix.parties import steps as parties_steps
from breakfix.parties.values import Scope

CONFIRM = "Breakfix-Confirm"


@dataclass(frozen=True)
class Call:
    """One request by whoever bears a token: who, when, and the zone in which times without one are read."""

    by: Actor
    at: datetime
    token: Any
    zone: str


class Bearer(HttpBearer):
    """`Authorization: Bearer bfx_…`; cookies open nothing here, so no other site's page can act for anybody."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Call:
        at = clock.now()
        request.allowance = limits.spend("address", limits.address_of(request), at)  # type: ignore[attr-defined]
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not secret.strip():
            message = "Send a token: Authorization: Bearer bfx_…"
            raise Refused("token_missing", message, remedy="Issue a token on the page Tokens.")
        return self.authenticate(request, secret.strip(), at)

    def authenticate(self, request: HttpRequest, token: str, at: datetime | None = None) -> Call:
        """Whoever bears this secret; refuses what is unknown, over, or not meant for this."""
        at = at or clock.now()
        with fence.as_machine():  # nobody stands before the database yet: the token says who will
            known = parties.token_of(token)
            request.allowance = limits.spend("token", known.pk, at)  # type: ignore[attr-defined]
            by = parties.actor_for_token(known)
            _check_factor(known, by)
            parties_steps.note_token_use(known, at)
        fence.let_in(by)
        request.actor = by  # type: ignore[attr-defined]  # the log names who asked
        if self.scope.value not in known.scopes:
            message = f"This token may not be used to {self.scope.value}; its scopes are {', '.join(known.scopes)}."
            raise NotAllowed(message, code="scope_missing", scope=self.scope.value)
        return Call(by, at, known, known.organisation.zone)


def _check_factor(token: Any, by: Actor) -> None:
    """A personal token opens no more than its person's sign-in would: a role given since may ask for a factor."""
    if token.is_personal and factors.is_missing(token.person_id, by.roles):
        message = "The roles behind this token need a second factor, and its person has none."
        raise NotAllowed(message, code="factor_missing", remedy="Sign in and set up a second factor.")


def confirming(request: HttpRequest, call: Call) -> Actor:
    """The caller, confirmed if the request brings the person's password: what binds money asks for it."""
    sent = request.headers.get(CONFIRM)
    if sent is None:
        return call.by
    if not call.token.is_personal:
        raise NotAllowed("A machine confirms nothing: use the token of a person.", code="needs_person")
    try:
        password = base64.b64decode(sent, validate=True).decode()
    except (binascii.Error, ValueError):
        message = f"The header {CONFIRM} holds your password, base64-encoded."
        raise Refused("malformed", message, field=CONFIRM) from None
    return parties.actor_for_token(call.token, confirmed_at=confirmed(call.token.person, password, call.at))
