"""The promises of domain.md §9 under all that people may try, on both databases, and ten bugs that break them."""

import random
from collections.abc import Callable
from contextlib import nullcontext

import pytest
from django.db import IntegrityError, transaction

from tests.invariants.night import Night
from tests.invariants.planted import BUGS, Bug
from tests.invariants.promises import Broken
from tests.invariants.turns import REFUSED, TALLY, refusals, report
from tests.whole import ON_POSTGRESQL, SOAK

ENOUGH = 60
# A soak goes on until each deed was done and refused this often; in short runs, from where it is met and with what
# leads to it. What is met from many places needs no line here.
EACH, SHORT, AT_MOST = 200, 12, 6000
MET: dict[str, tuple[str, str]] = {
    "draft_quote": ("diagnosed", "draft"),
    "attach_supplier_evidence": ("diagnosed", "draft review"),
    "review_quote": ("diagnosed", "draft review"),
    "issue_quote": ("diagnosed", "draft review issue"),
    "revise_quote": ("offered", "revise"),
    "withdraw_quote": ("offered", "withdraw"),
    "approve_quote": ("offered", "approve"),
    "acknowledge_risk": ("offered", "acknowledge"),
    "approve_quote_in_emergency": ("offered", "decide_in_emergency"),
    "ratify": ("offered", "decide_in_emergency ratify"),
    "reject_quote": ("offered", "reject"),
    "choose_continuity": ("compared", "choose_continuity"),
    "delegate": ("offered", "delegate"),
    "revoke_delegation": ("offered", "delegate revoke_delegation"),
    "propose_change_order": ("working", "propose_change_order"),
    "revise_change_order": ("asked", "review issue revise_change_order revise_change_order"),
    "clock_on": ("working", "clock_on clock_off"),
    "clock_off": ("working", "clock_on clock_off"),
    "use_line": ("working", "use_line"),
    "switch_off_person": ("offered", "leave_or_return"),
    "switch_on_person": ("offered", "leave_or_return"),
    **dict.fromkeys(("restore_service", "revoke_access", "complete_step"), ("working", "finish")),
    **dict.fromkeys(("resolve", "issue_report", "accept_work", "issue_invoice"), ("worked", "finish invoice")),
}
# The same request again is done by nobody; what falls due is refused to nobody.
ONE_SIDED = {"again", "tasks"}
RUNS, STEPS = (300, 50) if SOAK else (20, 30) if ON_POSTGRESQL else (60, 30)
AT_ONCE = 3 if ON_POSTGRESQL else 8  # of these runs, by `make test`; `make deep` makes the others


def played(night: Night, bug: Bug | None = None, steps: int = STEPS) -> None:
    """One whole run, undone at its end so that the next begins in the same place; a fault says how it came to it."""
    with transaction.atomic():
        try:
            # Where it begins is remembered for every later test, so no bug may have had a hand in it.
            night.begin()
            with bug.planted() if bug else nullcontext():
                for _ in range(steps):
                    night.step()
        except Exception as fault:
            fault.add_note("\n".join(night.told))
            raise
        finally:
            transaction.set_rollback(True)


@pytest.mark.tampers
@pytest.mark.django_db
@pytest.mark.parametrize("which", [range(AT_ONCE), pytest.param(range(AT_ONCE, RUNS), marks=pytest.mark.deep)])
def test_promises_hold_whatever_is_tried(which: range, record_property: Callable[[str, object], None]) -> None:
    """The same runs each time; others in every soak, which tells of each deed how often it was done and refused."""
    first = random.SystemRandom().randrange(10**6) if SOAK else 0
    for number in which:
        played(Night(first + number))
    last = which.stop == RUNS
    more = go_on_until_each_was_tried_enough(first + RUNS) if SOAK and last else 0
    record_property("told", f"{len(which)} runs of {STEPS} steps from seed {first}, then {more} of {SHORT} steps")
    for line in report():
        record_property("told", line)
    assert TALLY.total() > len(which)
    assert REFUSED.total() > len(which)


def go_on_until_each_was_tried_enough(seed: int) -> int:
    """Short runs about whatever was done or refused most rarely; how many it took."""
    for more in range(AT_MOST):
        known = {*MET, *TALLY, *(name for name, _ in REFUSED)} - ONE_SIDED
        rarest = min(sorted(known), key=lambda name: min(TALLY[name], refusals(name)))
        if min(TALLY[rarest], refusals(rarest)) >= EACH:
            return more
        start, focus = MET[rarest]
        played(Night(seed + more, (start,), focus.split()), steps=SHORT)
    raise AssertionError(f"{rarest}: {TALLY[rarest]} times done, {refusals(rarest)} times refused")


@pytest.mark.deep
@pytest.mark.tampers
@pytest.mark.django_db
def test_promises_hold_while_the_client_chooses_among_ways() -> None:
    """From an offer that compares three, every second step about which of them is put forward, or signed."""
    before = TALLY["choose_continuity"]
    for seed in range(max(RUNS // 3, 12)):
        played(Night(seed, starts=("compared",), focus=(*["choose_continuity"] * 3, "approve")))
    assert TALLY["choose_continuity"] - before >= RUNS // 6
    assert REFUSED["choose_continuity", "stale_offer"]


@pytest.mark.deep
@pytest.mark.tampers
@pytest.mark.django_db
def test_promises_hold_while_change_orders_are_revised() -> None:
    """From one that the client is asked about, every second step about its next version, or a signature."""
    focus = ["review", "issue", *["revise_change_order"] * 4]
    before = TALLY["revise_change_order"]
    for seed in range(max(RUNS // 6, 10)):
        played(Night(seed, starts=("asked",), focus=focus))
    assert TALLY["revise_change_order"] - before >= RUNS // 12
    assert REFUSED["revise_change_order", "signed_already"], list(report())


@pytest.mark.deep
@pytest.mark.tampers
@pytest.mark.django_db
def test_promises_hold_while_a_deposit_is_paid_back() -> None:
    """From a repair that was paid for in part, every second step about calling it off, its bill, or its deposit."""
    before = TALLY["refund_deposit"]
    for seed in range(max(RUNS // 6, 10)):
        played(Night(seed, starts=("prepaid",), focus=("cancel", "invoice", "pay_back", "pay_back")))
    assert TALLY["refund_deposit"] - before >= RUNS // 12
    assert REFUSED["refund_deposit", "not_what_is_owed"]


@pytest.mark.tampers
@pytest.mark.django_db
@pytest.mark.parametrize("name", BUGS)
def test_promises_notice_a_planted_bug(name: str) -> None:
    """Each is met within some runs, and by the promise it breaks or by the database itself."""
    bug = BUGS[name]
    for seed in range(bug.seed, bug.seed + ENOUGH):
        found = fault_of(bug, seed)
        if found is not None:
            break
    assert found is not None, f"{ENOUGH} runs from {bug.seed} on and nobody noticed"
    print(f"{name}: run {seed}, {str(found)[:100]}")
    assert isinstance(found, IntegrityError) or str(found).partition(":")[0] == bug.breaks


def fault_of(bug: Bug, seed: int) -> Exception | None:
    """The promise that a run with this bug broke, or what the database refused; None if nothing came of it."""
    try:
        played(Night(seed, bug.starts, bug.focus.split()), bug)
    except (Broken, IntegrityError) as fault:
        return fault
    return None
