"""Writes of the door's own traffic: short transactions of their own, so that nobody waits for another's deed."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection, transaction

from breakfix.api.models import Allowance, StoredAnswer
from breakfix.kernel.errors import Refused

KEPT = timedelta(days=7)
# Longer than any request may take; after it, whoever claimed the key is thought to be dead.
LEASE = timedelta(minutes=2)
SWEPT_AT_ONCE = 50
IDLE_MINUTES = 60


@transaction.atomic
def claim_answer(scope: str, key: str, fingerprint: str, at: datetime) -> tuple[StoredAnswer, bool]:
    """Claim a key for one request, True, or find what the same key came to, False. Sweeps out what is too old."""
    _sweep(at)
    fresh = {"fingerprint": fingerprint, "claim": uuid.uuid4(), "claimed_at": at}
    # Two at once: the unique constraint lets one in, the other finds its row.
    answer, created = StoredAnswer.objects.get_or_create(scope=scope, key=key, defaults=fresh)
    if created or answer.status is not None or answer.claimed_at + LEASE > at or answer.fingerprint != fingerprint:
        return answer, created
    # Whoever is still at work holds the row, so it is passed over here; a dead one's effect was rolled back with it.
    skip = connection.features.has_select_for_update_skip_locked
    dead = StoredAnswer.objects.select_for_update(skip_locked=skip).filter(pk=answer.pk, claim=answer.claim)
    orphan = dead.filter(status=None).first()
    if orphan is None:
        return answer, False
    orphan.claim, orphan.claimed_at = uuid.uuid4(), at
    orphan.save(update_fields=["claim", "claimed_at"])
    return orphan, True


def hold_answer(answer: StoredAnswer) -> None:
    """Hold the claimed key to the end of the deed's transaction; refuses when somebody else has taken it over."""
    mine = StoredAnswer.objects.select_for_update().filter(pk=answer.pk, claim=answer.claim, status=None)
    if mine.first() is None:
        raise Refused("idempotency_in_flight", "The same request is being worked on; ask again in a moment.")


def keep_answer(answer: StoredAnswer, *, status: int, headers: Mapping[str, str], body: str) -> None:
    """Keep what the key came to: in the deed's own transaction, so neither is ever there without the other."""
    answer.status, answer.headers, answer.body = status, dict(headers), body
    answer.save(update_fields=["status", "headers", "body"])


def drop_answer(answer: StoredAnswer) -> None:
    """Free the key again: nothing was done that a repetition could double."""
    StoredAnswer.objects.filter(pk=answer.pk, claim=answer.claim).delete()


def _sweep(at: datetime) -> None:
    # Every new key clears away a few old ones, so the table never needs a visit of its own.
    skip = connection.features.has_select_for_update_skip_locked
    old = StoredAnswer.objects.select_for_update(skip_locked=skip).filter(claimed_at__lt=at - KEPT)
    if gone := list(old.order_by("claimed_at").values_list("pk", flat=True)[:SWEPT_AT_ONCE]):
        StoredAnswer.objects.filter(pk__in=gone).delete()


def _sweep_idle(window: int) -> None:
    skip = connection.features.has_select_for_update_skip_locked
    idle = Allowance.objects.select_for_update(skip_locked=skip).filter(window__lt=window - IDLE_MINUTES)
    if gone := list(idle.values_list("pk", flat=True)[:SWEPT_AT_ONCE]):
        Allowance.objects.filter(pk__in=gone).delete()


@transaction.atomic
def take_allowance(key: str, *, window: int, want: int, most: int) -> tuple[int, int]:
    """Take up to `want` of the `most` requests of this minute; returns (taken, left for everybody)."""
    # Held as soon as it is found: an idle one may be swept away at the very moment at which it is used again.
    row, created = Allowance.objects.select_for_update().get_or_create(key=key, defaults={"window": window})
    if created:
        _sweep_idle(window)
    used = row.used if row.window == window else 0
    taken = max(0, min(want, most - used))
    row.window, row.used = window, used + taken
    row.save(update_fields=["window", "used"])
    return taken, most - row.used
