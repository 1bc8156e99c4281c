"""Mails that would vanish, be read by the wrong people, or come again for ever: they wait where people look."""

import base64
from datetime import timedelta

import pytest

from breakfix.incidents.actions import course
from breakfix.incidents.models import Hold
from breakfix.incidents.values import HoldReason
from breakfix.intake import mails, queries
from breakfix.intake.actions import mail as deeds
from breakfix.intake.mails import take
from breakfix.intake.models import Mail, Mailbox, MailDraft
from breakfix.intake.values import Door
from breakfix.jobs import kinds, worker
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.models import Task
from tests import makers_incidents, makers_mails, people
from tests.makers import World
from tests.makers_mails import HEARD, mail, reply_to

MINUTE = timedelta(minutes=1)
FORWARDED = "FYI see below\n\n-----Original Message-----\nFrom: x@y.example\n\nRack 4 is on fire."


@pytest.fixture(name="box")
def _box(world: World) -> Mailbox:
    return makers_mails.mailbox()


def outcome(box: Mailbox, raw: bytes, minutes: int = 0) -> str:
    return take(box, raw, Door.HTTP, HEARD + minutes * MINUTE).outcome.value


def test_a_subject_makes_no_mail_vanish(box: Mailbox) -> None:
    assert outcome(box, mail(subject="Mail delivery failed for all users since 02:10")) == "quarantine"
    assert "bounce" in Mail.objects.get().reason


def test_a_device_without_a_return_path_does_not_vanish(box: Mailbox, world: World) -> None:
    engagement = makers_incidents.acknowledged(world)
    assert outcome(box, mail(Return_Path="<>")) == "quarantine"
    assert "return path" in Mail.objects.get().reason
    assert outcome(box, mail(Return_Path="<>", to=reply_to(engagement), number=2)) == "quarantine"


def test_a_draft_keeps_what_was_forwarded(box: Mailbox) -> None:
    assert outcome(box, mail(FORWARDED)) == "ticket"
    assert "Rack 4 is on fire." in MailDraft.objects.get().text


def test_a_long_answer_is_an_answer(box: Mailbox, world: World) -> None:
    engagement = makers_incidents.acknowledged(world)
    why = HoldReason.AWAITING_CLIENT_INFO
    course.hold(engagement.pk, reason=why, question="Which?", by=people.actor("dana"), at=HEARD - MINUTE)
    assert outcome(box, mail("word " * 3000, to=reply_to(engagement))) == "comment"
    assert len(Hold.objects.get().answer) <= 8000


def test_the_same_words_next_month_are_new(box: Mailbox) -> None:
    raw = mail("help", subject="down", Date="", Message_ID="")
    assert [outcome(box, raw, minutes) for minutes in (0, 5, 43_200)] == ["ticket", "ignored", "ticket"]


def test_a_message_id_is_its_senders_own(box: Mailbox) -> None:
    outcome(box, mail("Mine", sender="stranger@elsewhere.example"))
    assert outcome(box, mail()) == "ticket"
    assert outcome(box, mail("Something else broke.")) == "quarantine"


def test_nobody_sees_a_mail_before_it_was_read(box: Mailbox) -> None:
    one = mails.keep(box, mail(), Door.HTTP, HEARD)
    with pytest.raises(NotFound):
        queries.get_mail(one, people.actor("dana"))
    mails.settle(one, HEARD)
    assert queries.get_mail(one, people.actor("dana")).outcome == "ticket"


def test_what_few_may_read_becomes_no_draft_and_is_found_where_it_is_encoded(box: Mailbox, world: World) -> None:
    named = [people.person("dana").pk, people.person("sol").pk]
    secret = makers_incidents.acknowledged(world, need_to_know=True, named_people=named)
    body = base64.encodebytes(f"CANARY, write to {reply_to(secret)}".encode())
    raw = mail(body, sender="stranger@elsewhere.example", Content_Transfer_Encoding="base64")
    assert outcome(box, raw) == "quarantine"
    one = Mail.objects.get()
    assert one.engagement == secret
    with pytest.raises(Refused) as no:
        deeds.assign_mail(one.pk, person_id=people.person("rita").pk, by=people.actor("dana"), at=HEARD)
    assert no.value.code == "need_to_know"
    head = mail(to=reply_to(secret), number=2)
    aside = mails.put_aside(box, head, Door.IMAP, HEARD, origin="INBOX:1:1", why="it is too long")
    assert Mail.objects.get(pk=aside).engagement == secret
    assert not queries.mails_visible_to(people.actor("dirk")).exists()


def test_whatever_ends_the_process_each_time_is_given_up(box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(_: bytes) -> None:
        raise SystemExit

    kinds.load()
    worker.run_due(HEARD)
    one = mails.keep(box, mail(), Door.HTTP, HEARD)
    monkeypatch.setattr(mails, "read", killed)
    for number in range(1, 5):
        with pytest.raises(SystemExit):
            worker.run_one(HEARD + number * 5 * MINUTE)
    worker.run_one(HEARD + 25 * MINUTE)
    found = Mail.objects.get(pk=one)
    assert (found.outcome, found.reason) == ("quarantine", mails.GIVEN_UP)
    assert Task.objects.filter(kind="mail.settle", done_at=None).count() == 0
