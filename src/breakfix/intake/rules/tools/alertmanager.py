"""Prometheus Alertmanager, webhook versions 3 and 4, and Grafana's unified alerting, which speaks the same."""

import hashlib
import json
import re
from collections.abc import Iterator

from breakfix.intake.rules.instants import instant
from breakfix.intake.rules.parts import LONGEST, SHORT, Part, shortened
from breakfix.intake.rules.severities import severity
from breakfix.intake.values import Heard, Signal, Unmapped

# An exporter is not the machine that it tells of, so its own address is asked for last.
HOSTS = ("host", "hostname", "nodename", "node", "instance")
NUMBER = re.compile(r"\d{1,6}")
NO_DATA = "DatasourceNoData"  # what Grafana calls the alert of a rule that got nothing to judge
STATES = {"firing": Heard.FIRING, "resolved": Heard.RESOLVED}


def looks_like(body: Part) -> bool:
    return "alerts" in body and any(name in body for name in ("groupKey", "receiver", "groupLabels", "commonLabels"))


def read(body: Part, zone: str) -> Iterator[Signal]:
    tool = "grafana" if "orgId" in body else "alertmanager"
    left_out = _left_out(body.text("truncatedAlerts"))
    for alert in body.parts("alerts"):
        labels = dict(alert.part("labels").pairs())
        if not labels:
            raise Unmapped(f"{alert.where}labels is missing")
        notes = alert.part("annotations")
        said = (alert.text("status") or body.text("status")).lower()
        if said not in STATES:
            raise Unmapped(f"{alert.where}status is {said or 'missing'}, neither firing nor resolved")
        yield Signal(
            tool=tool,
            key=alert.text("fingerprint", longest=LONGEST) or _labelled(labels),
            heard=STATES[said],
            title=_title(labels, notes.text("summary")),
            severity=severity(labels.get("severity", ""), notes.text("severity")),
            text="\n".join(filter(None, [notes.words("description", "message", "summary"), left_out])),
            hosts=tuple(labels[name][:SHORT] for name in HOSTS if name in labels),
            serials=tuple(labels[name][:SHORT] for name in ("serial", "serial_number") if name in labels),
            begun_at=instant(alert.text("startsAt"), zone),
            url=alert.text("generatorURL", longest=500),
            said=said,
        )


def _left_out(number: str) -> str:
    """That others failed too, of which nothing else is known: the sender tells of so many at once and no more."""
    known = NUMBER.fullmatch(number) and int(number)
    return f"The sender left {number} more alert{'s' if known > 1 else ''} out of its message." if known else ""


def _title(labels: dict[str, str], summary: str) -> str:
    name = labels.get("alertname", "")
    if name == NO_DATA:  # its summary is that of the rule, which says what would have failed
        return shortened(f"{labels.get('rulename') or summary or name}: no data")
    return summary or name[:SHORT] or "An alert without a name"


def _labelled(labels: dict[str, str]) -> str:
    """Alertmanager identifies an alert by its labels, all of them."""
    return hashlib.sha256(json.dumps(sorted(labels.items())).encode()).hexdigest()[:32]
