"""Icinga 2: the plain mail of its notification scripts, and the same fields as JSON."""

import re
from collections.abc import Iterator

from breakfix.intake.rules.instants import instant
from breakfix.intake.rules.parts import Part, clean, lines, state_of
from breakfix.intake.rules.severities import severity
from breakfix.intake.values import LARGEST, Heard, Signal, Unmapped

HOSTS = ("hostname", "hostdisplayname")
KINDS = {"PROBLEM": Heard.FIRING, "RECOVERY": Heard.RESOLVED}
SUBJECT = re.compile(r"\[(?P<kind>[A-Z]+)\] (?:Host )?(?P<what>.{1,200}?) is (?P<state>[A-Z]+)!")
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


def is_letter(text: str) -> bool:
    """Whether a plain text is a mail of Icinga's scripts."""
    return "***** Host Monitoring on " in text or "***** Service Monitoring on " in text


def read_letter(raw: bytes, zone: str) -> Signal:
    """The alert that a mail of Icinga's scripts tells; Unmapped where a field is missing."""
    if len(raw) > LARGEST:
        raise Unmapped(f"it has {len(raw):,} bytes, at most {LARGEST:,} are read")
    text = raw.decode(errors="replace").replace("\r\n", "\n")
    subject = SUBJECT.search(text)
    if subject is None:
        raise Unmapped("the subject does not say [PROBLEM] or [RECOVERY] of what")
    said = {found["name"]: clean(found["said"]) for found in FIELD.finditer(text)}
    if not (host := said.get("Host", "")):
        raise Unmapped("Host is missing")
    addresses = tuple(filter(None, (said.get("IPv4"), said.get("IPv6"))))
    info = lines(said.get("Info", ""))
    service = said.get("Service", "")
    return _signal(subject["kind"], host, service, subject["state"], info, addresses, zone, said.get("When", ""))


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
