"""Two people about one alert, and a message about it at the same time: one of them wins, nobody waits for ever."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from breakfix.agreements.values import Domain
from breakfix.incidents.models import Engagement
from breakfix.intake.actions import alerts as actions
from breakfix.intake.models import Alert
from breakfix.intake.receiving import receive
from tests import makers, people
from tests.makers_alerts import HEARD, alert, source, told
from tests.makers_incidents import CALM
from tests.together import both

LATER = HEARD + timedelta(minutes=10)
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("other", ["report", "dismiss"])
def test_one_alert_becomes_one_engagement(other: str) -> None:
    prometheus = source(makers.world())
    receive(prometheus, told(alert()), HEARD)
    draft = Alert.objects.get()
    rita, dana = people.actor("rita"), people.actor("dana")

    def report() -> Any:
        return actions.report_alert(draft.pk, answers=CALM, by=rita, at=LATER)

    def second() -> Any:
        if other == "dismiss":
            return actions.dismiss_alert(draft.pk, reason="maintenance", by=dana, at=LATER)
        return actions.report_alert(draft.pk, answers=CALM, by=dana, at=LATER)

    ended = both(report, second)
    assert sorted(ended).count("done") == 1, ended
    assert {one for one in ended if one != "done"} <= {"already_reported", "already_dismissed"}
    assert Engagement.objects.count() == (0 if Alert.objects.get().engagement is None else 1)


def test_whoever_waited_while_it_was_reported_to_few_hears_nothing_of_it() -> None:
    """The service owner dismisses while the desk reports it as an attack: no number, no "already reported"."""
    prometheus = source(makers.world())
    receive(prometheus, told(alert()), HEARD)
    draft = Alert.objects.get()
    dana, seth = people.actor("dana"), people.actor("seth")

    def report() -> Any:
        given = {"domain": Domain.SEC, "answers": CALM, "requester_id": people.person("rita").pk}
        return actions.report_alert(draft.pk, **given, by=dana, at=LATER)

    def dismiss() -> Any:
        return actions.dismiss_alert(draft.pk, reason="maintenance", by=seth, at=LATER)

    assert sorted(both(report, dismiss)) in (["done", "not_found"], ["already_dismissed", "done"])


def test_a_message_and_a_decision_do_not_wait_for_each_other() -> None:
    prometheus = source(makers.world())
    receive(prometheus, told(alert()), HEARD)
    draft = Alert.objects.get()
    body = told(alert("New"), alert(status="resolved"))

    def decide() -> Any:
        return actions.dismiss_alert(draft.pk, reason="maintenance", by=people.actor("dana"), at=LATER)

    def told_of() -> Any:
        return receive(prometheus, body, LATER)

    assert both(decide, told_of) == ["done", "done"]
    with transaction.atomic():
        assert Alert.objects.get(title__startswith="Array").ended_at == LATER
        assert Alert.objects.filter(title__startswith="New").count() == 1
