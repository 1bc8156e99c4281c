"""Mails that signing in asks for: planned here, written by the worker, so that every answer takes as long."""

import uuid
from typing import Any

from django.db import transaction

from breakfix.kernel import clock, tasks


def _plan(kind: str, **payload: Any) -> None:
    at = clock.now()
    with transaction.atomic():
        tasks.enqueue(kind, key=f"{kind}:{uuid.uuid4()}", due_at=at, at=at, payload=payload)


def ask_for_link(email: str) -> None:
    """A link to choose a new password, if somebody has this address: found out later, by the worker."""
    _plan("mail.link", email=email)


def tell_of_change(person: Any, what: str, *, address: str) -> None:
    """Tell the owner of the account what was changed about how they sign in, and from where."""
    _plan("mail.account", person_id=person.pk, what=what, address=address)
