"""Mail handed over by SMTP: kept before 250 is said, refused where nobody would read it."""

import smtplib
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from breakfix.intake import mails, smtp
from breakfix.intake.models import Mail
from breakfix.jobs import kinds, worker
from breakfix.kernel import clock, fence
from tests import makers, makers_incidents, makers_mails
from tests.makers_mails import DESK, RITA, mail, reply_to

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(name="ours")
def _ours(transactional_db: None) -> makers.World:
    world = makers.world()
    makers_mails.mailbox()
    return world


@pytest.fixture(name="port")
def _port(ours: makers.World, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(fence, "_process", [fence.MACHINE])  # as the command is
    server = smtp.controller("127.0.0.1", free_port())
    server.start()
    yield server.port
    server.stop()
    server.handler.close()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def sent(port: int, raw: bytes, *to: str, sender: str = RITA) -> dict[str, Any]:
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        return client.sendmail(sender, list(to) or [DESK], raw)


def settled() -> None:
    """What the worker does at once: its task is due."""
    kinds.load()
    worker.run_due(clock.now())


@pytest.mark.parametrize("sender", ["o'brien@x.example", "SRS0=a=b=c,d@fwd.example", "a;b@x.example", "x@[::1]"])
def test_an_odd_sender_is_no_bounce(ours: makers.World, sender: str) -> None:
    smtp.receive(sender, [DESK], mail())
    settled()
    kept = Mail.objects.get()
    assert (kept.outcome, bytes(kept.raw).splitlines()[0]) == ("ticket", f"Return-Path: <{sender}>".encode())


def test_a_sender_that_is_broken_breaks_no_line(ours: makers.World) -> None:
    smtp.receive("> \r\n<", [DESK], mail())
    assert bytes(Mail.objects.get().raw).startswith(b"Return-Path: <unknown>\r\nDelivered-To:")


def test_a_mail_is_kept_and_becomes_what_it_is(port: int) -> None:
    sent(port, mail())
    kept = Mail.objects.get()
    assert (kept.outcome, kept.door) == ("", "smtp")  # 250 waits for no reading
    settled()
    kept = Mail.objects.get()
    assert kept.outcome == "ticket"
    assert bytes(kept.raw).startswith(f"Return-Path: <{RITA}>\r\nDelivered-To: {DESK}\r\n".encode())
    sent(port, mail(number=2), sender="")
    settled()
    assert "empty return path" in Mail.objects.latest("id").reason


def test_the_envelope_says_where_an_answer_goes(ours: makers.World, port: int) -> None:
    engagement = makers_incidents.acknowledged(ours)
    sent(port, mail("Thanks.", to="undisclosed-recipients:;"), reply_to(engagement))
    settled()
    assert (Mail.objects.get().outcome, Mail.objects.get().engagement) == ("comment", engagement)


def test_nobody_elses_mail_is_taken(port: int) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as no:
        sent(port, mail(), "somebody@elsewhere.example")
    assert no.value.recipients["somebody@elsewhere.example"][0] == 550
    assert not Mail.objects.exists()


def test_what_is_not_kept_is_asked_for_again_and_nothing_is_doubled(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(mails, "keep", broken)
    with pytest.raises(smtplib.SMTPDataError) as no:
        sent(port, mail())
    assert no.value.smtp_code == 451
    monkeypatch.undo()
    sent(port, mail())
    sent(port, mail())  # a server that did not hear our 250
    settled()
    assert [one.outcome for one in Mail.objects.order_by("id")] == ["ticket", "ignored"]


def test_a_client_that_is_killed_in_the_midst_leaves_nothing(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as half:
        for line in (
            b"EHLO x\r\n",
            f"MAIL FROM:<{RITA}>\r\n".encode(),
            f"RCPT TO:<{DESK}>\r\n".encode(),
            b"DATA\r\n",
        ):
            half.recv(4096)
            half.sendall(line)
        half.recv(4096)
        half.sendall(mail()[:100])
    sent(port, mail())
    assert Mail.objects.count() == 1
