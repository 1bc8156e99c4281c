"""Mails about getting in: the invitation, a link to choose a new password, and what was changed about an account.

Tokens are made where the mail is written, so no queue and no backup ever holds one that still works.
"""

import secrets
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from allauth.account.app_settings import PASSWORD_RESET_TOKEN_GENERATOR
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from breakfix.accounts import actions
from breakfix.accounts.queries import hashed
from breakfix.jobs.plan import id_in
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM
from breakfix.parties import queries as parties

CHANGES = {
    "password_changed": "Your password was changed.",
    "password_set": "Your password was set.",
    "password_reset": "Your password was changed through a link sent to this address.",
    "totp_activated": "An authenticator app was added to your account.",
    "totp_deactivated": "The authenticator app was removed from your account.",
    "webauthn_added": "A security key was added to your account.",
    "webauthn_removed": "A security key was removed from your account.",
    "factors_removed": "An administrator removed your second factors; you set up new ones at the next sign-in.",
    "recovery_codes_generated": "New recovery codes were made; the earlier ones no longer work.",
}


@handles("mail.invitation", outgoing=True)
def invite(payload: dict[str, Any], at: datetime) -> None:
    """Send the link; tried again after a failure it carries a new token, and the earlier one is dead."""
    token = secrets.token_urlsafe(32)
    # Withdrawn, used or expired before the mail went out: refused, and there is nothing to send.
    found = actions.send_invitation(id_in(payload["subject"]), token_sha256=hashed(token), by=SYSTEM, at=at)
    zone = ZoneInfo(parties.zone_of(found.person))
    context = {
        "person": found.person,
        "link": settings.SITE_URL + reverse("invitation", kwargs={"token": token}),
        "until": found.expires_at.astimezone(zone).strftime("%a %-d %b %Y, %H:%M %Z"),
    }
    _send(found.person.email, "You are invited to Breakfix", "invitation", context)


@handles("mail.link", outgoing=True)
def send_link(payload: dict[str, Any], at: datetime) -> None:
    """A link to choose a new password; nothing goes to addresses that nobody has, or whose access is off."""
    person = parties.find_person(payload["email"])
    if person is None or not person.is_active:
        return
    key = f"{user_pk_to_url_str(person)}-{PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)}"
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    link = settings.SITE_URL + path.replace("UID-KEY", quote(key))
    _send(person.email, "A new password for Breakfix", "link", {"person": person, "link": link})


@handles("mail.account", outgoing=True)
def tell_of_change(payload: dict[str, Any], at: datetime) -> None:
    """Whoever changes how somebody signs in: the owner is told, and what to do if it was not them."""
    _tell(parties.person_by_id(payload["person_id"]), payload["what"], payload["address"], at)


@handles("mail.factors", outgoing=True)
def tell_of_removal(payload: dict[str, Any], at: datetime) -> None:
    """An administrator removed somebody's second factors: they hear of it, because it makes guessing worth while."""
    _tell(parties.person_by_id(id_in(payload["subject"])), "factors_removed", "an administrator's page", at)


def _tell(person: Any, what: str, address: str, at: datetime) -> None:
    line = CHANGES.get(what, "How you sign in was changed.")
    when = at.astimezone(ZoneInfo(parties.zone_of(person))).strftime("%a %-d %b %Y, %H:%M %Z")
    context = {
        "person": person,
        "line": line,
        "tokens_ended": what == "password_reset",
        "when": when,
        "address": address,
        "reset": settings.SITE_URL + reverse("account_reset_password"),
        "sessions": settings.SITE_URL + reverse("sessions"),
    }
    _send(person.email, line.rstrip("."), "account", context)


def _send(to: str, subject: str, name: str, context: dict[str, Any]) -> None:
    text = render_to_string(f"jobs/mail/{name}.txt", context)
    EmailMessage(f"[Breakfix] {subject}", text, to=[to]).send()
