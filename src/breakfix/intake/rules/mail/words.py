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
HIDDEN = ("script", "style", "head", "title", "template")
BREAKS = frozenset(
    {"br", "p", "div", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "hr", "pre", "section"}
)
_NAME = re.compile(r"/?\s*([a-zA-Z][a-zA-Z0-9]{0,20})")


def text_of(raw: bytes, charset: str = "") -> str:
    """What these bytes say: in the charset that they claim, else in UTF-8, else byte by byte."""
    for name in (charset, "utf-8"):
        try:
            if codecs.lookup(name).name not in NO_CHARSETS:
                return _whole(raw.decode(name))
        except (LookupError, UnicodeError, ValueError):
            continue
    return _whole(raw.decode("latin-1"))


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
