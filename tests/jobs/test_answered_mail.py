"""A notice asks to be answered at an address that is signed for its reader, and the answer is heard there."""

import email
from datetime import timedelta

import pytest
from django.core import mail

from breakfix.approvals.values import Channel
from breakfix.intake.mails import take
from breakfix.intake.values import Door
from breakfix.jobs.mail import INFORMED as told
from breakfix.kernel.models import Entry
from breakfix.kernel.roles import Role
from breakfix.outbox import actions as outbox
from breakfix.outbox.values import Event
from tests import makers_incidents, makers_mails, people
from tests.jobs.running import run_until
from tests.makers import World
from tests.makers_mails import HEARD, RITA
from tests.makers_mails import mail as written


def test_the_answer_to_a_notice_is_a_word_on_its_engagement(world: World) -> None:
    box = makers_mails.mailbox()
    engagement = makers_incidents.acknowledged(world)
    run_until(HEARD, HEARD)
    (notice,) = [one for one in mail.outbox if one.to == [RITA]][:1]
    sent = notice.message()
    assert (sent["Auto-Submitted"], sent["Precedence"]) == ("auto-generated", "bulk")
    there = sent["Reply-To"]
    assert there == makers_mails.reply_to(engagement)
    assert "becomes a word on" in notice.body
    for one in mail.outbox:  # nobody gets the address of somebody else
        assert (one.message()["Reply-To"] == there) == (one.to == [RITA])
    answer = written("Thank you.", to=there, In_Reply_To=sent["Message-ID"])
    assert take(box, answer, Door.HTTP, HEARD).outcome == "comment"
    assert Entry.objects.filter(kind="engagement.commented").exists()
    mail.outbox.clear()
    run_until(HEARD + timedelta(minutes=1), HEARD)
    heard = {one.to[0]: one.subject for one in mail.outbox}
    assert heard["dana@ironbridge.example"].endswith("By e-mail: Thank you.")
    assert RITA not in heard  # whoever wrote it knows


def test_whoever_only_reads_is_not_asked_to_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(told, "engagement.acknowledged", (Role.AUDITOR, Role.REQUESTER))
    every = {one: {Channel.EMAIL: True} for one in Event}
    outbox.set_preferences(chosen=every, by=people.actor("ada"), at=HEARD - timedelta(days=1))
    makers_mails.mailbox()
    makers_incidents.acknowledged(world)
    run_until(HEARD, HEARD)
    asked = {one.to[0]: "Reply-To" in one.message() for one in mail.outbox}
    assert (asked[people.person("ada").email], asked[RITA]) == (False, True)


def test_a_notice_that_comes_back_is_a_loop(world: World) -> None:
    box = makers_mails.mailbox()
    makers_incidents.acknowledged(world)
    run_until(HEARD, HEARD)
    raw = email.message_from_bytes(mail.outbox[-1].message().as_bytes()).as_bytes()
    taken = take(box, raw, Door.HTTP, HEARD)
    assert (taken.outcome, "a loop" in taken.reason) == ("ignored", True)


def test_without_a_mailbox_nobody_is_asked_to_answer(world: World) -> None:
    makers_incidents.acknowledged(world)
    run_until(HEARD, HEARD)
    assert all("Reply-To" not in one.message() and "becomes a word" not in one.body for one in mail.outbox)


def test_the_desk_hears_of_drafts_once_for_many(world: World) -> None:
    box = makers_mails.mailbox()
    for number in range(3):
        take(box, written(f"Failure {number}", number=number, subject=f"Failure {number}"), Door.HTTP, HEARD)
    run_until(HEARD + timedelta(minutes=3), HEARD)
    (told,) = [one for one in mail.outbox if one.subject.startswith("[Mail]")]
    assert (told.to, told.subject) == (["dana@ironbridge.example"], "[Mail] 3 mails wait for a report")
    assert "- Failure 0 (Rita Solano, Northgate Trading)" in told.body
    assert "Failure" not in told.subject


def test_the_desk_hears_of_a_clients_mail_in_the_quarantine(world: World) -> None:
    box = makers_mails.mailbox()
    take(box, written(subject="Mail delivery failed for all users"), Door.HTTP, HEARD)
    take(box, written(subject="Offer", sender="x@elsewhere.example", number=2), Door.HTTP, HEARD)
    run_until(HEARD + timedelta(minutes=3), HEARD)
    (told,) = [one for one in mail.outbox if one.subject.startswith("[Mail]")]
    assert told.subject == "[Mail] 1 of people known waits in the quarantine"
    assert "Mail delivery failed for all users (rita@northgate.example; in the quarantine" in told.body
    assert "Offer" not in told.body
