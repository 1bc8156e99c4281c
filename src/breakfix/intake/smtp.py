"""Mail handed over by a mail server on the same machine (SMTP): refused at the door where nobody would read it.

250 is said once a mail is kept; before that the other side keeps it and comes again.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from aiosmtpd.controller import Controller
from django.db import close_old_connections, connection

from breakfix.intake import mails, queries
from breakfix.intake.models import Mailbox
from breakfix.intake.rules.mail import addresses
from breakfix.intake.values import LARGEST_MAIL, Door
from breakfix.kernel import clock

log = logging.getLogger(__name__)
MOST_RECIPIENTS = 50
LONGEST_SENDER = 500  # characters
_BROKEN = re.compile(r"[\s<>\x00-\x1f\x7f]")  # what would end the line or the path
Result = TypeVar("Result")


class Receiver:
    """What aiosmtpd asks. The database is spoken to by one thread of its own: one mail after the other."""

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(1, "mail")

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:
        """Take a recipient that is a mailbox of ours, or a signed address below one."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 Too many recipients"
        try:
            found = await self._ask(lambda: _mailbox(address))
        except Exception:
            log.exception("a recipient could not be looked up")
            return "451 Try again later"
        if found is None:
            return "550 Nobody reads mail here at this address"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Keep the mail for each mailbox that it is for; what becomes of it is on the page."""
        try:
            await self._ask(lambda: receive(envelope.mail_from or "", list(envelope.rcpt_tos), envelope.content))
        except mails.TooLarge:
            return f"552 A mail has at most {LARGEST_MAIL} bytes"
        except Exception:
            log.exception("a mail could not be taken")
            return "451 Try again later"
        return "250 Kept"

    def close(self) -> None:
        """Finish the mail in hand and let go of the database."""
        self.thread.submit(_let_go)
        self.thread.shutdown()

    async def _ask(self, work: Callable[[], Result]) -> Result:
        def done() -> Result:
            close_old_connections()
            return work()

        return await asyncio.get_running_loop().run_in_executor(self.thread, done)


def _let_go() -> None:
    connection.close()  # of the thread in which this runs


def _mailbox(address: str) -> Mailbox | None:
    found = addresses.addresses_in([address])
    return queries.mailbox_at(addresses.split(found[0])[0]) if found else None


def receive(sender: str, recipients: list[str], content: bytes) -> None:
    """Keep a mail for each mailbox among the recipients, with what the envelope said in its first lines."""
    at = clock.now()
    boxes: dict[int, tuple[Mailbox, list[str]]] = {}
    for address in recipients:
        if (box := _mailbox(address)) is not None:
            boxes.setdefault(box.pk, (box, []))[1].append(address)
    bare = _BROKEN.sub("", sender)[:LONGEST_SENDER]
    if sender not in {"", "<>"} and not bare:
        bare = "unknown"  # whatever it was: not the empty path of a bounce
    for box, theirs in boxes.values():
        # As whoever delivers a mail for good does (RFC 5321, 4.4): an empty return path says that it is a bounce.
        head = f"Return-Path: <{bare}>\r\n" + "".join(f"Delivered-To: {one}\r\n" for one in theirs)
        # Read by the worker: the other side waits for our 250 only until it is kept.
        mails.keep(box, head.encode("utf-8", "replace") + content, Door.SMTP, at, soon=True)


def controller(host: str, port: int) -> Controller:
    """The server, not started yet."""
    # The head that we add must not make a mail too long that was announced as long enough.
    return Controller(
        Receiver(),
        hostname=host,
        port=port,
        data_size_limit=LARGEST_MAIL - 8192,
        ident="Breakfix",
        server_hostname=host,
    )
