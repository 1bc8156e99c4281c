"""Reporting a failure: the whole effect, every refusal, and who sees it afterwards."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakfix.agreements.values import Domain
from breakfix.incidents import queries
from breakfix.incidents.models import Clock, Engagement, Obligation
from breakfix.incidents.values import ClockKind, Duty, EndKind, FeeAccepted, Status, Workaround
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.money import Money
from breakfix.parties.models import Grant
from tests import makers_agreements
from tests.makers import World, local
from tests.makers_incidents import ARCHIVE_GAP, CALM, OPENING, OUTAGE, REPORTED, calm, reported
from tests.refusals import refused


def test_report_fixes_what_governs_the_engagement(world: World) -> None:
    engagement = reported(world)
    engagement.refresh_from_db()
    version = world.agreements["northgate"]
    assert (engagement.number, engagement.status) == ("E-2026-0001", Status.SUBMITTED)
    assert (engagement.impact_score, engagement.urgency_score, engagement.priority) == (51, 85, "P1")
    assert engagement.agreement_version_id == version.pk
    assert (engagement.owner, engagement.requester) == (world.people["dana"], world.people["rita"])
    assert (engagement.zone, engagement.currency) == ("America/New_York", "USD")
    assert engagement.calendar["hours"]["mon"] == [["08:00", "18:00"]]
    assert "2026-12-25" in engagement.calendar["holidays"]
    assert (engagement.submitted_at, engagement.outage_started_at) == (REPORTED, OUTAGE)
    assert engagement.answers["records"] == "sole_copy"


def test_report_starts_four_clocks_and_the_meter(world: World) -> None:
    engagement = reported(world)
    kinds = {clock.kind: clock.started_at for clock in Clock.objects.all()}
    assert kinds == dict.fromkeys(["ACK", "ENGAGE", "ONSITE", "RESTORE"], REPORTED)
    meter = queries.meter(engagement, REPORTED)
    assert meter is not None
    assert (meter.total, meter.rate_now) == (Money.of("120.00", "USD"), Money.of("600", "USD"))


def test_report_keeps_the_obligation_and_the_preauthorised_fee(world: World) -> None:
    engagement = reported(world)
    duty = Obligation.objects.get()
    assert (duty.deadline_at, duty.harm_minor) == (local("2026-12-02 19:40"), 2_500_000)
    fee = queries.fee(engagement)
    assert (fee.base, fee.ceiling) == (Money.of("450", "USD"), Money.of("675", "USD"))
    assert (fee.accepted_how, fee.charged) == (FeeAccepted.PREAUTHORISED, None)


def test_report_is_told_to_both_organisations_without_names(world: World) -> None:
    engagement = reported(world)
    for organisation_id in engagement.party_ids:
        (entry,) = ledger.entries(organisation_id, topic=engagement.topic)
        assert entry.kind == "engagement.submitted"
        assert entry.line == "E-2026-0001 reported: HW-RAID, P1 (impact 51 High, urgency 85 High)."


def test_report_without_preauthorisation_asks_an_approver_for_the_fee(world: World) -> None:
    engagement = clinic(world)
    (end,) = [end for end in queries.open_ends(engagement) if end.kind == EndKind.FEE]
    assert (end.organisation_id, end.role) == (engagement.client_id, "approver")
    assert end.what == "Accept the forensic fee of $550.00, at most $825.00"
    assert not end.blocks_close


def test_report_numbers_have_no_gaps_and_count_per_provider(world: World) -> None:
    reported(world)
    with refused("in_future"):
        reported(world, outage_started_at=REPORTED + timedelta(seconds=1))
    second = reported(world)
    other = calm(world, provider_id=world.organisation("calder").pk)
    assert (second.number, other.number) == ("E-2026-0002", "E-2026-0001")


def test_report_for_a_site_alone_has_no_asset_and_no_rates(world: World) -> None:
    engagement = calm(world, asset_id=None, site_id=world.sites["Newark depot"].pk)
    assert (engagement.asset, engagement.downtime) == (None, {})
    assert queries.meter(engagement, REPORTED) is None


def test_report_prints_the_extra_time_for_a_far_site(world: World) -> None:
    reported(world, distance_miles=Decimal("85"))
    clock = Clock.objects.get(kind=ClockKind.ONSITE)
    assert (clock.target_seconds, clock.target_reason) == (4.5 * 3600, "P1: 4 h + 30 min for 85.0 mi")


def test_report_with_a_pressing_obligation_is_at_least_p2(world: World) -> None:
    soon = replace(ARCHIVE_GAP, hours=Decimal(10))
    engagement = reported(world, answers=replace(CALM, obligation=Duty.DATED), obligations=[soon])
    assert (engagement.priority, engagement.floor_reason) == ("P2", "a dated obligation falls due in less than 12 h")


def test_report_keeps_the_version_in_force_when_it_was_opened(world: World) -> None:
    before = reported(world)
    version = makers_agreements.actions.revise_agreement(
        world.agreements["northgate"].pk,
        terms={"commitments": {"P1": {"ack": "5 min"}}, "forensic": {"preauthorised": True}},
        by=world.actor("nora"),
        at=local("2026-12-01 20:00"),
    )
    makers_agreements.signed(world, version, "percy", "nora", at=local("2026-12-01 20:30"))
    after = reported(world, at=local("2026-12-01 21:00"))
    targets = {
        one.pk: next(r.target for r in queries.readings(one, REPORTED) if r.kind is ClockKind.ACK)
        for one in (Engagement.objects.get(pk=before.pk), after)
    }
    assert targets == {before.pk: timedelta(minutes=15), after.pk: timedelta(minutes=5)}


# ------------------------------------------------------------------------------------------ on behalf


def test_desk_reports_on_behalf_and_may_leave_answers_open(world: World) -> None:
    unknown = replace(OPENING, workaround=Workaround.UNKNOWN)
    engagement = reported(world, who="dana", requester_id=world.people["rita"].pk, answers=unknown)
    assert (engagement.requester, engagement.priority) == (world.people["rita"], "P1")


def test_desk_names_somebody_of_the_client(world: World) -> None:
    with refused("missing_field", field="requester_id"):
        reported(world, who="dana")
    with refused("not_of_client", field="requester_id"):
        reported(world, who="dana", requester_id=world.people["tom"].pk)


def test_desk_reports_for_its_own_clients_only(world: World) -> None:
    rita = world.people["rita"].pk
    clinic_host = world.assets["clinic-host"].pk
    with refused("not_found"):
        reported(world, who="cal", asset_id=clinic_host, requester_id=rita)
    with refused("not_found"):
        reported(world, who="cal", requester_id=rita)  # for another provider


# ------------------------------------------------------------------------------------------ refusals


def clinic(world: World, **given: Any) -> Engagement:
    """Harborview's hypervisor host, reported by its own people."""
    place = {
        "who": "hana",
        "asset_id": world.assets["clinic-host"].pk,
        "site_id": world.sites["Lakeside clinic"].pk,
        "domain": Domain.SW_HV,
    }
    return calm(world, **{**place, **given})


LATER = ARCHIVE_GAP.triggered_at + timedelta(hours=1)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"title": "  "}, "missing_field", "title"),
        ({"title": "x" * 161}, "too_long", "title"),
        ({"outage_started_at": REPORTED + timedelta(minutes=1)}, "in_future", "outage_started_at"),
        ({"distance_miles": Decimal(-1)}, "bad_distance", "distance_miles"),
        ({"distance_miles": Decimal("NaN")}, "bad_distance", "distance_miles"),
        ({"asset_id": None, "site_id": None}, "asset_or_site", "asset_id"),
        ({"asset_id": 10**6}, "not_found", None),
        ({"obligations": []}, "obligation_without_date", "obligations"),
        ({"answers": CALM}, "obligation_not_answered", "answers-obligation"),
        ({"answers": replace(OPENING, workaround=Workaround.UNKNOWN)}, "unanswered", "answers-workaround"),
        ({"obligations": [replace(ARCHIVE_GAP, deadline_at=LATER)]}, "one_deadline", "obligations-0-hours"),
        ({"obligations": [replace(ARCHIVE_GAP, hours=None)]}, "one_deadline", "obligations-0-hours"),
        ({"obligations": [replace(ARCHIVE_GAP, hours=Decimal(0))]}, "bad_hours", "obligations-0-hours"),
        (
            {"obligations": [ARCHIVE_GAP, replace(ARCHIVE_GAP, hours=None, deadline_at=OUTAGE)]},
            "deadline_before_trigger",
            "obligations-1-deadline_at",
        ),
        ({"obligations": [replace(ARCHIVE_GAP, harm=Decimal(-1))]}, "bad_amount", "obligations-0-harm"),
        ({"obligations": [replace(ARCHIVE_GAP, source=" ")]}, "missing_field", "obligations-0-source"),
        ({"need_to_know": True}, "nobody_to_answer", "named_people"),
    ],
)
def test_report_is_refused(world: World, given: dict[str, Any], code: str, field: str | None) -> None:
    with refused(code, field=field):
        reported(world, **given)


def test_report_that_names_people_without_a_secret_is_refused(world: World) -> None:
    with refused("not_restricted", field="named_people"):
        reported(world, named_people=[world.people["alice"].pk])


def test_report_at_another_site_than_the_asset_is_refused(world: World) -> None:
    with refused("asset_elsewhere", field="site_id"):
        reported(world, asset_id=world.assets["backup"].pk, site_id=world.sites["Newark depot"].pk)


def test_report_to_a_provider_without_an_agreement_is_refused(world: World) -> None:
    with refused("no_agreement", field="provider_id"):
        clinic(world, provider_id=world.organisation("calder").pk)


def test_report_in_another_name_is_refused(world: World) -> None:
    with refused("requester_is_you", field="requester_id"):
        reported(world, requester_id=world.people["bob"].pk)


@pytest.mark.parametrize(
    ("who", "code"), [("alice", "not_allowed"), ("hana", "not_found"), ("tom", "not_found"), ("ada", "not_allowed")]
)
def test_report_by_others_is_refused(world: World, who: str, code: str) -> None:
    with refused(code):
        reported(world, who=who)


# ------------------------------------------------------------------------------------------ who sees it


def seers(world: World) -> set[str]:
    return {key for key in world.people if queries.visible_to(world.actor(key)).exists()}


NORTHGATE = {"rita", "bob", "alice", "cora", "erin", "mona", "chas", "seth", "sol", "ada", "nora", "finn"}
IRONBRIDGE = {"dana", "quinn", "rex", "fay", "percy", "dirk"}


def test_engagement_is_seen_by_both_organisations_but_not_by_field_people(world: World) -> None:
    reported(world)
    assert seers(world) == NORTHGATE | IRONBRIDGE


def test_restricted_engagement_is_seen_by_the_named_people_only(world: World) -> None:
    people = world.people
    engagement = reported(world, need_to_know=True, named_people=[people["dana"].pk, people["sol"].pk])
    assert seers(world) == {"rita", "dana", "sol"}
    assert engagement.owner == people["dana"]
    grants = Grant.objects.filter(topic=engagement.topic)
    assert set(grants.values_list("organisation", flat=True)) == {None}
    for key in ("bob", "percy", "charlie"):
        with refused("not_found"):
            queries.get_engagement(engagement.pk, world.actor(key))
        assert list(queries.open_ends_for(world.actor(key))) == []


def test_restricted_engagement_takes_in_the_dispatcher_who_reports_it(world: World) -> None:
    named = [world.people["alice"].pk]
    reported(world, who="dana", requester_id=world.people["rita"].pk, need_to_know=True, named_people=named)
    assert seers(world) == {"rita", "dana", "alice"}


@pytest.mark.parametrize(
    ("named", "signs"),
    [("dana", False), ("dana bob seth", False), ("dana alice", True), ("dana sol", True), ("dana nora", True)],
)
def test_restricted_engagement_needs_somebody_who_signs_or_lets_in_who_does(
    world: World, named: str, signs: bool
) -> None:
    keys = [world.people[key].pk for key in named.split()]
    if signs:
        assert reported(world, need_to_know=True, named_people=keys).need_to_know
        return
    with refused("nobody_to_sign", field="named_people") as refusal:
        reported(world, need_to_know=True, named_people=keys)
    assert "who may approve" in refusal.value.message


def test_restricted_engagement_is_for_its_two_parties(world: World) -> None:
    named = [world.people["dana"].pk, world.people["cal"].pk]
    with refused("not_a_party", field="named_people"):
        reported(world, need_to_know=True, named_people=named)
