"""Which parts of a mail are its text, in what order, and what came with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.utils import collapse_rfc2231_value

from breakfix.intake.rules.mail.quoting import LONGEST, tidy
from breakfix.intake.rules.mail.words import header_text, plain, text_of
from breakfix.intake.rules.parts import clean
from breakfix.intake.values import Piece, Unmapped

MOST_PARTS, DEEPEST = 200, 30
MOST_PIECES = 20
LONGEST_TEXT = 200_000  # bytes of a text part that are read
SEALED = "it is encrypted or signed, its text cannot be read here"
UNDIVIDED = "its parts are not told apart (no boundary), its text cannot be read here"
_SEALS = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})
_ARMOUR = "-----BEGIN PGP MESSAGE-----"
_WRITTEN = frozenset({"text/plain", "text/html"})
_METHOD = re.compile(rb"^METHOD:[ \t]*([A-Za-z]{1,20})", re.MULTILINE | re.IGNORECASE)
_MARKED = re.compile(rb"^--\S", re.MULTILINE)


@dataclass(frozen=True)
class _Text:
    """A part that is read, as it is written: HTML is made words only where it counts."""

    kind: str
    said: str


@dataclass(frozen=True)
class Body:
    """What a mail says, what came with it, why some of it cannot be read, or "", and the methods of its calendars."""

    text: str
    pieces: tuple[Piece, ...]
    unread: str
    calendar: frozenset[str]


@dataclass
class _Walk:
    """What was met so far. `spare`: texts that have a name, and are the body only where there is no other."""

    unread: str = ""
    calendar: set[str] = field(default_factory=set)
    pieces: list[Piece] = field(default_factory=list)
    spare: list[tuple[_Text, Piece]] = field(default_factory=list)
    seen: int = 0


def body_of(message: Message) -> Body:
    """The text, and what came with it; a message within it is one of these and not opened."""
    walk = _Walk()
    said = list(_said(_texts(message, walk, 0)))
    if not said and len(walk.spare) == 1:
        (only, piece) = walk.spare[0]
        said = list(_said([only]))
        if len(piece.content) <= LONGEST:  # of a longer one the rest is nowhere else
            walk.pieces = [one for one in walk.pieces if one is not piece]
    sealed = any(tidy(one).startswith(_ARMOUR) for one in said) or any(_seals(one, said) for one in walk.pieces)
    return Body("\n\n".join(said), tuple(walk.pieces), SEALED if sealed else walk.unread, frozenset(walk.calendar))


def _seals(piece: Piece, said: list[str]) -> bool:
    """Whether the mail itself is in there: a signed file beside a text is an attachment like any other."""
    name = piece.name.lower()
    if piece.kind in _SEALS or name.endswith(".p7m"):  # programs that know no better call these octets
        return not said or name == "smime.p7m"
    return not said and piece.content.lstrip().startswith(_ARMOUR.encode())


def _said(texts: list[_Text]) -> Iterator[str]:
    """The words of each that has some; the same words a second time are left out."""
    known = set()
    for one in texts:
        words = plain(one.said) if one.kind == "text/html" else one.said
        if (bare := " ".join(tidy(words).split())) and bare not in known:
            known.add(bare)
            yield words


def _texts(part: Message, walk: _Walk, depth: int) -> list[_Text]:
    """The texts of a part in their order. Of alternatives the plain one, if it says something."""
    walk.seen += 1
    if walk.seen > MOST_PARTS or depth > DEEPEST:
        raise Unmapped("it has too many parts, or they are nested too deep")
    inner = part.get_payload() if part.is_multipart() else None  # of a text it would be decoded, in any charset
    if part.get_content_maintype() != "multipart" or not isinstance(inner, list):
        return _leaf(part, walk)
    found = [_texts(one, walk, depth + 1) for one in inner if isinstance(one, Message)]
    if part.get_content_subtype() == "alternative":
        for texts in found:
            if texts and texts[0].kind == "text/plain":
                return texts
    return [one for texts in found for one in texts]


def _leaf(part: Message, walk: _Walk) -> list[_Text]:
    kind, name = part.get_content_type(), clean(header_text(_file_name(part)), 200)
    if part.get_content_maintype() == "multipart":  # in one piece, since nothing in it divides it
        if not _MARKED.search(content := _content(part)):
            return _read(_Text("text/plain", text_of(content[:LONGEST_TEXT], _charset(part))))
        walk.unread = UNDIVIDED
    attached = "attachment" in str(part.get("content-disposition", "")).lower()
    content = _content(part)
    if kind in {"text/calendar", "application/ics"} or name.lower().endswith(".ics"):
        walk.calendar |= _methods(part, content)
    text = None
    if kind in _WRITTEN and not attached:
        text = _Text(kind, text_of(content[:LONGEST_TEXT], _charset(part)))
        if not name:
            return _read(text)
    if len(walk.pieces) <= MOST_PIECES:
        piece = Piece(name or f"part-{len(walk.pieces) + 1}{_ending(kind)}", kind, content)
        walk.pieces.append(piece)
        walk.spare += [(one, piece) for one in _read(text)]
    return []


def _read(text: _Text | None) -> list[_Text]:
    """The text, unless nothing can be seen in it: a mark of its byte order, blanks of no width, controls."""
    said = text is not None and (text.said.strip() if text.kind == "text/html" else tidy(text.said))
    return [text] if text is not None and said else []


def _methods(part: Message, content: bytes) -> set[str]:
    """What a calendar's part is sent for: REQUEST, REPLY, ... of any that it names."""
    found = {one.decode().lower() for one in _METHOD.findall(content[:LONGEST_TEXT])[:MOST_PARTS]}
    return found | {parameter(part, "method")} - {""}


def parameter(message: Message, name: str) -> str:
    """A parameter of its content type in lower case, "" where there is none that can be read."""
    try:
        return collapse_rfc2231_value(message.get_param(name, "")).strip().lower()
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""


def _content(part: Message) -> bytes:
    """The bytes of a part, also where its encoding is broken; a message within it as it stands."""
    try:
        if part.is_multipart():
            inner = part.get_payload()
            return b"\n".join(one.as_bytes() for one in inner if isinstance(one, Message))
        found = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError, TypeError, AttributeError, RecursionError):
        found = None
    if isinstance(found, bytes):
        return found
    return str(part.get_payload() or "").encode("utf-8", "surrogateescape")


def _charset(part: Message) -> str:
    try:
        return part.get_content_charset() or ""
    except (ValueError, LookupError, TypeError):
        return ""


def _file_name(part: Message) -> str:
    try:
        return part.get_filename("") or ""
    except (ValueError, LookupError, UnicodeError, TypeError, IndexError):
        return ""


def _ending(kind: str) -> str:
    return {"text/html": ".html", "message/rfc822": ".eml", "text/plain": ".txt", "image/png": ".png"}.get(kind, "")
