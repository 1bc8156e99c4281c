"""Restored within the flat fee: no quote, no order, and nothing billed beside the fee (domain.md §11 ruling 18)."""

from typing import Any

import pytest

from breakfix.diagnosis.models import Check
from breakfix.dispatch import queries as dispatch
from breakfix.dispatch.models import Booking
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import ClockKind, Verdict
from breakfix.kernel.ledger.rebuild import differences
from breakfix.quotes import queries as quotes
from breakfix.reports.actions import issue_report, refuse_work
from breakfix.work import within_fee
from breakfix.work.actions.ending import dispute_restoration, resolve, restore_within_fee
from breakfix.work.values import TestResult
from tests import makers_extension
from tests.makers import World, local
from tests.makers_dispatch import arrived
from tests.refusals import refused

AT, DISPUTED, AGAIN = local("2026-12-01 23:00"), local("2026-12-01 23:30"), local("2026-12-02 00:10")


def restored(world: World, case: Engagement, **given: Any) -> Any:
    usual: dict[str, Any] = {
        "cause": "A loose cable of the shelf.",
        "done": "Seated it again.",
        "tests": [TestResult("Archive job runs", True)],
        "by": world.actor("tom"),
        "at": AT,
    }
    return restore_within_fee(case.pk, **{**usual, **given})


@pytest.fixture(name="case")
def _case(world: World) -> Engagement:
    return arrived(world)


def test_restoring_within_the_fee_ends_clock_and_meter_and_asks_for_no_quote(world: World, case: Engagement) -> None:
    restored(world, case)
    case.refresh_from_db()
    assert (case.status, case.restored_at) == ("RESTORED", AT)
    objective = next(one for one in incidents.readings(case, AGAIN) if one.kind is ClockKind.RESTORE)
    assert (objective.verdict, objective.stopped_at) == (Verdict.MET, AT)
    resolve(case.pk, second_fault_check="None.", by=world.actor("tom"), at=AGAIN)
    case.refresh_from_db()
    assert (case.status, dispatch.first_time_fix(case)) == ("RESOLVED", True)
    assert quotes.latest_version(case) is None
    said = {"prevention": "Fix the cable.", "residual_risk": "None."}
    report = issue_report(case.pk, **said, by=world.actor("tom"), at=AGAIN)
    assert report.content["work"]["within_fee"][0]["cause"] == "A loose cable of the shelf."
    assert report.content["people"][0]["name"] == world.people["tom"].name
    assert [one["name"] for one in report.content["tests"]["after"]] == ["Archive job runs"]
    assert differences() == []


def test_disputed_one_runs_on_and_is_restored_again(world: World, case: Engagement) -> None:
    restored(world, case)
    dispute_restoration(case.pk, reason="It stopped again.", by=world.actor("rita"), at=DISPUTED)
    case.refresh_from_db()
    assert (case.status, case.restored_at, within_fee.counts(case)) == ("IN_PROGRESS", None, None)
    with refused("no_work_planned"):
        resolve(case.pk, second_fault_check="None.", by=world.actor("tom"), at=DISPUTED)
    restored(world, case, at=AGAIN)
    resolve(case.pk, second_fault_check="None.", by=world.actor("tom"), at=AGAIN)
    assert dispatch.first_time_fix(case) is False
    refuse_work(case.pk, reason="Not yet.", by=world.actor("rita"), at=AGAIN)
    restored(world, case, at=local("2026-12-02 00:20"))
    assert len(within_fee.restorations_of(case)) == 3
    assert differences() == []


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"tests": []}, "missing_field", "tests"),
        ({"tests": [TestResult("A", False)]}, "test_failed", "tests"),
        ({"cause": " "}, "missing_field", "cause"),
        ({"done": "Worth $50"}, "verbal_promise", "done"),
    ],
)
def test_nothing_is_restored_without_saying_what_and_showing_it(
    world: World, case: Engagement, given: dict[str, Any], code: str, field: str
) -> None:
    with refused(code, field=field):
        restored(world, case, **given)


def looked_at(case: Engagement) -> None:
    """As if the protocol of telephone systems had been followed."""
    for place, (item, reading) in enumerate([("emergency-call", "not connected"), ("call-flows", "4")]):
        words = {"protocol": "NET-UC 1", "what": item, "reading": reading, "position": place + 1, "required": True}
        by = Booking.objects.get(engagement=case).technician_id
        Check.objects.create(engagement=case, item=item, **words, slots=[], done_at=AT, done_by_id=by)


PROOF = TestResult("Emergency call: lobby", True, "Answered at once.")


def reported(world: World, case: Engagement) -> dict[str, str]:
    resolve(case.pk, second_fault_check="None.", by=world.actor("tom"), at=AGAIN)
    said = {"prevention": "Fix the cable.", "residual_risk": "None."}
    content = issue_report(case.pk, **said, by=world.actor("tom"), at=AGAIN).content
    return {row["id"]: row["value"] for row in content["domain"]["rows"]}


@pytest.mark.tampers
def test_telephones_restored_within_the_fee_are_reported_with_their_proof(world: World, case: Engagement) -> None:
    Engagement.objects.filter(pk=case.pk).update(domain="NET-UC")
    looked_at(case)
    restored(world, case, tests=[PROOF])
    rows = reported(world, case)
    assert rows["emergency-after"] == f"{PROOF.name}: passed. {PROOF.note}"
    assert rows["call-flows"] == "4"


@pytest.mark.tampers
def test_what_was_asked_for_too_late_is_reported_as_not_examined(world: World, case: Engagement) -> None:
    restored(world, case, tests=[PROOF])
    # As if the operator's file asked for it only now.
    Engagement.objects.filter(pk=case.pk).update(domain="NET-UC")
    assert reported(world, case)["call-flows"].startswith("Not examined: the diagnosis ended without it")


@pytest.mark.tampers
def test_refused_further_hours_do_not_keep_it_from_being_restored(world: World) -> None:
    case = makers_extension.refuse(world, makers_extension.asking(world)).engagement
    Engagement.objects.filter(pk=case.pk).update(domain="NET-UC")
    later = local("2026-12-02 00:50")
    restored(world, case, tests=[PROOF], at=later)
    resolve(case.pk, second_fault_check="None.", by=world.actor("tom"), at=later)
    said = {"prevention": "Fix the cable.", "residual_risk": "None."}
    section = issue_report(case.pk, **said, by=world.actor("tom"), at=later).content["domain"]
    rows = {row["id"]: row["value"] for row in section["rows"]}
    assert rows["call-flows"] == "Not examined: the client refused further hours of diagnosis."


@pytest.mark.tampers
def test_telephones_are_not_restored_within_the_fee_without_an_emergency_call(world: World, case: Engagement) -> None:
    Engagement.objects.filter(pk=case.pk).update(domain="NET-UC")
    with refused("domain_check_missing") as no:
        restored(world, case)
    assert no.value.facts["missing"] == ["Emergency call as found", "Call flows that failed"]
    looked_at(case)
    with refused("domain_test_missing", field="tests"):
        restored(world, case)
    with refused("domain_test_unsaid", field="tests"):
        restored(world, case, tests=[TestResult("Emergency call", True)])
    case.refresh_from_db()
    assert case.status == "DIAGNOSING"


def test_only_who_was_sent_restores_it_and_only_once(world: World, case: Engagement) -> None:
    for who, code in (("dana", "not_allowed"), ("ana", "not_found"), ("rita", "not_allowed")):
        with refused(code):
            restored(world, case, by=world.actor(who))
    restored(world, case)
    with refused("already_restored"):
        restored(world, case)
