"""The promises of domain.md §9 under all that people may try, on both databases, and ten bugs that break them."""

import random
from contextlib import nullcontext

import pytest
from django.db import IntegrityError, transaction

from tests.invariants.night import REFUSED, TALLY, Night, report
from tests.invariants.planted import BUGS, Bug
from tests.invariants.promises import Broken
from tests.whole import ON_POSTGRESQL, SOAK

ENOUGH = 60
RUNS, STEPS = (300, 50) if SOAK else (20, 30) if ON_POSTGRESQL else (60, 30)


def played(night: Night, bug: Bug | None = None) -> None:
    """One whole run, undone at its end so that the next begins in the same place; a fault says how it came to it."""
    with transaction.atomic():
        try:
            # Where it begins is remembered for every later test, so no bug may have had a hand in it.
            night.begin()
            with bug.planted() if bug else nullcontext():
                for _ in range(STEPS):
                    night.step()
        except Exception as fault:
            fault.add_note("\n".join(night.told))
            raise
        finally:
            transaction.set_rollback(True)


@pytest.mark.tampers
@pytest.mark.django_db
def test_promises_hold_whatever_is_tried() -> None:
    """The same runs each time; others in every soak, which tells of each deed how often it was done and refused."""
    first = random.SystemRandom().randrange(10**6) if SOAK else 0
    for seed in range(first, first + RUNS):
        played(Night(seed))
    print("\n".join(report()))
    assert TALLY.total() > RUNS
    assert REFUSED.total() > RUNS


@pytest.mark.tampers
@pytest.mark.django_db
def test_promises_hold_while_the_client_chooses_among_ways() -> None:
    """From an offer that compares three, every second step about which of them is put forward, or signed."""
    before = TALLY["choose_continuity"]
    for seed in range(RUNS // 3):
        played(Night(seed, starts=("compared",), focus=(*["choose_continuity"] * 3, "approve")))
    assert TALLY["choose_continuity"] - before >= RUNS // 6
    assert REFUSED["choose_continuity", "stale_offer"]


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
