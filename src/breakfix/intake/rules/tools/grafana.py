"""Grafana's legacy alerting: one rule with a state, and what matched it."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from breakfix.intake.rules.parts import Part, shortened
from breakfix.intake.rules.severities import severity
from breakfix.intake.values import Heard, Signal, Unmapped

STATES = {
    "alerting": Heard.FIRING,
    "ok": Heard.RESOLVED,
    # Whether it failed, nobody knows who hears nothing of it.
    "no_data": Heard.FIRING,
    "pending": Heard.NOTED,
    "paused": Heard.NOTED,
}


def looks_like(body: Part) -> bool:
    return "ruleId" in body or ("ruleName" in body and "state" in body)


def read(body: Part, zone: str) -> Iterator[Signal]:
    said = body.needed("state").lower()
    if said not in STATES:
        raise Unmapped(f"state is {said}, none that Grafana has")
    name = body.text("ruleName", "title") or "A rule without a name"
    matches = body.parts("evalMatches") if isinstance(body.content.get("evalMatches"), list) else []
    tags = dict(body.part("tags").pairs())
    # Rules are numbered by installation; its address tells two of them apart.
    key = f"{_place(body.text('ruleUrl', longest=500))}/{body.needed('ruleId', 'ruleName')}"
    # Without data nobody knows whether it fails: that is no telling of the alarm, and would hide it.
    without = f"{key}/no data"
    found = [match.part("tags") for match in matches]
    hosts = (one.text("instance", "host", "hostname", "info.host_id") for one in found)
    yield Signal(
        tool="grafana",
        key=without if said == "no_data" else key,
        heard=STATES[said],
        title=shortened(f"{name}: no data") if said == "no_data" else name,
        severity=severity(tags.get("severity", "")),
        text="\n".join(filter(None, [body.words("message"), *map(_measured, matches)])),
        hosts=tuple(dict.fromkeys(filter(None, hosts))),
        url=body.text("ruleUrl", longest=500),
        said=said,
        also=(without,) if said == "ok" else (),
    )


def _measured(match: Part) -> str:
    return f"{match.text('metric')} {match.text('value')}".strip()


def _place(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""
