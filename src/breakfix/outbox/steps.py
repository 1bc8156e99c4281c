"""The marks a message leaves on its way: each in a transaction of its own, because what left the house is gone."""

import hashlib
from datetime import datetime

from django.db import transaction
from django.db.models import F

from breakfix.outbox.models import Acknowledgement, Message
from breakfix.outbox.rules import TRANSITIONS
from breakfix.outbox.values import MessageStatus, Outgoing


def public_id_of(key: str) -> str:
    """The same for the same key, and no word of it."""
    return "msg_" + hashlib.sha256(key.encode()).hexdigest()[:32]


@transaction.atomic
def begin(out: Outgoing, at: datetime) -> Message:
    """The mark of this message: made at the first try, found again at every later one."""
    fresh = {
        "public_id": public_id_of(out.key),
        "channel": out.channel.value,
        "person_id": out.person_id,
        "topic": out.topic,
        "attempt_id": out.attempt_id,
        "begun_at": at,
        "changed_at": at,
    }
    return Message.objects.get_or_create(key=out.key, defaults=fresh)[0]


@transaction.atomic
def mark(message: Message, status: MessageStatus, at: datetime, note: str = "") -> bool:
    """Move the message on; False where it got further meanwhile (its gateway was heard first)."""
    sources = [one.value for one, targets in TRANSITIONS.items() if status in targets]
    rows = Message.objects.filter(pk=message.pk, status__in=sources)
    moved = bool(rows.update(status=status.value, note=note[:200], changed_at=at))
    message.refresh_from_db()
    return moved


@transaction.atomic
def mark_unsure(message: Message, at: datetime) -> None:
    """It is on its way: whoever finds this mark later does not know whether it arrived."""
    going = MessageStatus.HANDING_OVER.value
    rows = Message.objects.filter(pk=message.pk, status__in=[MessageStatus.WAITING.value, going])
    rows.update(status=going, unsure=F("unsure") + 1, changed_at=at)
    message.refresh_from_db()


@transaction.atomic
def mark_refused(message: Message, at: datetime, why: str) -> None:
    """It surely did not arrive: the next try is as good as the first."""
    rows = Message.objects.filter(pk=message.pk, status=MessageStatus.HANDING_OVER.value)
    rows.update(status=MessageStatus.WAITING.value, unsure=F("unsure") - 1, note=why[:200], changed_at=at)
    message.refresh_from_db()


@transaction.atomic
def note(message: Message, at: datetime, why: str) -> None:
    """Keep why it did not get further at this try."""
    Message.objects.filter(pk=message.pk).update(note=why[:200], changed_at=at)


def heard(webhook_id: str, body: bytes, at: datetime) -> str:
    """Remember what a gateway told us: "" the first time, "same" again, "other" for another body under this id."""
    digest = hashlib.sha256(body).hexdigest()
    known, fresh = Acknowledgement.objects.get_or_create(
        webhook_id=webhook_id, defaults={"sha256": digest, "received_at": at}
    )
    if fresh:
        return ""
    return "same" if known.sha256 == digest else "other"
