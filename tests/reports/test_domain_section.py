"""What a domain wants in the report: out of captured work, and a telephone system is never closed without its proof.

The night is one of a RAID array; where it has to be one of a telephone system it is made so behind the log.
"""

from datetime import timedelta
from typing import Any

import pytest

from breakfix.diagnosis.models import Check
from breakfix.incidents.models import Engagement
from breakfix.reports import actions as reports
from breakfix.work.actions import ending
from breakfix.work.models import Restoration, WorkOrder
from breakfix.work.rules.proving import is_test
from breakfix.work.values import TestResult
from tests import makers_recovery, makers_reports, makers_work
from tests.makers import World
from tests.makers_work import CHECKED, PASSED, RESOLVED, RESTORED, REVOKED
from tests.refusals import refused

RECOVERED = makers_recovery.REPORTED
ENDED = makers_recovery.VERIFIED + timedelta(minutes=10)
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


def laboratory(world: World) -> Engagement:
    """Data of a telephone system are being recovered."""
    case = makers_recovery.working(world)
    Engagement.objects.filter(pk=case.pk).update(domain="NET-UC")
    return case


def lost(world: World, case: Engagement) -> None:
    """Too little came back for any fee, the client took the files, and the work ended so."""
    makers_recovery.verified(world, makers_recovery.reported(world, case, 61), takes_files=True)
    ending.resolve(case.pk, second_fault_check="Read twice.", by=world.actor("tom"), at=ENDED)


def section_of(world: World, case: Engagement) -> dict[str, str]:
    said = {"prevention": "Keep a second copy.", "residual_risk": "What is missing is lost."}
    report = reports.issue_report(case.pk, **said, by=world.actor("tom"), at=ENDED)
    return {row["id"]: row["value"] for row in report.content["domain"]["rows"]}


@pytest.mark.tampers
def test_telephones_of_which_nothing_was_restored_are_reported_with_that_reason(world: World) -> None:
    case = laboratory(world)
    lost(world, case)
    assert section_of(world, case)["emergency-after"] == "Not tested: nothing was restored that could be tested."
    assert reports.accept_work(case.pk, by=world.actor("rita"), at=ENDED).accepted_at == ENDED


@pytest.mark.tampers
def test_telephones_that_the_client_disputed_and_nobody_restored_again_have_the_reason_too(world: World) -> None:
    case = laboratory(world)
    back = [TestResult("The files open", passed=True)]
    with refused("domain_test_missing", field="tests"):
        ending.restore_service(case.pk, tests=back, by=world.actor("tom"), at=RECOVERED)
    ending.restore_service(case.pk, tests=[*back, PROOF], by=world.actor("tom"), at=RECOVERED)
    ending.dispute_restoration(case.pk, reason="Half of it is missing.", by=world.actor("rita"), at=RECOVERED)
    lost(world, case)
    assert section_of(world, case)["emergency-after"].startswith("Not tested: ")


@pytest.mark.tampers
def test_telephones_that_are_back_need_the_call_also_where_data_are_lost(world: World) -> None:
    case = laboratory(world)
    tests = [TestResult("The system starts", passed=True), PROOF]
    ending.restore_service(case.pk, tests=tests, by=world.actor("tom"), at=RECOVERED)
    lost(world, case)
    whole = Restoration.objects.get().tests
    Restoration.objects.update(tests=whole[:-1])
    with refused("domain_section_empty") as no:
        section_of(world, case)
    assert no.value.facts["fields"] == ["Emergency call after the repair"]
    Restoration.objects.update(tests=whole)
    assert section_of(world, case)["emergency-after"] == f"{PROOF.name}: passed. {PROOF.note}"


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
