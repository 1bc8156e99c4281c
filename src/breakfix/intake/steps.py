"""Traffic of this door: what came is kept as it came, and counted. None of it is a deed."""

import hashlib
from datetime import datetime, timedelta

from django.db.models import F, Q

from breakfix.intake.models import Alert, AlertCount, AlertSource, Delivery, Mail, Mailbox, MailTally
from breakfix.intake.rules.mail.addresses import LONGEST
from breakfix.intake.rules.parts import clean
from breakfix.intake.values import Door, Letter, Outcome
from breakfix.kernel import tasks

# A mail that is still not settled then was left by a crash.
SETTLED_WITHIN = timedelta(minutes=1)
LEASE = timedelta(minutes=5)


def keep(source: AlertSource, body: bytes, at: datetime, *, signed: str = "") -> Delivery:
    """Store a message before it is read: whatever happens next, it is not lost. `signed` tells equal bodies apart."""
    sha256 = hashlib.sha256(signed.encode() + body).hexdigest()
    return Delivery.objects.create(source=source, body=body, sha256=sha256, received_at=at)


def settle(delivery: Delivery, outcome: Outcome, reason: str) -> None:
    """Note what became of a message; what could be read is not kept a second time."""
    delivery.outcome, delivery.reason = outcome.value, clean(reason, 300)
    if outcome is not Outcome.QUARANTINE:
        delivery.body = b""
    delivery.save(update_fields=["outcome", "reason", "body"])


def count(alert: Alert, at: datetime, *, repeated: bool) -> None:
    """One more telling of a failure; counted in the database, so that none is lost between two workers."""
    known = AlertCount.objects.filter(alert=alert)
    more = {"told": F("told") + 1, "repeated": F("repeated") + int(repeated), "last_received_at": at}
    if not known.update(**more):
        AlertCount.objects.create(alert=alert, told=1, repeated=int(repeated), last_received_at=at)


# ------------------------------------------------------------------------------------------ mails


def keep_mail(
    mailbox: Mailbox, raw: bytes, door: Door, at: datetime, *, origin: str = "", soon: bool = False
) -> Mail:
    """Store a mail before it is read, and plan the look after it: a crash from here on loses nothing.

    A second keeping from the same place of the same mailbox finds the first; the caller's transaction ends with it.
    `soon`: nobody else will settle it, so the worker does at once.
    """
    if origin and (before := Mail.objects.filter(mailbox=mailbox, origin=origin).first()) is not None:
        return before
    _tally(mailbox, door, fetched=1)
    sha256 = hashlib.sha256(raw).hexdigest()
    mail = Mail.objects.create(
        mailbox=mailbox, door=door.value, origin=origin, raw=raw, size=len(raw), sha256=sha256, received_at=at
    )
    due = at if soon else at + SETTLED_WITHIN
    tasks.enqueue("mail.settle", key=f"mail.settle:{mail.pk}", due_at=due, at=at, payload={"mail": mail.pk})
    return mail


def refuse_mail(mailbox: Mailbox, door: Door) -> None:
    """Count a mail that was refused by its length: nothing of it is kept."""
    _tally(mailbox, door, fetched=1, refused=1)


def note_letter(mail: Mail, letter: Letter) -> None:
    """Keep what a mail says where pages and the search for the same one find it."""
    mail.mark, mail.message_id, mail.subject = letter.mark, letter.message_id, letter.subject
    mail.sender, mail.text = ", ".join(letter.senders)[:LONGEST], letter.whole
    mail.save(update_fields=["mark", "message_id", "subject", "sender", "text"])


def settle_mail(mail: Mail, outcome: Outcome, reason: str, *, without_bytes: bool = False) -> None:
    """Note what became of a mail; `without_bytes` where the very same ones are kept already."""
    mail.outcome, mail.reason = outcome.value, clean(reason, 300)
    if without_bytes:
        mail.raw = b""
    mail.save(update_fields=["outcome", "reason", "raw", "engagement"])


def tell_of_mail(mail: Mail, at: datetime) -> None:
    """Let the desk hear that a mail of somebody known waits for it."""
    told = {"provider": mail.mailbox.provider_id}
    tasks.enqueue("mails.waiting", key=f"mails.waiting:{mail.pk}", due_at=at, at=at, payload=told)


def _tally(mailbox: Mailbox, door: Door, *, fetched: int, refused: int = 0) -> None:
    tally = MailTally.objects.get_or_create(mailbox=mailbox, door=door.value)[0]
    more = {"fetched": F("fetched") + fetched, "refused": F("refused") + refused}
    MailTally.objects.filter(pk=tally.pk).update(**more)


def lease(mailbox: Mailbox, door: Door, at: datetime) -> bool:
    """Hold this door of this mailbox for a while; False where another holds it."""
    tally = MailTally.objects.get_or_create(mailbox=mailbox, door=door.value)[0]
    free = MailTally.objects.filter(pk=tally.pk).filter(Q(leased_until=None) | Q(leased_until__lte=at))
    return bool(free.update(leased_until=at + LEASE))


def release(mailbox: Mailbox, door: Door, said: str, at: datetime) -> None:
    """Let the next one fetch, and keep how it went."""
    held = MailTally.objects.filter(mailbox=mailbox, door=door.value)
    held.update(leased_until=None, said=clean(said, 200), said_at=at)
