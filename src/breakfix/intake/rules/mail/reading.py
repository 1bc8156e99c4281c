"""A raw message (RFC 5322) as what it says. The parser is the standard library's, its policy the lenient one."""

import hashlib
import re
from collections.abc import Callable
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import Any

from breakfix.intake.rules.mail.addresses import addresses_in
from breakfix.intake.rules.mail.automatic import automatic, doubtful
from breakfix.intake.rules.mail.bodies import DEEPEST, MOST_PARTS, body_of, parameter
from breakfix.intake.rules.mail.quoting import own_words, tidy
from breakfix.intake.rules.mail.words import header_text, text_of
from breakfix.intake.rules.parts import LONGEST, clean
from breakfix.intake.values import LARGEST_MAIL, Letter, Unmapped

LARGEST_HEAD = 256 * 1024  # bytes before the first blank line
# 25 MB of base64 are 350,000 lines. The parser holds each of them, and asks each whether it is a boundary.
MOST_LINES, MOST_COMPARED = 1_000_000, 10_000_000
# What the standard library raises for what it did not think of.
WRONG = (RecursionError, ValueError, LookupError, AttributeError, TypeError)
_HEAD_ENDS = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"^[!-9;-~]{1,200}[ \t]*:", re.MULTILINE)
_BOUNDARY = re.compile(rb"boundary[*\d\s]*=", re.IGNORECASE)
_RECIPIENTS = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
_REFERENCE = re.compile(r"<[^<>\s]{1,250}>")


def read(raw: bytes) -> Letter:
    """What this message says; Unmapped, with the reason, where nobody can tell from whom or what it is."""
    message = _parsed(raw)
    try:
        return _letter(message, raw)
    except WRONG as wrong:
        raise Unmapped(f"it is no mail that can be read ({type(wrong).__name__})") from None


def _letter(message: Message, raw: bytes) -> Letter:
    fields = _fields(message)
    subject = clean(fields.first("subject"))
    senders = addresses_in(fields.came("from")[:3])
    body = body_of(message)
    text = tidy(body.text)
    # Those that are found once it is decoded, too: a signed address proves itself wherever it stands.
    recipients = addresses_in([*fields.came(*_RECIPIENTS), *fields.all(*_RECIPIENTS)])
    kind = {"type": message.get_content_type(), "report": parameter(message, "report-type")}
    kind["calendar"] = " ".join(sorted(body.calendar))
    if fields.all("return-path"):
        kind["return-path"] = fields.first("return-path")
    return Letter(
        message_id=_message_id(fields),
        senders=tuple(senders),
        subject=subject,
        recipients=tuple(recipients),
        refers=tuple(_REFERENCE.findall(" ".join(fields.all("in-reply-to", "references"))))[:50],
        text=own_words(text),
        whole=tidy(f"({body.unread})\n\n{text}") if body.unread else text,
        pieces=body.pieces,
        unread=body.unread,
        automatic=automatic(fields.first, (senders or [""])[0], subject, kind),
        doubtful=doubtful(fields.first, subject, kind),
        headers=tuple((name, fields.first(name)) for name in ("message-id", "list-id")),
        mark=_mark(fields, senders, subject, raw),
    )


def words_of(raw: bytes) -> tuple[str, str]:
    """The subject and the whole text of a message, decoded, for who asks for no more; Unmapped as in `read`."""
    message = _parsed(raw)
    try:
        return clean(_fields(message).first("subject"), LONGEST), tidy(body_of(message).text)
    except WRONG as wrong:
        raise Unmapped(f"it is no mail that can be read ({type(wrong).__name__})") from None


def _parsed(raw: bytes) -> Message:
    """The tree of parts; refused from its own figures before the parser, whose time is their product, sees it."""
    if not raw.strip():
        raise Unmapped("it is empty")
    if len(raw) > LARGEST_MAIL:
        raise Unmapped(f"it has {len(raw):,} bytes, at most {LARGEST_MAIL:,} are read")
    ends = _HEAD_ENDS.search(raw, 0, LARGEST_HEAD + 4)
    if ends is None and len(raw) > LARGEST_HEAD:
        raise Unmapped(f"its header is longer than {LARGEST_HEAD // 1024} kB")
    if _FIELD.match(raw.lstrip(b"\r\n")) is None and not raw.startswith(b"From "):
        raise Unmapped("it has no header, so nobody knows from whom it is: a body alone")
    boundaries, lines = len(_BOUNDARY.findall(raw)), raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")
    if boundaries > DEEPEST:
        raise Unmapped("its parts are nested too deep to be read")
    if lines > MOST_LINES or lines * boundaries > MOST_COMPARED:
        raise Unmapped(f"it has too many lines to be read ({lines:,})")
    try:
        return BytesParser(_counted(), policy=compat32).parsebytes(raw)
    except WRONG as wrong:
        raise Unmapped(f"it is no mail that can be taken apart ({type(wrong).__name__})") from None


def _counted() -> Callable[..., Message]:
    """Makes the messages of one parse, and ends it at one too many: each takes hundreds of bytes, however empty."""
    made = 0

    def message(**given: Any) -> Message:
        nonlocal made
        made += 1
        if made > MOST_PARTS:
            raise Unmapped("it has too many parts, or they are nested too deep")
        return Message(**given)

    return message


class _Fields(dict[str, list[str]]):
    """The header as it came: asked for by name, the standard library would have bytes in it replaced."""

    def all(self, *names: str) -> list[str]:
        return [header_text(one) for name in names for one in self.get(name, [])[:50]]

    def came(self, *names: str) -> list[str]:
        """As it came, not decoded; bytes beyond ASCII as the text that they most likely are."""
        found = [one for name in names for one in self.get(name, [])[:50]]
        return [text_of(one.encode("utf-8", "surrogateescape")) for one in found]

    def first(self, name: str) -> str:
        return next(iter(self.all(name)), "")


def _fields(message: Message) -> _Fields:
    found = _Fields()
    for name, value in message.raw_items():
        found.setdefault(str(name).lower(), []).append(str(value))
    return found


def _message_id(fields: _Fields) -> str:
    return clean(fields.first("message-id"), 250)


def _mark(fields: _Fields, senders: list[str], subject: str, raw: bytes) -> str:
    """The same for the same message, by whatever way it came: what servers write into the head is left out.

    None without a date and a number: a script that says "down" again next month says something new.
    """
    if not _message_id(fields) and not clean(fields.first("date")):
        return ""
    ends = _HEAD_ENDS.search(raw)
    told = [_message_id(fields), *senders, subject, clean(fields.first("date"))]
    body = raw[ends.end() :] if ends else b""
    return hashlib.sha256("\x00".join(told).encode() + b"\x00" + body.replace(b"\r\n", b"\n").rstrip()).hexdigest()
