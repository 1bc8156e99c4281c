"""From the end of an agreement on, monitoring tells its former provider nothing; the client still reads it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from breakfix.agreements import actions as agreements
from breakfix.agreements.queries import last_signed
from breakfix.intake import balance, queries
from breakfix.intake.actions import alerts as actions
from breakfix.intake.models import Alert, AlertSource
from breakfix.intake.receiving import receive
from breakfix.kernel import clock
from breakfix.kernel.errors import NotFound
from breakfix.kernel.ledger.rebuild import differences
from breakfix.kernel.models import Entry
from tests import people
from tests.makers import World
from tests.makers_agreements import signed
from tests.makers_alerts import ADDED, HEARD, alert, source, told
from tests.makers_incidents import CALM
from tests.refusals import refused

ENDS = HEARD + timedelta(minutes=30)
AFTER = ENDS + timedelta(minutes=1)


@pytest.fixture(name="prometheus")
def _prometheus(world: World) -> Iterator[AlertSource]:
    with clock.set_to(HEARD):
        made = source(world)
        by = world.actor("nora", confirmed_at=ADDED)
        agreement_id = world.agreements["northgate"].agreement_id
        agreements.end_agreement(agreement_id, ends_at=ENDS, reason="Another provider", by=by, at=ADDED)
        yield made


def icinga(state: str) -> bytes:
    told_of = {"HOSTNAME": "srv01", "SERVICENAME": "Fan", "SERVICESTATE": state, "SERVICEOUTPUT": f"FAN {state}"}
    return json.dumps({"NOTIFICATIONTYPE": "PROBLEM", **told_of}).encode()


def waits(who: str) -> list[str]:
    by = people.actor(who)
    found = [one.title.split()[0] for one in queries.waiting(by)]
    assert queries.told_and_undecided(by)["all"] == len(found)
    return sorted(found)


def test_what_it_tells_after_the_end_is_for_the_client_only(prometheus: AlertSource) -> None:
    receive(prometheus, told(alert("Before")), HEARD)
    receive(prometheus, told(alert("After", begun=AFTER)), AFTER)
    receive(prometheus, b"?", AFTER)
    assert waits("rita") == ["After", "Before"]
    assert waits("dana") == ["Before"]
    late = Alert.objects.get(title__startswith="After")
    with pytest.raises(NotFound):
        actions.dismiss_alert(late.pk, reason="No", by=people.actor("dana"), at=AFTER)
    assert queries.unreadable_visible_to(people.actor("rita")).exists()
    assert not queries.unreadable_visible_to(people.actor("dana")).exists()
    heard = Entry.objects.filter(kind="alert.drafted", at=AFTER)
    assert list(heard.values_list("organisation_id", flat=True)) == [prometheus.client_id]
    assert differences() == []


def test_draft_that_is_told_of_again_after_the_end_is_new(prometheus: AlertSource) -> None:
    receive(prometheus, icinga("WARNING"), HEARD)
    assert waits("dana") == ["Fan"]
    receive(prometheus, icinga("CRITICAL"), AFTER)
    assert (waits("rita"), waits("dana")) == (["Fan"], [])
    assert Entry.objects.get(kind="alert.worsened").organisation_id == prometheus.client_id
    with refused("agreement_ended"):
        actions.report_alert(Alert.objects.get().pk, answers=CALM, by=people.actor("rita"), at=AFTER)
    actions.dismiss_alert(Alert.objects.get().pk, reason="No", by=people.actor("rita"), at=AFTER)
    assert differences() == []


def test_what_was_reported_before_the_end_goes_on(prometheus: AlertSource) -> None:
    receive(prometheus, told(alert("Fan")), HEARD)
    actions.report_alert(Alert.objects.get().pk, answers=CALM, by=people.actor("dana"), at=HEARD)
    receive(prometheus, told(alert("Fan", status="resolved")), AFTER)
    assert queries.alerts_visible_to(people.actor("dana")).get().ended_at == AFTER
    assert Entry.objects.filter(kind="alert.ended").count() == 2


def test_how_much_it_tells_after_the_end_is_the_clients_to_know(prometheus: AlertSource) -> None:
    def read(who: str, at: Any) -> list[bool]:
        by = people.actor(who)
        (shown,) = balance.marked_for(by, at)
        assert shown.agreed == (at < ENDS)
        return [shown.read, queries.sources_read_by(by, at).exists()]

    assert read("dana", HEARD) == read("rita", HEARD) == read("rita", AFTER) == [True, True]
    assert read("dana", AFTER) == [False, False]


def test_a_next_version_lets_the_provider_read_again(world: World, prometheus: AlertSource) -> None:
    receive(prometheus, told(alert("Gap", begun=AFTER)), AFTER)
    first = last_signed(world.agreements["northgate"].agreement_id)
    assert first is not None
    starts = AFTER + timedelta(hours=1)
    draft = agreements.revise_agreement(first.pk, terms={}, effective_at=starts, by=world.actor("percy"), at=AFTER)
    signed(world, draft, "percy", "nora", at=AFTER)
    later = starts + timedelta(hours=1)
    receive(prometheus, told(alert("Later", begun=later)), later)
    assert (waits("rita"), waits("dana")) == (["Gap", "Later"], ["Later"])
