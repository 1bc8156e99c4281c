"""A raw mail becomes a letter, or says why it cannot: whatever it holds, in bounded time, and never a crash."""

import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.intake.rules.mail import addresses
from breakfix.intake.rules.mail.addresses import Meant
from breakfix.intake.rules.mail.bodies import MOST_PIECES
from breakfix.intake.rules.mail.quoting import own_words
from breakfix.intake.rules.mail.reading import read
from breakfix.intake.rules.mail.words import header_text, plain, text_of
from breakfix.intake.values import Letter, Unmapped
from breakfix.parties import rules
from tests.intake.mutated import mutated
from tests.makers_mails import DESK, FILES, RITA, mail, with_pieces

KEY = b"k" * 32
# The first line that somebody wrote themselves, and words of what they answered to.
OWN = {
    "email_1_3.txt": ("Oh thanks.", "Does the list support"),
    "email_danish_1.txt": ("Hej Peter,", "skrev"),
    "email_gmail.txt": ("This is a test for inbox replying to a github message.", "personally too lazy"),
    "email_headers_no_delimiter.txt": ("And another reply!", "Sent from"),
    "email_ja_1_2.txt": ("田中様", "打ち合わせ"),
    "email_swedish_1.txt": ("Hej Person A,", "skrev"),
    "multi_header.txt": ("No problem. I’ll just start a new order.", "wrote:"),
    "multiline_on_de.txt": ("Am heutigen Tage", "schrieb"),
    "pathological.txt": ("I think you're onto something. I will try to fix the problem as soon as I", "wrote:"),
}


def tried(raw: bytes) -> Letter | str:
    """What it says, or why nobody can tell; anything else that is raised fails the test."""
    try:
        return read(raw)
    except Unmapped as no:
        return str(no)


def test_a_mail_says_who_wrote_what_to_whom() -> None:
    found = read(mail("Guten Tag,\n\nes ist kaputt.", subject="=?utf-8?q?Ausfall_=C3=BC?=", to=f"Desk <{DESK}>"))
    assert (found.senders, found.recipients, found.subject) == ((RITA,), (DESK,), "Ausfall ü")
    assert (found.text, found.message_id, found.automatic) == (
        "Guten Tag,\n\nes ist kaputt.",
        "<1@northgate.example>",
        "",
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_quoted_is_stripped(path: Path) -> None:
    body = path.read_text()
    found = read(mail(body))
    assert found.text
    first, quoted = OWN.get(path.name, ("", ""))
    if first:
        assert found.text.splitlines()[0] == first
        assert quoted not in found.text
        assert len(found.whole) > len(found.text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_body_alone_has_no_sender(path: Path) -> None:
    found = tried(path.read_bytes())
    assert "no header" in found if isinstance(found, str) else found.senders == () or path.name == "multi_header.txt"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_fifty_changes_of_each_are_read_or_refused_with_a_reason(path: Path) -> None:
    raw = mail(path.read_bytes(), subject="Re: Array degraded")
    for seed in range(50):
        kind, wrong = mutated(raw, seed)
        found = tried(wrong)
        assert found, kind
        if isinstance(found, Letter):
            assert "\x00" not in found.text + found.subject
            (found.text + found.subject).encode()


@given(st.binary(max_size=3000))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for one in (raw, mail(raw), mail(raw, Content_Type="multipart/mixed; boundary=B")):
        assert tried(one)


def test_hostile_mails_are_refused_or_read_in_bounded_time_and_memory() -> None:
    deep = b"From: a@b.example\n" + b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(1000)
    )
    many = mail(b"--B\n\nx\n" * 50_000, Content_Type='multipart/mixed; boundary="B"')
    cases = {
        "header of 10 MB": mail(X_Long="x" * 10_000_000),
        "ten thousand headers": mail(**{f"X_{n}": "y" for n in range(10_000)}),
        "nested a thousand deep": deep,
        "fifty thousand parts": many,
        "a line of a million": mail("x" * 1_000_000),
        "blank lines": mail("\n" * 1_000_000),
        "On On On": mail("On " * 300_000),
        "markup": mail("<" * 1_000_000, Content_Type="text/html"),
        "comments": mail("<!-- " * 200_000, Content_Type="text/html"),
        "scripts": mail("<script " * 200_000, Content_Type="text/html"),
        "many recipients": mail(to=", ".join(f"a{n}@b.example" for n in range(9000))),
        "a header of brackets": mail(subject="=?utf-8?q?" * 5000),
        "comments in an address": mail(sender="(" * 5000 + "a@b.example"),
        "delivery status": mail("\n" * 900_000, Content_Type="message/delivery-status"),
        "lines without end": mail("\n" * 25_000_000),
        "lines times boundaries": mail("x\n" * 900_000 + 'boundary="b"\n' * 20),
        "blanks in a boundary": deep.replace(b"boundary=", b"boundary" + b" " * 12 + b"="),
        "boundary boundary": mail(b"boundary " * 1_000_000),
        "references": mail(References="<" * 100_000),
    }
    for name, raw in cases.items():
        begun = time.process_time()
        assert tried(raw)
        assert time.process_time() - begun < 10, name
    tracemalloc.start()
    assert tried(cases["blank lines"])
    assert tried(cases["markup"])
    for name in ("delivery status", "lines without end", "lines times boundaries", "fifty thousand parts"):
        assert isinstance(tried(cases[name]), str), name
    assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "it is empty"),
        (b"\r\n\r\n", "it is empty"),
        (b"It is broken.\n", "a body alone"),
        (mail(X_Long="x" * 300_000), "its header is longer"),
    ],
)
def test_what_is_no_mail_says_why(raw: bytes, why: str) -> None:
    found = tried(raw)
    assert isinstance(found, str)
    assert why in found


def test_odd_writing_is_read() -> None:
    assert read(mail("Ünïcode".encode("latin-1"), Content_Type="text/plain; charset=x-unknown")).text == "Ünïcode"
    assert (
        read(mail("שלום עולם".encode("cp1255"), Content_Type="text/plain; charset=windows-1255")).text == "שלום עולם"
    )
    assert read(mail("障害".encode("iso2022_jp"), Content_Type="text/plain; charset=iso-2022-jp")).text == "障害"
    assert read(mail(b"a\x00b")).text == "ab"
    assert text_of(b"abc", "punycode") == "abc"
    assert header_text("=?utf-8?b?not base64?=")
    assert header_text("=?punycode?q?abc?=") == "abc"


def test_markup_becomes_words_and_what_nobody_sees_is_left_out() -> None:
    markup = (
        "<html><head><title>t</title><style>p{}</style></head><p>It &lt;is&gt; broken.</p><script>alert(1)</script>"
        "<!-- hidden --><div>Since <b>noon</b></div><blockquote>older<br>words</blockquote></body></html>"
    )
    found = read(mail(markup, Content_Type="text/html; charset=utf-8"))
    assert found.text == "It <is> broken.\nSince noon" or found.text == "It <is> broken.\n\nSince noon"
    assert "> older" in found.whole
    assert "alert" not in found.whole
    assert plain("a < b") == "a "  # what never closes is no word


def test_words_below_the_quotation_are_found_too() -> None:
    assert own_words("On Mon, 1 Dec 2026, Desk <help@x.example> wrote:\n> Which circuit?\n\nCKT-1") == "CKT-1"
    assert own_words("> only\n> quoted") == "> only\n> quoted"


def test_attachments_are_counted_and_never_opened() -> None:
    found = read(with_pieces(("a.txt", b"one"), ("../../etc/passwd", b"two"), ("winmail.dat", b"\x78\x9f>\x22")))
    assert [(one.name, one.content) for one in found.pieces][:2] == [("a.txt", b"one"), ("../../etc/passwd", b"two")]
    many = read(with_pieces(*((f"{n}.txt", b"x") for n in range(60))))
    assert len(many.pieces) == MOST_PIECES + 1  # one more than is kept, so that whoever reads it can say so


@pytest.mark.parametrize(
    ("headers", "word"),
    [
        ({"Auto_Submitted": "auto-replied"}, "Auto-Submitted"),
        ({"X_Autoreply": "yes"}, "X-Autoreply"),
        ({"sender": "MAILER-DAEMON@mx.example"}, "bounce"),
        ({"Content_Type": "multipart/report; report-type=delivery-status; boundary=B"}, "bounce"),
        ({"Content_Type": "multipart/report; report-type=disposition-notification; boundary=B"}, "receipt"),
        ({"subject": "Automatic reply: Array degraded", "Auto_Submitted": "auto-generated"}, "Auto-Submitted"),
    ],
)
def test_what_no_person_wrote_is_recognised(headers: dict[str, str], word: str) -> None:
    assert word in read(mail(**headers)).automatic


@pytest.mark.parametrize(
    ("headers", "word"),
    [
        ({"Auto_Submitted": "auto-generated"}, "Auto-Submitted"),
        ({"X_Auto_Response_Suppress": "All"}, "Suppress"),
        ({"Precedence": "bulk"}, "Precedence"),
        ({"Return_Path": "<>"}, "return path"),
        ({"Return_Path": "<>", "to": f"Desk <{DESK.replace('@', '+1-c-' + 'a' * 20 + '@')}>"}, "return path"),
        ({"Content_Type": "text/calendar; method=REPLY", "subject": "Accepted: Array degraded"}, "invitation"),
        ({"Content_Type": "text/calendar; method=counter; charset=utf-8"}, "invitation"),
        ({"Content_Type": "application/ics; method=REPLY"}, "invitation"),
        ({"subject": "Undelivered Mail Returned to Sender"}, "bounce"),
        ({"subject": "Mail delivery failed for all users since 02:10"}, "bounce"),
        *(
            ({"subject": subject}, "answering machine")
            for subject in (
                "Automatic reply: Array degraded",
                "Out of Office: back on Monday",
                "Out of Office AutoReply: RE: Array degraded",
                "Out of Office Auto-Reply",
                "Out-of-Office Reply: Array degraded",
                "Out of the office automatic reply: Array degraded",
                "AutoReply: Array degraded",
                "[Auto-Reply] Array degraded",
                "Out of Office Re: Array degraded",
                "Out of office – back on Monday",
                "I am currently out of the office until Monday",
                "Vacation reply: Array degraded",
                "Abwesenheit: Ausfall",
                "Automatische Antwort: Ausfall",
                "Abwesenheitsnotiz",
                "Réponse automatique : panne",
                "Respuesta automática: avería",
                "Risposta automatica: guasto",
                "Automatisch antwoord: storing",
                "Autosvar: fejl",
                "Odpowiedź automatyczna: awaria",
                "自動応答: 障害",
                "自动回复: 故障",
                "Out of Office (Re: Array degraded)",
                "Automatic reply from Hans",
                "I am out of the office from 3 May",
                "Abwesend bis 3.5.",
                "[External] Automatic reply: Array degraded",
                "[EXT] [Auto-Reply] Array degraded",
                "Re: Automatic reply: Array degraded",
                "AW: Re: Abwesenheitsnotiz: Ausfall",
                "Re: Out of Office: back on Monday",
                "Out of office notification: Array degraded",
            )
        ),
    ],
)
def test_what_perhaps_no_person_wrote_is_looked_at(headers: dict[str, str], word: str) -> None:
    found = read(mail(**headers))
    assert (found.automatic, word in found.doubtful) == ("", True)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "no"},
        {"subject": "Out of office hours the array failed"},
        {"subject": "Re: Out of office hours the array failed"},
        {"subject": "[External] Out of office printers fail"},
        {"subject": "[Ticket 4] The automatic reply: it does not work"},
        {"subject": "Out of office replies are not sent any more: Exchange is down"},
        {"Content_Type": "text/calendar; method=REQUEST"},
        {"subject": "Re: automatic reply rules of Exchange are broken"},
        {"X_Auto_Response_Suppress": "none"},
        {"Precedence": "normal"},
        {"Return_Path": f"<{RITA}>"},
    ],
)
def test_what_a_person_wrote_is_not_taken_for_a_machine(headers: dict[str, str]) -> None:
    found = read(mail(**headers))
    assert (found.automatic, found.doubtful) == ("", "")


def test_what_perhaps_is_an_absence_is_not_ignored_because_a_machine_sent_it() -> None:
    found = read(mail(subject="[External] Automatic reply from ex01 failed", Auto_Submitted="auto-generated"))
    assert (found.automatic, bool(found.doubtful)) == ("", True)


def test_a_signed_address_says_what_we_signed_and_nothing_else() -> None:
    meant = Meant(4711, 12)
    address = addresses.signed(DESK, meant, KEY)
    bare, tag = addresses.split(address.upper().lower())
    assert (bare, addresses.read(tag, KEY)) == (DESK, meant)
    assert len(address.partition("@")[0]) <= 64
    engagement, person, signature = tag.split("-")
    for wrong in (
        f"{engagement}-{person}-{'a' * 20}",
        f"{person}-{engagement}-{signature}",
        f"{engagement}-d-{signature}",
        signature,
        "",
        tag + "a",
    ):
        assert addresses.read(wrong, KEY) is None
    assert addresses.read(tag, b"x" * 32) is None


def test_the_same_message_by_another_way_has_the_same_mark() -> None:
    first = mail()
    assert read(first).mark == read(b"Received: by mx\n" + first.replace(b"\n", b"\r\n")).mark
    assert read(first).mark != read(mail("Other words.")).mark
    assert read(first).mark != read(mail(number=2)).mark
    assert read(mail(Date="", Message_ID="")).mark == ""  # "down" again next month is not the same
    assert read(mail(Date="")).mark


def test_whoever_signs_in_by_an_address_can_write_from_it() -> None:
    for letter in "!#$%&'*+/=?^_`{|}~-":
        address = rules.email(f"o{letter}brien@northgate.example")
        assert addresses.addresses_in([f"Pat <{address}>"]) == [address]
        assert addresses.is_address(address) == (letter != "+")
