"""Bytes of a mail as text: in whatever charset they claim to be, and HTML as plain words. In linear time."""

import codecs
import html
import re
from collections.abc import Callable
from email.errors import HeaderParseError
from email.header import decode_header

LONGEST_HEADER = 2000  # characters of one header that are read
LONGEST_HTML = 400_000  # characters
# What Python calls a codec and no mail is written in: slow, or not about text.
NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
# What a charset is claimed to be, and what programs write under its name.
WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": "cp1252", "shift_jis": "cp932", "euc_kr": "cp949"}
HIDDEN = ("script", "style", "title", "template")  # not the head: it need not be ended
BREAKS = frozenset(
    {"br", "p", "div", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "hr", "pre", "section"}
)
_CONTROLS = re.compile(rb"[\x80-\x9f]")  # of ISO 8859: nobody writes them, so there stand others
_SHIFT = re.compile(rb"(\x1b\$[@B]|\x1b\([BJI])")  # of ISO-2022-JP: from here on pairs, letters or narrow kana
_TURNS_HZ, _TURNS_UTF_7 = re.compile(rb"~\{"), re.compile(rb"\+[A-Za-z0-9/]{3,}-")
_NAME = re.compile(r"/?\s*([a-zA-Z][a-zA-Z0-9]{0,20})")


def text_of(raw: bytes, charset: str = "") -> str:
    """What these bytes say: in the charset that they claim, else in UTF-8, else in whichever is nearest to the claim.

    A byte that is wrong there costs its own character, never the rest of the text.
    """
    name = _codec(charset)
    claimed = "" if name == "iso8859-1" and _CONTROLS.search(raw) else name
    for one in (claimed, "" if raw.isascii() and _turned(raw, name) else "utf-8"):
        try:
            if one:
                return _whole(raw.decode(one))
        except (LookupError, ValueError):
            continue
    return _whole(_nearly(raw, name))


def _turned(raw: bytes, name: str) -> bool:
    """Whether these bytes of seven bits hold what turns letters into others: UTF-8 would show just that."""
    turns = {"hz": _TURNS_HZ, "utf-7": _TURNS_UTF_7}.get(name)
    return turns.search(raw) is not None if turns else name.startswith("iso2022")


def _codec(charset: str) -> str:
    """What Python calls a charset; "" for one that no mail is written in."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        return ""
    return "" if name in NO_CHARSETS else name


def _nearly(raw: bytes, name: str) -> str:
    if name.startswith("iso2022_jp"):
        return _japanese(raw)
    if name not in {"", "ascii", "utf-8"}:
        try:
            return raw.decode(WIDER.get(name, name), "replace")
        except (LookupError, ValueError):  # a codec that is about no text
            return raw.decode("cp1252", "replace")
    text = raw.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    # Where more is wrong than right beside plain letters, it was never UTF-8.
    right = len(text) - len(text.encode("ascii", "ignore")) - wrong
    return text if wrong <= right else raw.decode("cp1252", "replace")


def _japanese(raw: bytes) -> str:
    """ISO-2022-JP with the characters of NEC and IBM that the standard has not: as cp932, which holds them all."""
    told, state = bytearray(), b""
    for one in _SHIFT.split(raw):
        if _SHIFT.fullmatch(one):
            state = one
            continue
        shifted, ends, letters = one.partition(b"\n")  # the end of a line shifts back
        if state.startswith(b"\x1b$"):
            told += _pairs(shifted)
        else:
            narrow = 0x80 if state == b"\x1b(I" else 0
            told += bytes(byte | narrow if 0x21 <= byte <= 0x5F else byte for byte in shifted)
        told += ends + letters
    return told.decode("cp932", "replace")


def _pairs(raw: bytes) -> bytes:
    """Pairs of JIS X 0208 as Shift JIS; blanks between them stay."""
    told, at = bytearray(), 0
    while at < len(raw):
        first, second = raw[at], raw[at + 1] if at + 1 < len(raw) else 0
        if not (0x21 <= first <= 0x7E and 0x21 <= second <= 0x7E):
            told.append(first)
            at += 1
            continue
        lower = second + (0x7E if first % 2 == 0 else 0x20 if second >= 0x60 else 0x1F)
        told += bytes(((first + 1) // 2 + (0x70 if first < 0x5F else 0xB0), lower))
        at += 2
    return bytes(told)


def _whole(text: str) -> str:
    """Without what no database takes: NUL, and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def header_text(value: object) -> str:
    """A header as people read it; never raises for what it holds."""
    text = str(value or "")[:LONGEST_HEADER]
    try:
        pieces = decode_header(text)
    except (HeaderParseError, ValueError, LookupError, AssertionError):
        pieces = [(text, None)]
    read = ((one if isinstance(one, str) else text_of(one, name or "ascii")) for one, name in pieces)
    # Bytes that no charset explains stand in a header as halves of characters.
    return _whole("".join(read).encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def plain(markup: str) -> str:
    """HTML as plain text: blocks are lines, what is quoted begins with ">", what nobody sees is left out."""
    markup = markup[:LONGEST_HTML]
    lower, finder = markup.lower(), _finder(markup.lower())
    out: list[str] = []
    depth, position = 0, 0
    while position < len(markup):
        opening = markup.find("<", position)
        if opening < 0:
            out.append(_spaced(markup[position:]))
            break
        out.append(_spaced(markup[position:opening]))
        if lower.startswith("<!--", opening):
            position = finder("-->", opening) + 3
            continue
        closing = finder(">", opening)
        name = _NAME.match(markup, opening + 1, min(closing, opening + 40))
        tag, ends = (name[1].lower() if name else ""), lower.startswith("/", opening + 1)
        position = closing + 1
        if tag in HIDDEN and not ends:
            position = finder(f"</{tag}", opening)
        elif tag == "blockquote":
            depth = max(depth - 1, 0) if ends else min(depth + 1, 5)
            out.append("\n" + "> " * depth)
        elif tag in BREAKS:
            out.append("\n" + "> " * depth)
    return html.unescape("".join(out)).replace("\xa0", " ")


def _finder(text: str) -> Callable[[str, int], int]:
    """Where something stands next, or the end; what is found nowhere is not looked for a second time."""
    nowhere: set[str] = set()

    def found(what: str, start: int) -> int:
        at = -1 if what in nowhere else text.find(what, start)
        if at < 0:
            nowhere.add(what)
        return at if at >= 0 else len(text)

    return found


def _spaced(text: str) -> str:
    return " ".join(text.split()).join((" " if text[:1].isspace() else "", " " if text[-1:].isspace() else ""))
