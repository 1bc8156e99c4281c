"""Zabbix: a webhook media type whose parameters are macros; instants are the server's wall clock."""

import re
from collections.abc import Iterator
from datetime import datetime

from breakfix.intake.rules.instants import instant
from breakfix.intake.rules.parts import LONGEST, Part
from breakfix.intake.rules.severities import severity
from breakfix.intake.values import Heard, Signal, Unmapped

# As Zabbix's own templates of messages say it.
STARTED = re.compile(r"Problem started at (?P<time>\d\d:\d\d:\d\d) on (?P<day>\d{4}[.-]\d\d[.-]\d\d)")


def looks_like(body: Part) -> bool:
    named = any(name in body for name in ("triggerId", "trigger_id"))
    return named or ("host_name" in body and "event_ack" in body) or ("event_id" in body and "event_value" in body)


def read(body: Part, zone: str) -> Iterator[Signal]:
    body = Part({name: "" if _is_unresolved(str(held)) else held for name, held in body.content.items()})
    said, value = body.text("status", "event_status").upper(), body.text("value", "event_value")
    if said not in {"PROBLEM", "RESOLVED", "OK"} and value not in {"0", "1"}:
        raise Unmapped("neither status (PROBLEM, RESOLVED) nor value (1, 0) says what happened")
    over = said in {"RESOLVED", "OK"} if said else value == "0"
    hosts = (body.text(name) for name in ("host_name", "service", "host_ip"))
    # An acknowledgement, a comment: the problem is there, and nobody tells of a new one.
    updated = body.text("update_action", "event_update_action") or body.text("event_update_status") == "1"
    begun, is_said = _begun(body, zone)
    yield Signal(
        tool="zabbix",
        # The problem's id is that of its first event, also in the message of its end.
        key=f"{body.text('triggerId', 'trigger_id')}/{body.needed('id', 'event_id', 'triggerId', 'trigger_id')}",
        heard=Heard.RESOLVED if over else Heard.NOTED if updated else Heard.FIRING,
        title=body.text("name", "event_name", "trigger_name") or body.text("message") or "A trigger of Zabbix",
        severity=severity(body.text("severity", "event_severity", "trigger_severity")),
        text=body.words("message", "description"),
        hosts=tuple(dict.fromkeys(one for one in hosts if one)),
        begun_at=begun,
        said=said or value,
        stamps_each=not is_said,
    )


def _is_unresolved(held: str) -> bool:
    """A macro that Zabbix does not know arrives as it was written; one that it could not fill says so."""
    return held.startswith("{") or held.strip() == "*UNKNOWN*"


def _begun(body: Part, zone: str) -> tuple[datetime | None, bool]:
    """When the problem began, and whether that was said whole: else its day is that of the message."""
    time, sent = body.text("event_time", "time"), body.text("lastReceived")
    day, _, last = sent.partition(" ")
    started = STARTED.search(body.text("message", longest=LONGEST))
    said = instant(f"{body.text('event_date')} {time}", zone)
    said = said or (instant(f"{started['day']} {started['time']}", zone) if started else None)
    if said is not None:
        return said, True
    begun, told = instant(f"{day} {time or last}", zone), instant(sent, zone)
    if begun is not None and told is not None and begun > told:
        begun = instant(f"{day} {time}", zone, days_before=1)  # told of after midnight
    return begun, False
