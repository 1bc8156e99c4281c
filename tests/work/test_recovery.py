"""What came back is counted, verified, and only then due (domain.md §4.13, S7); no failure is called restored."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from breakfix.billing.actions import issue_invoice
from breakfix.guarantees import queries as guarantees
from breakfix.guarantees.actions import start_guarantee
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.ledger.rebuild import differences
from breakfix.quotes import queries as quotes
from breakfix.reports.actions import accept_work, issue_report
from breakfix.work import queries as work
from breakfix.work import recoveries
from breakfix.work.actions import ending
from breakfix.work.models import Recovery
from breakfix.work.values import TestResult
from tests import makers_recovery as make
from tests import makers_work
from tests.makers import World
from tests.quotes.cases import usd
from tests.refusals import refused

LATER = make.VERIFIED + timedelta(minutes=10)
TESTS = [TestResult("The files open", passed=True)]
SAID = {"prevention": "A second copy.", "residual_risk": "None beside the loss."}


@pytest.fixture(name="case")
def _case(world: World) -> Engagement:
    return make.working(world)


def due(case: Engagement) -> Any:
    return quotes.settlement(case, work.actuals(case, LATER)).tranches[-1].bill


def resolved(world: World, case: Engagement) -> None:
    ending.resolve(case.pk, second_fault_check="Read twice.", by=world.actor("tom"), at=LATER)


@pytest.mark.parametrize(("back", "amount"), [(99, "0"), (100, "3400"), (124, "4216"), (180, "6800"), (200, "6800")])
def test_fee_is_due_as_verified_and_not_before(world: World, case: Engagement, back: int, amount: str) -> None:
    assert due(case) == usd("0")
    result = make.reported(world, case, back)
    assert due(case) == usd("0")
    make.verified(world, result)
    assert due(case) == usd(amount)


def test_list_that_is_not_right_goes_back_and_counts_for_nothing(world: World, case: Engagement) -> None:
    first = make.reported(world, case, 150)
    with refused("missing_field", field="note"):
        make.verified(world, first, agreed=False)
    disputed = make.verified(world, first, agreed=False, note="Twenty files are empty.", takes_files=True)
    assert (disputed.agreed, disputed.takes_files) == (False, False)
    assert (due(case), recoveries.unverified(case)) == (usd("0"), ["E1"])
    second = make.reported(world, case, 130)
    with refused("newer_result"):
        make.verified(world, first)
    make.verified(world, second, takes_files=True)
    assert due(case) == usd("4420")
    with refused("already_verified"):
        make.verified(world, second)


def test_newer_list_takes_back_what_was_verified(world: World, case: Engagement) -> None:
    make.verified(world, make.reported(world, case, 200))
    make.reported(world, case, 120)
    assert (due(case), recoveries.unverified(case)) == (usd("0"), ["E1"])


def test_client_is_asked_and_its_answer_closes_the_question(world: World, case: Engagement) -> None:
    def asked() -> list[str]:
        return [end.what for end in incidents.open_ends(case) if end.subject.startswith("recovery/")]

    result = make.reported(world, case, 62)
    assert asked() == ["Verify the list of what came back: 62 of 200"]
    make.reported(world, case, 64)
    assert asked() == ["Verify the list of what came back: 64 of 200"]
    make.verified(world, Recovery.objects.exclude(pk=result.pk).get())
    assert asked() == []


def test_recovery_that_failed_ends_without_being_restored(world: World, case: Engagement) -> None:
    with refused("not_restored"):
        resolved(world, case)
    make.verified(world, make.reported(world, case, 61), takes_files=True)
    resolved(world, case)
    ended = incidents.get_engagement(case.pk, SYSTEM)
    assert (ended.status, ended.restored_at, ended.resolved_at) == ("RESOLVED", None, LATER)
    verdicts = {one.kind.value: one.verdict.value for one in incidents.readings(ended, LATER)}
    assert (verdicts["RESTORE"], verdicts["UPDATE"]) == ("void", "missed")
    report = issue_report(case.pk, **SAID, by=world.actor("tom"), at=LATER)
    [told] = report.content["recovery"]
    assert (told["recovered"], told["wanted"], told["percent"], told["confidence"]) == (61, 200, "30.50", "0.95")
    assert told["why"] == "The rest was overwritten."
    assert report.content["guarantee"]["days"] == 0
    accept_work(case.pk, by=world.actor("rita"), at=LATER)
    with refused("nothing_guaranteed"):
        start_guarantee(case.pk, by=SYSTEM, at=LATER)
    assert guarantees.guarantee_of(ended) is None
    invoice = issue_invoice(case.pk, by=world.actor("fay"), at=LATER)
    # The forensic fee of the night, 450.00 x 1.5, and not a cent of the success fee.
    assert invoice.subtotal == usd("675")
    assert differences() == []


def test_recovery_that_is_paid_for_is_restored_first(world: World, case: Engagement) -> None:
    result = make.reported(world, case, 124)
    ending.restore_service(case.pk, tests=TESTS, by=world.actor("tom"), at=make.REPORTED)
    with refused("recovery_not_verified"):
        resolved(world, case)
    make.verified(world, result)
    resolved(world, case)
    assert incidents.get_engagement(case.pk, SYSTEM).restored_at == make.REPORTED


def test_list_that_went_back_after_the_restoration_is_reported_again(world: World, case: Engagement) -> None:
    result = make.reported(world, case, 124)
    ending.restore_service(case.pk, tests=TESTS, by=world.actor("tom"), at=make.REPORTED)
    make.verified(world, result, agreed=False, note="Two are empty.")
    with refused("recovery_not_verified"):
        resolved(world, case)
    make.verified(world, make.reported(world, case, 122))
    resolved(world, case)


def test_success_is_no_reason_to_skip_the_restoration(world: World, case: Engagement) -> None:
    make.verified(world, make.reported(world, case, 124))
    with refused("not_restored"):
        resolved(world, case)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"recovered": 201}, "out_of_range", "recovered"),
        ({"recovered": -1}, "out_of_range", "recovered"),
        ({"confidence": Decimal("1.01")}, "out_of_range", "confidence"),
        ({"why": " "}, "missing_field", "why"),
        ({"why": "It would cost $900 more."}, "verbal_promise", "why"),
        ({"key": "L1"}, "not_quoted", "key"),
    ],
)
def test_impossible_result_is_refused_by_field(
    world: World, case: Engagement, given: dict[str, Any], code: str, field: str
) -> None:
    with refused(code, field=field):
        make.reported(world, case, **{"recovered": 100, **given})


def test_result_is_the_laboratorys_and_the_word_on_it_the_clients(world: World, case: Engagement) -> None:
    with refused("not_allowed"):
        make.reported(world, case, 100, who="dana")
    result = make.reported(world, case, 100)
    for who, code in (("alice", "not_allowed"), ("tom", "not_allowed"), ("hana", "not_found")):
        with refused(code):
            make.verified(world, result, who=who)


def test_repair_without_a_success_fee_has_no_result(world: World) -> None:
    case = makers_work.started(world).engagement
    with refused("not_quoted", field="key"):
        make.reported(world, case, 1)


def test_database_keeps_a_result_within_its_list(world: World, case: Engagement) -> None:
    result = make.reported(world, case, 100)
    rows = Recovery.objects.filter(pk=result.pk)
    for change in ({"recovered": 201}, {"confidence": Decimal(2)}, {"agreed": True}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
