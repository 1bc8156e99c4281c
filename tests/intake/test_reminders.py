"""A reminder of a problem that was dismissed is no other failure, until it was over or stayed away for long."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from breakfix.incidents.models import Engagement
from breakfix.intake.actions import alerts as actions
from breakfix.intake.models import Alert, AlertCount, AlertSource
from breakfix.intake.receiving import receive
from breakfix.intake.rules.storms import AWAY_FOR
from breakfix.intake.values import Outcome
from breakfix.kernel.models import Entry
from tests import people
from tests.makers import World
from tests.makers_alerts import HEARD, alert, source, told
from tests.makers_incidents import CALM

MINUTE, HALF_HOUR = timedelta(minutes=1), timedelta(minutes=30)


@pytest.fixture(name="ours")
def _ours(world: World) -> AlertSource:
    return source(world)


def icinga(at: datetime, kind: str = "PROBLEM", state: str = "CRITICAL") -> bytes:
    body = f"***** Service Monitoring on mon01 *****\n\nraid on srv01 is {state}!\n\nInfo:    degraded\n\n"
    named = f"When:    {at.astimezone(UTC):%Y-%m-%d %H:%M:%S +0000}\nService: raid\nHost:    srv01\n"
    return f"Subject: [{kind}] raid on srv01 is {state}!\nFrom: icinga@mon.example.net\n\n{body}{named}".encode()


def checkmk(at: datetime, kind: str = "PROBLEM", state: str = "CRIT") -> bytes:
    body = {"notification_type": kind, "host": "srv01", "service": "raid", "site": "nyc", "severity": state}
    return json.dumps({**body, "long_date_time": f"{at.astimezone(UTC):%a %b %d %H:%M:%S UTC %Y}"}).encode()


def undated(at: datetime, kind: str = "PROBLEM", state: str = "CRITICAL") -> bytes:
    body = {"NOTIFICATIONTYPE": kind, "HOSTNAME": "srv01", "SERVICENAME": "raid", "SERVICESTATE": state}
    return json.dumps(body).encode()


SENDERS = pytest.mark.parametrize("sends", [icinga, checkmk, undated], ids=lambda one: one.__name__)


def dismissed(at: datetime) -> None:
    actions.dismiss_alert(Alert.objects.get().pk, reason="known", by=people.actor("dana"), at=at)


@SENDERS
def test_reminders_of_what_was_dismissed_are_counted(ours: AlertSource, sends: object) -> None:
    assert callable(sends)
    receive(ours, sends(HEARD), HEARD)
    dismissed(HEARD + MINUTE)
    for number in range(1, 60):
        at = HEARD + number * HALF_HOUR
        assert receive(ours, sends(at), at).outcome is not Outcome.TICKET
    assert (Alert.objects.count(), AlertCount.objects.get().told) == (1, 60)
    assert not Entry.objects.filter(kind="alert.ended").exists()


@SENDERS
def test_after_its_end_it_is_the_next_failure(ours: AlertSource, sends: object) -> None:
    assert callable(sends)
    receive(ours, sends(HEARD), HEARD)
    dismissed(HEARD + MINUTE)
    over, again = HEARD + 2 * MINUTE, HEARD + HALF_HOUR
    assert receive(ours, sends(over, "RECOVERY", "OK"), over).outcome is Outcome.UPDATE
    assert receive(ours, sends(again), again).outcome is Outcome.TICKET


@SENDERS
def test_whose_end_was_lost_is_the_next_failure_after_more_than_a_day(ours: AlertSource, sends: object) -> None:
    assert callable(sends)
    receive(ours, sends(HEARD), HEARD)
    dismissed(HEARD + MINUTE)
    daily = HEARD + timedelta(days=1)
    assert receive(ours, sends(daily), daily).outcome is not Outcome.TICKET
    away = daily + AWAY_FOR + MINUTE
    assert receive(ours, sends(away), away).outcome is Outcome.TICKET
    line = Entry.objects.filter(kind="alert.ended").values_list("line", flat=True)[0]
    assert line.endswith("tells of the next one, so this one is over.")


def grafana(at: datetime) -> bytes:
    return json.dumps({"ruleId": 7, "ruleName": "Array", "state": "alerting", "evalMatches": []}).encode()


def pagerduty(at: datetime) -> bytes:
    said = {"summary": "Array degraded", "source": "srv01", "severity": "error"}
    return json.dumps({"event_action": "trigger", "dedup_key": "k", "payload": said}).encode()


@pytest.mark.tampers
@pytest.mark.parametrize("sends", [icinga, checkmk, undated, grafana, pagerduty], ids=lambda one: one.__name__)
@pytest.mark.parametrize("ended", ["closed_at", "cancelled_at"])
def test_a_reminder_after_an_engagement_is_over_is_heard_once(ours: AlertSource, sends: object, ended: str) -> None:
    assert callable(sends)
    receive(ours, sends(HEARD), HEARD)
    made = actions.report_alert(Alert.objects.get().pk, answers=CALM, by=people.actor("rita"), at=HEARD + MINUTE)
    assert receive(ours, sends(HEARD + MINUTE), HEARD + MINUTE).outcome is not Outcome.TICKET
    Engagement.objects.filter(pk=made.pk).update(**{ended: HEARD + 2 * MINUTE})
    outcomes = []
    for number in range(1, 5):
        at = HEARD + number * HALF_HOUR
        outcomes.append(receive(ours, sends(at), at).outcome)
    assert outcomes[0] is Outcome.TICKET
    assert Outcome.TICKET not in outcomes[1:]
    assert Alert.objects.filter(ended_at=None).count() == 1


def test_who_says_when_it_began_is_believed_as_ever(ours: AlertSource) -> None:
    receive(ours, told(alert()), HEARD)
    dismissed(HEARD + MINUTE)
    week = HEARD + timedelta(days=7)
    assert receive(ours, told(alert(), n=1), week).outcome is Outcome.UPDATE
    assert receive(ours, told(alert(begun=HEARD + 2 * MINUTE)), week).outcome is Outcome.TICKET


def test_a_reminder_of_what_came_back_is_no_later_beginning(ours: AlertSource) -> None:
    receive(ours, icinga(HEARD), HEARD)
    receive(ours, icinga(HEARD + MINUTE, "RECOVERY", "OK"), HEARD + MINUTE)
    back, later = HEARD + 2 * MINUTE, HEARD + HALF_HOUR
    receive(ours, icinga(back), back)
    receive(ours, icinga(later), later)
    assert AlertCount.objects.get().returned_at == back
