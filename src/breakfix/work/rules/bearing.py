"""What the provider bears itself: visits that are made again, and what they cost (domain.md §3.6, §11 ruling 34)."""

from collections.abc import Sequence
from decimal import Decimal

from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money, format_money, trimmed
from breakfix.quotes.rules.pricing import labour_amount, trip_price, unit_rate
from breakfix.quotes.values import Line, LineKind, Tariff
from breakfix.work.values import Borne, CostKind, OrderHours

E = EngagementStatus
MAY_BEAR = (E.APPROVED, E.SCHEDULED, E.IN_PROGRESS, E.ON_HOLD, E.RESTORED, E.RESOLVED)


def reason_of_visit(faulty: Sequence[str]) -> str:
    """Why the next visit is not billed; "" where nothing that was delivered is faulty."""
    return f"Visit made again: {'; '.join(faulty)}."[:300] if faulty else ""


def unbilled_labour(hours: OrderHours, reason: str, tariff: Tariff) -> tuple[Borne, ...]:
    """The hours of a visit that is not billed, at the quoted rates: what they would have come to."""
    return tuple(
        Borne(
            what=f"{hours.order}, L{use.level}: {trimmed(use.hours)} h",
            reason=reason,
            amount=labour_amount(use.hours, use.level, use.tier, tariff),
            derivation=f"{trimmed(use.hours)} h x {trimmed(unit_rate(use.level, use.tier, tariff))}",
        )
        for use in hours.every_use
    )


def check_can_bear(engagement: EngagementStatus) -> None:
    """Refuse before there is work that could cost anything, and once all of it is accepted."""
    if engagement not in MAY_BEAR:
        words = " or ".join(MAY_BEAR)
        message = f"The engagement is {engagement}; costs of your own are noted while it is {words}."
        raise Refused("no_work_now", message, status=engagement.value)


def own_amount(kind: CostKind, given: Decimal | None, *, miles: Decimal, tariff: Tariff) -> Money:
    """What it comes to: a trip at the agreed price, everything else as the receipt says."""
    if kind is CostKind.TRIP:
        agreed = trip_price(miles, tariff)
        if given is not None and given != agreed.amount:
            message = f"The agreement sets the price of a trip: {format_money(agreed)}. Leave the amount out."
            raise Refused("not_the_agreed_price", message, field="amount")
        return agreed
    if given is None:
        raise Refused("missing_field", "Say what it cost, as the receipt does.", field="amount")
    return _exact(given, tariff.currency)


def _exact(given: Decimal, currency: str) -> Money:
    if not given.is_finite() or not 0 <= given <= 1_000_000:
        raise Refused("out_of_range", "An amount lies between 0 and 1,000,000.", field="amount")
    amount = Money(given, currency)
    if amount.amount != given:
        raise Refused("too_precise", f"{currency} amounts have fewer decimal places.", field="amount")
    return amount


def check_receipt(kind: CostKind, *, has_receipt: bool) -> None:
    """Refuse freight without the carrier's receipt."""
    if kind is CostKind.FREIGHT and not has_receipt:
        raise Refused("evidence_missing", "Attach the carrier's receipt.", field="receipt")


def check_within_quoted(line: Line, used: Decimal, quantity: Decimal) -> None:
    """Refuse more than was quoted where a visit had to be made again: what is more, the provider caused itself."""
    if line.kind is LineKind.CHARGE and used + quantity > line.quantity:
        message = (
            f"{line.description} was quoted {trimmed(line.quantity)} times; a visit made again adds nothing to it."
        )
        remedy = "Have the desk note what is more as a cost of your own."
        raise Refused("above_quoted", message, remedy=remedy, field="quantity", key=line.key)
