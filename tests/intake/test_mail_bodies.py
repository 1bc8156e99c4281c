"""Which parts of a mail are its text: a footer never stands for what somebody wrote, whatever they wrote it in."""

from datetime import timedelta

import pytest

from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import HoldReason
from breakfix.intake.mails import take
from breakfix.intake.models import MailDraft
from breakfix.intake.rules.mail.bodies import SEALED, UNDIVIDED
from breakfix.intake.rules.mail.quoting import LONGEST
from breakfix.intake.rules.mail.reading import read
from breakfix.intake.values import Door, Letter
from tests import makers_incidents, makers_mails, people
from tests.makers import World
from tests.makers_mails import HEARD, mail, reply_to

FOOTER = "Content-Type: text/plain\n\nThis message may be confidential.\n"
MARKUP = "Content-Type: text/html\n\n<p>It is <b>broken</b>.</p>\n"
PLAIN = "Content-Type: text/plain\n\nIt is broken.\n"
PHOTO = 'Content-Type: image/png; name="a.png"\nContent-Disposition: inline; filename="a.png"\n\nx\n'


def parts(*given: str, kind: str = "mixed", mark: str = "B") -> str:
    """A part that is made of others."""
    inner = "".join(f"--{mark}\n{one}\n" for one in given)
    return f'Content-Type: multipart/{kind}; boundary="{mark}"\n\n{inner}--{mark}--\n'


def letter(whole: str) -> Letter:
    head, _, body = whole.partition("\n\n")
    return read(mail(body, Content_Type=head.removeprefix("Content-Type: ")))


def test_a_footer_beside_markup_hides_nothing() -> None:
    assert letter(parts(MARKUP, FOOTER)).whole == "It is broken.\n\nThis message may be confidential."
    assert letter(parts(FOOTER, MARKUP)).whole == "This message may be confidential.\n\nIt is broken."
    related = parts(MARKUP, PHOTO, kind="related", mark="R")
    found = letter(parts(related, FOOTER))
    assert found.whole.startswith("It is broken.")
    assert [one.name for one in found.pieces] == ["a.png"]


def test_of_alternatives_one_is_read() -> None:
    both = parts(PLAIN, MARKUP, kind="alternative", mark="A")
    assert letter(both).whole == "It is broken."
    assert letter(parts(both, FOOTER)).whole == "It is broken.\n\nThis message may be confidential."
    related = parts(MARKUP.replace("broken", "richer"), PHOTO, kind="related", mark="R")
    nested = letter(parts(PLAIN, related, kind="alternative", mark="A"))
    assert (nested.whole, [one.name for one in nested.pieces]) == ("It is broken.", ["a.png"])
    blank = parts("Content-Type: text/plain\n\n \n", MARKUP, kind="alternative", mark="A")
    assert letter(parts(blank, FOOTER)).whole == "It is broken.\n\nThis message may be confidential."
    inner = parts(parts(MARKUP, FOOTER, mark="M"), kind="alternative", mark="A")
    assert letter(inner).whole.startswith("It is broken.")


@pytest.mark.parametrize("blank", ["\ufeff", "\u200b\n\u00ad", "\x01\x02", "\u2060\u00a0"])
def test_what_nobody_sees_is_no_text(blank: str) -> None:
    unseen = f"Content-Type: text/plain; charset=utf-8\n\n{blank}\n"
    for whole in (parts(unseen, MARKUP, kind="alternative"), parts(unseen, MARKUP), parts(MARKUP, unseen)):
        assert letter(whole).whole == "It is broken."
    named = PLAIN.replace("plain", 'plain; name="m.txt"', 1)
    assert letter(parts(unseen, named)).whole == "It is broken."
    assert letter(parts(named, unseen.replace("plain", 'plain; name="n.txt"', 1))).whole == "It is broken."
    assert letter(parts(unseen, MARKUP.replace("It is <b>broken</b>.", "&#8203;"))).whole == ""


def test_the_same_words_are_read_once() -> None:
    assert letter(parts(PLAIN, MARKUP)).whole == "It is broken."


def test_a_text_with_a_name_is_the_body_where_there_is_no_other() -> None:
    for head in ('; name="message.txt"', '; name="m.txt"\nContent-Disposition: inline; filename="m.txt"'):
        named = PLAIN.replace("text/plain", f"text/plain{head}", 1)
        for found in (letter(parts(named)), letter(parts(PHOTO, named))):
            assert (found.whole, [one.kind for one in found.pieces if one.kind != "image/png"]) == (
                "It is broken.",
                [],
            )
        beside = letter(parts(MARKUP.replace("broken", "loud"), named))
        assert (beside.whole, len(beside.pieces)) == ("It is loud.", 1)
    attached = PLAIN.replace("plain", 'plain; name="a.txt"\nContent-Disposition: attachment; filename="a.txt"', 1)
    found = letter(parts(attached))
    assert (found.whole, [one.name for one in found.pieces]) == ("", ["a.txt"])
    long = PLAIN.replace("plain", 'plain; name="a.log"', 1) + "word " * 2000
    found = letter(parts(long))
    assert (found.whole[:13], [one.name for one in found.pieces]) == ("It is broken.", ["a.log"])


ASKED = "Content-Type: text/calendar; method=REQUEST\n\nMETHOD:REQUEST\n"
ACCEPTED = "Content-Type: text/calendar\n\nMETHOD:REPLY\n"


@pytest.mark.parametrize(
    ("calendars", "answers"),
    [
        (["Content-Type: text/calendar; method*=utf-8''REPLY\n\nx\n"], True),
        (['Content-Type: text/calendar; method=" REPLY "\n\nx\n'], True),
        ([ASKED, ACCEPTED], True),
        (["Content-Type: text/calendar; method=REQUEST\n\nMETHOD:REPLY\n"], True),
        (['Content-Type: application/octet-stream; name="invite.ICS"\n\nMETHOD:REPLY\n'], True),
        (["Content-Disposition: attachment; filename=a.ics\n\nMETHOD:reply\n"], True),
        ([ASKED, ASKED], False),
        (['Content-Type: application/octet-stream; name="a.txt"\n\nMETHOD:REPLY\n'], False),
    ],
)
def test_an_answer_of_a_calendar_is_seen_however_it_is_written(calendars: list[str], answers: bool) -> None:
    assert ("invitation" in letter(parts(PLAIN, *calendars)).doubtful) == answers


def test_an_answer_to_an_invitation_waits_and_answers_no_question(world: World) -> None:
    box, engagement = makers_mails.mailbox(), makers_incidents.acknowledged(world)
    told = "Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nMETHOD:{}\nEND:VCALENDAR\n"
    for number, (method, outcome) in enumerate(
        (("REPLY", "quarantine"), ("counter", "quarantine"), ("REQUEST", "comment"))
    ):
        head, _, body = parts(PLAIN, told.format(method), kind="alternative").partition("\n\n")
        raw = mail(body, to=reply_to(engagement), number=number, Content_Type=head.removeprefix("Content-Type: "))
        taken = take(box, raw, Door.HTTP, HEARD)
        assert (taken.outcome.value, "invitation" in taken.reason) == (outcome, outcome == "quarantine")


SMIME = 'application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"'
PGP = parts(
    "Content-Type: application/pgp-encrypted\n\nVersion: 1\n",
    "Content-Type: application/octet-stream\n\n-----BEGIN PGP MESSAGE-----\n",
    kind="encrypted",
)
NOTHING = "it says nothing that can be read here (not kept: "
ARMOUR = "-----BEGIN PGP MESSAGE-----"
OCTETS = "Content-Type: application/octet-stream; name=smime.p7m\n\nMIIB\n"
SIGNED = f"Content-Type: {SMIME}\nContent-Disposition: attachment; filename=smime.p7m\n\nMIIB\n"


@pytest.mark.parametrize(
    ("whole", "said", "why"),
    [
        (f"Content-Type: {SMIME}\n\nMIIB\n", "", SEALED),
        ("Content-Type: application/x-pkcs7-mime\n\nMIIB\n", "", SEALED),
        (PGP, "", SEALED),
        (parts(SIGNED, FOOTER), "This message may be confidential.", SEALED),
        (parts(OCTETS, FOOTER), "This message may be confidential.", SEALED),
        ("Content-Type: application/octet-stream; name=smime.p7m\n\nMIIB\n", "", SEALED),
        ("Content-Type: application/octet-stream; name=mail.P7M\n\nMIIB\n", "", SEALED),
        (parts(PLAIN, OCTETS.replace("smime.p7m", "invoice.pdf.p7m")), "It is broken.", ""),
        (f"Content-Type: text/plain\n\n\n{ARMOUR}\n\nhQ\n", f"{ARMOUR}\n\nhQ", SEALED),
        (f"Content-Type: text/plain; charset=utf-8\n\n\ufeff{ARMOUR}\n", ARMOUR, SEALED),
        (f"Content-Type: text/html\n\n<p>{ARMOUR}<br>hQ</p>\n", f"{ARMOUR}\nhQ", SEALED),
        (parts(f"Content-Type: application/octet-stream; name=encrypted.asc\n\n{ARMOUR}\n"), "", SEALED),
        (f"Content-Type: text/plain\n\nIs this yours?\n{ARMOUR}\n", f"Is this yours?\n{ARMOUR}", ""),
        ("Content-Type: multipart/mixed\n\n--B\nContent-Type: text/plain\n\nx\n--B--\n", "", UNDIVIDED),
        ("Content-Type: multipart/mixed\n\nIt is broken.\n", "It is broken.", ""),
        (parts(PLAIN, SIGNED.replace("smime.p7m", "invoice.pdf.p7m")), "It is broken.", ""),
        (parts(PLAIN, "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nMIIB\n"), "It is broken.", ""),
    ],
)
def test_what_cannot_be_read_here_is_said(whole: str, said: str, why: str) -> None:
    found = letter(whole)
    assert (found.text, found.unread) == (said, why)
    assert found.whole == "\n\n".join(one for one in (why and f"({why})", said) if one)


def test_the_note_is_read_however_long_the_text() -> None:
    found = letter(parts(PLAIN + "word\n" * 4000, SIGNED))
    assert found.whole.startswith(f"({SEALED})\n\nIt is broken.\nword")
    assert len(found.whole) == LONGEST


@pytest.mark.parametrize(
    ("whole", "why"),
    [
        (OCTETS, SEALED),
        (f"Content-Type: text/plain\n\n{ARMOUR}\n\nhQ\n", SEALED),
        (parts("Content-Type: application/ms-tnef; name=winmail.dat\n\nx\n"), NOTHING + "winmail.dat (file kind))"),
        (parts("Content-Type: image/gif; name=a.gif\n\nGIF89a\n"), NOTHING + "a.gif (file kind))"),
        (parts(PLAIN.replace("It is broken.", "  "), PHOTO.replace("x\n", "")), NOTHING + "a.png (empty file))"),
    ],
)
def test_what_says_nothing_ends_no_hold(world: World, whole: str, why: str) -> None:
    box, engagement = makers_mails.mailbox(), makers_incidents.acknowledged(world)
    given = {"reason": HoldReason.AWAITING_CLIENT_INFO, "question": "Which?", "by": people.actor("dana")}
    course.hold(engagement.pk, **given, at=HEARD - timedelta(minutes=1))
    head, _, body = whole.partition("\n\n")
    raw = mail(body, to=reply_to(engagement), Content_Type=head.removeprefix("Content-Type: "))
    taken = take(box, raw, Door.HTTP, HEARD)
    assert (taken.outcome.value, taken.reason) == ("quarantine", why)
    assert Engagement.objects.get(pk=engagement.pk).status == "ON_HOLD"


def test_a_sealed_mail_is_a_draft_that_says_so_and_no_answer(world: World) -> None:
    box, engagement = makers_mails.mailbox(), makers_incidents.acknowledged(world)
    taken = take(box, mail("MIIB", Content_Type=SMIME), Door.HTTP, HEARD)
    assert (taken.outcome.value, taken.reason) == ("ticket", SEALED)
    assert MailDraft.objects.get().text == f"({SEALED})"
    there = reply_to(engagement)
    taken = take(box, mail("MIIB", Content_Type=SMIME, to=there, number=2), Door.HTTP, HEARD)
    assert (taken.outcome.value, taken.reason) == ("quarantine", SEALED)
    taken = take(box, mail("MIIB", Content_Type=SMIME, subject="", number=3), Door.HTTP, HEARD)
    assert (taken.outcome.value, taken.reason) == ("quarantine", SEALED)
    assert Engagement.objects.get(pk=engagement.pk).status == engagement.status
