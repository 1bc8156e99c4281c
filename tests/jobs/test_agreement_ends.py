"""The mail that tells of a notice: what ends, and what is still open then."""

from datetime import timedelta

from django.core import mail

from breakfix.agreements.actions import end_agreement, revise_agreement
from breakfix.intake.actions import alerts as actions
from tests import people
from tests.jobs.running import run_until
from tests.makers import World
from tests.makers_alerts import HEARD, source


def told_after_notice(world: World) -> dict[str, str]:
    """The text of the mail to each, after Nora has ended it."""
    by = people.actor("nora", confirmed_at=HEARD)
    agreement_id = world.agreements["northgate"].agreement_id
    end_agreement(agreement_id, ends_at=HEARD + timedelta(days=1), reason="Another provider", by=by, at=HEARD)
    mail.outbox.clear()
    run_until(HEARD, HEARD)
    found = [one for one in mail.outbox if "was ended" in one.subject]
    return {one.to[0].partition("@")[0]: str(one.body) for one in found}


def test_notice_names_the_open_monitoring_to_those_who_may_close_it(world: World) -> None:
    prometheus = source(world, at=HEARD)
    by = people.actor("nora", confirmed_at=HEARD)
    closed = source(world, name="Zabbix of old", at=HEARD)
    actions.close_alert_source(closed.pk, by=by, at=HEARD)
    told_of = told_after_notice(world)
    assert f"- Prometheus, {prometheus.site.name}" in told_of["nora"]
    assert "/alerts" in told_of["nora"]
    assert "Zabbix of old" not in told_of["nora"]
    assert "Prometheus" not in told_of["percy"]


def test_notice_speaks_of_a_withdrawn_draft_only_where_there_was_one(world: World) -> None:
    assert "withdrawn" not in told_after_notice(world)["percy"]


def test_notice_names_the_draft_that_was_withdrawn(world: World) -> None:
    revise_agreement(world.agreements["northgate"].pk, terms={}, by=world.actor("percy"), at=HEARD)
    assert "The draft of version 2 was withdrawn.\nIf it is to go on" in told_after_notice(world)["percy"]
