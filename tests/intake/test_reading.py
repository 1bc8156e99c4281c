"""Payloads of every tool that is known here become signals; anything else says why it cannot."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.intake.rules.instants import believed, instant
from breakfix.intake.rules.parts import DEEPEST, MOST
from breakfix.intake.rules.reading import TOOLS, read
from breakfix.intake.rules.severities import impact, severity, worst
from breakfix.intake.values import LARGEST, Heard, Severity, Signal, Unmapped
from tests.intake.changed import changed_file

ALERTS = Path(__file__).parents[1] / "data" / "alerts"
FILES = sorted(path for path in ALERTS.iterdir() if path.name != "README.md")
# What each file says: (tool, heard, severity, host) of each signal, in its order; a text where it is no alert.
F, R, N = Heard.FIRING, Heard.RESOLVED, Heard.NOTED
CRITICAL, MAJOR, WARNING, INFO, UNKNOWN = Severity
SAID: dict[str, list[tuple[str, Heard, Severity, str]] | str] = {
    "checkmk_notification.json": [("checkmk", R, INFO, "server1")],
    "cloudwatch_insufficient_data.json": [("cloudwatch", N, INFO, "")],
    "cloudwatch_notification.json": [("cloudwatch", F, MAJOR, "")],
    "constructed_cloudwatch_ok.json": [("cloudwatch", R, INFO, "")],
    "constructed_grafana_unified.json": [
        ("grafana", F, CRITICAL, "srv01:9100"),
        ("grafana", R, UNKNOWN, "srv02:9100"),
    ],
    "constructed_icinga2_host_mail.txt": [("icinga", F, CRITICAL, "srv01.example.net")],
    "constructed_icinga2_service_mail.txt": [("icinga", R, INFO, "srv01.example.net")],
    "constructed_pagerduty_events_v2_resolve.json": [("pagerduty", R, UNKNOWN, "")],
    "constructed_pagerduty_events_v2_trigger.json": [("pagerduty", F, CRITICAL, "srv01.example.net")],
    "constructed_redfish_dell.json": [("redfish", F, CRITICAL, "esx-prd-03"), ("redfish", F, WARNING, "esx-prd-03")],
    "constructed_redfish_hpe.json": [("redfish", N, INFO, "")],
    "constructed_zabbix_webhook.json": [("zabbix", F, MAJOR, "esx-prd-03")],
    "constructed_zabbix_webhook_recovery.json": [("zabbix", R, MAJOR, "esx-prd-03")],
    "grafana_6.json": [("grafana", F, WARNING, "")],
    "grafana_alert_alerting.json": [("grafana", F, UNKNOWN, "zeta.domain")],
    "grafana_alert_ok.json": [("grafana", R, UNKNOWN, "")],
    "grafana_example.json": [("grafana", F, UNKNOWN, "")],
    "graylog_notification.json": [("graylog", F, UNKNOWN, "127.0.0.1")],
    "libre_nms_notification.json": [("librenms", R, INFO, "node")],
    "new_relic_notification.json": [("newrelic", F, INFO, "")],
    "pagerduty_alert.json": [("pagerduty", N, UNKNOWN, ""), ("pagerduty", R, UNKNOWN, "")],
    "pagerduty_events_v2_error_400.json": (
        "pagerduty: it is an answer of PagerDuty, not an event: Event object is invalid"
    ),
    "pingdom_down.json": [("pingdom", F, MAJOR, "api.alerta.io")],
    "pingdom_up.json": [("pingdom", R, MAJOR, "api.alerta.io")],
    "prometheus_v3_alert.json": [("alertmanager", F, CRITICAL, "host2")],
    "prometheus_v4_alert.json": [("alertmanager", F, CRITICAL, "")],
    "vmware_vrealize.json": [("vrealize", F, WARNING, "sample-object-name")],
}
# What ends what: both name the same failure.
ENDS = [
    ("constructed_pagerduty_events_v2_trigger.json", "constructed_pagerduty_events_v2_resolve.json"),
    ("constructed_zabbix_webhook.json", "constructed_zabbix_webhook_recovery.json"),
    ("grafana_alert_alerting.json", "grafana_alert_ok.json"),
    ("pingdom_down.json", "pingdom_up.json"),
    ("cloudwatch_notification.json", "constructed_cloudwatch_ok.json"),
]


def of(name: str) -> list[Signal]:
    return read((ALERTS / name).read_bytes(), "America/New_York")


def why(raw: bytes) -> str:
    with pytest.raises(Unmapped) as no:
        read(raw)
    return str(no.value)


def attempt(raw: bytes) -> tuple[list[Signal], str]:
    """The signals, or why there are none."""
    try:
        return read(raw), ""
    except Unmapped as no:
        return [], str(no)


def test_every_file_has_its_line_here() -> None:
    assert {path.name for path in FILES} == set(SAID)
    assert {tool.__name__.rpartition(".")[2] for tool in TOOLS} == {
        told[0] for said in SAID.values() if isinstance(said, list) for told in said
    }


@pytest.mark.parametrize("name", SAID)
def test_a_payload_becomes_read(name: str) -> None:
    said = SAID[name]
    if isinstance(said, str):
        assert why((ALERTS / name).read_bytes()) == said
        return
    found = of(name)
    assert [(one.tool, one.heard, one.severity, (one.hosts or ("",))[0]) for one in found] == said
    assert all(one.key and one.title for one in found)


@pytest.mark.parametrize(("begins", "ends"), ENDS)
def test_an_end_names_the_failure_that_began(begins: str, ends: str) -> None:
    (first,), (last,) = of(begins), of(ends)
    assert (first.tool, first.key) == (last.tool, last.key)
    assert (first.heard, last.heard) == (Heard.FIRING, Heard.RESOLVED)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_changed_payload_is_read_or_says_why(path: Path) -> None:
    raw = path.read_bytes()
    before = None if isinstance(SAID[path.name], str) else read(raw)
    for seed in range(60):
        kind, body = changed_file(path.name, raw, seed)
        found, said = attempt(body)
        assert found or len(said) > 5
        assert found or kind not in {"extra", "order"} or before is None
        for one in found:
            assert one.key
            assert one.title
            assert len(one.title) <= 160
            assert one.title.isprintable()
            assert all(len(host) <= 160 and host.isprintable() for host in one.hosts)
        assert kind != "order" or before is None or found == before


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_anything_else_says_why(raw: bytes) -> None:
    assert why(raw)


def test_what_is_too_large_or_too_deep_is_not_read() -> None:
    assert "bytes" in why(b'{"a": "' + b"x" * LARGEST + b'"}')
    assert "nested" in why(b'{"a":' + b"[" * DEEPEST + b"]" * DEEPEST + b"}")
    assert "no JSON" in why(b'{"a":' + b"[" * 200_000)
    alert = {"status": "firing", "labels": {"alertname": "one"}}
    many = {"receiver": "desk", "alerts": [alert] * (MOST + 1)}
    assert "1001 entries" in why(json.dumps(many).encode())
    assert "alerts[1] is no object" in why(json.dumps({"receiver": "desk", "alerts": [alert, 7]}).encode())
    assert "names no alert" in why(json.dumps({"receiver": "desk", "alerts": []}).encode())


def test_a_secret_of_the_sender_is_in_no_signal() -> None:
    assert "0123456789abcdef" not in repr(of("constructed_pagerduty_events_v2_trigger.json"))


def test_redfish_says_what_has_it_as_a_link_or_as_an_object() -> None:
    drive, enclosure = of("constructed_redfish_dell.json")
    place = "/redfish/v1/Systems/System.Embedded.1/Storage/Drives/Disk.Bay.5"
    assert drive.key == f"7XK2Q13/{place}/PDR/Drive 5 in Backplane 1"
    assert drive.serials == ("7XK2Q13",)
    assert drive.begun_at == datetime(2026, 11, 20, 9, 14, 5, tzinfo=UTC)  # an offset without its colon
    assert enclosure.key == "esx-prd-03//redfish/v1/Chassis/Enclosure.Internal.0-1/ENC/Backplane 1"
    assert enclosure.title == "ENC12"  # no message was sent


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-20T03:14:05Z", "2026-11-20T03:14:05"),
        ("2026-11-20T03:14:05.157076999+0100", "2026-11-20T02:14:05.157076"),
        ("2026-11-20 03:14:05 +0000", "2026-11-20T03:14:05"),
        ("2026.11.20 03:14:05", "2026-11-20T08:14:05"),  # New York's wall clock
        ("2026-11-01 01:30:00", "2026-11-01T05:30:00"),  # twice there: the first
        ("Sat Oct 26 23:20:39 UTC 2024", "2024-10-26T23:20:39"),
        ("1498861543", "2017-06-30T22:25:43"),
        ("1601033007849", "2020-09-25T11:23:27.849000"),
        ("0001-01-01T00:00:00Z", None),
        ("9999999999999", "2286-11-20T17:46:39.999000"),
        ("yesterday", None),
        ("2026-11-20", None),
        ("20261120", None),
        ("", None),
    ],
)
def test_instants_are_read_as_tools_write_them(text: str, utc: str | None) -> None:
    expected = datetime.fromisoformat(utc).replace(tzinfo=UTC) if utc else None
    assert instant(text, "America/New_York") == expected


def test_a_failure_that_is_yet_to_come_begins_when_it_is_heard_of() -> None:
    now = datetime(2026, 11, 20, 3, 14, tzinfo=UTC)
    assert believed(now.replace(hour=2), now) == (now.replace(hour=2), "")
    assert believed(now.replace(minute=16), now) == (now.replace(minute=16), "")  # two minutes ahead: their clock
    late = believed(now.replace(year=2030), now)
    assert late[0] == now
    assert "yet to come" in late[1]
    assert "does not say" in believed(None, now)[1]


def test_words_of_severity_suggest_an_impact() -> None:
    assert severity("Disaster") is Severity.CRITICAL
    assert severity("", "crit") is Severity.CRITICAL
    assert severity("purple") is Severity.UNKNOWN
    assert [impact(one).value for one in Severity] == ["High", "Medium", "Low", "Low", "Medium"]


def test_the_worst_is_one_that_was_said_where_another_is_as_bad() -> None:
    assert worst([UNKNOWN, MAJOR]) is worst([MAJOR, UNKNOWN]) is MAJOR
    assert worst([WARNING, UNKNOWN]) is UNKNOWN  # it may be anything
    assert worst([INFO, CRITICAL, MAJOR]) is CRITICAL


def redfish(message_id: str, severity: str, *, machine: str = "7XK2Q13", part: str = "System Board Inlet") -> Signal:
    over = severity == "OK"
    record = {
        "Message": f"The {part} temperature is {'within' if over else 'out of'} range.",
        "MessageId": f"IDRAC.2.8.{message_id}",
        "MessageArgs": [part],
        "Severity": severity,
        "OriginOfCondition": "/redfish/v1/Systems/System.Embedded.1",
        "Oem": {"Dell": {"ServiceTag": machine}},
    }
    return read(json.dumps({"Name": "Event Array", "Events": [record]}).encode())[0]


def test_redfish_tells_machines_parts_and_kinds_of_failure_apart() -> None:
    hot, cool = redfish("TMP0118", "Warning"), redfish("TMP0120", "OK")
    assert (hot.key, hot.heard, cool.heard) == (cool.key, Heard.FIRING, Heard.RESOLVED)
    others = [redfish("TMP0118", "Warning", machine="other"), redfish("TMP0118", "Warning", part="CPU 1")]
    others.append(redfish("USR0030", "OK"))  # somebody signed in: that ends nothing
    assert hot.key not in {one.key for one in others}
    assert len({one.key for one in others}) == 3


PD: dict[str, object] = {"id": "PIJ90N7", "created_at": "2026-11-20T03:14:05Z", "title": "down"}
# Other spellings of tools that are known, and what they say: (tool, heard, host).
SPELT: list[tuple[dict[str, object], tuple[str, Heard, str]]] = [
    ({"event": {"event_type": "incident.triggered", "data": PD}}, ("pagerduty", F, "")),
    ({"event": {"event_type": "incident.resolved", "data": PD}}, ("pagerduty", R, "")),
    ({"event": {"event_type": "incident.annotated", "data": PD}}, ("pagerduty", N, "")),
    ({"event": {"event_type": "pagey.ping", "data": {"message": "hello"}}}, ("pagerduty", N, "")),
    ({"messages": [{"event": "incident.trigger", "incident": PD}]}, ("pagerduty", F, "")),
    (
        {"event_id": "1", "trigger_id": "2", "event_value": "1", "host_name": "a", "update_action": "{EVENT.UPDATE}"},
        ("zabbix", F, "a"),
    ),
    (
        {
            "source": "aws.cloudwatch",
            "account": "1",
            "detail": {"alarmName": "CPU", "state": {"value": "ALARM", "timestamp": "2026-11-20T03:14:05Z"}},
        },
        ("cloudwatch", F, ""),
    ),
    (
        {
            "event_definition_id": "d",
            "event": {"source": "graylog-node", "priority": 3, "timestamp": "2026-11-20T03:14:05Z"},
            "backlog": [{"source": "srv01", "message": "disk failed"}],
        },
        ("graylog", F, "srv01"),
    ),
    ({"NOTIFICATIONTYPE": "PROBLEM", "HOSTDISPLAYNAME": "srv01", "SERVICESTATE": "CRITICAL"}, ("icinga", F, "srv01")),
    (
        {"notification_type": "PROBLEM", "host_name": "srv01", "check_command": "ping", "service_state": "WARNING"},
        ("icinga", F, "srv01"),
    ),
    ({"rule_id": 1, "device_id": 2, "state": 5, "hostname": "srv01"}, ("librenms", F, "srv01")),
    (
        {"issueUrl": "https://x", "id": "i", "state": "ACTIVATED", "title": "t", "impactedEntities": ["srv01"]},
        ("newrelic", F, "srv01"),
    ),
]


@pytest.mark.parametrize(("body", "said"), SPELT, ids=lambda one: one[0] if isinstance(one, tuple) else "")
def test_other_spellings_are_read_too(body: dict[str, object], said: tuple[str, Heard, str]) -> None:
    (found,) = read(json.dumps(body).encode())
    assert (found.tool, found.heard, (found.hosts or ("",))[0]) == said


def test_a_reopened_incident_begins_when_it_was_reopened() -> None:
    event = {"event_type": "incident.reopened", "occurred_at": "2026-11-21T00:00:00Z", "data": PD}
    assert read(json.dumps({"event": event}).encode())[0].begun_at == datetime(2026, 11, 21, tzinfo=UTC)


def test_long_names_that_differ_at_their_end_are_two_failures() -> None:
    body = {"event_action": "resolve", "dedup_key": "x" * 200 + "1"}
    one, other = (read(json.dumps({**body, "dedup_key": "x" * 200 + end}).encode())[0] for end in "12")
    assert one.key != other.key


def test_words_of_a_letter_inside_json_make_no_letter_of_it() -> None:
    assert "no tool" in why(b'{"text": "***** Host Monitoring on mon01 *****"}')


def test_icinga_may_call_the_state_by_its_bare_name() -> None:
    told = {"notification_type": "PROBLEM", "host_name": "srv01", "service_name": "disk", "state": "CRITICAL"}
    (signal,) = read(json.dumps(told).encode(), "UTC")
    assert (signal.title, signal.severity) == ("disk on srv01 is CRITICAL", Severity.CRITICAL)
