"""What becomes of a mail: a draft, a word, nothing, or the quarantine; once, whatever happens in between."""

from datetime import timedelta
from typing import Any

import pytest

from breakfix.accounts import actions as accounts
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement, Hold
from breakfix.incidents.values import HoldReason
from breakfix.intake import mails, queries, tallying
from breakfix.intake.actions import mail as deeds
from breakfix.intake.mails import MANY, take
from breakfix.intake.models import Mail, Mailbox, MailDraft
from breakfix.intake.values import LARGEST_MAIL, Door, Outcome
from breakfix.jobs import kinds, worker
from breakfix.kernel import files
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.errors import NotFound
from breakfix.kernel.models import Entry
from breakfix.outbox.models import Message
from tests import makers_incidents, makers_mails, people
from tests.intake.mutated import mutated
from tests.makers import World
from tests.makers_mails import DESK, FILES, HEARD, RITA, mail, reply_to, with_pieces

MINUTE = timedelta(minutes=1)


@pytest.fixture(name="box")
def _box(world: World) -> Mailbox:
    return makers_mails.mailbox()


@pytest.fixture(name="engagement")
def _engagement(world: World, box: Mailbox) -> Engagement:
    return makers_incidents.acknowledged(world)


def outcome(box: Mailbox, raw: bytes, minutes: int = 0) -> tuple[str, str]:
    taken = take(box, raw, Door.HTTP, HEARD + minutes * MINUTE)
    return taken.outcome.value, taken.reason


def balance(box: Mailbox) -> dict[str, Any]:
    (one,) = tallying.tallies([box], SYSTEM)
    assert one["adds_up"]
    assert one["stored"] == sum(one[name] for name in ("ticket", "comment", "ignored", "quarantine", "unsettled"))
    return one


def test_somebody_who_may_report_opens_a_draft(box: Mailbox) -> None:
    assert outcome(box, mail()) == ("ticket", "")
    draft = MailDraft.objects.get()
    assert (draft.person.email, draft.title, draft.client.slug) == (RITA, "Array degraded", "northgate")
    assert draft.text == "The array of nyc-backup-01 is degraded."
    kept = Mail.objects.get()
    assert (bytes(kept.raw), kept.sender, kept.door) == (mail(), RITA, "http")
    assert Entry.objects.filter(kind="mail.drafted").count() == 2  # both sides' logs
    assert Engagement.objects.count() == 0  # no clock runs before a person said how bad it is


@pytest.mark.parametrize(
    ("sender", "why"),
    [
        ("stranger@elsewhere.example", "nobody is known here"),
        ("alice@northgate.example", "may not report failures"),
        ("dana@ironbridge.example", "provider's own people"),
        (f"a@b.example, {RITA}", "several senders"),
        ("", "no sender"),
        ("not an address", "no sender"),
    ],
)
def test_whoever_may_not_report_waits_in_the_quarantine(box: Mailbox, sender: str, why: str) -> None:
    found, reason = outcome(box, mail(sender=sender))
    assert (found, why in reason) == ("quarantine", True), reason
    assert not MailDraft.objects.exists()
    assert queries.quarantined(people.actor("dana")).exists()


def test_no_draft_without_an_agreement_or_of_somebody_switched_off(box: Mailbox, world: World) -> None:
    other = makers_mails.mailbox(who="cal", address="desk@calder.example")
    found = take(other, mail(to="desk@calder.example", sender="hana@harborview.example"), Door.HTTP, HEARD)
    assert "no agreement" in found.reason
    nora = people.actor("nora", confirmed_at=HEARD)
    accounts.switch_off_person(people.person("rita").pk, by=nora, at=HEARD)
    assert "switched off" in outcome(box, mail())[1]


def test_a_signed_answer_becomes_a_word_on_its_engagement(box: Mailbox, engagement: Engagement) -> None:
    raw = mail(
        "The fans are loud.\n\nOn Tue, Dec 1, 2026 at 8:01 PM Desk <d@x.example> wrote:\n> hello",
        to=reply_to(engagement),
    )
    assert outcome(box, raw) == ("comment", "")
    told = incidents.timeline(engagement, people.actor("dana"))
    assert "By e-mail: The fans are loud." in [one.line for one in told]
    assert Mail.objects.get().engagement == engagement


def test_the_subject_alone_threads_nothing(box: Mailbox, engagement: Engagement) -> None:
    raw = mail(subject=f"Re: [{engagement.number}] P1: news", References="<engagement-1@localhost>")
    assert outcome(box, raw)[0] == "quarantine"
    assert outcome(box, mail(subject=f"Re: [{engagement.number}] P1: news", number=2))[0] == "ticket"


def test_the_address_is_of_one_person_and_of_one_engagement(box: Mailbox, engagement: Engagement) -> None:
    there = reply_to(engagement)
    found = outcome(box, mail("Approved!", to=there, sender="bob@northgate.example"))
    assert found == ("quarantine", "it was not written from the address to which this reply address was given")
    forged = there.replace("@", "a@")
    assert outcome(box, mail(to=forged, number=2))[1] == "its reply address is none that we signed"
    both = f"{there}, {reply_to(engagement, 'bob')}"
    assert outcome(box, mail(to=both, number=3))[1] == "it was sent to several signed addresses"
    other = makers_mails.mailbox(who="cal", address="desk@calder.example")
    swapped = there.replace(DESK.partition("@")[0] + "+", "desk+").replace("ironbridge", "calder")
    found = take(other, mail(to=swapped, number=4), Door.HTTP, HEARD)
    assert found.reason == "its reply address is about nothing of this desk"
    assert not Entry.objects.filter(kind="engagement.commented").exists()


def test_a_mail_never_approves(box: Mailbox, engagement: Engagement) -> None:
    """Whatever it says, whoever says it: it is a word."""
    before = Engagement.objects.get(pk=engagement.pk).status
    people.person("alice")
    raw = mail(
        "I approve. APPROVED. Yes, go ahead.", to=reply_to(engagement, "alice"), sender="alice@northgate.example"
    )
    assert outcome(box, raw)[0] == "comment"
    assert Engagement.objects.get(pk=engagement.pk).status == before
    kinds_told = set(Entry.objects.filter(topic=engagement.topic, at=HEARD).values_list("kind", flat=True))
    assert kinds_told == {"engagement.commented"}


def test_an_auditor_s_mail_is_no_word_on_what_it_may_read(box: Mailbox, engagement: Engagement) -> None:
    raw = mail("Please resume.", to=reply_to(engagement, "ada"), sender=people.person("ada").email)
    assert outcome(box, raw) == ("quarantine", "whoever wrote it may only read")
    assert not Entry.objects.filter(kind="engagement.commented").exists()


def test_a_reply_answers_the_open_question(box: Mailbox, engagement: Engagement) -> None:
    course.hold(
        engagement.pk,
        reason=HoldReason.AWAITING_CLIENT_INFO,
        question="Which circuit?",
        by=people.actor("dana"),
        at=HEARD - MINUTE,
    )
    before = outcome(box, mail("I approve.", to=reply_to(engagement, "alice"), sender="alice@northgate.example"))
    assert before == ("comment", "")  # who may not answer says a word
    assert Engagement.objects.get(pk=engagement.pk).status == "ON_HOLD"
    assert (
        outcome(box, mail("Auto", to=reply_to(engagement), number=2, Auto_Submitted="auto-replied"))[0] == "ignored"
    )
    found = outcome(box, with_pieces(("loa.pdf", b"%PDF-1.7 x"), body="CKT-1", to=reply_to(engagement), number=3), 5)
    assert found == ("comment", "it answers the open question")
    assert Engagement.objects.get(pk=engagement.pk).status == "ACKNOWLEDGED"
    assert Hold.objects.get().answer == "By e-mail: CKT-1"
    assert Hold.objects.get().ended_at == HEARD + 5 * MINUTE
    assert [one.name for one in files.kept_on(engagement.topic)] == ["loa.pdf"]


def test_attachments_are_evidence_as_far_as_they_may_be(box: Mailbox, engagement: Engagement) -> None:
    pieces = (("photo.png", b"\x89PNG\r\n\x1a\nxx"), ("x.exe", b"MZ"), ("empty.txt", b""), ("../log.txt", b"boot"))
    assert outcome(box, with_pieces(*pieces, to=reply_to(engagement)))[0] == "comment"
    assert [one.name for one in files.kept_on(engagement.topic)] == ["photo.png", "log.txt"]
    (line,) = Entry.objects.filter(kind="engagement.commented").values_list("line", flat=True).distinct()
    assert "x.exe (file kind)" in line
    assert "2 files came with it" in line


def test_the_providers_people_promise_no_amount_by_mail(box: Mailbox, engagement: Engagement) -> None:
    raw = mail("It will cost $500.", to=reply_to(engagement, "dana"), sender="dana@ironbridge.example")
    found, reason = outcome(box, raw)
    assert (found, "names an amount" in reason) == ("quarantine", True)


def test_whoever_is_not_let_in_any_more_is_not_heard(box: Mailbox, world: World) -> None:
    secret = makers_incidents.acknowledged(
        world, need_to_know=True, named_people=[people.person("dana").pk, people.person("sol").pk]
    )
    raw = mail(to=reply_to(secret, "bob"), sender="bob@northgate.example")
    assert outcome(box, raw)[0] == "quarantine"
    assert queries.quarantined(people.actor("dana")).count() == 1
    assert queries.quarantined(people.actor("dirk")).count() == 0  # who does not see the engagement does not see it


def test_what_quotes_a_notice_is_seen_only_by_who_sees_its_engagement(box: Mailbox, world: World) -> None:
    """An answering machine or a bounce sends back what it was told: of a restricted engagement, too."""
    named = [people.person("dana").pk, people.person("sol").pk]
    secret = makers_incidents.acknowledged(world, need_to_know=True, named_people=named)
    there = reply_to(secret)
    report = "multipart/report; report-type=delivery-status; boundary=B"
    notice = f"--B\nContent-Type: message/rfc822\n\nReply-To: {there}\nSubject: CANARY\n\nCANARY\n--B--\n"
    raws = [
        mail("CANARY", to=there, number=1, Auto_Submitted="auto-replied"),
        mail(notice, number=2, sender="MAILER-DAEMON@northgate.example", Content_Type=report),
        mail(f"> Reply-To: {there}\n> CANARY", number=3, sender="stranger@elsewhere.example"),
        f"CANARY {there}".encode(),
        mail(f"Fwd: Reply-To: {there}, CANARY", number=4),
        mail("CANARY", number=5, References=f"<x@y.example> <engagement-{secret.pk}@localhost>"),
        mail("CANARY", number=6, In_Reply_To=f"<{notified(secret)}@localhost>"),
    ]
    assert [outcome(box, raw)[0] for raw in raws] == ["ignored", "ignored", *["quarantine"] * 5]
    assert outcome(box, raws[-1])[1] == "the same message was received before"
    assert queries.mails_visible_to(people.actor("dana")).count() == 8
    for who, counted in (("dana", 8), ("dirk", 0)):  # no count tells of what is not shown
        (one,) = tallying.tallies([box], people.actor(who))
        assert (one["fetched"], one["stored"], one["quarantine"], one["adds_up"]) == (
            counted,
            counted,
            counted and 5,
            True,
        )
    assert not MailDraft.objects.exists()
    assert queries.mails_visible_to(people.actor("dirk")).count() == 0


def notified(engagement: Engagement) -> str:
    """The id of a notice that went out about it."""
    about = {"channel": "email", "person": people.person("sol"), "topic": engagement.topic}
    return Message.objects.create(
        key="x", public_id="msg-canary", begun_at=HEARD, changed_at=HEARD, **about
    ).public_id


def test_another_providers_mail_is_nobodys(box: Mailbox, world: World) -> None:
    other = makers_mails.mailbox(who="cal", address="desk@calder.example")
    theirs = take(other, mail(sender="stranger@elsewhere.example"), Door.HTTP, HEARD).mail_id
    ours = take(box, mail(sender="stranger@elsewhere.example"), Door.HTTP, HEARD).mail_id
    dana, percy = people.actor("dana"), people.actor("percy", confirmed_at=HEARD)
    assert [one.pk for one in queries.mails_visible_to(dana)] == [ours]
    assert [one.pk for one in queries.mailboxes_visible_to(percy)] == [box.pk]
    rita = people.person("rita").pk
    for refused in (
        lambda: deeds.settle_mail(theirs, reason="x", by=dana, at=HEARD),
        lambda: deeds.assign_mail(theirs, person_id=rita, by=dana, at=HEARD),
        lambda: deeds.assign_mail(ours, person_id=people.person("cleo").pk, by=dana, at=HEARD),
        lambda: deeds.close_mailbox(other.pk, by=percy, at=HEARD),
    ):
        with pytest.raises(NotFound):
            refused()
    assert Mail.objects.filter(dismissed_at=None).count() == 2


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Auto_Submitted": "auto-replied"}, "a machine"),
        ({"sender": "MAILER-DAEMON@northgate.example"}, "bounce"),
        ({"Message_ID": f"<msg_{'0' * 32}@testserver>"}, "a loop"),
        ({"List_Id": "Breakfix notices <notices.testserver>"}, "a loop"),
        ({"sender": DESK}, "a loop"),
        ({"sender": f"x <{DESK.replace('@', '+a@')}>"}, "a loop"),
    ],
)
def test_what_no_person_wrote_is_ignored_and_kept(
    box: Mailbox, headers: dict[str, str], why: str, settings: Any
) -> None:
    settings.SITE_URL = "https://testserver"
    if "Message_ID" in headers:
        raw = mail().replace(b"<1@northgate.example>", headers["Message_ID"].encode())
    else:
        raw = mail(**headers)
    found, reason = outcome(box, raw)
    assert (found, why in reason) == ("ignored", True), reason
    assert bytes(Mail.objects.get().raw) == raw


def test_the_same_message_a_hundred_times_is_one(box: Mailbox) -> None:
    for number in range(50):
        outcome(box, mail(), number)
        outcome(box, b"Received: by another way\n" + mail().replace(b"\n", b"\r\n"), number)
    assert MailDraft.objects.count() == 1
    found = balance(box)
    assert (found["fetched"], found["ticket"], found["ignored"]) == (100, 1, 99)
    no_id = mail().replace(b"Message-ID: <1@northgate.example>\n", b"")
    assert [outcome(box, no_id, 200 + n)[0] for n in range(3)] == ["ticket", "ignored", "ignored"]


def test_another_mail_under_a_known_message_id_waits(box: Mailbox) -> None:
    outcome(box, mail())
    found, reason = outcome(box, mail("Something else broke."))
    assert (found, "Message-ID" in reason) == ("quarantine", True)


def test_too_many_of_one_sender_wait_and_silence_no_signed_answer(box: Mailbox, engagement: Engagement) -> None:
    found = [outcome(box, mail(f"Failure {n}", number=n))[0] for n in range(MANY * 2)]
    assert found == ["ticket"] * MANY + ["quarantine"] * MANY
    assert outcome(box, mail("Still down.", number=998, to=reply_to(engagement)))[0] == "comment"
    assert outcome(box, mail("An hour later", number=999), 61)[0] == "ticket"


def test_nobody_is_silenced_by_mails_that_refer_to_a_thread(box: Mailbox, engagement: Engagement) -> None:
    refers = {"References": f"<engagement-{engagement.pk}@localhost>"}
    assert {outcome(box, mail(f"Forged {n}", number=n, **refers))[0] for n in range(MANY * 2)} == {"quarantine"}
    assert not Mail.objects.exclude(engagement=None).exists()  # what all of the desk may read stays with the desk
    assert outcome(box, mail("Still down.", number=998, to=reply_to(engagement)))[0] == "comment"


def test_what_is_too_long_is_counted_and_not_kept(box: Mailbox) -> None:
    with pytest.raises(mails.TooLarge):
        take(box, b"x" * (LARGEST_MAIL + 1), Door.HTTP, HEARD)
    found = balance(box)
    assert (found["fetched"], found["refused"], found["stored"]) == (1, 1, 0)


def test_a_crash_between_storing_and_settling_is_mended_by_the_worker(box: Mailbox) -> None:
    kinds.load()
    for number in range(3):
        mails.keep(box, mail(number=number % 2), Door.HTTP, HEARD)
    assert balance(box)["unsettled"] == 3
    worker.run_due(HEARD + 30 * timedelta(seconds=1))
    assert balance(box)["unsettled"] == 3  # whoever stored it has a minute
    worker.run_due(HEARD + 2 * MINUTE)
    found = balance(box)
    assert (found["unsettled"], found["ticket"], found["ignored"]) == (0, 2, 1)
    assert mails.settle(Mail.objects.earliest("id").pk, HEARD).outcome is Outcome.TICKET  # again changes nothing
    assert MailDraft.objects.count() == 2


def test_a_fault_of_ours_loses_nothing(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(mails.deeds, "draft_mail", broken)
    assert outcome(box, mail()) == ("quarantine", queries.OURS)
    assert bytes(Mail.objects.get().raw) == mail()
    monkeypatch.undo()
    assert outcome(box, mail())[0] == "ticket"  # sent again, it is taken
    assert "could not be taken" in caplog.text


def test_fetched_twice_from_the_same_place_is_stored_once(box: Mailbox) -> None:
    for _ in range(2):
        take(box, mail(), Door.IMAP, HEARD, origin="INBOX:1:7")
    assert (balance(box)["fetched"], Mail.objects.count()) == (1, 1)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_body_is_a_draft_in_a_mail_and_waits_alone(box: Mailbox, path: Any) -> None:
    body = path.read_bytes()
    assert outcome(box, mail(body))[0] == "ticket"
    found, reason = outcome(box, body)
    assert found == "quarantine"
    assert "sender" in reason or "a body alone" in reason or "nobody is known" in reason


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_fifty_changes_of_each_end_somewhere_and_the_counts_add_up(box: Mailbox, path: Any) -> None:
    raw = mail(path.read_bytes(), number=path.stat().st_size)
    for seed in range(50):
        found, reason = outcome(box, mutated(raw, seed)[1], seed * 60)
        assert found in {"ticket", "ignored", "quarantine"}
        assert reason or found == "ticket"
        assert reason != queries.OURS
    assert balance(box)["fetched"] == 50


def test_without_the_key_no_signed_address_is_believed(box: Mailbox, engagement: Engagement, settings: Any) -> None:
    there = reply_to(engagement)
    settings.BREAKFIX_FACTOR_KEY = "/nowhere"
    assert "key of the installation is missing" in outcome(box, mail(to=there))[1]
