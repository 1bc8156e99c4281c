"""A failure that gets worse while nobody has decided about it: its draft is raised, never lowered."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from breakfix.intake import queries
from breakfix.intake.actions import alerts as actions
from breakfix.intake.models import Alert, AlertCount, AlertSource
from breakfix.intake.receiving import receive
from breakfix.intake.values import Heard, Outcome, Severity, Signal
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.models import Entry
from tests import people
from tests.makers import World
from tests.makers_alerts import HEARD, alert, source, told
from tests.makers_incidents import CALM
from tests.refusals import refused

MINUTE = timedelta(minutes=1)


@pytest.fixture(name="nagios")
def _nagios(world: World) -> AlertSource:
    return source(world)


def icinga(state: str, kind: str = "PROBLEM", **more: Any) -> bytes:
    said = f"DISK {state} - /var"
    host = {"HOSTNAME": "srv01", "SERVICENAME": "disk", "SERVICESTATE": state, "SERVICEOUTPUT": said}
    return json.dumps({"NOTIFICATIONTYPE": kind, **host, **more}).encode()


def raised() -> int:
    return Entry.objects.filter(kind="alert.worsened").count() // 2  # both sides' logs


def test_a_warning_that_becomes_critical_raises_its_draft(nagios: AlertSource) -> None:
    receive(nagios, icinga("WARNING"), HEARD)
    assert receive(nagios, icinga("CRITICAL"), HEARD + MINUTE).outcome is Outcome.UPDATE
    one = Alert.objects.get()
    assert (one.severity, one.impact, one.title) == ("critical", "High", "disk on srv01 is CRITICAL")
    assert one.text.splitlines() == ["DISK CRITICAL - /var", "DISK WARNING - /var"]
    assert (AlertCount.objects.get().told, raised()) == (2, 1)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (
            {"rule_id": 1, "device_id": 2, "state": 1, "severity": "warning", "hostname": "srv01"},
            {"state": 3, "severity": "critical"},
        ),
        (
            {"alertId": "a", "status": "ACTIVE", "criticality": "ALERT_CRITICALITY_LEVEL_WARNING"},
            {"status": "UPDATED", "criticality": "ALERT_CRITICALITY_LEVEL_CRITICAL"},
        ),
        (
            {"notification_type": "PROBLEM", "host": "srv01", "site": "nyc", "severity": "WARNING"},
            {"severity": "CRITICAL"},
        ),
    ],
    ids=["librenms", "vrealize", "checkmk"],
)
def test_other_tools_raise_theirs_too(nagios: AlertSource, first: dict[str, Any], then: dict[str, Any]) -> None:
    receive(nagios, json.dumps(first).encode(), HEARD)
    assert Alert.objects.get().impact == "Low"
    receive(nagios, json.dumps({**first, **then}).encode(), HEARD + MINUTE)
    assert Alert.objects.get().impact == "High"


def test_nothing_is_lowered_and_what_nobody_said_raises_nothing(nagios: AlertSource) -> None:
    for number, state in enumerate(("CRITICAL", "WARNING", "UNKNOWN", "CRITICAL")):
        receive(nagios, icinga(state), HEARD + number * MINUTE)
    one = Alert.objects.get()
    assert (one.severity, one.title, raised()) == ("critical", "disk on srv01 is CRITICAL", 0)


def test_the_same_words_as_of_a_failure_before_raise_this_one(nagios: AlertSource) -> None:
    """A tool without dates has no others; bytes that say that they are of the failure before raise nothing."""
    receive(nagios, icinga("CRITICAL"), HEARD)
    receive(nagios, icinga("OK", "RECOVERY"), HEARD + MINUTE)
    receive(nagios, icinga("WARNING"), HEARD + 90 * MINUTE)
    assert receive(nagios, icinga("CRITICAL"), HEARD + 91 * MINUTE).outcome is Outcome.UPDATE
    assert Alert.objects.latest("id").impact == "High"


def test_late_bytes_of_a_failure_before_raise_nothing(nagios: AlertSource) -> None:
    def redfish(severity: str, at: Any) -> bytes:
        message = "It is within range." if severity == "OK" else "It is too hot."
        record = {"MessageId": "IDRAC.2.8.TMP0118", "Severity": severity, "EventTimestamp": at.isoformat()}
        record |= {"Message": message, "MessageArgs": ["Inlet"]}
        return json.dumps({"Name": "Events", "Context": "srv01", "Events": [record]}).encode()

    old = redfish("Critical", HEARD)
    receive(nagios, old, HEARD)
    receive(nagios, redfish("OK", HEARD + MINUTE), HEARD + MINUTE)
    receive(nagios, redfish("Warning", HEARD + 90 * MINUTE), HEARD + 90 * MINUTE)
    assert receive(nagios, old, HEARD + 91 * MINUTE).outcome is Outcome.IGNORED
    assert Alert.objects.latest("id").impact == "Low"


def test_one_that_is_back_worse_is_raised(nagios: AlertSource) -> None:
    receive(nagios, icinga("WARNING"), HEARD)
    receive(nagios, icinga("OK", "RECOVERY"), HEARD + MINUTE)
    receive(nagios, icinga("CRITICAL"), HEARD + 2 * MINUTE)
    one = Alert.objects.get()
    assert (one.flaps, one.impact, raised()) == (1, "High", 1)


def test_what_was_reported_stays_as_it_was_seen(nagios: AlertSource) -> None:
    receive(nagios, icinga("WARNING"), HEARD)
    actions.report_alert(Alert.objects.get().pk, answers=CALM, by=people.actor("rita"), at=HEARD)
    assert receive(nagios, icinga("CRITICAL"), HEARD + MINUTE).outcome is Outcome.UPDATE
    assert (Alert.objects.get().impact, raised()) == ("Low", 0)


def dismiss_last() -> None:
    actions.dismiss_alert(Alert.objects.latest("id").pk, reason="known", by=people.actor("dana"), at=HEARD)


def test_what_is_worse_than_what_was_dismissed_is_a_draft(nagios: AlertSource) -> None:
    receive(nagios, icinga("WARNING"), HEARD)
    dismiss_last()
    for number in range(1, 5):
        assert receive(nagios, icinga("WARNING", n=number), HEARD + number * MINUTE).outcome is Outcome.UPDATE
    assert receive(nagios, icinga("CRITICAL"), HEARD + 5 * MINUTE).outcome is Outcome.TICKET
    first, then = Alert.objects.order_by("id")
    assert (first.severity, first.ended_at) == ("warning", HEARD + 5 * MINUTE)
    assert (then.severity, then.waits, then.title) == ("critical", True, "disk on srv01 is CRITICAL")
    assert receive(nagios, icinga("CRITICAL", n=6), HEARD + 6 * MINUTE).outcome is Outcome.UPDATE
    assert receive(nagios, icinga("OK", "RECOVERY"), HEARD + 7 * MINUTE).outcome is Outcome.UPDATE
    assert not Alert.objects.filter(ended_at=None).exists()


def pagerduty(severity: str, **more: Any) -> bytes:
    said = {"summary": "Disk 5", "severity": severity, "timestamp": (HEARD - MINUTE).isoformat()}
    return json.dumps({"event_action": "trigger", "dedup_key": "k", "payload": said, **more}).encode()


def test_a_tool_that_says_when_it_began_is_heard_where_it_got_worse(nagios: AlertSource) -> None:
    receive(nagios, pagerduty("warning"), HEARD)
    dismiss_last()
    told = ("warning", "critical", "critical")
    outcomes = [receive(nagios, pagerduty(one, n=n), HEARD + n * MINUTE).outcome for n, one in enumerate(told, 1)]
    assert outcomes == [Outcome.UPDATE, Outcome.TICKET, Outcome.UPDATE]


def test_who_dismisses_each_is_asked_four_times_at_most(nagios: AlertSource) -> None:
    tickets = 0
    for number in range(120):
        state = ("INFO", "WARNING", "UNKNOWN", "MAJOR", "CRITICAL")[number // 5 % 5]
        if receive(nagios, icinga(state, n=number), HEARD + number * MINUTE).outcome is Outcome.TICKET:
            tickets += 1
            dismiss_last()
    assert tickets == Alert.objects.count() == 4


def test_a_storm_of_changes_is_three_entries_at_most_and_counts_exactly(nagios: AlertSource) -> None:
    for number in range(120):
        for name in ("disk", "cpu"):
            state = ("WARNING", "UNKNOWN", "CRITICAL")[number % 3]
            receive(nagios, icinga(state, SERVICENAME=name), HEARD + timedelta(seconds=number))
    assert sorted(AlertCount.objects.values_list("told", flat=True)) == [120, 120]
    assert raised() == 2


def test_a_telling_that_changes_nothing_costs_no_question_more(nagios: AlertSource) -> None:
    """What is worse costs a deed once; what is told again, as bad or less bad, costs what it did."""

    def cost(body: bytes, minute: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            receive(nagios, body, HEARD + minute * MINUTE)
        return len(asked)

    receive(nagios, icinga("WARNING"), HEARD)
    same = cost(icinga("WARNING", n=1), 1)
    assert cost(icinga("CRITICAL", n=2), 2) > same
    assert [cost(icinga("CRITICAL", n=3), 3), cost(icinga("WARNING", n=4), 4)] == [same, same]


def test_only_what_is_worse_open_and_undecided_is_raised(nagios: AlertSource) -> None:
    receive(nagios, icinga("CRITICAL"), HEARD)
    pk = Alert.objects.get().pk
    worse = Signal("icinga", "srv01/disk", Heard.FIRING, "worse", severity=Severity.CRITICAL)
    with refused("not_worse"):
        actions.worsen_alert(pk, signal=worse, by=SYSTEM, at=HEARD)
    with refused("not_allowed"):
        actions.worsen_alert(pk, signal=worse, by=people.actor("rita"), at=HEARD)
    actions.dismiss_alert(pk, reason="none", by=people.actor("rita"), at=HEARD)
    with refused("already_dismissed"):
        actions.worsen_alert(pk, signal=worse, by=SYSTEM, at=HEARD)
    assert raised() == 0


def test_the_worse_one_stands_first_among_those_that_wait(nagios: AlertSource) -> None:
    receive(nagios, icinga("WARNING"), HEARD)
    receive(nagios, told(alert(severity="major")), HEARD + MINUTE)
    receive(nagios, icinga("CRITICAL"), HEARD + 2 * MINUTE)
    assert [one.tool for one in queries.waiting(people.actor("dana"))] == ["icinga", "alertmanager"]
