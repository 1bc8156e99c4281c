"""A rule of Grafana without data is no alarm, and hides none; its end ends both."""

import json
from datetime import timedelta

import pytest

from breakfix.intake import queries
from breakfix.intake.actions import alerts as actions
from breakfix.intake.balance import of_sources, weighed
from breakfix.intake.models import Alert, AlertCount, AlertSource
from breakfix.intake.receiving import receive
from breakfix.intake.values import Outcome
from tests import people
from tests.makers import World
from tests.makers_alerts import HEARD, source

MINUTE = timedelta(minutes=1)


@pytest.fixture(name="ours")
def _ours(world: World) -> AlertSource:
    return source(world)


def told(ours: AlertSource, state: str, minute: int) -> Outcome:
    body = {"ruleId": 7, "ruleName": "Temperature", "state": state, "evalMatches": []}
    return receive(ours, json.dumps(body).encode(), HEARD + minute * MINUTE).outcome


@pytest.mark.parametrize("dismissed", [True, False])
def test_an_alarm_after_no_data_is_heard(ours: AlertSource, dismissed: bool) -> None:
    assert told(ours, "no_data", 0) is Outcome.TICKET
    if dismissed:
        by = people.actor("dana")
        actions.dismiss_alert(Alert.objects.get().pk, reason="the collector", by=by, at=HEARD)
    assert told(ours, "alerting", 1) is Outcome.TICKET
    assert told(ours, "no_data", 2) is Outcome.IGNORED
    waits = [one.title for one in queries.waiting(people.actor("dana"))]
    assert sorted(waits) == (["Temperature"] if dismissed else ["Temperature", "Temperature: no data"])


def test_its_end_ends_both_and_counts_once_for_each(ours: AlertSource) -> None:
    told(ours, "no_data", 0)
    told(ours, "alerting", 1)
    assert told(ours, "ok", 2) is Outcome.UPDATE
    assert set(Alert.objects.values_list("ended_at", flat=True)) == {HEARD + 2 * MINUTE}
    assert list(AlertCount.objects.values_list("told", flat=True)) == [2, 2]
    assert told(ours, "ok", 3) is Outcome.IGNORED
    told(ours, "no_data", 100)
    assert told(ours, "ok", 101) is Outcome.UPDATE
    assert not Alert.objects.filter(ended_at=None).exists()
    (sums,) = of_sources(weighed(queries.sources_visible_to(people.actor("dana"))))
    assert (sums["alerts"], sums["unmatched"], sums["adds_up"]) == (7, 0, True)
