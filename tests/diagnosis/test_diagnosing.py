"""Recording the protocol on site: order, evidence and limits, until the diagnosis is complete and QUOTE runs."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from breakfix.diagnosis import queries
from breakfix.diagnosis.actions import protocol
from breakfix.diagnosis.models import Check
from breakfix.incidents import queries as incidents
from breakfix.kernel.files import Upload, read
from breakfix.kernel.ledger.queries import entries
from tests.makers import World, local
from tests.makers_diagnosis import COMPLETE, CONTENT, READINGS, check, checked, completed, evidence
from tests.makers_dispatch import arrived, dispatched
from tests.people import actor
from tests.refusals import refused

AT = local("2026-12-01 22:45")


def put(world: World, engagement_id: int, item: str, who: str = "tom", **given: Any) -> Check:
    return protocol.record_check(engagement_id, item, by=actor(who), at=given.pop("at", AT), **given)


def test_check_keeps_reading_limits_and_the_hashed_file(world: World) -> None:
    engagement = arrived(world)
    made = put(world, engagement.pk, "photo-front", evidence=evidence("png"))
    assert made.evidence is not None
    assert read(made.evidence) == CONTENT["png"]
    assert made.evidence.topic == engagement.topic
    assert (made.protocol, made.position, made.required) == ("HW-RAID/1", 2, True)
    found = put(world, engagement.pk, "battery", reading="failed")
    assert (found.within, found.limits) == (False, "optimal or not fitted")
    told = [one.line for one in entries(engagement.client_id, topic=engagement.topic)][-1]
    assert told == "Protocol step battery: out of limits, failed (expected optimal or not fitted)."


def test_check_done_again_corrects_the_record_and_keeps_the_file(world: World) -> None:
    engagement = arrived(world)
    first = check(world, engagement, "photo-front", AT)
    labels = check(world, engagement, "slot-labels", AT)
    later = local("2026-12-01 22:50")
    again = put(world, engagement.pk, "slot-labels", reading="5", note="One bay is empty.", at=later)
    assert again.pk == labels.pk
    assert (again.reading, again.done_at, again.evidence) == ("5", later, labels.evidence)
    assert Check.objects.count() == 2
    assert first.evidence != labels.evidence


@pytest.mark.parametrize(
    ("item", "given", "code"),
    [
        ("photo-front", {}, "evidence_needed"),
        ("photo-front", {"evidence": Upload("front.png", b"no picture")}, "file_mislabelled"),
        ("photo-front", {"evidence": Upload("front.exe", b"MZ")}, "file_kind"),
        ("photo-front", {"evidence": Upload("front.png", b"")}, "empty_file"),
        ("array-map", {"evidence": Upload("map.json", b"{}")}, "too_early"),
        ("rail-12", {"reading": "twelve"}, "bad_reading"),
        ("slot-states", {"reading": "0=online"}, "slots_missing"),
        ("backup", {"reading": "none"}, "note_needed"),
        ("controller", {"reading": "Worth $1,140 at most."}, "verbal_promise"),
        ("battery", {"reading": "failed", "note": "x" * 2001}, "too_long"),
        ("horoscope", {"reading": "good"}, "unknown_item"),
    ],
)
def test_check_refused_leaves_no_trace(world: World, item: str, given: dict[str, Any], code: str) -> None:
    engagement = arrived(world)
    with refused(code):
        put(world, engagement.pk, item, **given)


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("ana", "not_found"),
        ("dana", "not_allowed"),
        ("rita", "not_allowed"),
        ("cleo", "not_found"),
        ("hana", "not_found"),
    ],
)
def test_check_belongs_to_who_is_booked(world: World, who: str, code: str) -> None:
    engagement = arrived(world)
    with refused(code):
        put(world, engagement.pk, "battery", who, reading="failed")
    with refused(code):
        protocol.complete_diagnosis(engagement.pk, by=actor(who), at=COMPLETE)


def test_check_waits_for_the_first_contact(world: World) -> None:
    engagement = dispatched(world)
    with refused("wrong_state"):
        put(world, engagement.pk, "battery", reading="failed")


def test_diagnosis_is_not_complete_without_a_required_step(world: World) -> None:
    engagement = checked(world, leave_out="rail-5")
    with refused("protocol_incomplete") as refusal:
        protocol.complete_diagnosis(engagement.pk, by=actor("tom"), at=COMPLETE)
    assert refusal.value.facts["missing"] == ["rail-5"]


def test_completing_starts_the_quote_clock(world: World) -> None:
    engagement = completed(world)
    assert engagement.diagnosis_completed_at == COMPLETE
    assert engagement.status == "DIAGNOSING"
    # Four hours and a half of diagnosis cost what half an hour would have (domain.md B6).
    assert str(incidents.fee(engagement).charged) == "675.00 USD"
    quote = next(one for one in incidents.readings(engagement, local("2026-12-02 01:15")) if one.kind == "QUOTE")
    assert quote.due_at == local("2026-12-02 02:40")
    assert int(quote.elapsed.total_seconds() // 60) == 35
    with refused("diagnosis_complete"):
        protocol.complete_diagnosis(engagement.pk, by=actor("tom"), at=COMPLETE)
    with refused("diagnosis_complete"):
        put(world, engagement.pk, "battery", reading="optimal")


def test_checklist_says_what_is_done_missing_and_blocked(world: World) -> None:
    engagement = arrived(world)
    check(world, engagement, "handover", AT)
    check(world, engagement, "photo-front", AT)
    found = queries.checklist(engagement)
    lines = {line.item.id: line for line in found.lines}
    assert (found.done_count, found.required_count) == (2, len(READINGS))
    assert lines["array-map"].blocked_by == ("slot-labels",)
    assert lines["photo-front"].check is not None
    assert not found.is_complete
    assert found.missing[0].id == "photo-inside"


def test_checklist_costs_as_many_queries_with_one_check_as_with_three(world: World) -> None:
    engagement = incidents.get_engagement(arrived(world).pk, actor("tom"))
    counts = []
    for items in (["photo-front"], ["slot-labels", "array-map"]):
        for item in items:
            check(world, engagement, item, AT)
        with CaptureQueriesContext(connection) as context:
            found = queries.checklist(engagement)
            shown = [(line.check.evidence.name, line.check.done_by.name) for line in found.lines if line.check]
        counts.append((len(shown), len(context)))
    assert counts == [(1, 1), (3, 1)]


def test_checks_are_seen_with_the_engagement_only(world: World) -> None:
    engagement = arrived(world)
    check(world, engagement, "battery", AT)
    assert queries.checks_visible_to(actor("rita")).count() == 1
    assert queries.checks_visible_to(actor("hana")).count() == 0
    assert queries.checks_visible_to(actor("ana")).count() == 0
