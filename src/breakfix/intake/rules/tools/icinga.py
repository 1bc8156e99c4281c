"""Icinga 2: the plain mail of its notification scripts, and the same fields as JSON."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from breakfix.intake.rules.instants import instant
from breakfix.intake.rules.mail.reading import words_of
from breakfix.intake.rules.parts import LONGEST, Part, clean, lines, state_of
from breakfix.intake.rules.severities import severity
from breakfix.intake.values import Heard, Signal, Unmapped

HOSTS = ("hostname", "hostdisplayname")
KINDS = {"PROBLEM": Heard.FIRING, "RECOVERY": Heard.RESOLVED}
BANNERS = ("***** Host Monitoring on ", "***** Service Monitoring on ")
KIND = r"PROBLEM|RECOVERY|ACKNOWLEDGEMENT|CUSTOM|(?:FLAPPING|DOWNTIME)(?:START|STOP|END|REMOVED|CANCELLED|DISABLED)"
STATE = "UP|DOWN|UNREACHABLE|PENDING|OK|WARNING|CRITICAL|UNKNOWN"
SUBJECT = re.compile(rf"\[(?P<kind>{KIND})\] .{{1,600}}? is (?P<state>{STATE})!")
LINE = re.compile(rf"^.{{1,600}}? is (?P<state>{STATE})!$", re.MULTILINE)
GOOD = {"UP", "OK"}
LOOKED_AT = 64 * 1024  # bytes of a mail that are searched as they came
FIELD = re.compile(r"^(?P<name>Service|Host|IPv4|IPv6):[ \t]*(?P<said>\S.*)$", re.MULTILINE)
# What a check or a person wrote stands behind the first and the last of these, and may look like anything.
INFO = re.compile(r"^Info:[ \t]*(?P<said>.*)$", re.MULTILINE)
WHEN = re.compile(r"^When:[ \t]*(?P<said>\S.*)$", re.MULTILINE)
COMMENT = re.compile(r"^Comment(?: by .*)?:", re.MULTILINE)
PASSED_ON = re.compile(r"^Subject:(?P<said>.*(?:\n[ \t].*)*)", re.MULTILINE | re.IGNORECASE)


def looks_like(body: Part) -> bool:
    return "notificationtype" in {name.lower().replace("_", "") for name in body.content} and (
        any(name in {one.lower().replace("_", "") for one in body.content} for name in HOSTS)
    )


def read(body: Part, zone: str) -> Iterator[Signal]:
    found = Part({name.lower().replace("_", ""): value for name, value in body.content.items()})
    kind = found.needed("notificationtype").upper()
    host, service = found.needed(*HOSTS), found.text("servicename", "servicedesc")
    state = found.text("servicestate", "hoststate", "state")
    address = found.text("hostaddress", "address")
    yield _signal(kind, host, service, state, found.words("serviceoutput", "hostoutput", "output"), (address,), zone)


@dataclass(frozen=True)
class Letter:
    """A mail of Icinga's scripts: its subject, "" where it has none, and its text."""

    subject: str
    text: str


def letter(raw: bytes) -> Letter | None:
    """What such a mail says; None where it is none.

    A program for mail folds a long subject, and encodes what is not plain ASCII.
    """
    plain = raw[:LOOKED_AT].decode(errors="replace").replace("\r\n", "\n")
    try:
        found = Letter(*words_of(raw))
    except Unmapped:  # it was sent on without its header
        found = Letter("", plain)
    if _begins(found.text) < 0:
        found = Letter(found.subject, plain)
    return found if _begins(found.text) >= 0 else None


def _begins(text: str) -> int:
    return min((at for one in BANNERS if (at := text.find(one)) >= 0), default=-1)


def read_letter(mail: Letter, zone: str) -> Signal:
    """The alert that such a mail tells; Unmapped where a field is missing."""
    begins = _begins(mail.text)
    head, body = mail.text[:begins], mail.text[begins:]
    if (second := _begins(body[1:])) >= 0:  # another mail below this one
        body = body[: second + 1]
    info = INFO.search(body)
    passed_on = PASSED_ON.search(head)
    named = SUBJECT.search(mail.subject) or (passed_on and SUBJECT.search(clean(passed_on["said"], LONGEST)))
    about = named or LINE.search(body[: info.start()] if info else body)
    if about is None:
        raise Unmapped("neither the subject nor a line of it says what is DOWN, UP or the like")
    kind = named["kind"] if named else "RECOVERY" if about["state"] in GOOD else "PROBLEM"
    when, fields = _fields(body)
    said: dict[str, str] = {}
    for found in FIELD.finditer(fields):
        said.setdefault(found["name"], clean(found["said"]))
    if not (host := said.get("Host", "")):
        raise Unmapped("Host is missing")
    addresses = tuple(filter(None, (said.get("IPv4"), said.get("IPv6"))))
    output = lines(clean(info["said"])) if info else ""
    return _signal(kind, host, said.get("Service", ""), about["state"], output, addresses, zone, when)


def _fields(body: str) -> tuple[str, str]:
    """When it was, and what names the machine: it stands between what the check said and what a person said."""
    first = WHEN.search(body)
    comment = COMMENT.search(body, first.end()) if first else None
    told = body[: comment.start()] if comment else body
    *_, last = (None, *WHEN.finditer(told))
    if last is None:
        return "", told
    return clean(last["said"]), told[max(told.rfind("\n\n", 0, last.start()), 0) :]


def _signal(
    kind: str, host: str, service: str, state: str, info: str, addresses: tuple[str, ...], zone: str, when: str = ""
) -> Signal:
    return Signal(
        tool="icinga",
        key=f"{host}/{service}",
        heard=KINDS.get(kind, Heard.NOTED),
        title=state_of(f"{service} on {host}" if service else host, state or kind),
        severity=severity(state),
        text=info,
        hosts=(host, *filter(None, addresses)),
        begun_at=instant(when, zone),
        said=kind,
        stamps_each=True,
    )
