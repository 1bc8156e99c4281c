"""Where somebody is signed in: the list they see, ending one or all others, and what a session is bound to.

django-allauth keeps who signed in from where; Django keeps the sessions. Real time, as passwords have it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest

PAUSE = 300  # seconds between two notes of when somebody was last seen


@dataclass(frozen=True)
class SignedIn:
    """One browser in which somebody is signed in."""

    pk: int
    address: str
    agent: str
    since: datetime
    seen_at: datetime
    is_current: bool


def sessions_of(person: Any, current_key: str | None) -> list[SignedIn]:
    """Every session that still opens something, this one first, then the one seen last."""
    rows = UserSession.objects.purge_and_list(person)
    found = [
        SignedIn(r.pk, r.ip, r.user_agent, r.created_at, r.last_seen_at, r.session_key == current_key) for r in rows
    ]
    return sorted(found, key=lambda one: (not one.is_current, -one.seen_at.timestamp()))


@transaction.atomic
def end_one(person_id: int, session_id: int) -> bool:
    """End one of this person's sessions; False where it is none of theirs, or over already."""
    row = UserSession.objects.filter(user_id=person_id, pk=session_id).first()
    if row is None:
        return False
    Session.objects.filter(session_key=row.session_key).delete()
    row.delete()
    return True


@transaction.atomic
def end_others(person_id: int, current_key: str | None) -> int:
    """End every session of this person but this one; returns how many there were."""
    others = UserSession.objects.filter(user_id=person_id).exclude(session_key=current_key or "")
    keys = list(others.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    others.delete()
    return len(keys)


def begin(request: HttpRequest, now: datetime) -> None:
    """Note when this session began: it does not outlive its day by being used."""
    request.session["since"] = request.session["seen"] = int(now.timestamp())


@transaction.atomic
def renew(request: HttpRequest) -> None:
    """Give this session a new id: whoever knew the old one has nothing now that it is worth more."""
    old = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=old).update(session_key=request.session.session_key)


def note_seen(request: HttpRequest, now: datetime) -> None:
    """Note that this session was used, at most every five minutes: no write for each page that somebody reads."""
    seen = request.session.get("seen")
    if seen is None or now.timestamp() - seen < PAUSE:
        return
    request.session["seen"] = int(now.timestamp())
    UserSession.objects.create_from_request(request)


def is_over(request: HttpRequest, now: datetime, *, longest: int) -> bool:
    """Whether this session began longer ago than `longest` seconds."""
    since = request.session.get("since")
    return since is not None and now.timestamp() - since >= longest


def keep_password(person: AbstractBaseUser, password: str) -> None:
    """Store the password's hash and nothing else of the row: what an administrator changed meanwhile stays."""
    person.set_password(password)
    person.save(update_fields=["password"])
