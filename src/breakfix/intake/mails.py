"""One mail, from its bytes to what became of it: kept in a transaction of its own, then read, then settled once.

A sender is no authority. A mail opens a draft or says a word on an engagement; it never approves and never decides.
"""

import logging
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Q

from breakfix.agreements import queries as agreements
from breakfix.agreements.values import Channel
from breakfix.incidents import queries as incidents
from breakfix.incidents import replying
from breakfix.incidents.actions import course
from breakfix.intake import queries, steps
from breakfix.intake.actions import mail as deeds
from breakfix.intake.evidence import uploads
from breakfix.intake.models import Mail, Mailbox
from breakfix.intake.rules.mail import addresses
from breakfix.intake.rules.mail.automatic import came_back
from breakfix.intake.rules.mail.quoting import tidy
from breakfix.intake.rules.mail.reading import read
from breakfix.intake.values import LARGEST_MAIL, Door, Letter, Outcome, Unmapped
from breakfix.kernel.access import SYSTEM, Deed, Side, may
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.sealing import Unreadable
from breakfix.outbox import queries as outbox
from breakfix.outbox.mail import host
from breakfix.parties import queries as parties

log = logging.getLogger(__name__)
AN_HOUR = timedelta(hours=1)
MANY = 20  # from one address in an hour: from there on people look before it becomes anything
GIVEN_UP = "reading it never came to an end; look at its bytes"
NOTHING = "it says nothing"
SAME = "the same message was received before"
ENGAGEMENT = re.compile(r"engagement/(\d{1,15})")


@dataclass(frozen=True)
class Taken:
    """What became of a mail: its outcome, why where it is not plain, and the row."""

    outcome: Outcome
    reason: str
    mail_id: int


class TooLarge(Exception):
    """The mail is longer than any that is taken; it was counted and nothing of it kept."""


@dataclass(frozen=True)
class _Ended:
    """How it ends; `without_bytes` where the very same ones are kept already."""

    outcome: Outcome
    reason: str = ""
    without_bytes: bool = False


def _wait(reason: str) -> _Ended:
    return _Ended(Outcome.QUARANTINE, reason)


def take(mailbox: Mailbox, raw: bytes, door: Door, at: datetime, *, origin: str = "") -> Taken:
    """Keep a mail and settle it; whoever handed it in may forget it once this returned, or said TooLarge."""
    return settle(keep(mailbox, raw, door, at, origin=origin), at)


def keep(mailbox: Mailbox, raw: bytes, door: Door, at: datetime, *, origin: str = "", soon: bool = False) -> int:
    """Store a mail as it came, and count it; TooLarge where it is none that is taken."""
    if len(raw) > LARGEST_MAIL:
        refuse(mailbox, door)
        raise TooLarge
    with transaction.atomic():
        # Two that fetch from the same place wait for each other: the second finds what the first kept.
        queries.lock_mailbox(mailbox.pk, SYSTEM)
        return steps.keep_mail(mailbox, raw, door, at, origin=origin, soon=soon).pk


def put_aside(mailbox: Mailbox, head: bytes, door: Door, at: datetime, *, origin: str, why: str) -> int:
    """Keep the head of a mail that is too long to be taken, in the quarantine: people see that it came."""
    letter = _letter(head)
    with transaction.atomic():
        mail_id = keep(mailbox, head, door, at, origin=origin)
        mail = queries.lock_mail(mail_id, SYSTEM)
        if not mail.outcome:
            if isinstance(letter, Letter):
                steps.note_letter(mail, letter)
            mail.engagement = _about(mailbox, head, letter)
            _end(mail, _wait(why), at)
        return mail_id


def give_up(mail_id: int, at: datetime) -> None:
    """Put a mail in the quarantine unread: whoever tried to read it never came to an end."""
    with transaction.atomic():
        mail = queries.lock_mail(mail_id, SYSTEM)
        if not mail.outcome:
            mail.engagement = _about(mail.mailbox, bytes(mail.raw), Unmapped())
            steps.settle_mail(mail, Outcome.QUARANTINE, GIVEN_UP)


def _letter(raw: bytes) -> Letter | Unmapped:
    try:
        return read(raw)
    except Unmapped as no:
        return no


def refuse(mailbox: Mailbox, door: Door) -> None:
    """Count a mail that is longer than any that is taken."""
    with transaction.atomic():
        steps.refuse_mail(mailbox, door)


def settle(mail_id: int, at: datetime) -> Taken:
    """Read a stored mail and let it become what it is; what is settled already stays as it is.

    Never raises for what the mail holds: what becomes nothing is in the quarantine, with its reason.
    """
    try:
        return _settle(mail_id, at)
    except OperationalError:  # a deadlock with what somebody does meanwhile: nothing was written, so once more
        return _settle(mail_id, at)


def _settle(mail_id: int, at: datetime) -> Taken:
    found = queries.get_mail(mail_id, SYSTEM)
    if found.outcome:
        return Taken(Outcome(found.outcome), found.reason, found.pk)
    letter = _letter(bytes(found.raw))  # before the lock: nobody's mail waits for the reading of another
    with transaction.atomic():
        # One mail of a mailbox after the other: which of two that are the same came first is then no race.
        mailbox = queries.lock_mailbox(found.mailbox_id, SYSTEM)
        mail = queries.lock_mail(mail_id, SYSTEM)
        if mail.outcome:
            return Taken(Outcome(mail.outcome), mail.reason, mail.pk)
        try:
            with transaction.atomic():
                ended = _ended(mailbox, mail, letter, at)
        except OperationalError:
            raise
        except Exception:
            log.exception("mail %s could not be taken", mail.pk)
            ended = _wait(queries.OURS)
        _end(mail, ended, at)
        return Taken(ended.outcome, ended.reason, mail.pk)


def _end(mail: Mail, ended: _Ended, at: datetime) -> None:
    steps.settle_mail(mail, ended.outcome, ended.reason, without_bytes=ended.without_bytes)
    if ended.outcome is Outcome.QUARANTINE and parties.active_clients([mail.sender]):
        steps.tell_of_mail(mail, at)


def _ended(mailbox: Mailbox, mail: Mail, letter: Letter | Unmapped, at: datetime) -> _Ended:
    mail.engagement = _about(mailbox, bytes(mail.raw), letter)
    # What nothing tells from another of the same words is the same only for as long as a server tries again.
    marked = isinstance(letter, Letter) and bool(letter.mark)
    if queries.settled_before(mail, within=None if marked else AN_HOUR, sha256=mail.sha256):
        return _Ended(Outcome.IGNORED, SAME, without_bytes=True)
    if isinstance(letter, Unmapped):
        return _wait(str(letter))
    steps.note_letter(mail, letter)
    if (ended := _of_nobody(mailbox, mail, letter)) is not None:
        return ended
    try:
        with transaction.atomic():
            return _of_somebody(mailbox, mail, letter, at)
    except Unreadable:
        return _wait("signed addresses cannot be checked: the key of the installation is missing")
    except Refused as no:
        return _wait(no.message)


def _about(mailbox: Mailbox, raw: bytes, letter: Letter | Unmapped) -> Any | None:
    """The engagement whose signed address stands in a mail, also in a notice that an answering machine sends back.

    An answer whose writer dropped that address still refers to our thread. Anybody can write that, so it only keeps
    what may be about a restricted engagement from who does not see that one. Of several it is what the fewest see.
    """
    try:
        key = queries.reply_key()
    except Unreadable:
        return None
    tags, threads = addresses.tags_in(raw), set()
    if isinstance(letter, Letter):  # what stands encoded in the bytes
        tags += addresses.tags_in(" ".join((*letter.recipients, letter.subject, letter.whole)).encode())
        threads = _threads(letter)
    signed = {found.engagement_id for tag in tags if (found := addresses.read(tag, key)) is not None}
    if not signed | threads:
        return None
    about = incidents.visible_to(SYSTEM).filter(Q(pk__in=signed) | Q(pk__in=threads, need_to_know=True))
    return about.filter(provider=mailbox.provider_id).order_by("-need_to_know", "pk").first()


def _threads(letter: Letter) -> set[int]:
    """The engagements of our notices that a mail says it answers."""
    ours = [one.strip("<>").rpartition("@")[0] for one in letter.refers if one.lower().endswith(f"@{host()}>")]
    topics = {one.lower().replace("-", "/") for one in ours} | outbox.topics_of(ours) if ours else set()
    return {int(found[1]) for topic in topics if (found := ENGAGEMENT.fullmatch(topic))}


def _of_nobody(mailbox: Mailbox, mail: Mail, letter: Letter) -> _Ended | None:
    """How a mail ends that no person wrote, that came before, or of which nobody knows from whom it is."""
    sender = letter.senders[0] if letter.senders else ""
    ours = {"host": host(), "from": _own_address(), "mailbox": mailbox.address}
    if why := came_back(dict(letter.headers), addresses.split(sender)[0] if sender else "", ours):
        return _Ended(Outcome.IGNORED, why)
    if letter.mark and queries.settled_before(mail, mark=letter.mark):
        return _Ended(Outcome.IGNORED, SAME)
    if letter.automatic:
        return _Ended(Outcome.IGNORED, letter.automatic)
    if letter.message_id and queries.settled_before(mail, message_id=letter.message_id, sender=mail.sender):
        return _wait("another mail with this Message-ID came before, and says something else")
    if len(letter.senders) != 1:
        return _wait("it names several senders" if letter.senders else "it names no sender")
    if queries.sent_lately(mail, sender, AN_HOUR) >= MANY:  # never ignored: whoever forges them silences nobody
        return _wait(f"more than {MANY} mails of this sender came within an hour")
    return _wait(letter.doubtful) if letter.doubtful else None


def _own_address() -> str:
    return next(iter(addresses.addresses_in([settings.DEFAULT_FROM_EMAIL])), "")


def _of_somebody(mailbox: Mailbox, mail: Mail, letter: Letter, at: datetime) -> _Ended:
    """A word on an engagement where the address says so that we signed; else a draft, for whom we know."""
    tags = {tag for box, tag in map(addresses.split, letter.recipients) if box == mailbox.address and tag}
    if not tags:
        return _draft(mailbox, mail, letter, at)
    key = queries.reply_key()
    meant = {found for tag in tags if (found := addresses.read(tag, key)) is not None}
    if len(meant) != 1:
        return _wait(
            "it was sent to several signed addresses" if meant else "its reply address is none that we signed"
        )
    return _answer(mailbox, mail, letter, meant.pop(), at)


def _answer(mailbox: Mailbox, mail: Mail, letter: Letter, meant: addresses.Meant, at: datetime) -> _Ended:
    try:
        engagement = incidents.get_engagement(meant.engagement_id, SYSTEM)
    except NotFound:
        return _wait("its reply address is about nothing that is here")
    if engagement.provider_id != mailbox.provider_id:
        return _wait("its reply address is about nothing of this desk")
    engagement = engagement.merged_into or engagement
    mail.engagement = engagement  # from here on only those see it who see that
    person = parties.person_by_id(meant.person_id)
    if letter.senders[0] != person.email:
        return _wait("it was not written from the address to which this reply address was given")
    by = parties.actor_for(person)
    if not person.is_active or not parties.sees_topic(by, engagement.topic):
        return _wait("whoever wrote it is not let in on this engagement (any more)")
    if not may(by, Deed.COMMENT_BY_MAIL):
        return _wait("whoever wrote it may only read")
    if letter.unread:
        return _wait(letter.unread)
    kept, left = uploads(letter.pieces)
    if not letter.text and not kept:  # what was not kept is named, but is no word of anybody
        return _wait(f"it says nothing that can be read here (not kept: {'; '.join(left)})" if left else NOTHING)
    said = tidy(letter.text + (f"\n\n(Not kept: {'; '.join(left)})" if left else ""))
    answers = replying.answers_question(engagement, by)
    if kept or not answers:
        words = "It answers the question that was open." if answers else said
        deeds.comment_by_mail(engagement.pk, mail_id=mail.pk, text=words, evidence=kept, by=by, at=at)
    if answers:
        course.resume(engagement.pk, answer=f"By e-mail: {said or 'see the files'}"[: deeds.LONGEST], by=by, at=at)
    return _Ended(Outcome.COMMENT, "it answers the open question" if answers else "")


def _draft(mailbox: Mailbox, mail: Mail, letter: Letter, at: datetime) -> _Ended:
    if any(one.lower().endswith(f"@{host()}>") for one in letter.refers):
        return _wait("it answers a message of ours, but not at the address that was signed for it")
    if mail.engagement is not None and mail.engagement.need_to_know:
        return _wait("it repeats what only few may read, and a draft is read by the whole desk")
    person = parties.find_person(letter.senders[0])
    if (why := _why_not(person, mailbox, at)) or person is None:
        return _wait(why)
    if not letter.subject and not letter.text:
        return _wait(letter.unread or NOTHING)
    deeds.draft_mail(mail.pk, person_id=person.pk, text=letter.whole, by=SYSTEM, at=at)
    return _Ended(Outcome.TICKET, letter.unread)


def _why_not(person: Any | None, mailbox: Mailbox, at: datetime) -> str:
    """Why this sender opens no draft, or ""."""
    if person is None:
        return "nobody is known here by this address"
    by = parties.actor_for(person)
    if not person.is_active:
        return "the access of whoever has this address is switched off"
    if by.side is not Side.CLIENT:
        return "it is of the provider's own people: they report on the page, on behalf of a client"
    if not may(by, Deed.REPORT_FAILURE):
        return "whoever has this address may not report failures"
    agreed = agreements.find_in_force(person.organisation_id, mailbox.provider_id, at)
    if agreed is None:
        return "their organisation has no agreement in force with this provider"
    if not agreed.parsed.triage.takes(Channel.EMAIL):
        return "their agreement takes no failures by e-mail"
    return ""
