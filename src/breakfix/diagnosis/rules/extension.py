"""A forensic extension: further hours of diagnosis at a flat sum that the client approves first (domain.md R3, §4.7).

The sum is the fee as charged, pro rata of the hours it includes: what was dearer because it began outside business
hours stays so, and is not made dearer once more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from breakfix.diagnosis.values import ExtensionStatus
from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money, format_money, trimmed

S = ExtensionStatus
STEP, MOST_HOURS = Decimal("0.25"), Decimal(40)

EXTENSION_TRANSITIONS: dict[ExtensionStatus, frozenset[ExtensionStatus]] = {
    S.ASKED: frozenset({S.APPROVED, S.REFUSED, S.WITHDRAWN}),
    S.APPROVED: frozenset(),
    S.REFUSED: frozenset(),
    S.WITHDRAWN: frozenset(),
}


@dataclass(frozen=True)
class Priced:
    """The flat sum of so many further hours, and how it was found."""

    amount: Money
    derivation: str


def check_can_move(status: ExtensionStatus, to: ExtensionStatus) -> None:
    """Refuse to answer or withdraw what was answered or withdrawn before."""
    if to not in EXTENSION_TRANSITIONS[status]:
        message = f"This question is {status} already; a further one can be asked while the diagnosis runs."
        raise Refused("wrong_state", message, status=status)


def check_can_ask(*, charged: Money | None, included: Decimal, completed_at: datetime | None) -> None:
    """Refuse before the diagnosis began, once it is complete, and where the fee is not counted in hours."""
    if charged is None:
        raise Refused("not_begun", "The diagnosis has not begun: the hours of its flat fee come first.")
    if completed_at is not None:
        raise Refused("diagnosis_complete", "The diagnosis is complete; hours already worked are in its flat fee.")
    if included <= 0:
        raise Refused("no_time_box", "The fee of this domain covers the whole evaluation; it has no hours to add to.")


def priced(hours: Decimal, *, charged: Money, included: Decimal) -> Priced:
    """The flat sum of these hours. Refuses none, what is not in quarters, and more than a week of work."""
    if not hours.is_finite() or hours <= 0 or hours > MOST_HOURS or hours % STEP != 0:
        message = f"Give hours in quarters, above 0 and at most {MOST_HOURS}."
        raise Refused("bad_hours", message, field="hours")
    amount = Money(charged.amount * hours / included, charged.currency)
    how = f"{format_money(charged)} for {trimmed(included)} h, pro rata for {trimmed(hours)} h"
    return Priced(amount, f"{how} = {format_money(amount)}")


def tested(amount: Money, approved: Iterable[Money]) -> Money:
    """What the approval policy is asked with: this sum and those approved before it, so that none is split."""
    return Money.from_minor(amount.minor + sum(one.minor for one in approved), amount.currency)
