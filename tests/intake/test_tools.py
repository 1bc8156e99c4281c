"""What single tools send beside the usual: nested, computed, undone, left out, or about many machines."""

import json
from typing import Any

from breakfix.intake.rules.reading import read
from breakfix.intake.values import Heard, Signal


def one(body: dict[str, Any]) -> Signal:
    (found,) = read(json.dumps(body).encode(), "America/New_York")
    return found


# ------------------------------------------------------------------------------------------ CloudWatch

STATE = {"value": "ALARM", "reason": "Threshold crossed", "timestamp": "2026-11-20T03:14:05.000+0000"}


def bridged(**dimensions: str) -> dict[str, Any]:
    """An alarm's change of state as EventBridge has it."""
    metric = {"namespace": "AWS/EC2", "name": "CPUUtilization", "dimensions": dimensions}
    computed = [
        {"id": "e1", "expression": "m1 * 2"},
        {"id": "m1", "metricStat": {"metric": metric, "stat": "Average"}},
    ]
    about = {"description": "The CPU is busy", "metrics": computed}
    detail = {"alarmName": "Busy", "state": STATE, "configuration": about}
    kind = {"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change"}
    return {**kind, "account": "1", "region": "us-east-1", "detail": detail}


def by_sns(message: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "Notification", "TopicArn": "arn:aws:sns:us-east-1:1:x", "Message": json.dumps(message)}


def test_an_event_of_eventbridge_names_its_machine_also_through_sns() -> None:
    plain, through = one(bridged(InstanceId="i-0abc")), one(by_sns(bridged(InstanceId="i-0abc")))
    assert plain == through
    assert (plain.heard, plain.hosts, plain.key) == (Heard.FIRING, ("i-0abc",), "1/us-east-1/Busy")
    assert (plain.title, plain.text) == ("The CPU is busy", "Threshold crossed")
    assert one(bridged(QueueName="q")).hosts == ()


def test_an_alarm_that_is_computed_names_its_machines() -> None:
    def metric(instance: str) -> dict[str, Any]:
        named = [{"name": "InstanceId", "value": instance}]
        return {"Id": instance, "MetricStat": {"Metric": {"MetricName": "CPU", "Dimensions": named}, "Period": 60}}

    metrics = [{"Id": "e1", "Expression": "MAX(METRICS())"}, metric("i-0abc"), metric("i-0def"), metric("i-0abc"), 7]
    alarm = {"AlarmName": "Busy", "NewStateValue": "ALARM", "Trigger": {"Metrics": metrics}}
    assert one(by_sns(alarm)).hosts == ("i-0abc", "i-0def")


# ------------------------------------------------------------------------------------------ New Relic


def test_an_issue_without_anything_active_is_over() -> None:
    issue = {"issueUrl": "https://one.example.net/i", "id": "i-1", "title": "Disk full", "priority": "CRITICAL"}
    heard = {
        state: one({**issue, "state": state}).heard for state in ("CREATED", "ACTIVATED", "DEACTIVATED", "CLOSED")
    }
    assert heard == {
        "CREATED": Heard.FIRING,
        "ACTIVATED": Heard.FIRING,
        "DEACTIVATED": Heard.RESOLVED,
        "CLOSED": Heard.RESOLVED,
    }
