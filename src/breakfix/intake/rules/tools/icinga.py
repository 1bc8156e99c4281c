"""Icinga 2: the plain mail of its notification scripts, and the same fields as JSON."""

import re
from collections.abc import Iterator

from breakfix.intake.rules.instants import instant
from breakfix.intake.rules.mail.reading import words_of
from breakfix.intake.rules.parts import Part, clean, lines, state_of
from breakfix.intake.rules.severities import severity
from breakfix.intake.values import Heard, Signal, Unmapped

HOSTS = ("hostname", "hostdisplayname")
KINDS = {"PROBLEM": Heard.FIRING, "RECOVERY": Heard.RESOLVED}
BANNERS = ("***** Host Monitoring on ", "***** Service Monitoring on ")
SUBJECT = re.compile(r"\[(?P<kind>[A-Z]+)\] .{1,600}? is (?P<state>[A-Z]+)!")
LINE = re.compile(r"^.{1,600}? is (?P<state>[A-Z]+)!$", re.MULTILINE)
GOOD = {"UP", "OK"}
LOOKED_AT = 64 * 1024  # bytes of a mail that are searched as they came
FIELD = re.compile(r"^(?P<name>Info|When|Service|Host|IPv4|IPv6|Comment):[ \t]*(?P<said>\S.*)$", re.MULTILINE)


def looks_like(body: Part) -> bool:
    return "notificationtype" in {name.lower().replace("_", "") for name in body.content} and (
        any(name in {one.lower().replace("_", "") for one in body.content} for name in HOSTS)
    )


def read(body: Part, zone: str) -> Iterator[Signal]:
    found = Part({name.lower().replace("_", ""): value for name, value in body.content.items()})
    kind = found.needed("notificationtype").upper()
    host, service = found.needed(*HOSTS), found.text("servicename", "servicedesc")
    state = found.text("servicestate", "hoststate")
    address = found.text("hostaddress", "address")
    yield _signal(kind, host, service, state, found.words("serviceoutput", "hostoutput", "output"), (address,), zone)


def letter(raw: bytes) -> str:
    """The words of a mail of Icinga's scripts, its subject first; "" where it is none.

    A program for mail folds a long subject, and encodes what is not plain ASCII.
    """
    plain = raw[:LOOKED_AT].decode(errors="replace").replace("\r\n", "\n")
    try:
        said = "\n\n".join((*words_of(raw), plain))
    except Unmapped:  # it was sent on without its header
        said = plain
    return said if any(one in said for one in BANNERS) else ""


def read_letter(text: str, zone: str) -> Signal:
    """The alert that such a mail tells; Unmapped where a field is missing."""
    named = SUBJECT.search(text)
    about = named or LINE.search(text)
    if about is None:
        raise Unmapped("neither the subject nor a line of it says what is DOWN, UP or the like")
    kind = named["kind"] if named else "RECOVERY" if about["state"] in GOOD else "PROBLEM"
    said: dict[str, str] = {}
    for found in FIELD.finditer(text):
        said.setdefault(found["name"], clean(found["said"]))
    if not (host := said.get("Host", "")):
        raise Unmapped("Host is missing")
    addresses = tuple(filter(None, (said.get("IPv4"), said.get("IPv6"))))
    info = lines(said.get("Info", ""))
    return _signal(kind, host, said.get("Service", ""), about["state"], info, addresses, zone, said.get("When", ""))


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
