"""When a report may be merged into an earlier one: while nothing was done on it, and nobody loses by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from breakfix.agreements.values import Priority
from breakfix.incidents.rules.transitions import OVER
from breakfix.incidents.values import EndKind, Status
from breakfix.kernel.errors import Refused

S = Status
MERGED = "merged"
# Nobody was sent yet: no time was worked, nothing quoted, nothing due.
UNTOUCHED = frozenset({S.SUBMITTED, S.ACKNOWLEDGED, S.QUALIFIED})
_BACK = frozenset({S.DRAFT, S.RESTORED, S.RESOLVED, S.ACCEPTED})
# What ends by itself with the report; whatever else is open would be lost.
_ENDING = frozenset({EndKind.NEXT_STEP, EndKind.FEE, EndKind.SEAT, EndKind.SOW, EndKind.CREDIT, EndKind.DOWNGRADE})


@dataclass(frozen=True)
class Standing:
    """How a report stands: whose it is, how urgent, since when."""

    key: int
    number: str
    status: Status
    parties: tuple[int, int]
    priority: Priority
    currency: str
    need_to_know: bool
    submitted_at: datetime


def check_can_merge(one: Standing, into: Standing, open_ends: Sequence[tuple[EndKind, str]] = ()) -> None:
    """Refuse what would lose work, money or a promise; each refusal says what to do instead."""
    _check_pair(one, into)
    _check_untouched(one)
    _check_lasting(into)
    if (one.submitted_at, one.key) < (into.submitted_at, into.key):
        message = f"{one.number} was reported first and its clocks ran first: merge {into.number} into it instead."
        raise Refused("merge_the_later", message, field="into_id")
    if one.priority < into.priority:
        message = f"{one.number} is {one.priority}, {into.number} only {into.priority}: raise that one first."
        raise Refused("less_urgent", message, field="into_id")
    lost = [what for kind, what in open_ends if kind not in _ENDING]
    if lost:
        raise Refused("open_ends", f"Still open on {one.number}: {'; '.join(lost)}.", open=lost)


def _check_pair(one: Standing, into: Standing) -> None:
    if one.key == into.key:
        raise Refused("same_engagement", "Choose another engagement than this one.", field="into_id")
    if one.parties != into.parties or one.currency != into.currency:
        message = "Merge reports of one client to one provider, in one currency; decline this one instead."
        raise Refused("other_client", message, field="into_id")
    if one.need_to_know or into.need_to_know:
        message = "A need-to-know report stays by itself: others may read the one it would be merged into."
        raise Refused("need_to_know", message, field="into_id")


def _check_untouched(one: Standing) -> None:
    if one.status in UNTOUCHED:
        return
    if one.status in OVER:
        message = f"{one.number} is {one.status} already; there is nothing left to merge."
    elif one.status is S.ON_HOLD:
        message = f"{one.number} waits for an answer or a date; resume it first, so that neither is lost."
    else:
        message = f"{one.number} is {one.status}: somebody was sent on it; finish it, or let the client cancel it."
    raise Refused("wrong_state", message, status=one.status.value)


def _check_lasting(into: Standing) -> None:
    if into.status in OVER or into.status in _BACK:
        message = f"{into.number} is {into.status}: what was reported since is another failure; work on it by itself."
        raise Refused("wrong_state", message, field="into_id", status=into.status.value)
