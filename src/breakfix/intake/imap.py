"""Mail fetched from a mailbox on a server (IMAP4rev1), in the order of its UIDs, each marked only once it is kept.

Where it lay (UIDVALIDITY and UID) is kept with it: whoever is killed at any instant, and whoever fetches beside
another, finds at the next look what is stored already. Nothing is deleted on the server.
"""

import imaplib
import logging
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import DatabaseError, transaction
from imap_tools import AND, BaseMailBox, MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from breakfix.intake import mails, queries, steps
from breakfix.intake.models import Mailbox
from breakfix.intake.values import LARGEST_MAIL, Door

log = logging.getLogger(__name__)
TIMEOUT = 20  # seconds without a byte
MOST = 50  # mails of one look; the next one goes on
MOST_LEFT = 200  # mails that cannot be had, of one look
LARGEST_HEAD = 65_536  # bytes kept of a mail that is longer than any that is taken


@dataclass(frozen=True)
class Place:
    """Where mail lies, and to which mailbox of ours it belongs."""

    address: str
    host: str
    port: int
    tls: bool
    user: str
    password: str
    folder: str

    def __repr__(self) -> str:
        return f"Place({self.address} at {self.host})"


class Wrong(Exception):
    """The server said something that no mailbox says."""


def places() -> list[Place]:
    """What the settings name: `imaps://user:password@host:993/INBOX#help@provider.example` each."""
    return [_place(url) for url in settings.BREAKFIX_IMAP_URLS]


def _place(url: str) -> Place:
    parts = urlsplit(url)
    tls = parts.scheme == "imaps"
    return Place(
        address=unquote(parts.fragment).lower(),
        host=parts.hostname or "",
        port=parts.port or (993 if tls else 143),
        tls=tls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.lstrip("/")) or "INBOX",
    )


def poll(place: Place, at: datetime) -> int:
    """Take what is new there; how many mails that were. What goes wrong stands on the page, and is tried again."""
    mailbox = queries.mailbox_at(place.address)
    if mailbox is None:
        log.warning("mail is fetched for %s, but no mailbox with this address is open here", place.address)
        return 0
    with transaction.atomic():
        if not steps.lease(mailbox, Door.IMAP, at):
            return 0
    taken, said = 0, ""
    try:
        left: list[str] = []
        for _ in _fetched(place, mailbox, at, left):
            taken += 1
        said = f"looked, {taken} new"
        if left:
            said += f", {len(left)} could not be fetched (UID {', '.join(left[:5])})"
    except (OSError, imaplib.IMAP4.error, ImapToolsError, Wrong) as error:
        log.warning("mail of %s could not be fetched: %s", place.address, type(error).__name__)
        said = f"could not be fetched ({type(error).__name__}), {taken} new before that"
    finally:
        with transaction.atomic():
            steps.release(mailbox, Door.IMAP, said, at)
    return taken


def _fetched(place: Place, mailbox: Mailbox, at: datetime, left: list[str]) -> Iterator[int]:
    with _opened(place) as box:
        validity = (box.client.response("UIDVALIDITY")[1] or [None])[0]
        if not isinstance(validity, bytes) or not validity.isdigit():
            raise Wrong
        before = f"{place.folder[:60]}:{validity.decode()}:"
        known, since = queries.fetched(mailbox, before)
        # A server compares the day alone, by its own clock: of what lay there before, nothing older is asked for.
        day = AND(date_gte=mailbox.added_at.date() - timedelta(days=1))
        there = [one for one in box.uids(f"UID {since}:* {day}", charset=None) if int(one) >= since]
        kept = 0
        for uid in [one for one in there if before + one not in known]:
            if kept >= MOST or len(left) >= MOST_LEFT:
                return
            mail_id = _kept(box, mailbox, uid, before + uid, at, left)
            if uid in left:
                continue
            kept += 1
            # Kept and committed: from here on it may be forgotten. Not by `box.flag`: that expunges, too.
            box.client.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")
            if mail_id is not None:
                _settle(mail_id, at)
                yield mail_id


def _kept(box: BaseMailBox, mailbox: Mailbox, uid: str, origin: str, at: datetime, left: list[str]) -> int | None:
    """As `_keep`; a mail that cannot be had stays among `left`, and those behind it are fetched all the same."""
    try:
        return _keep(box, mailbox, uid, origin, at)
    except imaplib.IMAP4.abort:  # the connection is gone, and with it all the others
        raise
    except (imaplib.IMAP4.error, Wrong, DatabaseError) as error:
        log.warning("mail %s of %s could not be fetched: %s", uid, mailbox.address, type(error).__name__)
        left.append(uid)
        return None


def _keep(box: BaseMailBox, mailbox: Mailbox, uid: str, origin: str, at: datetime) -> int | None:
    size = re.search(rb"RFC822\.SIZE (\d+)", _said(box, uid, "(RFC822.SIZE)"))
    if size is not None and int(size[1]) > LARGEST_MAIL:
        head = _said(box, uid, f"(BODY.PEEK[HEADER]<0.{LARGEST_HEAD}>)")
        why = f"it has {int(size[1]):,} bytes, at most {LARGEST_MAIL:,} are taken; it is still on the server"
        return mails.put_aside(mailbox, head, Door.IMAP, at, origin=origin, why=why)
    raw = _said(box, uid, "(BODY.PEEK[])")
    if len(raw) > LARGEST_MAIL:  # whatever length the server told
        why = f"it has {len(raw):,} bytes, at most {LARGEST_MAIL:,} are taken; it is still on the server"
        return mails.put_aside(mailbox, raw[:LARGEST_HEAD], Door.IMAP, at, origin=origin, why=why)
    return mails.keep(mailbox, raw, Door.IMAP, at, origin=origin) if raw else None  # moved away meanwhile


def _said(box: BaseMailBox, uid: str, what: str) -> bytes:
    """The literal of an answer, or its line where there is none; empty for a mail that is there no more."""
    kind, answer = box.client.uid("FETCH", uid, what)
    if kind != "OK":
        raise Wrong
    for one in answer:
        if isinstance(one, tuple):
            return bytes(one[1])
    return b" ".join(one for one in answer if isinstance(one, bytes))[:1000] if "SIZE" in what else b""


def _settle(mail_id: int, at: datetime) -> None:
    try:
        mails.settle(mail_id, at)
    except Exception:
        log.exception("mail %s waits for the worker", mail_id)


@contextmanager
def _opened(place: Place) -> Iterator[BaseMailBox]:
    box: BaseMailBox
    if place.tls:
        # The library by itself would believe any certificate.
        box = MailBox(place.host, place.port, timeout=TIMEOUT, ssl_context=ssl.create_default_context())
    else:
        box = MailBoxUnencrypted(place.host, place.port, timeout=TIMEOUT)
    try:
        box.login(place.user, place.password, place.folder)
        yield box
    finally:
        try:
            box.client.logout()
        except (OSError, imaplib.IMAP4.error):
            box.client.shutdown()
