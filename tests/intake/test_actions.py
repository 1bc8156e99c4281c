"""Who may let monitoring in, and what people do about its drafts."""

import hashlib
from datetime import timedelta

import pytest

from breakfix.agreements.values import Domain
from breakfix.intake import queries
from breakfix.intake.actions import alerts as actions
from breakfix.intake.models import Alert, AlertSource
from breakfix.intake.receiving import receive
from breakfix.kernel.errors import NotAllowed, NotFound
from breakfix.kernel.models import Entry, PersonalPart
from tests import people
from tests.makers import World
from tests.makers_alerts import ADDED, HEARD, alert, source, told
from tests.makers_incidents import CALM
from tests.refusals import refused, trace

LATER = HEARD + timedelta(minutes=10)


@pytest.fixture(name="prometheus")
def _prometheus(world: World) -> AlertSource:
    return source(world)


def drafted(prometheus: AlertSource) -> Alert:
    receive(prometheus, told(alert()), HEARD)
    return Alert.objects.get()


def test_the_secret_is_shown_once_and_kept_nowhere(world: World) -> None:
    made = source(world, signed=True)
    kept = AlertSource.objects.get()
    assert (kept.secret, kept.signing_secret, kept.prefix) == ("", "", made.secret[:10])
    assert kept.sha256 == hashlib.sha256(made.secret.encode()).hexdigest()
    told_of = "".join(Entry.objects.values_list("leaf", flat=True))
    told_of += "".join(PersonalPart.objects.values_list("content", flat=True))
    for secret in (made.secret, made.signing_secret, kept.sha256, kept.signing_key):
        assert secret not in told_of
    assert made.signing_secret not in kept.signing_key
    assert queries.signing_key(kept) == made.signing_secret
    assert queries.source_of(made.secret) == kept


@pytest.mark.parametrize("who", ["rita", "alice", "dana", "percy", "charlie", "tom"])
def test_only_those_who_keep_the_clients_house_let_monitoring_in(world: World, who: str) -> None:
    with pytest.raises((NotAllowed, NotFound)):
        source(world, who=who)


def test_a_source_needs_a_password_a_name_and_an_agreement(world: World) -> None:
    source(world)
    with refused("reauthenticate"):
        actions.add_alert_source(
            world.assets["backup"].site_id,
            provider_id=world.organisation("ironbridge").pk,
            name="Zabbix",
            domain=Domain.HW_RAID,
            by=people.actor("nora"),
            at=ADDED,
        )
    with refused("name_taken", field="name"):
        source(world)
    with refused("not_found"):
        source(world, site_id=world.assets["clinic-host"].site_id, name="Other")
    with refused("no_agreement"):
        source(world, provider_id=world.organisation("harborview").pk, name="Other")


def test_a_closed_source_is_heard_no_longer(prometheus: AlertSource) -> None:
    secret = prometheus.secret
    with refused("not_found"):
        actions.close_alert_source(prometheus.pk, by=people.actor("hugo"), at=LATER)
    actions.close_alert_source(prometheus.pk, by=people.actor("nora"), at=LATER)
    assert queries.source_of(secret) is None
    with refused("already_closed"):
        actions.close_alert_source(prometheus.pk, by=people.actor("nora"), at=LATER)


@pytest.mark.parametrize("who", ["rita", "dana"])
def test_a_draft_becomes_an_engagement_in_one_step(prometheus: AlertSource, world: World, who: str) -> None:
    draft = drafted(prometheus)
    made = actions.report_alert(draft.pk, answers=CALM, callback="+1 212 555 0131", by=people.actor(who), at=LATER)
    assert (made.asset, made.title, made.domain) == (world.assets["backup"], draft.title, "HW-RAID")
    assert made.outage_started_at == draft.begun_at
    assert made.requester == people.person("rita" if who == "rita" else "nora")
    assert Alert.objects.get().engagement == made
    told_of = Entry.objects.filter(topic=made.topic).values_list("kind", flat=True)
    assert sorted(told_of) == ["alert.reported"] * 2 + ["engagement.submitted"] * 2
    with refused("already_reported"):
        actions.report_alert(draft.pk, answers=CALM, by=people.actor(who), at=LATER)
    with refused("already_reported"):
        actions.dismiss_alert(draft.pk, reason="none", by=people.actor("dana"), at=LATER)


def test_the_end_of_a_reported_alert_is_told_in_its_engagement(prometheus: AlertSource) -> None:
    draft = drafted(prometheus)
    made = actions.report_alert(draft.pk, answers=CALM, by=people.actor("rita"), at=LATER)
    receive(prometheus, told(alert(status="resolved")), LATER + timedelta(minutes=1))
    made.refresh_from_db()
    assert made.status == "SUBMITTED"  # whether it is repaired, people say
    assert Entry.objects.filter(topic=made.topic, kind="alert.ended").count() == 2


def test_a_draft_of_an_unknown_machine_is_reported_at_its_site(prometheus: AlertSource) -> None:
    receive(prometheus, told(alert(host="srv99")), HEARD)
    made = actions.report_alert(Alert.objects.get().pk, answers=CALM, by=people.actor("rita"), at=LATER)
    assert (made.asset, made.site) == (None, prometheus.site)


def test_a_dismissed_alert_waits_no_more_and_comes_anew_after_it_was_over(prometheus: AlertSource) -> None:
    draft = drafted(prometheus)
    with refused("missing_field", field="reason"):
        actions.dismiss_alert(draft.pk, reason=" ", by=people.actor("rita"), at=LATER)
    actions.dismiss_alert(draft.pk, reason="planned maintenance", by=people.actor("rita"), at=LATER)
    with refused("already_dismissed"):
        actions.report_alert(draft.pk, answers=CALM, by=people.actor("rita"), at=LATER)
    receive(prometheus, told(alert(), again=1), LATER)
    assert not queries.waiting(people.actor("rita")).exists()
    receive(prometheus, told(alert(status="resolved")), LATER)
    receive(prometheus, told(alert(begun=LATER)), LATER)
    assert queries.waiting(people.actor("rita")).count() == 1


@pytest.mark.parametrize("who", ["charlie", "hana", "hugo", "cal", "tom", "quinn"])
def test_others_see_nothing_of_it(prometheus: AlertSource, who: str) -> None:
    draft, by = drafted(prometheus), people.actor(who)
    receive(prometheus, b"?", HEARD)
    for seen in (queries.sources_visible_to, queries.alerts_visible_to, queries.unreadable_visible_to):
        assert not seen(by).exists()  # type: ignore[operator]
    for deed in (
        lambda: actions.report_alert(draft.pk, answers=CALM, by=by, at=LATER),
        lambda: actions.dismiss_alert(draft.pk, reason="x", by=by, at=LATER),
        lambda: actions.close_alert_source(prometheus.pk, by=by, at=LATER),
    ):
        before = trace()
        with pytest.raises((NotAllowed, NotFound)):
            deed()
        assert trace() == before


def test_what_could_not_be_read_is_settled_with_a_word(prometheus: AlertSource) -> None:
    receive(prometheus, b"?", HEARD)
    (kept,) = queries.unreadable_visible_to(people.actor("rita"))
    with refused("missing_field", field="reason"):
        actions.settle_unreadable(kept.pk, reason="", by=people.actor("dana"), at=LATER)
    actions.settle_unreadable(kept.pk, reason="a test of theirs", by=people.actor("dana"), at=LATER)
    assert not queries.unreadable_visible_to(people.actor("rita")).exists()
    with refused("not_found"):
        actions.settle_unreadable(kept.pk, reason="again", by=people.actor("dana"), at=LATER)


def test_nobody_drafts_an_alert_by_hand(prometheus: AlertSource) -> None:
    with refused("not_allowed"):
        actions.draft_alerts(prometheus.pk, arrivals=[], by=people.actor("rita"), at=LATER)
