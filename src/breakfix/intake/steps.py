"""Traffic of this door: what came is kept as it came, and counted. None of it is a deed."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import F, Q

from breakfix.intake.models import AlertCount, AlertSource, AlertTally, Delivery, Mail, Mailbox, MailTally
from breakfix.intake.rules.mail.addresses import LONGEST
from breakfix.intake.rules.parts import clean
from breakfix.intake.rules.storms import QUIET_FOR
from breakfix.intake.values import Door, Flapping, Letter, Outcome
from breakfix.kernel import tasks

# A mail that is still not settled then was left by a crash.
SETTLED_WITHIN = timedelta(minutes=1)
LEASE = timedelta(minutes=5)
EPOCH = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def mark(body: bytes, signed: str = "", machine: str = "") -> str:
    """The same for the same bytes; `signed` tells equal ones apart, and so does `machine`, whom the address names.

    An address is not signed: where the body is, another one would make a message new that was shown before.
    """
    apart = signed or (f"{machine}\n" if machine else "")
    return hashlib.sha256(apart.encode(errors="replace") + body).hexdigest()


def keep(source: AlertSource, messages: Iterable[tuple[bytes, str, datetime, Outcome, str]]) -> None:
    """Store messages: each its bytes, mark, instant, what became of it and why. What was read keeps no bytes."""
    Delivery.objects.bulk_create(
        Delivery(
            source=source,
            body=body if outcome is Outcome.QUARANTINE else b"",
            sha256=mark,
            received_at=at,
            outcome=outcome.value,
            reason=clean(reason, 300),
        )
        for body, mark, at, outcome, reason in messages
    )


def count(times: Mapping[int, int], repeated: Mapping[int, int], at: datetime, *, fresh: Collection[int]) -> None:
    """More tellings of alerts, by their ids; added in the database, so that none is lost between two workers.

    `fresh` are those that this very transaction made: of them nothing was counted yet.
    """
    AlertCount.objects.bulk_create(
        AlertCount(alert_id=alert, told=times[alert], repeated=repeated[alert], last_received_at=at)
        for alert in fresh
    )
    alike = defaultdict(list)
    for alert, told in times.items():
        if alert not in fresh:
            alike[told, repeated[alert]].append(alert)
    for (told, again), alerts in alike.items():
        more = {"told": F("told") + told, "repeated": F("repeated") + again, "last_received_at": at}
        AlertCount.objects.filter(alert__in=alerts).update(**more)


def note_flapping(found: Mapping[int, Flapping], at: datetime) -> None:
    """Of alerts that come back: when they last began, since when they are quiet; plan the look after that."""
    for alert, one in found.items():
        AlertCount.objects.filter(alert=alert).update(returned_at=one.begun_at, quiet_since=one.quiet_since)
        if one.quiet_since is not None:
            slot = (one.quiet_since - EPOCH) // QUIET_FOR + 1
            due = EPOCH + (slot + 1) * QUIET_FOR  # one look for all that is told until then
            key = f"alerts.quiet:{alert}:{slot}"
            tasks.enqueue("alerts.quiet", key=key, due_at=due, at=at, payload={"alert_id": alert})


def tally(source: AlertSource, **more: int) -> None:
    """So many more of a source, by the fields of its tally."""
    known = AlertTally.objects.filter(source=source)
    if not known.update(**{name: F(name) + number for name, number in more.items()}):
        AlertTally.objects.get_or_create(source=source)
        known.update(**{name: F(name) + number for name, number in more.items()})


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
