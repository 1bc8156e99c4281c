"""A mail of Icinga as programs for mail really send it: folded, encoded, in parts, or without its header."""

import base64
import quopri
from datetime import UTC, datetime
from email.header import Header

import pytest

from breakfix.intake.rules.reading import read
from breakfix.intake.values import Heard, Severity, Signal, Unmapped

NAME = "Speicherüberwachung des Rechenzentrums"
BODY = f"""***** Service Monitoring on mon01 *****

{NAME} on srv01 is CRITICAL!

Info:    Füllstand 98% = voll

When:    2026-11-20 03:14:05 +0000
Service: speicher
Host:    srv01.example.net
IPv4:    192.0.2.31
"""
SUBJECT = f"[PROBLEM] {NAME} on srv01 is CRITICAL!"
KIND = "Content-Type: text/plain; charset=utf-8\n"


def mail(subject: str, body: str = BODY, more: str = KIND) -> Signal:
    return read(f"From: icinga@mon.example.net\n{subject}To: desk@example.net\n{more}\n{body}".encode())[0]


def check(found: Signal, heard: Heard = Heard.FIRING) -> None:
    assert (found.tool, found.key, found.heard) == ("icinga", "srv01.example.net/speicher", heard)
    assert (found.severity, found.text) == (Severity.CRITICAL, "Füllstand 98% = voll")
    assert found.hosts == ("srv01.example.net", "192.0.2.31")
    assert found.begun_at == datetime(2026, 11, 20, 3, 14, 5, tzinfo=UTC)


def test_a_folded_subject_is_read() -> None:
    check(mail(f"Subject: [PROBLEM] {NAME}\n on srv01 is\n CRITICAL!\n"))


@pytest.mark.parametrize("kind", ["PROBLEM", "RECOVERY", "ACKNOWLEDGEMENT"])
def test_an_encoded_subject_says_the_kind(kind: str) -> None:
    subject = Header(SUBJECT.replace("PROBLEM", kind), "utf-8", header_name="Subject").encode()
    assert "=?utf-8?" in subject
    heard = {"PROBLEM": Heard.FIRING, "RECOVERY": Heard.RESOLVED}.get(kind, Heard.NOTED)
    check(mail(f"Subject: {subject}\n"), heard)


def test_an_encoded_body_is_read() -> None:
    wrapped = base64.encodebytes(BODY.encode()).decode()
    check(mail(f"Subject: {SUBJECT}\n", wrapped, f"{KIND}Content-Transfer-Encoding: base64\n"))
    quoted = quopri.encodestring(BODY.encode()).decode()
    check(mail(f"Subject: {SUBJECT}\n", quoted, f"{KIND}Content-Transfer-Encoding: quoted-printable\n"))


def test_a_part_of_several_is_read() -> None:
    wrapped = base64.encodebytes(BODY.encode()).decode()
    parts = f"--b\n{KIND}Content-Transfer-Encoding: base64\n\n{wrapped}\n--b--\n"
    check(mail(f"Subject: {SUBJECT}\n", parts, 'Content-Type: multipart/mixed; boundary="b"\n'))


@pytest.mark.parametrize(("state", "heard"), [("CRITICAL", Heard.FIRING), ("OK", Heard.RESOLVED)])
def test_where_the_subject_is_another_the_line_says_it(state: str, heard: Heard) -> None:
    body = BODY.replace("CRITICAL", state)
    assert mail("Subject: Fwd: monitoring\n", body).heard is heard
    assert read(body.encode())[0].heard is heard


OTHER = "Subject: Fwd: monitoring\n"


@pytest.mark.parametrize(
    ("said", "subject", "heard"),
    [
        ("[ERROR] agent is OFF!", OTHER, Heard.FIRING),
        ("[RECOVERY] raid on db7 is OK!", OTHER, Heard.FIRING),
        ("the agent is OFF!", OTHER, Heard.FIRING),
        ("raid on db7 is OK!", OTHER, Heard.FIRING),
        ("[RECOVERY] raid on db7 is OK!", f"Subject: [EXTERNAL] {SUBJECT}\n", Heard.FIRING),
    ],
)
def test_what_a_check_or_a_person_wrote_says_no_state(said: str, subject: str, heard: Heard) -> None:
    output = BODY.replace("Info:    ", f"Info:    Füllstand 98% = voll\n{said}\n\nWhen:    yesterday\nHost: db7\n")
    check(mail(subject, output), heard)
    comment = (
        f"{BODY}\nComment by dana:\n  seen\n{said}\nSubject: {said}\n\nWhen:    tomorrow\nService: x\nHost: db7\n"
    )
    check(mail(subject, comment), heard)


def test_of_two_mails_the_first_is_read() -> None:
    older = BODY.replace("srv01", "db7").replace("CRITICAL", "OK").replace("31", "32")
    check(mail(OTHER, f"{BODY}\n{older}"))


def test_a_mail_that_was_passed_on_says_the_kind_in_its_text() -> None:
    head = f"See below.\n\nSubject: {SUBJECT.replace('PROBLEM', 'ACKNOWLEDGEMENT')}\nFrom: icinga@mon.example.net\n\n"
    check(mail(OTHER, head + BODY), Heard.NOTED)


def test_a_mail_of_somebody_else_is_none() -> None:
    with pytest.raises(Unmapped, match="no JSON"):
        mail("Subject: lunch\n", "at noon?\n")
    with pytest.raises(Unmapped, match="neither the subject"):
        mail("Subject: x\n", "***** Host Monitoring on mon01 *****\n")
    with pytest.raises(Unmapped, match="neither the subject"):
        mail("Subject: [NEWS] it is OUT!\n", BODY.replace("CRITICAL!", "OFF!"))
