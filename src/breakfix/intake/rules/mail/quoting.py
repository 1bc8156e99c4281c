"""What somebody wrote themselves: without what they answer to, which their program put below or above it."""

import re

from mailparser_reply import EmailReplyParser
from mailparser_reply.constants import MAIL_LANGUAGES

from breakfix.intake.rules.parts import clean

# The expressions of the parser take the square of a text's length; this much is read in two seconds at worst.
LONGEST = 8000  # characters
_LANGUAGES = [name for name in MAIL_LANGUAGES if name != "david"]
_BLANK_LINES = re.compile(r"\n{3,}")


def tidy(text: str) -> str:
    """Lines of what can be printed, at most one of them blank between others."""
    kept = (clean(line, 1000) for line in text[: LONGEST * 4].replace("\r\n", "\n").splitlines())
    return _BLANK_LINES.sub("\n\n", "\n".join(kept)).strip()[:LONGEST]


def own_words(text: str) -> str:
    """The newest part of a mail, without what is quoted; all of it where nothing else is there."""
    text = tidy(text)
    replies = EmailReplyParser(languages=list(_LANGUAGES)).read(text).replies if text else []
    for reply in replies:
        body = reply.content.replace(reply.headers or "", "", 1)
        if own := _unquoted(body):
            return own
    return text


def _unquoted(text: str) -> str:
    return tidy("\n".join(line for line in text.splitlines() if not line.lstrip().startswith(">")))
