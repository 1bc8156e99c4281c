"""An issue of New Relic that is activated again: the same id, and a failure that nobody may miss."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from breakfix.intake.models import Alert, AlertSource
from breakfix.intake.receiving import receive
from breakfix.intake.values import Outcome
from tests.makers import World
from tests.makers_alerts import HEARD, source

MINUTE = timedelta(minutes=1)
CREATED = HEARD - 5 * MINUTE


@pytest.fixture(name="relic")
def _relic(world: World) -> AlertSource:
    return source(world)


def millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def issue(state: str, at: datetime, *names: str) -> bytes:
    """As the template of a workflow has it; `names` are the fields that tell of this state's own instant."""
    body: dict[str, Any] = {"id": "i-1", "issueUrl": "https://one.example.net/i", "title": "Disk full"}
    body |= {"state": state, "priority": "CRITICAL", "createdAt": millis(CREATED)}
    return json.dumps({**body, **dict.fromkeys(names, millis(at))}).encode()


DATES = pytest.mark.parametrize(
    "names", [(), ("updatedAt",), ("activatedAt",), ("activatedAt", "updatedAt"), ("timestamp",)], ids="+".join
)


@DATES
def test_an_issue_that_is_activated_again_is_heard(relic: AlertSource, names: tuple[str, ...]) -> None:
    def told(state: str, minute: int) -> Outcome:
        at = HEARD + minute * MINUTE
        return receive(relic, issue(state, at, *names), at).outcome

    assert told("ACTIVATED", 0) is Outcome.TICKET
    assert told("DEACTIVATED", 10) is Outcome.UPDATE
    assert told("ACTIVATED", 20) is Outcome.UPDATE
    (back,) = Alert.objects.all()
    assert (back.flaps, back.ended_at) == (1, None)
    assert told("CLOSED", 30) is Outcome.UPDATE
    assert told("ACTIVATED", 200) is Outcome.TICKET
    assert Alert.objects.filter(ended_at=None).count() == 1


def test_late_bytes_of_an_issue_that_is_over_change_nothing(relic: AlertSource) -> None:
    begins = issue("ACTIVATED", HEARD, "updatedAt")
    receive(relic, begins, HEARD)
    receive(relic, issue("DEACTIVATED", HEARD + MINUTE, "updatedAt"), HEARD + MINUTE)
    assert receive(relic, begins, HEARD + 2 * MINUTE).outcome is Outcome.IGNORED


def test_a_stamp_that_is_the_creation_does_not_hide_the_update(relic: AlertSource) -> None:
    def told(state: str, minute: int) -> Outcome:
        at = HEARD + minute * MINUTE
        body = {**json.loads(issue(state, at, "updatedAt")), "timestamp": millis(CREATED)}
        return receive(relic, json.dumps(body).encode(), at).outcome

    assert [told("ACTIVATED", 0), told("CLOSED", 1), told("ACTIVATED", 90)][::2] == [Outcome.TICKET] * 2
