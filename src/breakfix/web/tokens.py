"""Tokens for programs: which there are, a new one whose secret is shown once, and ending one."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.kernel.access import MACHINE_ROLES, Role
from breakfix.parties import actions
from breakfix.parties import queries as parties
from breakfix.parties.values import Scope
from breakfix.web.door import Visit, deed, page

USUALLY = timedelta(days=90)
SCOPE_WORDS = {
    Scope.READ: ("Read", "everything that you see"),
    Scope.REPORT: ("Report", "failures, machines and their data"),
    Scope.WORK: ("Work", "desk, diagnosis, quotes, visits, invoices"),
    Scope.DECIDE: ("Decide", "approve, sign, accept; what binds money still asks for your password"),
    Scope.MANAGE: ("Manage", "people, roles, sites, roster, agreements"),
}


def tokens(visit: Visit) -> HttpResponse:
    """The tokens one issued (an administrator: everybody's), and the form for another."""
    return visit.page("web/tokens.html", _context(visit))


def issued(visit: Visit, token: Any) -> HttpResponse:
    """The same page with the secret of the new token: in this answer, and never again."""
    return visit.page("web/tokens.html", {**_context(visit), "fresh": token}, status=201)


def _context(visit: Visit) -> dict[str, Any]:
    chosen = {value for name, value in visit.typed.values.items() if name.startswith(("scopes-", "roles-"))}
    return {
        "tokens": [_line(visit, one) for one in parties.tokens_visible_to(visit.by)],
        "scopes": [(n, scope.value, *SCOPE_WORDS[scope]) for n, scope in enumerate(Scope)],
        "roles": [(n, role.value, role.value.replace("_", " ")) for n, role in enumerate(_machine_roles(visit))],
        "chosen": chosen,
        "until": visit.at + USUALLY,
    }


def _machine_roles(visit: Visit) -> list[Role]:
    return sorted(visit.by.roles & MACHINE_ROLES)


def _line(visit: Visit, token: Any) -> dict[str, Any]:
    if token.revoked_at is not None:
        word, tone = "revoked", "mute"
    elif token.expires_at <= visit.at:
        word, tone = "expired", "mute"
    else:
        word, tone = "in force", "good"
    return {
        "token": token,
        "state": word,
        "tone": tone,
        "scopes": ", ".join(token.scopes),
        "acts_as": ", ".join(role.replace("_", " ") for role in token.roles) or "its person",
        "can_revoke": token.revoked_at is None,
    }


urlpatterns = [
    path("tokens", page(tokens), name="tokens"),
    path("tokens/issue", deed(actions.issue_token, on=tokens, done="", shown=issued), name="issue_token"),
    path("tokens/revoke", deed(actions.revoke_token, on=tokens, done="Token revoked."), name="revoke_token"),
]
