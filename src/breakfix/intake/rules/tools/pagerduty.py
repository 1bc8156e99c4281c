"""PagerDuty: Events API v2 as tools send it to a service, and its webhooks (v1 messages, v3 events)."""

from collections.abc import Iterator

from breakfix.intake.rules.instants import instant
from breakfix.intake.rules.parts import Part
from breakfix.intake.rules.severities import severity
from breakfix.intake.values import Heard, Signal, Unmapped

ACTIONS = {"trigger": Heard.FIRING, "resolve": Heard.RESOLVED, "acknowledge": Heard.NOTED}
# Also incident.triggered, incident.acknowledged, ... of the webhooks; all else about an incident is a note.
VERBS = {"trigger": Heard.FIRING, "reopen": Heard.FIRING, "unacknowledge": Heard.FIRING, "resolve": Heard.RESOLVED}


def looks_like(body: Part) -> bool:
    return any(name in body for name in ("event_action", "routing_key")) or _hooked(body) or _answered(body)


def _hooked(body: Part) -> bool:
    listed = body.content.get("messages")
    of_v1 = isinstance(listed, list) and any(isinstance(one, dict) and "data" in one for one in listed)
    return of_v1 or "event_type" in body.part("event")


def _answered(body: Part) -> bool:
    """What PagerDuty itself answers to an event that it did not take."""
    return "errors" in body and body.text("status").lower() in {"invalid", "invalid event", "throttle exceeded"}


def read(body: Part, zone: str) -> Iterator[Signal]:
    if _answered(body):
        raise Unmapped(f"it is an answer of PagerDuty, not an event: {body.text('message')}")
    if "event_type" in body.part("event"):
        event = body.part("event")
        yield _incident(event.part("data"), event.needed("event_type"), event.text("occurred_at"), zone)
    elif "messages" in body:
        for message in body.parts("messages"):
            incident = message.part("data").part("incident")
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
    if not (key := body.text("dedup_key")) and not title:
        raise Unmapped("dedup_key is missing")  # an end without it ends nothing
    more = payload.part("custom_details")
    about = ("component", "group", "class")
    return Signal(
        tool="pagerduty",
        # The routing key is a secret of theirs, and no part of this.
        key=key or f"{source}/{title}",
        heard=ACTIONS[action],
        title=title or key,
        severity=severity(payload.text("severity")),
        text="\n".join(f"{name}: {value}" for name, value in sorted(more.pairs())),
        hosts=(source,) if source else (),
        serials=tuple(filter(None, [more.text("serial", "serial_number")])),
        begun_at=instant(payload.text("timestamp"), zone),
        url=body.text("client_url", longest=500),
        said=action,
        labels=tuple((name, payload.text(name)) for name in about if payload.text(name)),
    )


def _incident(incident: Part, kind: str, at: str, zone: str) -> Signal:
    verb = kind.lower().removeprefix("incident.")
    verb = verb.removesuffix("ed") if verb.endswith(("triggered", "reopened", "acknowledged")) else verb
    verb = verb.removesuffix("d") if verb == "resolved" else verb
    service = incident.part("service")
    return Signal(
        tool="pagerduty",
        key=f"incident/{incident.needed('id')}",
        heard=VERBS.get(verb, Heard.NOTED),
        title=incident.part("trigger_summary_data").text("subject") or incident.text("title") or "An incident",
        severity=severity(incident.text("urgency")),
        text=service.text("name", "summary"),
        begun_at=instant(incident.text("created_on", "created_at") or at, zone),
        url=incident.text("html_url", longest=500),
        said=verb,
    )
