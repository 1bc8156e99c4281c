"""What a domain wants in the report: out of captured work, and a telephone system is never closed without its proof.

The night is one of a RAID array; where it has to be one of a telephone system it is made so behind the log.
"""

from typing import Any

import pytest

from breakfix.diagnosis.models import Check
from breakfix.incidents.models import Engagement
from breakfix.reports import actions as reports
from breakfix.work.actions import ending
from breakfix.work.models import Restoration, WorkOrder
from breakfix.work.rules.proving import is_test
from breakfix.work.values import TestResult
from tests import makers_reports, makers_work
from tests.makers import World
from tests.makers_work import CHECKED, PASSED, RESOLVED, RESTORED, REVOKED
from tests.refusals import refused

PROOF = TestResult("Emergency call: from the lobby", passed=True, note="Answered at once; they saw 12 Front Street.")


def restore(world: World, order: WorkOrder, *more: TestResult) -> Restoration:
    tests = [*PASSED, *more]
    return ending.restore_service(order.engagement_id, tests=tests, by=world.actor("tom"), at=RESTORED)


def telephones(order: WorkOrder) -> None:
    """From here on it was a telephone system; nobody's log says so."""
    Engagement.objects.filter(pk=order.engagement_id).update(domain="NET-UC")


def diagnosed(order: WorkOrder) -> None:
    """As if the protocol of telephone systems had been followed."""
    like = Check.objects.filter(engagement=order.engagement_id, evidence=None).exclude(reading="")[0]
    for item, reading in (("emergency-call", "not connected"), ("call-flows", "4")):
        like.pk, like.item, like.reading, like.position = None, item, reading, like.position + 100
        like._state.adding = True
        like.save()


def resolve(world: World, order: WorkOrder) -> None:
    makers_work.using.revoke_access(order.engagement_id, by=world.actor("sol"), at=REVOKED)
    ending.resolve(order.engagement_id, second_fault_check=CHECKED, by=world.actor("tom"), at=RESOLVED)


@pytest.mark.django_db
def test_report_says_what_its_domain_wants() -> None:
    world, engagement = makers_reports.night("resolved")
    section = makers_reports.issued(world, engagement).content["domain"]
    assert (section["code"], section["title"]) == ("HW-RAID", "Array")
    rows = {row["id"]: row["value"] for row in section["rows"]}
    assert rows["image-decision"].startswith("image every member first. ")
    assert rows["array-map"] == "Done, kept as evidence.json"


@pytest.mark.tampers
def test_telephones_are_not_restored_without_an_emergency_call(world: World) -> None:
    order = makers_work.worked(world)
    telephones(order)
    with refused("domain_test_missing", field="tests"):
        restore(world, order)
    with refused("domain_test_unsaid", field="tests"):
        restore(world, order, TestResult("Emergency call", passed=True))
    with refused("test_failed", field="tests"):
        restore(world, order, TestResult("Emergency call", passed=False, note="Nobody answered."))
    assert restore(world, order, PROOF).tests[-1]["note"] == PROOF.note


@pytest.mark.tampers
def test_telephones_are_reported_with_the_emergency_call_and_not_without(world: World) -> None:
    order = makers_work.worked(world)
    telephones(order)
    diagnosed(order)
    shown = restore(world, order, PROOF)
    resolve(world, order)
    whole = shown.tests
    # As a record of before this was asked for, or one whose proof was disputed.
    for tests in (
        whole[:-1],
        [*whole[:-1], {**whole[-1], "passed": False}],
        [*whole[:-1], {**whole[-1], "note": ""}],
    ):
        Restoration.objects.update(tests=tests)
        with refused("domain_section_empty") as no:
            makers_reports.issued(world, Engagement.objects.get(pk=order.engagement_id))
        assert no.value.facts["fields"] == ["Emergency call after the repair"]
        with refused("report_missing"):
            reports.accept_work(order.engagement_id, by=world.actor("seth"), at=makers_reports.ACCEPTED)
    Restoration.objects.update(tests=whole)
    content = makers_reports.issued(world, Engagement.objects.get(pk=order.engagement_id)).content
    rows = {row["id"]: row["value"] for row in content["domain"]["rows"]}
    assert rows["emergency-after"] == f"{PROOF.name}: passed. {PROOF.note}"
    assert rows["emergency-found"].startswith("not connected")


@pytest.mark.tampers
def test_proof_before_a_dispute_does_not_count(world: World) -> None:
    order = makers_work.worked(world)
    telephones(order)
    diagnosed(order)
    restore(world, order, PROOF)
    resolve(world, order)
    Restoration.objects.update(disputed_at=RESTORED, dispute_reason="Calls still fail.")
    with refused("domain_section_empty"):
        makers_reports.issued(world, Engagement.objects.get(pk=order.engagement_id))


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("Emergency call", True),
        ("  emergency  CALL: 112 from each floor", True),
        ("Emergency call, lobby", True),
        ("Emergency call (lobby)", True),
        ("Emergency call - lobby", True),
        ("Emergency call \u2013 lobby", True),
        ("Emergency calls not tried", False),
        ("Emergency call not tried", False),
        ("Emergency call-back", False),
        ("No emergency call", False),
        ("Emergency", False),
        ("", False),
    ],
)
def test_test_is_known_by_its_name(name: str, same: Any) -> None:
    assert is_test(name, "Emergency call") is same
