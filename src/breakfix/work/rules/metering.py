"""How much of the cap is used, and at which amounts somebody is told (domain.md §4.10)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money, format_money, half_up
from breakfix.quotes.rules.settlement import TrancheBill, meter_marks

A_MOMENT = timedelta(minutes=1)


@dataclass(frozen=True)
class CapMeter:
    """How much of one tranche's cap is used, with the settlement it follows from.

    `percent` is exact and may lie above 100; `marks` are the amounts at which somebody is told.
    """

    cap: Money
    bill: TrancheBill
    percent: Decimal
    marks: tuple[tuple[int, Money], ...]
    words: str

    @property
    def name(self) -> str:
        """The quote or change order whose maximum it is."""
        return self.bill.name

    @property
    def actual(self) -> Money:
        return self.bill.actual

    @property
    def reached(self) -> tuple[int, ...]:
        """The percentages reached by now."""
        return tuple(percent for percent, amount in self.marks if self.actual >= amount)


def cap_meter(bill: TrancheBill) -> CapMeter:
    """The meter of one tranche: what the work so far would come to, in percent of the cap, one decimal."""
    cap, actual = bill.cap, bill.actual
    percent = half_up(Fraction(100 * actual.minor, cap.minor), 1) if cap.minor else Decimal(0)
    words = f"{format_money(actual)} of {format_money(cap)} = {percent} %"
    return CapMeter(cap=cap, bill=bill, percent=percent, marks=meter_marks(cap), words=words)


def words_at(percent: int, actual: Money, cap: Money, *, change_order: str = "") -> str:
    """What is told at a mark: at 100 % the provider goes on at its own cost (domain.md §4.10)."""
    whose = f" of change order {change_order}" if change_order else ""
    line = f"{percent} % of the maximum{whose} is used: {format_money(actual)} of {format_money(cap)}."
    return f"{line} In-scope work goes on and is not billed above it." if percent >= 100 else line


def check_not_twice(last: datetime, *, at: datetime) -> None:
    """Refuse what was noted a moment ago: pressed twice, or sent again because the answer was lost on the way."""
    if at - last < A_MOMENT:
        message = "You noted this a moment ago, and it counts. If it was used once more, note that in a minute."
        raise Refused("just_noted", message, field="quantity")
