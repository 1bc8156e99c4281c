"""A message leaves once, however often its task is taken; what did not leave says so."""

import base64
import json
import smtplib
from datetime import timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from django.core import mail as letters
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from standardwebhooks import Webhook

from breakfix.approvals.values import Channel
from breakfix.kernel import clock
from breakfix.kernel.models import Entry
from breakfix.outbox import sending, signing
from breakfix.outbox.addresses import Unreachable
from breakfix.outbox.models import Acknowledgement, Device, Message
from breakfix.outbox.steps import public_id_of
from breakfix.outbox.values import MessageStatus, Outgoing
from tests import snapshots
from tests.makers import World, local
from tests.outbox.devices import browser_of_someone, subscribed
from tests.outbox.loopback import outside

NOW = local("2026-12-02 01:15")
OLD = "whsec_" + base64.b64encode(b"o" * 32).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
S = MessageStatus


def outgoing(world: World, channel: Channel, **other: Any) -> Outgoing:
    given: dict[str, Any] = {
        "key": f"{channel}:deed:alice",
        "channel": channel,
        "person_id": world.people["alice"].pk,
        "topic": "engagement/1",
        "subject": "E-2026-0001 P1",
        "said": "your decision is needed.",
        "text": "Your decision is needed.",
        "link": "http://localhost:8000/engagements/1",
        "useless_after": NOW + timedelta(hours=2),
        "urgent": True,
    }
    return Outgoing(**{**given, **other})


# ---------------------------------------------------------------------------------------------- mail


class Server(EmailBackend):
    """Does what the test says at its next letters: "take", "refuse", or "lose" (takes it and falls silent)."""

    moods: list[str] = []

    def send_messages(self, messages: Any) -> int:
        mood = self.moods.pop(0) if self.moods else "take"
        if mood == "refuse":
            raise smtplib.SMTPDataError(451, b"later")
        super().send_messages(messages)
        if mood == "lose":
            raise smtplib.SMTPServerDisconnected("gone")
        return 1


@pytest.fixture
def server(settings: Any) -> type[Server]:
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    Server.moods = []
    return Server


@pytest.fixture(autouse=True)
def _backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "django.core.mail.import_string", lambda name: Server if name.endswith("Server") else EmailBackend
    )


def test_mail_is_plain_first_and_says_what_it_is(world: World) -> None:
    out = outgoing(world, Channel.EMAIL, subject="[E-1] P1: Decide\r\nBcc: eve@x.example\u2028now", html="<p>x</p>")
    assert sending.send(out, NOW) == S.HANDED_OVER
    (letter,) = letters.outbox
    sent = letter.message()
    assert sent["Subject"] == "[E-1] P1: Decide Bcc: eve@x.example now"
    assert sent["Bcc"] is None
    assert letter.recipients() == ["alice@northgate.example"]
    assert sent["Message-ID"] == f"<{public_id_of(out.key)}@localhost>"
    assert (sent["Auto-Submitted"], sent["List-Id"]) == ("auto-generated", "Breakfix notices <notices.localhost>")
    assert [part.get_content_type() for part in sent.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_mail_is_sent_once_however_often_its_task_is_taken(world: World) -> None:
    out = outgoing(world, Channel.EMAIL)
    for again in range(13):
        assert sending.send(out, NOW + timedelta(minutes=again)) == S.HANDED_OVER
    assert len(letters.outbox) == 1


def test_mail_that_was_refused_is_tried_again(world: World, server: type[Server]) -> None:
    out, server.moods = outgoing(world, Channel.EMAIL), ["refuse", "refuse", "refuse", "take"]
    for _ in range(3):
        with pytest.raises(Unreachable):
            sending.send(out, NOW)
    assert letters.outbox == []
    assert sending.send(out, NOW) == S.HANDED_OVER
    assert len(letters.outbox) == 1


def test_server_that_always_falls_silent_gets_a_mail_twice_at_most_and_under_one_id(
    world: World, server: type[Server]
) -> None:
    out, server.moods = outgoing(world, Channel.EMAIL), ["lose"] * 13
    for _ in range(2):
        with pytest.raises(Unreachable):
            sending.send(out, NOW)
    for _ in range(11):
        assert sending.send(out, NOW) == S.FAILED
    assert len({letter.message()["Message-ID"] for letter in letters.outbox}) == 1
    assert len(letters.outbox) == 2


def test_folder_of_mails_is_no_delivery(world: World, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert sending.send(outgoing(world, Channel.EMAIL), NOW) == S.WRITTEN


# ---------------------------------------------------------------------------------------------- push


def test_push_is_readable_on_the_device_alone_and_says_nothing_confidential(world: World, settings: Any) -> None:
    settings.OUTBOX_ALLOWS_LOOPBACK = True
    with outside() as service:
        browser = browser_of_someone(f"{service.url}/push/1")
        subscribed(world, "alice", browser, at=NOW)
        service.answer = (201, {}, b"")
        out = outgoing(world, Channel.PUSH)
        assert sending.send(out, NOW) == S.HANDED_OVER
        assert sending.send(out, NOW) == S.HANDED_OVER
    (got,) = service.got
    assert browser.read(got.body) == {
        "title": "E-2026-0001 P1",
        "body": "your decision is needed.",
        "link": "http://localhost:8000/engagements/1",
        "tag": public_id_of(out.key),
        "urgent": True,
    }
    assert b"decision" not in got.body
    assert (got.headers["content-encoding"], got.headers["urgency"]) == ("aes128gcm", "high")
    assert got.headers["authorization"].startswith("vapid t=")
    assert len(got.headers["topic"]) == 32
    with pytest.raises(InvalidTag):
        browser_of_someone(browser.endpoint).read(got.body)


@pytest.mark.parametrize("gone", [404, 410])
def test_device_that_is_gone_is_removed(gone: int, world: World, settings: Any) -> None:
    settings.OUTBOX_ALLOWS_LOOPBACK = True
    with outside() as service:
        subscribed(world, "alice", browser_of_someone(f"{service.url}/push/1"), at=NOW)
        service.answer = (gone, {}, b"")
        assert sending.send(outgoing(world, Channel.PUSH), NOW) == S.WRITTEN
    assert not Device.objects.filter(removed_at=None).exists()
    assert Entry.objects.filter(kind="device.removed").count() == 1


def test_push_service_in_trouble_is_asked_again_and_its_device_kept(world: World, settings: Any) -> None:
    settings.OUTBOX_ALLOWS_LOOPBACK = True
    with outside() as service:
        subscribed(world, "alice", browser_of_someone(f"{service.url}/push/1"), at=NOW)
        service.answer = (503, {}, b"")
        out = outgoing(world, Channel.PUSH)
        with pytest.raises(Unreachable):
            sending.send(out, NOW)
        service.answer = (201, {}, b"")
        assert sending.send(out, NOW) == S.HANDED_OVER
    assert len({got.headers["topic"] for got in service.got}) == 1  # the later replaces the earlier
    assert Device.objects.filter(removed_at=None).count() == 1


def test_address_that_leads_inside_by_now_is_not_called_and_its_device_removed(world: World, settings: Any) -> None:
    with outside() as canary:
        settings.OUTBOX_ALLOWS_LOOPBACK = True
        subscribed(world, "alice", browser_of_someone(f"{canary.url}/push/1"), at=NOW)
        settings.OUTBOX_ALLOWS_LOOPBACK = False
        assert sending.send(outgoing(world, Channel.PUSH), NOW) == S.WRITTEN
    assert canary.got == []
    assert not Device.objects.filter(removed_at=None).exists()


# ---------------------------------------------------------------------------------------------- gateway


@pytest.fixture
def gateway(settings: Any) -> Any:
    settings.BREAKFIX_GATEWAY_SECRETS = [NEW, OLD]
    with outside() as it:
        settings.BREAKFIX_GATEWAY_URL = f"{it.url}/messages"
        yield it


@pytest.mark.parametrize("holds", [OLD, NEW])
def test_gateway_gets_one_signed_request_a_message(holds: str, world: World, gateway: Any) -> None:
    out = outgoing(world, Channel.SMS)
    assert sending.send(out, NOW) == S.HANDED_OVER
    assert sending.send(out, NOW) == S.HANDED_OVER
    (got,) = gateway.got
    said = Webhook(holds).verify(got.body.decode(), got.headers)
    assert got.headers["webhook-id"] == said["data"]["message"] == public_id_of(out.key)
    assert said["type"] == "message.sms"
    assert said["data"]["to"] == world.people["alice"].phone
    assert said["data"]["text"] == ("E-2026-0001 P1: your decision is needed. http://localhost:8000/engagements/1")
    assert said["data"]["acknowledge_at"] == "http://localhost:8000/gateway/acknowledgements"


@pytest.mark.parametrize(
    ("status", "then"),
    [(500, "again"), (429, "again"), (401, "again"), (302, "again"), (422, S.FAILED), (410, S.FAILED)],
)
def test_gateway_that_says_no_is_believed_only_where_it_is_for_good(
    status: int, then: Any, world: World, gateway: Any
) -> None:
    gateway.answer, out = (status, {"Location": gateway.url}, b""), outgoing(world, Channel.VOICE)
    if then == "again":
        for _ in range(3):
            with pytest.raises(Unreachable):
                sending.send(out, NOW)
        assert len({got.headers["webhook-id"] for got in gateway.got}) == 1
        assert len(gateway.got) == 3
    else:
        assert sending.send(out, NOW) == then
        assert sending.send(out, NOW) == then
        assert len(gateway.got) == 1


def test_message_that_nobody_took_in_time_is_given_up_and_says_so(world: World, gateway: Any) -> None:
    gateway.answer, out = (503, {}, b""), outgoing(world, Channel.SMS)
    with pytest.raises(Unreachable):
        sending.send(out, NOW)
    assert sending.send(out, out.useless_after + timedelta(seconds=1)) == S.FAILED
    assert Message.objects.get().note == "given up: the gateway answered 503"


def test_without_a_gateway_a_message_lies_in_a_folder_and_claims_no_more(world: World, settings: Any) -> None:
    settings.VAR = settings.BREAKFIX_FILES
    assert sending.send(outgoing(world, Channel.SMS), NOW) == S.WRITTEN
    (file,) = (settings.VAR / "outbox" / "sms").glob("*.json")
    assert json.loads(file.read_text())["text"].startswith("E-2026-0001 P1: your decision is needed.")
    assert Message.objects.get().note == "no gateway is configured"


# ---------------------------------------------------------------------------------------------- what it says then


def tell(kind: str, message: str, *, webhook_id: str = "evt_1", late: int = 0, secret: str = NEW, **more: Any) -> Any:
    body = json.dumps({"type": f"message.{kind}", "data": {"message": message, **more}})
    at = clock.real_now() - timedelta(seconds=late)
    headers = signing.headers_for(webhook_id, body, at, [secret])
    return Client(enforce_csrf_checks=True).post(
        "/gateway/acknowledgements", body, content_type="application/json", headers=headers
    )


@pytest.fixture
def handed(world: World, gateway: Any) -> str:
    out = outgoing(world, Channel.VOICE)
    sending.send(out, NOW)
    return public_id_of(out.key)


def status() -> str:
    return Message.objects.get().status


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_gateway_says_how_far_it_got(secret: str, handed: str) -> None:
    answer = tell("delivered", handed, secret=secret)
    assert (answer.status_code, answer.json()) == (200, {"message": handed, "status": "delivered"})
    assert tell("answered", handed, webhook_id="evt_2", detail="key 1\x00\npressed").status_code == 200
    assert (status(), Message.objects.get().note) == (S.ANSWERED, "key 1 pressed")
    told = Entry.objects.filter(kind="attempt.acknowledged").order_by("position").values_list("line", flat=True)
    assert list(told) == [
        "The voice message was delivered (says the gateway).",
        "The voice message was answered (says the gateway).",
    ]


def test_same_telling_again_changes_nothing(handed: str) -> None:
    assert tell("delivered", handed).status_code == 200
    before = snapshots.state()
    assert tell("delivered", handed).status_code == 200
    assert snapshots.state() == before


def test_other_telling_under_a_used_id_is_refused(handed: str) -> None:
    tell("delivered", handed)
    before = snapshots.state()
    answer = tell("failed", handed)
    assert (answer.status_code, answer.json()["code"]) == (409, "id_used")
    assert snapshots.state() == before


@pytest.mark.parametrize(
    ("given", "code", "expected"),
    [
        ({"late": 301}, "bad_signature", 401),
        ({"late": -301}, "bad_signature", 401),
        ({"secret": "whsec_" + base64.b64encode(b"x" * 32).decode()}, "bad_signature", 401),
        ({"message": "msg_" + "0" * 32}, "not_found", 404),
        ({"message": "1"}, "unusable", 400),
        ({"message": "msg_\x00"}, "unusable", 400),
        ({"kind": "read"}, "unusable", 400),
        ({"detail": "x" * 70_000}, "too_large", 413),
    ],
    ids=str,
)
def test_anything_else_is_refused_and_leaves_no_trace(
    given: dict[str, Any], code: str, expected: int, handed: str
) -> None:
    before = snapshots.state()
    answer = tell(**{"kind": "delivered", "message": handed, **given})
    assert (answer.status_code, answer["Content-Type"]) == (expected, "application/problem+json")
    assert answer.json()["code"] == code
    assert snapshots.state() == before


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"type": 1, "data": 2}', b"[" * 60_000, b'"\\ud800"'])
def test_bodies_that_say_nothing_are_refused(body: bytes, handed: str) -> None:
    text = body.decode(errors="replace")
    headers = signing.headers_for("evt_9", text, clock.real_now(), [NEW])
    answer = Client().post("/gateway/acknowledgements", body, content_type="application/json", headers=headers)
    assert answer.status_code == 400
    assert not Acknowledgement.objects.exists()


def test_failure_after_delivery_is_too_late_and_one_before_is_kept(handed: str) -> None:
    assert tell("delivered", handed).status_code == 200
    late = tell("failed", handed, webhook_id="evt_2")
    assert (late.status_code, late.json()["code"], status()) == (409, "too_late", S.DELIVERED)
    Message.objects.update(status=S.HANDED_OVER)
    assert tell("failed", handed, webhook_id="evt_3", detail="no such number").status_code == 200
    assert (status(), Message.objects.get().note) == (S.FAILED, "no such number")


def test_gateway_that_is_heard_before_its_answer_arrives_keeps_the_last_word(world: World, gateway: Any) -> None:
    """It took the message, rang, and was answered, but its reply to us got lost: nothing is sent again."""
    out = outgoing(world, Channel.VOICE)
    gateway.answer = (503, {}, b"")
    with pytest.raises(Unreachable):
        sending.send(out, NOW)
    assert tell("answered", public_id_of(out.key)).status_code == 200
    assert sending.send(out, NOW) == S.ANSWERED
    assert len(gateway.got) == 1


def test_nothing_is_heard_where_no_gateway_is_configured(handed: str, settings: Any) -> None:
    settings.BREAKFIX_GATEWAY_SECRETS = []
    assert tell("delivered", handed).status_code == 404
