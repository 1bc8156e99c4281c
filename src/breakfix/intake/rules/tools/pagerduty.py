"""PagerDuty: Events API v2 as tools send it to a service, and its webhooks (v1 messages, v3 events)."""

from collections.abc import Iterator

from breakfix.intake.rules.instants import instant
from breakfix.intake.rules.parts import LONGEST, SHORT, Part
from breakfix.intake.rules.severities import severity
from breakfix.intake.values import Heard, Signal, Unmapped

ACTIONS = {"trigger": Heard.FIRING, "resolve": Heard.RESOLVED, "acknowledge": Heard.NOTED}
# Of the webhooks, in both spellings; all else about an incident is a note.
BEGINS = {"trigger", "triggered", "unacknowledge", "unacknowledged", "reopen", "reopened"}
AGAIN = {"reopen", "reopened"}
ENDS = {"resolve", "resolved"}


def looks_like(body: Part) -> bool:
    return any(name in body for name in ("event_action", "routing_key")) or _hooked(body) or _answered(body)


def _hooked(body: Part) -> bool:
    if "event_type" in body.part("event"):
        return True
    listed = body.content.get("messages")
    told = listed if isinstance(listed, list) else []
    return any(isinstance(one, dict) and {"data", "incident"} & set(one) for one in told)


def _answered(body: Part) -> bool:
    """What PagerDuty itself answers to an event that it did not take."""
    return "errors" in body and body.text("status").lower() in {"invalid", "invalid event", "throttle exceeded"}


def read(body: Part, zone: str) -> Iterator[Signal]:
    if _answered(body):
        raise Unmapped(f"it is an answer of PagerDuty, not an event: {body.text('message')}")
    if "event_type" in body.part("event"):
        event = body.part("event")
        kind, about = event.needed("event_type"), event.part("data")
        if not kind.lower().startswith("incident.") or "id" not in about:
            yield Signal("pagerduty", f"event/{kind}", Heard.NOTED, kind[:SHORT], said=kind[:SHORT])
        else:
            yield _incident(about, kind, event.text("occurred_at"), zone)
    elif "messages" in body:
        for message in body.parts("messages"):
            incident = message.part("data").part("incident") if "data" in message else message.part("incident")
            kind = message.text("type") or message.needed("event")
            yield _incident(incident, kind, message.text("created_on"), zone)
    else:
        yield _event(body, zone)


def _event(body: Part, zone: str) -> Signal:
    action, payload = body.needed("event_action").lower(), body.part("payload")
    if action not in ACTIONS:
        raise Unmapped(f"event_action is {action}, none of {', '.join(ACTIONS)}")
    title, source = payload.text("summary"), payload.text("source")
    if action == "trigger" and not title:
        raise Unmapped("payload.summary is missing")
    if not (key := body.text("dedup_key", longest=LONGEST)) and not title:
        raise Unmapped("dedup_key is missing")  # an end without it ends nothing
    more = payload.part("custom_details")
    key = key or f"{source}/{title}"
    return Signal(
        tool="pagerduty",
        # The routing key is a secret of theirs, and no part of this.
        key=key,
        heard=ACTIONS[action],
        title=title or key[:SHORT],
        severity=severity(payload.text("severity")),
        text="\n".join(f"{name}: {value}" for name, value in sorted(more.pairs())),
        hosts=(source,) if source else (),
        serials=tuple(filter(None, [more.text("serial", "serial_number")])),
        begun_at=instant(payload.text("timestamp"), zone),
        url=body.text("client_url", longest=500),
        said=action,
        dedup_key=key,
    )


def _incident(incident: Part, kind: str, at: str, zone: str) -> Signal:
    verb = kind.lower().removeprefix("incident.")
    since = at if verb in AGAIN else incident.text("created_on", "created_at") or at
    service = incident.part("service")
    return Signal(
        tool="pagerduty",
        key=f"incident/{incident.needed('id')}",
        heard=Heard.FIRING if verb in BEGINS else Heard.RESOLVED if verb in ENDS else Heard.NOTED,
        title=incident.part("trigger_summary_data").text("subject") or incident.text("title") or "An incident",
        severity=severity(incident.text("urgency")),
        text=service.text("name", "summary"),
        begun_at=instant(since, zone),
        url=incident.text("html_url", longest=500),
        said=verb[:SHORT],
    )
