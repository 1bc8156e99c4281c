"""Mails as people and machines send them to the desk of Ironbridge."""

from datetime import datetime
from pathlib import Path

from breakfix.intake import queries
from breakfix.intake.actions import mail as deeds
from breakfix.intake.models import Mailbox
from breakfix.kernel import sealing
from tests import people
from tests.makers import local

MAILS = Path(__file__).parent / "data" / "mail"
FILES = sorted(MAILS.glob("*.txt"))
DESK = "help@ironbridge.example"
RITA = "rita@northgate.example"
ADDED = local("2026-12-01 19:00")
HEARD = local("2026-12-01 20:10")


def mailbox(*, who: str = "percy", address: str = DESK, at: datetime = ADDED) -> Mailbox:
    """Where the desk of Ironbridge is written to; with its secret."""
    sealing.make_key(needed=False)
    return deeds.add_mailbox(address=address, by=people.actor(who, confirmed_at=at), at=at)


def reply_to(engagement: object, who: str = "rita") -> str:
    """The signed address at which this one answers about the engagement."""
    return queries.reply_address(engagement, people.person(who).pk)  # type: ignore[arg-type]


def mail(
    body: str | bytes = "The array of nyc-backup-01 is degraded.",
    *,
    sender: str = f"Rita <{RITA}>",
    to: str = DESK,
    subject: str = "Array degraded",
    number: int | str = 1,
    **headers: str,
) -> bytes:
    """One mail, as its bytes; more headers by their name with "_" for "-", "" takes one away."""
    given = {
        "From": sender,
        "To": to,
        "Subject": subject,
        "Date": "Tue, 01 Dec 2026 19:40:00 -0500",
        "Message-ID": f"<{number}@northgate.example>",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\n" for name, value in given.items() if value)
    return head.encode() + b"\n" + (body if isinstance(body, bytes) else body.encode())


def with_pieces(*pieces: tuple[str, bytes], body: str = "See what came with it.", **more: str) -> bytes:
    """A mail with attachments: (name, content) each."""
    import base64

    parts = [f"Content-Type: text/plain; charset=utf-8\n\n{body}\n"]
    parts += [
        f'Content-Type: application/octet-stream\nContent-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{base64.encodebytes(content).decode()}"
        for name, content in pieces
    ]
    whole = "".join(f"--B\n{one}\n" for one in parts) + "--B--\n"
    return mail(whole, **{"Content_Type": 'multipart/mixed; boundary="B"', **more})
