"""Graylog: the legacy check result of a stream, and event notifications since 3.1. It never says that it is over."""

from collections.abc import Iterator

from breakfix.intake.rules.instants import instant
from breakfix.intake.rules.parts import LONGEST, Part
from breakfix.intake.rules.severities import severity
from breakfix.intake.values import Heard, Severity, Signal

PRIORITIES = {"1": "low", "2": "medium", "3": "high", "4": "critical"}


def looks_like(body: Part) -> bool:
    return "check_result" in body or "event_definition_id" in body


def read(body: Part, zone: str) -> Iterator[Signal]:
    yield _event(body, zone) if "event_definition_id" in body else _check(body, zone)


def _check(body: Part, zone: str) -> Signal:
    result, stream = body.part("check_result"), body.part("stream")
    condition = result.part("triggered_condition")
    listed = isinstance(result.content.get("matching_messages"), list)
    messages = result.parts("matching_messages") if listed else []
    sources = (one.text("source") for one in messages)
    said = result.text("triggered")
    return Signal(
        tool="graylog",
        key=f"{stream.text('id')}/{condition.needed('id')}",
        heard=Heard.NOTED if said == "false" else Heard.FIRING,
        title=stream.text("title", "description") or result.text("result_description") or "A stream of Graylog",
        severity=Severity.UNKNOWN,
        text="\n".join(
            filter(None, [result.words("result_description"), *(one.words("message") for one in messages)])
        ),
        hosts=tuple(dict.fromkeys(filter(None, sources))),
        begun_at=instant(result.text("triggered_at"), zone),
        said=said or "triggered",
    )


def _event(body: Part, zone: str) -> Signal:
    event = body.part("event")
    backlog = body.parts("backlog") if isinstance(body.content.get("backlog"), list) else []
    # The event's own source is the node of Graylog that noticed it.
    hosts = [one.text("source") for one in backlog] + [event.part("fields").text("host", "hostname", "source")]
    hosts = list(dict.fromkeys(filter(None, hosts))) or [event.text("source")]
    groups = "/".join(f"{name}={value}" for name, value in sorted(event.part("group_by_fields").pairs()))
    # Of many messages together, the first of the backlog is another one each time.
    apart = event.text("key", longest=LONGEST) or groups or ("" if _is_aggregated(event) else hosts[0])
    return Signal(
        tool="graylog",
        key=f"{body.needed('event_definition_id')}/{apart}",
        heard=Heard.FIRING,
        title=body.text("event_definition_title") or event.text("message") or "An event of Graylog",
        severity=severity(PRIORITIES.get(event.text("priority"), "")),
        text=event.words("message"),
        hosts=tuple(filter(None, hosts)),
        begun_at=instant(event.text("timestamp"), zone),
        said="event",
    )


def _is_aggregated(event: Part) -> bool:
    """Whether the event is about all messages of a span of time; one about a single message names it."""
    return bool(event.text("timerange_start")) and not event.text("origin_context").startswith("urn:graylog:message:")
