"""What is longer than a column: it is cut where people see that, taken on both databases, and can be reported."""

import json
from datetime import timedelta
from typing import Any

import pytest

from breakfix.intake.actions import alerts as actions
from breakfix.intake.models import Alert, Delivery
from breakfix.intake.receiving import receive
from breakfix.intake.values import Outcome
from tests import people
from tests.makers import World
from tests.makers_alerts import HEARD, source
from tests.makers_incidents import CALM

LONG = "x" * 150
ICINGA = {"NOTIFICATIONTYPE": "PROBLEM", "HOSTNAME": "h" * 2000, "SERVICENAME": LONG, "SERVICESTATE": "WARNING"}
SENT: list[dict[str, Any]] = [
    ICINGA,
    {"check_id": 1, "check_name": "p" * 160, "current_state": "DOWN", "check_params": {"hostname": "h" * 500}},
    {"notification_type": "PROBLEM", "host": "h" * 300, "site": LONG, "service": "s" * 160, "status": "s" * 160},
    {"receiver": "x", "alerts": [{"status": "firing", "labels": {"alertname": "a" * 3000, "instance": "i" * 3000}}]},
    {"event_action": "trigger", "payload": {"summary": "s" * 1024, "source": "h" * 1024, "severity": "error"}},
    {"TopicArn": "x", "AlarmName": "a" * 3000, "NewStateValue": "ALARM", "AWSAccountId": "1" * 300},
    {
        "alertId": "v" * 3000,
        "status": "NEW" * 100,
        "resourceName": "r" * 300,
        "criticality": "c" * 300,
        "info": "i" * 9999,
    },
]


@pytest.mark.parametrize("body", SENT, ids=lambda one: "+".join(sorted(one)[:2]))
def test_what_is_too_long_is_cut_and_taken(world: World, body: dict[str, Any]) -> None:
    ours = source(world)
    taken = receive(ours, json.dumps(body).encode(), HEARD)
    assert taken.outcome in {Outcome.TICKET, Outcome.IGNORED}, Delivery.objects.get().reason
    for one in Alert.objects.all():
        assert 0 < len(one.title) <= 160
        assert len(one.host) <= 160


def test_a_title_that_was_cut_says_its_state_and_can_be_reported(world: World) -> None:
    ours = source(world)
    receive(ours, json.dumps(ICINGA).encode(), HEARD)
    draft = Alert.objects.get()
    assert (len(draft.title), draft.title[-12:]) == (160, "… is WARNING")
    receive(ours, json.dumps({**ICINGA, "SERVICESTATE": "CRITICAL"}).encode(), HEARD + timedelta(minutes=1))
    draft.refresh_from_db()
    assert (len(draft.title), draft.title[-13:]) == (160, "… is CRITICAL")
    made = actions.report_alert(draft.pk, answers=CALM, by=people.actor("rita"), at=HEARD + timedelta(minutes=2))
    assert made.title == draft.title
