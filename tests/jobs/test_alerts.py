"""Who hears of alerts: the desk and the client's keepers, once for a storm, and nobody once all were decided."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from breakfix.agreements.actions import end_agreement
from breakfix.intake.actions import alerts as actions
from breakfix.intake.models import Alert, AlertSource
from breakfix.intake.receiving import receive
from breakfix.kernel import clock
from tests import people
from tests.jobs.running import run_until
from tests.makers import World
from tests.makers_alerts import HEARD, alert, source, told

SOON = timedelta(minutes=3)


@pytest.fixture(name="prometheus")
def _prometheus(world: World) -> Any:
    with clock.set_to(HEARD):
        made = source(world)
        run_until(HEARD, HEARD)
        mail.outbox.clear()
        yield made


def heard() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in mail.outbox:
        found.setdefault(one.to[0].partition("@")[0], []).append(one.subject)
    return found


def test_a_storm_is_one_message_to_each_who_decides(prometheus: AlertSource) -> None:
    for number in range(12):
        receive(prometheus, told(alert(f"Failure{number}")), HEARD)
        receive(prometheus, told(alert(f"Failure{number}"), again=number), HEARD)
    run_until(HEARD + SOON, HEARD)
    assert heard() == dict.fromkeys(("rita", "bob", "seth", "dana"), ["[Alerts] 12 alerts wait for a decision"])
    text = str(mail.outbox[0].body)
    assert "Failure11 on" in text
    assert "and 2 more" in text
    assert "/alerts" in text
    assert prometheus.secret not in text
    receive(prometheus, told(alert("Later")), HEARD + SOON)
    mail.outbox.clear()
    run_until(HEARD + 2 * SOON, HEARD + SOON)
    assert set(heard()) == {"rita", "bob", "seth", "dana"}


def test_what_was_decided_or_is_over_is_not_told(prometheus: AlertSource) -> None:
    for number in range(2):
        receive(prometheus, told(alert(f"Failure{number}")), HEARD)
    first = Alert.objects.earliest("id")
    actions.dismiss_alert(first.pk, reason="maintenance", by=people.actor("dana"), at=HEARD)
    receive(prometheus, told(alert("Failure1", status="resolved")), HEARD)
    run_until(HEARD + SOON, HEARD)
    assert heard() == {}


def test_whoever_heard_nothing_of_it_hears_when_it_is_back(prometheus: AlertSource) -> None:
    receive(prometheus, told(alert()), HEARD)
    receive(prometheus, told(alert(status="resolved")), HEARD + timedelta(seconds=5))
    run_until(HEARD + 2 * SOON, HEARD)
    assert heard() == {}
    back = HEARD + 3 * SOON
    receive(prometheus, told(alert(begun=back)), back)
    run_until(back + SOON, back)
    assert "dana" in heard()


@pytest.mark.parametrize("ends", [timedelta(0), timedelta(minutes=1)])
def test_former_provider_is_told_nothing_from_the_end_on(
    ends: timedelta, world: World, prometheus: AlertSource
) -> None:
    """Also of a draft from just before it, whose message waits for its two minutes."""
    by = people.actor("nora", confirmed_at=HEARD)
    agreement_id = world.agreements["northgate"].agreement_id
    receive(prometheus, told(alert("Before")), HEARD)
    end_agreement(agreement_id, ends_at=HEARD + ends, reason="Another provider", by=by, at=HEARD)
    receive(prometheus, told(alert("Next")), HEARD + ends)
    run_until(HEARD + 2 * SOON, HEARD)
    alerts = {who for who, subjects in heard().items() if any(one.startswith("[Alerts]") for one in subjects)}
    assert alerts == {"rita", "bob", "seth"}
