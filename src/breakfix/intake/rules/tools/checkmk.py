"""Checkmk: what its notification script for webhooks sends of a host or a service."""

from collections.abc import Iterator

from breakfix.intake.rules.instants import instant
from breakfix.intake.rules.parts import Part, state_of
from breakfix.intake.rules.severities import severity
from breakfix.intake.values import Heard, Signal

KINDS = {"PROBLEM": Heard.FIRING, "RECOVERY": Heard.RESOLVED}


def looks_like(body: Part) -> bool:
    return "notification_type" in body and ("check_command" in body or "site" in body or "what" in body)


def read(body: Part, zone: str) -> Iterator[Signal]:
    kind = body.needed("notification_type").upper()
    host, service = body.needed("host"), body.text("service", "service_description", "servicedesc")
    begun = (instant(body.text(name), zone) for name in ("long_date_time", "short_date_time"))
    yield Signal(
        tool="checkmk",
        key=f"{body.text('site')}/{host}/{service}",
        heard=KINDS.get(kind, Heard.NOTED),
        title=body.text("summary") or state_of(service or host, body.text("status").lower()),
        severity=severity(body.text("severity"), body.text("status")),
        text=body.words("long_output", "output"),
        hosts=tuple(dict.fromkeys(filter(None, [host, body.text("alias"), body.text("address")]))),
        begun_at=next((one for one in begun if one), None),
        said=kind,
        stamps_each=True,
    )
