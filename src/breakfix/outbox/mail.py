"""Mail: plain text that reads well, HTML beside it, and an identity that does not change from try to try."""

import smtplib
import unicodedata
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from breakfix.outbox import steps
from breakfix.outbox.addresses import Unreachable
from breakfix.outbox.models import Message
from breakfix.outbox.values import MessageStatus, Outgoing

LONGEST_SUBJECT = 180
# Twice at most: once, and once more where nobody knows whether the first arrived.
MOST_UNSURE = 2
FOLDERS = ("filebased", "console", "dummy")


def one_line(text: str) -> str:
    """The text as it may stand in a header: one line, without a control character."""
    kept = "".join(" " if unicodedata.category(one) in {"Cc", "Cf", "Zl", "Zp", "Cs"} else one for one in text)
    return " ".join(kept.split())[:LONGEST_SUBJECT]


def host() -> str:
    """The name under which this installation writes."""
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def composed(message: Message, out: Outgoing, address: str) -> EmailMultiAlternatives:
    """The mail with its headers: one Message-ID at every try, one thread per engagement, no automatic replies."""
    thread = f"<{out.topic.replace('/', '-')}@{host()}>"
    headers = {
        "Message-ID": f"<{message.public_id}@{host()}>",
        "List-Id": f"Breakfix notices <notices.{host()}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Precedence": "bulk",
        "In-Reply-To": thread,
        "References": thread,
    }
    replies = [out.reply_to] if out.reply_to else None
    mail = EmailMultiAlternatives(one_line(out.subject), out.text, to=[address], reply_to=replies, headers=headers)
    if out.html:
        mail.attach_alternative(out.html, "text/html")
    return mail


def hand_over(message: Message, out: Outgoing, address: str, at: datetime) -> None:
    """Give one mail to the mail server.

    Before the server hears of it, a mark is set; only a clear no takes it back. So a server that took the mail and
    then fell silent gets it once more, under the same id, and never a third time.
    """
    if message.unsure >= MOST_UNSURE:
        steps.mark(message, MessageStatus.FAILED, at, "twice handed over without a receipt; not tried again")
        return
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(f"the mail server: {type(error).__name__}") from None
    steps.mark_unsure(message, at)
    try:
        connection.send_messages([composed(message, out, address)])
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError) as error:
        steps.mark_refused(message, at, f"the mail server said no ({type(error).__name__})")
        raise Unreachable(f"the mail server said no ({type(error).__name__})") from None
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(f"the mail server fell silent ({type(error).__name__})") from None
    finally:
        _close(connection)
    written = any(word in settings.EMAIL_BACKEND for word in FOLDERS)
    steps.mark(message, MessageStatus.WRITTEN if written else MessageStatus.HANDED_OVER, at)


def _close(connection: object) -> None:
    try:
        connection.close()  # type: ignore[attr-defined]
    except (OSError, smtplib.SMTPException):
        return  # its goodbye decides nothing
