"""What single tools send beside the usual: nested, computed, undone, left out, or about many machines."""

import json
from datetime import UTC, datetime
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


# ------------------------------------------------------------------------------------------ Zabbix


def zabbix(**more: Any) -> Signal:
    usual = {"event_id": "4711", "trigger_id": "18922", "event_value": "1", "event_name": "Disk failed"}
    return one({**usual, "host_name": "srv01", "event_severity": "High", **more})


def test_a_problem_told_of_late_begins_when_it_began() -> None:
    began = datetime(2026, 11, 20, 8, 14, 5, tzinfo=UTC)
    said = zabbix(event_date="2026.11.20", event_time="03:14:05", lastReceived="2026.11.21 09:00:00")
    assert (said.begun_at, said.stamps_each) == (began, False)
    message = "Problem started at 03:14:05 on 2026.11.20\r\nProblem name: Disk failed"
    told = zabbix(time="03:14:05", lastReceived="2026.11.21 09:00:00", message=message)
    assert (told.begun_at, told.stamps_each) == (began, False)


def test_without_its_date_a_problem_begins_on_the_day_of_its_message_and_never_after_it() -> None:
    guessed = zabbix(time="23:59:50", lastReceived="2026.11.21 00:00:10")
    assert guessed.begun_at == datetime(2026, 11, 21, 4, 59, 50, tzinfo=UTC)  # New York, the evening before
    assert guessed.stamps_each  # a reminder next day has another one
    assert zabbix(lastReceived="2026.11.20 03:14:09").begun_at == datetime(2026, 11, 20, 8, 14, 9, tzinfo=UTC)
    assert zabbix().begun_at is None


def test_a_day_without_a_time_is_no_midnight() -> None:
    assert zabbix(event_date="2026-11-20").begun_at is None
    assert zabbix(lastReceived="2026-11-20").begun_at is None
    assert zabbix(lastReceived="2026-11-20T03:14:09Z").begun_at == datetime(2026, 11, 20, 3, 14, 9, tzinfo=UTC)
    told = zabbix(event_date="2026-11-20", lastReceived="2026-11-20 03:14:09")
    assert (told.begun_at, told.stamps_each) == (datetime(2026, 11, 20, 8, 14, 9, tzinfo=UTC), True)


def test_the_evening_before_the_clocks_change_is_that_of_the_wall() -> None:
    spring = zabbix(time="23:59:50", lastReceived="2026.03.08 00:00:10")
    assert spring.begun_at == datetime(2026, 3, 8, 4, 59, 50, tzinfo=UTC)
    autumn = zabbix(time="23:59:50", lastReceived="2026.11.01 00:00:10")
    assert autumn.begun_at == datetime(2026, 11, 1, 3, 59, 50, tzinfo=UTC)


def test_what_zabbix_could_not_fill_is_empty() -> None:
    found = zabbix(host_name="*UNKNOWN*", host_ip="{HOST.IP}", event_name="*UNKNOWN*", trigger_name="Disk failed")
    assert (found.hosts, found.title) == ((), "Disk failed")


def test_an_acknowledgement_is_a_note() -> None:
    assert zabbix(event_update_status="1").heard is Heard.NOTED
    assert zabbix(event_update_status="0").heard is Heard.FIRING
    assert zabbix(event_update_status="0", event_update_action="{EVENT.UPDATE.ACTION}").heard is Heard.FIRING
    assert zabbix(event_update_action="acknowledged").heard is Heard.NOTED
    assert zabbix(event_update_status="1", event_value="0").heard is Heard.RESOLVED


# ------------------------------------------------------------------------------------------ Graylog


def graylog(*sources: str, **more: Any) -> Signal:
    event = {
        "id": "1",
        "timestamp": "2026-11-20T03:14:05.000Z",
        "source": "graylog-node",
        "priority": 3,
        "key": "",
        **more,
    }
    backlog = [{"source": name, "message": "disk failed"} for name in sources]
    return one(
        {"event_definition_id": "d", "event_definition_type": "aggregation-v1", "event": event, "backlog": backlog}
    )


SPAN = {"timerange_start": "2026-11-20T03:13:05.000Z", "timerange_end": "2026-11-20T03:14:05.000Z"}
OF_ONE = {"timerange_start": None, "origin_context": "urn:graylog:message:es:graylog_0:0a1b"}


def test_an_aggregation_over_many_hosts_is_one_failure_whoever_comes_first() -> None:
    first, then = graylog("srv01", "srv02", **SPAN), graylog("srv02", "srv01", **SPAN)
    assert first.key == then.key
    assert first.hosts == ("srv01", "srv02")
    grouped = [graylog(name, **SPAN, group_by_fields={"source": name}).key for name in ("srv01", "srv02")]
    keyed = [graylog("srv01", **{**SPAN, "key": name}).key for name in ("srv01", "srv02")]
    assert len({first.key, *grouped}) == len({first.key, *keyed}) == 3


def test_an_event_about_one_message_is_of_its_machine() -> None:
    assert graylog("srv01", **OF_ONE).key != graylog("srv02", **OF_ONE).key
    assert graylog("srv01").key != graylog("srv02").key


# ------------------------------------------------------------------------------------------ Grafana, Alertmanager


def test_a_rule_without_data_is_told_alike_by_both_kinds_of_grafana() -> None:
    legacy = one({"ruleId": 7, "ruleName": "Temperature", "state": "no_data", "evalMatches": []})
    labels = {"alertname": "DatasourceNoData", "rulename": "Temperature", "ref_id": "A"}
    notes = {"summary": "It is too hot"}
    unified = one(
        {"receiver": "x", "orgId": 1, "alerts": [{"status": "firing", "labels": labels, "annotations": notes}]}
    )
    for found in (legacy, unified):
        assert (found.tool, found.heard, found.title) == ("grafana", Heard.FIRING, "Temperature: no data")
    over = one({"ruleId": 7, "ruleName": "Temperature", "state": "ok"})
    assert (over.also, over.heard) == ((legacy.key,), Heard.RESOLVED)
    real = {"alertname": "Temperature", "rulename": "Temperature"}
    alarm = one({"receiver": "x", "orgId": 1, "alerts": [{"status": "firing", "labels": real, "annotations": notes}]})
    assert len({unified.key, legacy.key, over.key, alarm.key}) == 4


def test_what_the_sender_left_out_is_said() -> None:
    labels = {"alertname": "Down"}
    told = {
        "receiver": "x",
        "alerts": [{"status": "firing", "labels": labels, "annotations": {"summary": "It is down"}}],
    }
    assert (
        one({**told, "truncatedAlerts": 3}).text.splitlines()[-1]
        == "The sender left 3 more alerts out of its message."
    )
    assert one({**told, "truncatedAlerts": 1}).text.endswith("1 more alert out of its message.")
    for none in (0, None, -1, "x", 10**30, True):
        assert one({**told, "truncatedAlerts": none}).text == "It is down"
