"""The address where a mail server hands mail over: the secret of the mailbox, nobody else, and nothing lost."""

import base64
from typing import Any

import pytest
from django.test import Client

from breakfix.intake import mails
from breakfix.intake.actions import mail as deeds
from breakfix.intake.models import Mail, Mailbox, MailTally
from breakfix.intake.values import LARGEST_MAIL
from breakfix.kernel import clock
from tests import makers_mails, people
from tests.makers import World
from tests.makers_mails import HEARD, mail, with_pieces

THERE = "/mail/told"


@pytest.fixture(name="box")
def _box(world: World) -> Mailbox:
    return makers_mails.mailbox()


def sent(body: bytes, address: str = THERE, **headers: str) -> Any:
    with clock.set_to(HEARD):
        return Client(enforce_csrf_checks=True).post(address, body, content_type="message/rfc822", headers=headers)


def test_three_ways_to_show_the_secret(box: Mailbox) -> None:
    basic = base64.b64encode(f"postfix:{box.secret}".encode()).decode()
    ways = [
        (THERE, {"Authorization": f"Bearer {box.secret}"}),
        (THERE, {"Authorization": f"Basic {basic}"}),
        (f"{THERE}/{box.secret}", {}),
    ]
    for number, (address, headers) in enumerate(ways):
        answer = sent(mail(number=number), address, **headers)
        assert (answer.status_code, answer.json()["outcome"]) == (200, "ticket")
        assert answer.json()["mail"] == Mail.objects.latest("id").pk


def test_nobody_else_is_heard(box: Mailbox) -> None:
    for address in (THERE, f"{THERE}/bfm_unknown", f"{THERE}/{box.secret}x"):
        assert sent(mail(), address).status_code == 401
    deeds.close_mailbox(box.pk, by=people.actor("percy"), at=HEARD)
    assert sent(mail(), f"{THERE}/{box.secret}").status_code == 401
    assert Client().get(f"{THERE}/{box.secret}").status_code == 405
    assert not Mail.objects.exists()


def test_a_mail_longer_than_a_form_is_taken_and_one_longer_than_any_is_counted(box: Mailbox) -> None:
    long = with_pieces(("log.txt", b"x" * 3_000_000))
    assert sent(long, f"{THERE}/{box.secret}").json()["outcome"] == "ticket"
    assert Mail.objects.get().size == len(long)
    answer = sent(b"x" * (LARGEST_MAIL + 1), f"{THERE}/{box.secret}")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    tally = MailTally.objects.get()
    assert (tally.fetched, tally.refused) == (2, 1)


def test_what_cannot_be_read_is_taken_all_the_same(box: Mailbox) -> None:
    answer = sent(b"no mail at all", f"{THERE}/{box.secret}")
    assert (answer.status_code, answer.json()["outcome"]) == (200, "quarantine")


def test_a_crash_before_storing_asks_for_it_again_and_one_after_it_does_not(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(mails.steps, "keep_mail", broken)
    assert sent(mail(), f"{THERE}/{box.secret}").status_code == 503
    assert not Mail.objects.exists()
    monkeypatch.undo()
    monkeypatch.setattr(mails, "_settle", broken)
    assert sent(mail(), f"{THERE}/{box.secret}").status_code == 202
    assert Mail.objects.get().outcome == ""
