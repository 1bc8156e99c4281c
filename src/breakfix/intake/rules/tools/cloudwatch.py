"""Amazon CloudWatch through SNS: the alarm is JSON within a text. Addresses in it are never opened."""

import json
from collections.abc import Iterator

from breakfix.intake.rules.instants import instant
from breakfix.intake.rules.parts import SHORT, Part
from breakfix.intake.values import Heard, Severity, Signal, Unmapped

STATES = {"ALARM": Heard.FIRING, "OK": Heard.RESOLVED, "INSUFFICIENT_DATA": Heard.NOTED}
HOSTS = {"InstanceId", "HostName", "host", "DBInstanceIdentifier"}
MOST = 20  # metrics of one alarm that are asked for a machine


def looks_like(body: Part) -> bool:
    return "TopicArn" in body or "AlarmName" in body or _of_bridge(body)


def _of_bridge(body: Part) -> bool:
    """The same alarm as an event of EventBridge."""
    return body.text("source") == "aws.cloudwatch" and "alarmName" in body.part("detail")


def read(body: Part, zone: str) -> Iterator[Signal]:
    alarm = _alarm(body)
    said = alarm.needed("NewStateValue").upper()
    if said not in STATES:
        raise Unmapped(f"NewStateValue is {said}, none that CloudWatch has")
    name = alarm.needed("AlarmName")
    yield Signal(
        tool="cloudwatch",
        key=f"{alarm.text('AWSAccountId')}/{alarm.text('Region')}/{name}",
        heard=STATES[said],
        title=alarm.text("AlarmDescription") or name[:SHORT],
        severity=Severity.MAJOR if said == "ALARM" else Severity.INFO,
        text=alarm.words("NewStateReason"),
        hosts=tuple(dict.fromkeys(value for called, value in _dimensions(alarm) if called in HOSTS and value)),
        begun_at=instant(alarm.text("StateChangeTime"), zone) or instant(body.text("Timestamp"), zone),
        said=said,
    )


def _alarm(body: Part) -> Part:
    if "AlarmName" in body:
        return body
    if _of_bridge(body):
        detail, state = body.part("detail"), body.part("detail").part("state")
        told = {"AlarmName": "alarmName", "AlarmDescription": "alarmDescription"}
        told_of = {"NewStateValue": "value", "NewStateReason": "reason", "StateChangeTime": "timestamp"}
        plain = {name: detail.content.get(theirs) for name, theirs in told.items()}
        plain |= {name: state.content.get(theirs) for name, theirs in told_of.items()}
        about = detail.part("configuration")
        plain["AlarmDescription"] = plain["AlarmDescription"] or about.content.get("description")
        plain |= {"AWSAccountId": body.content.get("account"), "Region": body.content.get("region")}
        return Part({**plain, "Trigger": {"Metrics": about.content.get("metrics")}})
    kind = body.text("Type")
    if kind != "Notification":
        raise Unmapped(f"it is a {kind or 'message'} of SNS, not a notification; confirm the subscription in AWS")
    try:
        found = Part(json.loads(str(body.content.get("Message"))), "Message.")
    except (ValueError, RecursionError):
        raise Unmapped("Message is no JSON, so this is no alarm of CloudWatch") from None
    return _alarm(found) if _of_bridge(found) else found  # a rule of EventBridge may send to SNS


def _dimensions(alarm: Part) -> list[tuple[str, str]]:
    """What the metrics of the alarm are about: its only one, or those that it is computed from."""
    trigger = alarm.part("Trigger")
    listed = trigger.parts("Dimensions") if isinstance(trigger.content.get("Dimensions"), list) else []
    found = [(one.text("name"), one.text("value")) for one in listed]
    metrics = trigger.content.get("Metrics")
    for one in (metrics if isinstance(metrics, list) else [])[:MOST]:
        found += _of_metric(Part(one))
    return found


def _of_metric(metric: Part) -> list[tuple[str, str]]:
    """SNS lists names and values and writes them large, EventBridge has them as fields."""
    held = metric.part("MetricStat").part("Metric").content.get("Dimensions")
    if isinstance(held, list):
        return [(one.text("name"), one.text("value")) for one in map(Part, held)]
    named = metric.part("metricStat").part("metric").part("dimensions")
    return [(name, named.text(name)) for name in named.content]
