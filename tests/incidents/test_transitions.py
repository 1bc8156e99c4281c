"""Which state may follow which (domain.md §3.1 with §11 rulings 18 to 20)."""

import pytest

from breakfix.incidents.rules import transitions
from breakfix.incidents.rules.transitions import TRANSITIONS
from breakfix.incidents.values import HoldReason, Status
from breakfix.kernel.errors import Refused

S = Status

# domain.md §3.1, the table, plus §11 ruling 18; ON_HOLD is tested apart. The last line is what S7 needs beyond that:
# a recovery that failed is over and restores nothing (docs/decisions/0011).
LISTED = """
DRAFT>SUBMITTED SUBMITTED>ACKNOWLEDGED ACKNOWLEDGED>QUALIFIED SUBMITTED>DECLINED ACKNOWLEDGED>DECLINED
QUALIFIED>DECLINED QUALIFIED>DISPATCHED DISPATCHED>DIAGNOSING DIAGNOSING>QUOTE_PENDING
QUOTE_PENDING>AWAITING_APPROVAL AWAITING_APPROVAL>APPROVED AWAITING_APPROVAL>CLOSED APPROVED>SCHEDULED
SCHEDULED>IN_PROGRESS IN_PROGRESS>RESTORED RESTORED>RESOLVED RESOLVED>ACCEPTED ACCEPTED>CLOSED CLOSED>REOPENED
SUBMITTED>CANCELLED ACKNOWLEDGED>CANCELLED QUALIFIED>CANCELLED DISPATCHED>CANCELLED DIAGNOSING>CANCELLED
QUOTE_PENDING>CANCELLED AWAITING_APPROVAL>CANCELLED APPROVED>CANCELLED
AWAITING_APPROVAL>QUOTE_PENDING RESTORED>IN_PROGRESS RESOLVED>IN_PROGRESS IN_PROGRESS>SCHEDULED
SCHEDULED>CANCELLED CANCELLED>CLOSED DECLINED>CLOSED REOPENED>DISPATCHED DIAGNOSING>RESTORED ACCEPTED>REOPENED
IN_PROGRESS>RESOLVED
"""


def test_table_lists_exactly_what_the_specification_lists() -> None:
    listed = {tuple(pair.split(">")) for pair in LISTED.split()}
    built = {(a.value, b.value) for a, targets in TRANSITIONS.items() for b in targets if b is not S.ON_HOLD}
    assert built == listed


def test_table_has_a_row_for_every_state_and_reaches_each() -> None:
    assert set(TRANSITIONS) == set(Status)
    reached = {to for targets in TRANSITIONS.values() for to in targets}
    assert set(Status) - reached == {S.DRAFT}


def test_hold_is_possible_exactly_while_work_is_going_on() -> None:
    held = {state for state, targets in TRANSITIONS.items() if S.ON_HOLD in targets}
    assert held == transitions.ACTIVE
    assert S.AWAITING_APPROVAL not in held
    assert S.SUBMITTED not in held


@pytest.mark.parametrize("state", sorted(transitions.ACTIVE))
def test_held_engagement_returns_to_where_it_was_held(state: Status) -> None:
    transitions.check_can_move(S.ON_HOLD, state, hold_from=state)
    others = set(Status) - {state, S.CANCELLED}
    for other in others:
        with pytest.raises(Refused):
            transitions.check_can_move(S.ON_HOLD, other, hold_from=state)


def test_held_engagement_is_cancelled_only_where_it_could_have_been() -> None:
    transitions.check_can_move(S.ON_HOLD, S.CANCELLED, hold_from=S.APPROVED)
    with pytest.raises(Refused) as refusal:
        transitions.check_can_move(S.ON_HOLD, S.CANCELLED, hold_from=S.IN_PROGRESS)
    assert refusal.value.facts["allowed"] == ["IN_PROGRESS"]


def test_move_that_is_not_listed_names_what_is() -> None:
    with pytest.raises(Refused) as refusal:
        transitions.check_can_move(S.SUBMITTED, S.APPROVED)
    assert refusal.value.code == "wrong_state"
    assert refusal.value.facts["allowed"] == ["ACKNOWLEDGED", "CANCELLED", "DECLINED"]


def test_everybody_knows_who_acts_next() -> None:
    assert set(transitions.NEXT_STEPS) == set(Status) - {S.DRAFT, S.ON_HOLD, S.CLOSED}
    assert set(transitions.HELD_STEPS) == set(HoldReason)
