"""Zabbix: a webhook media type whose parameters are macros; instants are the server's wall clock."""

from collections.abc import Iterator
from datetime import datetime

from breakfix.intake.rules.instants import instant
from breakfix.intake.rules.parts import Part
from breakfix.intake.rules.severities import severity
from breakfix.intake.values import Heard, Signal, Unmapped


def looks_like(body: Part) -> bool:
    return "triggerId" in body or ("host_name" in body and "event_ack" in body)


def read(body: Part, zone: str) -> Iterator[Signal]:
    said, value = body.text("status").upper(), body.text("value")
    if said not in {"PROBLEM", "RESOLVED", "OK"} and value not in {"0", "1"}:
        raise Unmapped("neither status (PROBLEM, RESOLVED) nor value (1, 0) says what happened")
    over = said in {"RESOLVED", "OK"} if said else value == "0"
    hosts = (body.text(name) for name in ("host_name", "service", "host_ip"))
    day, _, last = body.text("lastReceived").partition(" ")
    yield Signal(
        tool="zabbix",
        # The problem's id is that of its first event, also in the message of its end.
        key=f"{body.text('triggerId')}/{body.needed('id', 'triggerId')}",
        heard=Heard.RESOLVED if over else Heard.NOTED if body.text("update_action") else Heard.FIRING,
        title=body.text("name") or body.text("message") or "A trigger of Zabbix",
        severity=severity(body.text("severity")),
        text=body.words("message", "description"),
        hosts=tuple(dict.fromkeys(one for one in hosts if one and not one.startswith("{"))),
        begun_at=_begun(day, body.text("time"), last, zone),
        said=said or value,
    )


def _begun(day: str, time: str, last: str, zone: str) -> datetime | None:
    return instant(f"{day} {time or last}", zone)
