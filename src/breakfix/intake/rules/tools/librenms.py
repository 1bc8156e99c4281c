"""LibreNMS: its API transport with the default template. State 0 is over, 2 acknowledged, 1, 3, 4 and 5 are there."""

from collections.abc import Iterator

from breakfix.intake.rules.instants import instant
from breakfix.intake.rules.parts import Part
from breakfix.intake.rules.severities import severity
from breakfix.intake.values import Heard, Signal, Unmapped

STATES = {"0": Heard.RESOLVED, **dict.fromkeys("1345", Heard.FIRING), "2": Heard.NOTED}


def looks_like(body: Part) -> bool:
    return "rule_id" in body and ("device_id" in body or "sysName" in body)


def read(body: Part, zone: str) -> Iterator[Signal]:
    said = body.needed("state")
    if said not in STATES:
        raise Unmapped(f"state is {said}, none that LibreNMS has")
    hosts = (body.text(name) for name in ("sysName", "hostname", "ip"))
    yield Signal(
        tool="librenms",
        # An alert has a new id each time; the rule on the device is what fails and recovers.
        key=f"{body.text('device_id') or body.text('hostname')}/{body.needed('rule_id')}",
        heard=STATES[said],
        title=body.text("title", "name") or "A rule of LibreNMS",
        severity=severity(body.text("severity")),
        text=body.words("msg", "faults"),
        hosts=tuple(dict.fromkeys(filter(None, hosts))),
        serials=tuple(filter(None, [body.text("serial")])),
        begun_at=instant(body.text("timestamp"), zone),
        said=said,
    )
