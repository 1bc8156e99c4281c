"""One price whatever the effort: success fees, prices by the piece (domain.md §4.13, §11 rulings 1, 2, 36)."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from breakfix.agreements.values import Domain, Priority, TaxCategory, Terms
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.errors import Refused
from breakfix.kernel.worktime.tiers import Tier
from breakfix.quotes.actions import issuing
from breakfix.quotes.rules import inputs, offer, pricing, settlement, states
from breakfix.quotes.values import (
    Actuals,
    ContingentLine,
    Draft,
    LabourUse,
    LineUse,
    Mode,
    Recovered,
    Status,
    SuccessFeeLine,
    UnitLine,
)
from tests import makers_quotes
from tests.makers import World
from tests.makers_dispatch import contacted
from tests.quotes.cases import ISSUE, TERMS, D, tariff, task, usd

LAB = tariff({**TERMS, "forensic": {"credit_pct": "50"}}, domain=Domain.DR, priority=Priority.P3)
SURGE = tariff({}, domain=Domain.SURGE, priority=Priority.P4)
BUSINESS = Tier.BUSINESS


def success(wanted: int = 1240, fee: str = "6800") -> Draft:
    line = SuccessFeeLine("Must-have files of the archive", D(fee), wanted)
    return Draft(success_fees=(line,), mode=Mode.FIXED, scope_in="Recover the must-have list")


# S11: 240 drives to purge, collection, six hours of supervision, the survey credited; three may need destroying.
DRIVES = Draft(
    units=(UnitLine("purge", 240), UnitLine("collection", 1)),
    tasks=(task(2, "6", "6", "6", tier=BUSINESS, name="Supervision"),),
    contingents=(ContingentLine("Destruction of a drive that fails", D("0.0125"), D("18.00"), maximum=5),),
    mode=Mode.FIXED,
    scope_in="Purge 240 drives",
)


def settled(draft: Draft, back: int | None) -> settlement.TrancheBill:
    made = offer.offer(draft, LAB, fee=usd("850"), seed="Q-1")
    found = () if back is None else (Recovered("E1", back),)
    return settlement.settle_base(made.price, LAB, made.n, Actuals(recovered=found), mode=Mode.FIXED)


@pytest.mark.parametrize(
    ("back", "wanted", "due"),
    [
        # S7: 384 of 1,240 are 30.97 %.
        (384, 1240, "0.00"),
        # The twin of S7: exactly 62 %.
        (775, 1250, "4216.00"),
        # The exact share counts and the line is rounded once: 6,800 x 769 / 1,240 = 4,217.0967...
        (769, 1240, "4217.10"),
        (619, 1240, "0.00"),
        (620, 1240, "3400.00"),
        (1115, 1240, "6114.52"),
        (1116, 1240, "6800.00"),
        (1240, 1240, "6800.00"),
        (0, 1240, "0.00"),
        (None, 1240, "0.00"),
        # 49.999...% shows as 50 % and is below it all the same.
        (499_999, 1_000_000, "0.00"),
    ],
)
def test_success_fee_follows_from_what_came_back(back: int | None, wanted: int, due: str) -> None:
    found = settled(success(wanted), back)
    assert (found.actual, found.bill) == (usd(due), usd(due))
    assert found.absorbed.is_zero


@given(st.integers(1, 5000).flatmap(lambda wanted: st.tuples(st.just(wanted), st.lists(st.integers(0, wanted)))))
def test_success_fee_never_falls_as_more_comes_back(given: tuple[int, list[int]]) -> None:
    wanted, counts = given
    bills = [settled(success(wanted), back).bill for back in sorted(counts)]
    assert bills == sorted(bills)
    assert all(bill <= usd("6800") for bill in bills)


def test_success_fee_is_the_price_and_the_maximum_without_a_credit() -> None:
    """A success fee is no labour: half of 850.00 is not credited against it (ruling 2)."""
    made = offer.offer(success(), LAB, fee=usd("850"), seed="Q-1")
    assert (made.q, made.n, made.price.credit) == (usd("6800"), usd("6800"), None)
    assert made.price.success_fees[0].category is TaxCategory.DATA_RECOVERY
    assert made.exposure.gross == usd("7403.50")


@pytest.mark.parametrize("mode", [Mode.NTE, Mode.NTE_SHARED])
def test_success_fee_is_refused_as_anything_but_a_fixed_price(mode: Mode) -> None:
    line = success().success_fees
    draft = Draft(success_fees=line, mode=mode, scope_in="x")
    shared = tariff({**TERMS, "quotes": {"saving_share": "0.5"}}, domain=Domain.DR)
    with pytest.raises(Refused) as no:
        inputs.check_draft(draft, shared, at=ISSUE)
    assert (no.value.code, no.value.field) == ("success_fee_is_fixed", "mode")


@pytest.mark.parametrize(
    ("line", "field", "code"),
    [
        (SuccessFeeLine("", D(1), 1), "success_fees-0-description", "missing_field"),
        (SuccessFeeLine("x", D(0), 1), "success_fees-0-fee", "out_of_range"),
        (SuccessFeeLine("x", D("1.001"), 1), "success_fees-0-fee", "too_precise"),
        (SuccessFeeLine("x", D(1), 0), "success_fees-0-wanted", "out_of_range"),
    ],
)
def test_impossible_success_fee_is_refused_by_field(line: SuccessFeeLine, field: str, code: str) -> None:
    with pytest.raises(Refused) as no:
        inputs.check_draft(Draft(success_fees=(line,), mode=Mode.FIXED, scope_in="x"), LAB, at=ISSUE)
    assert (no.value.code, no.value.field) == (code, field)


@pytest.mark.parametrize(
    ("line", "field", "code"),
    [
        (UnitLine("polish", 1), "units-0-item", "not_the_agreed_price"),
        (UnitLine("purge", 0), "units-0-quantity", "out_of_range"),
        (UnitLine("purge", 1, "x" * 201), "units-0-description", "invalid_field"),
    ],
)
def test_impossible_piece_is_refused_by_field(line: UnitLine, field: str, code: str) -> None:
    with pytest.raises(Refused) as no:
        inputs.check_draft(Draft(units=(line,), scope_in="x"), SURGE, at=ISSUE)
    assert (no.value.code, no.value.field) == (code, field)


@pytest.mark.parametrize(
    ("units", "amount"),
    [(1, "14.00"), (99, "1386.00"), (100, "1150.00"), (240, "2760.00"), (499, "5738.50"), (500, "4500.00")],
)
def test_every_piece_costs_what_the_reached_step_says(units: int, amount: str) -> None:
    """All at that step, not progressively: 240 drives are 2,760.00 and not 3,007.50 (ruling 36)."""
    made = pricing.price(Draft(units=(UnitLine("purge", units),), scope_in="x"), SURGE, fee=usd("0"))
    assert made.q == usd(amount)


def test_pieces_and_supervision_of_the_drives_come_to_their_price_and_headroom() -> None:
    """S11: 2,760.00 + 380.00 + 1,110.00 - 650.00; N is Q and the contingent line at its maximum (ruling 1)."""
    made = offer.offer(DRIVES, SURGE, fee=usd("650"), seed="Q-1")
    assert (made.q, made.n) == (usd("3600"), usd("3690"))
    assert [line.key for line in made.price.firm] == ["L1", "U1", "U2", "K1"]


def test_fixed_price_is_billed_whatever_the_effort_and_the_contingent_line_beside_it() -> None:
    made = offer.offer(DRIVES, SURGE, fee=usd("650"), seed="Q-1")
    done = Actuals(labour=(LabourUse(2, BUSINESS, D(40)),), contingents=(LineUse("X1", D(3)),))
    found = settlement.settle_base(made.price, SURGE, made.n, done, mode=Mode.FIXED)
    assert (found.actual, found.bill) == (usd("3654"), usd("3654"))
    over = Actuals(contingents=(LineUse("X1", D(6)),))
    with pytest.raises(Refused) as no:
        settlement.settle_base(made.price, SURGE, made.n, over, mode=Mode.FIXED)
    assert no.value.code == "above_quoted"


def test_pieces_are_measured_where_work_is_billed_as_done() -> None:
    price = pricing.price(Draft(units=(UnitLine("purge", 240),), scope_in="x"), SURGE, fee=usd("0"))
    found = settlement.settle_base(price, SURGE, usd("2900"), Actuals(units=(LineUse("U1", D(200)),)))
    assert (found.actual, found.bill) == (usd("2300"), usd("2300"))
    with pytest.raises(Refused) as no:
        settlement.settle_base(price, SURGE, usd("2900"), Actuals(units=(LineUse("U1", D(241)),)))
    assert no.value.code == "above_quoted"


@given(st.integers(0, 10_000), st.integers(0, 5), st.integers(0, 1240))
def test_fixed_price_never_bills_above_its_maximum(hours: int, destroyed: int, back: int) -> None:
    draft = Draft(
        units=DRIVES.units,
        tasks=DRIVES.tasks,
        contingents=DRIVES.contingents,
        success_fees=success().success_fees,
        mode=Mode.FIXED,
        scope_in="x",
    )
    made = offer.offer(draft, LAB, fee=usd("850"), seed="Q-1")
    done = Actuals(
        labour=(LabourUse(2, BUSINESS, D(hours)),),
        contingents=(LineUse("X1", D(destroyed)),),
        recovered=(Recovered("E1", back),),
    )
    found = settlement.settle_base(made.price, LAB, made.n, done, mode=Mode.FIXED)
    assert found.bill <= made.n
    assert found.absorbed.is_zero
    assert pricing.total((line.billed for line in found.lines), "USD") == found.bill


@pytest.mark.parametrize(
    "terms",
    [
        {"units": {"prices": {"purge": {"words": "x", "steps": [{"units": 2, "price": "1"}]}}}},
        {"units": {"prices": {"purge": {"words": "x", "steps": []}}}},
        {"units": {"prices": {"Purge it": {"words": "x", "steps": [{"units": 1, "price": "1"}]}}}},
        {"recovery": {"whole_from": "40"}},
    ],
)
def test_agreement_refuses_steps_and_shares_that_leave_a_gap(terms: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Terms.model_validate(terms)


@pytest.mark.parametrize(
    ("change", "waits"),
    [
        ({}, False),
        ({"mode": Mode.NTE}, True),
        ({"units": ()}, True),
        ({"success_fees": success().success_fees}, True),
    ],
)
def test_only_work_by_the_piece_at_one_price_needs_no_root_cause(change: dict[str, Any], waits: bool) -> None:
    draft = replace(DRIVES, **change)
    check = partial(states.check_can_issue, Status.REVIEWED, catalogue=draft.is_catalogue)
    if waits:
        with pytest.raises(Refused) as no:
            check(EngagementStatus.DIAGNOSING)
        assert no.value.code == "no_root_cause"
    else:
        check(EngagementStatus.DIAGNOSING)
    with pytest.raises(Refused):
        check(EngagementStatus.DISPATCHED)


def test_pieces_are_offered_while_the_survey_goes_on(world: World) -> None:
    case = contacted(world)
    nothing: dict[str, Any] = {"parts": [], "charges": [], "contingents": [], "risks": []}
    given = {"units": [UnitLine("purge", 120)], "tasks": [], "mode": Mode.FIXED, **nothing}
    quote = makers_quotes.reviewed(world, case, **given)
    issued = issuing.issue_quote(quote.pk, by=world.actor("quinn"), at=makers_quotes.ISSUED)
    assert (issued.q, issued.n) == (usd("1380"), usd("1380"))
    assert incidents.get_engagement(case.pk, SYSTEM).status == "AWAITING_APPROVAL"
