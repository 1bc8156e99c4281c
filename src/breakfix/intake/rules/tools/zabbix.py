"""Zabbix: a webhook media type whose parameters are macros; instants are the server's wall clock."""

from collections.abc import Iterator
from datetime import datetime

from breakfix.intake.rules.instants import instant
from breakfix.intake.rules.parts import Part
from breakfix.intake.rules.severities import severity
from breakfix.intake.values import Heard, Signal, Unmapped


def looks_like(body: Part) -> bool:
    named = any(name in body for name in ("triggerId", "trigger_id"))
    return named or ("host_name" in body and "event_ack" in body) or ("event_id" in body and "event_value" in body)


def read(body: Part, zone: str) -> Iterator[Signal]:
    # A macro that Zabbix could not resolve arrives as it was written.
    body = Part({name: "" if str(held).startswith("{") else held for name, held in body.content.items()})
    said, value = body.text("status", "event_status").upper(), body.text("value", "event_value")
    if said not in {"PROBLEM", "RESOLVED", "OK"} and value not in {"0", "1"}:
        raise Unmapped("neither status (PROBLEM, RESOLVED) nor value (1, 0) says what happened")
    over = said in {"RESOLVED", "OK"} if said else value == "0"
    hosts = (body.text(name) for name in ("host_name", "service", "host_ip"))
    day, _, last = body.text("lastReceived").partition(" ")
    yield Signal(
        tool="zabbix",
        # The problem's id is that of its first event, also in the message of its end.
        key=f"{body.text('triggerId', 'trigger_id')}/{body.needed('id', 'event_id', 'triggerId', 'trigger_id')}",
        heard=Heard.RESOLVED if over else Heard.NOTED if body.text("update_action") else Heard.FIRING,
        title=body.text("name", "event_name", "trigger_name") or body.text("message") or "A trigger of Zabbix",
        severity=severity(body.text("severity", "event_severity", "trigger_severity")),
        text=body.words("message", "description"),
        hosts=tuple(dict.fromkeys(one for one in hosts if one)),
        begun_at=_begun(day, body.text("time"), last, zone),
        said=said or value,
    )


def _begun(day: str, time: str, last: str, zone: str) -> datetime | None:
    return instant(f"{day} {time or last}", zone)
