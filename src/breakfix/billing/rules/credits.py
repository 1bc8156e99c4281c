"""What missed response promises cost the provider: taken off the bill, unasked (domain.md §4.5, §11 ruling 10)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from breakfix.agreements.values import ServiceCredits, TaxCategory
from breakfix.billing.values import Bill, Billable, Miss, MonthSoFar, ServiceCredit
from breakfix.incidents.values import ClockKind
from breakfix.kernel.money import Money, format_money, split_pro_rata, trimmed
from breakfix.kernel.worktime.zones import end_of_local_day, zone_of

# The update cadence is measured and restoring is an objective: neither carries a credit (R5, §11 ruling 11).
GUARANTEED = (ClockKind.ACK, ClockKind.ENGAGE, ClockKind.ONSITE, ClockKind.QUOTE)
WORDS = {
    ClockKind.ACK: "acknowledgement",
    ClockKind.ENGAGE: "engineer's contact",
    ClockKind.ONSITE: "arrival on site",
    ClockKind.QUOTE: "quote",
}
TRANCHE = "SERVICE_CREDIT"
# So many missed promises of the highest priority in so many days, and the client may end the agreement.
TOO_MANY, WITHIN = 3, timedelta(days=90)


def percent_for(priority: str, target: timedelta, elapsed: timedelta, agreed: ServiceCredits) -> Decimal:
    """The percentage of the labour for this overshoot; 0 in time, and where the priority has no bands."""
    if elapsed <= target:
        return Decimal(0)
    for band in getattr(agreed, priority):
        # Of a target of nothing every minute is beyond any share of it.
        if band.up_to is None or (target and Fraction(_micros(elapsed - target), _micros(target)) <= band.up_to):
            return Decimal(band.percent)
    return Decimal(0)


def _micros(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def largest(misses: Iterable[Miss]) -> Miss | None:
    """The one that counts: credits of several promises never stack. Of equals the first stays."""
    found = sorted(misses, key=lambda miss: -miss.percent)
    return found[0] if found and found[0].percent else None


def service_credit(
    miss: Miss | None,
    agreed: ServiceCredits,
    *,
    labour: Money,
    earlier: Money,
    month: MonthSoFar,
    at_most: Money,
) -> ServiceCredit | None:
    """The credit on an invoice, or None where nothing was missed.

    `labour` is the engagement's invoiced so far with this invoice, `earlier` what older invoices of it already gave
    or withheld; `month` includes this invoice's labour. `at_most` is this invoice's own sum, so that it never goes
    below zero; what is left over is neither given nor withheld, and a later invoice of the engagement gives it. What
    the month's cap takes is withheld, and comes back when the month has ended and leaves room (`released`).
    """
    if miss is None:
        return None
    least = Money(agreed.minimum_base, labour.currency)
    base, nothing = max(labour, least), Money.zero(labour.currency)
    percent = min(miss.percent, Decimal(agreed.engagement_cap_pct))
    earned = base * (percent / 100)
    due = max(min(earned - earlier, at_most), nothing)
    amount = min(due, room_of(month, agreed))
    return ServiceCredit(
        miss=miss,
        percent=percent,
        base=base,
        earned=earned,
        amount=amount,
        withheld=due - amount,
        derivation=_derivation(miss, percent, base, labour, earned, earlier, amount, due - amount),
    )


def room_of(month: MonthSoFar, agreed: ServiceCredits) -> Money:
    """What the month's cap still leaves: its share of the month's labour less the credits of the month."""
    share = month.labour * (Decimal(agreed.month_cap_pct) / 100)
    return max(share - month.given, Money.zero(month.labour.currency))


def released(withheld: Money, month: MonthSoFar, agreed: ServiceCredits) -> Money:
    """What of a withheld credit goes back once the month is complete; the rest is what the cap is for."""
    return min(withheld, room_of(month, agreed))


def month_of(at: datetime, zone: str) -> tuple[datetime, ...]:
    """[start, end) of the calendar month that an invoice of this instant belongs to, in the provider's zone."""
    first = at.astimezone(zone_of(zone)).date().replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return tuple(end_of_local_day(day - timedelta(days=1), zone) for day in (first, following))


def credit_lines(credit: Money, bill: Bill, *, tranche: int, words: str) -> list[Billable]:
    """The credit as negative lines, one for each tax category that it lowers: labour first, then what else is billed.

    Tax follows the lines, so the same base is reduced. `credit` is at most what the bill comes to.
    """
    hours = set(bill.hours)
    groups = (
        [one for one in bill.lines if one.name in hours],
        [one for one in bill.lines if one.name not in hours],
    )
    by_category: dict[TaxCategory, int] = {}
    left = credit.minor
    for group in groups:
        weights = [max(one.amount.minor, 0) for one in group]
        taken = min(left, sum(weights))
        for one, share in zip(group, split_pro_rata(taken, weights), strict=True):
            if share:
                by_category[one.category] = by_category.get(one.category, 0) + share
        left -= taken
    return [
        Billable(tranche, TRANCHE, f"SC{n}", words, Decimal(1), -Money.from_minor(minor, credit.currency), category)
        for n, (category, minor) in enumerate(sorted(by_category.items()), start=1)
    ]


def line_words(miss: Miss, percent: Decimal) -> str:
    """What the client reads on the invoice."""
    what, took = WORDS[ClockKind(miss.clock)], _length(miss.elapsed_seconds)
    share = f"Service credit, {trimmed(percent)} % of labour"
    return f"{share}: {miss.priority} {what} after {took} instead of {_length(miss.target_seconds)}"


def _derivation(
    miss: Miss,
    percent: Decimal,
    base: Money,
    labour: Money,
    earned: Money,
    earlier: Money,
    amount: Money,
    withheld: Money,
) -> str:
    over = miss.elapsed_seconds - miss.target_seconds
    share = f" ({trimmed(round(Decimal(over) * 100 / miss.target_seconds, 2))} %)" if miss.target_seconds else ""
    of = f"labour {format_money(labour)}" if base == labour else f"the least base {format_money(base)}"
    how = (
        f"{miss.priority} {WORDS[ClockKind(miss.clock)]} {_length(over)}{share} over: "
        f"{trimmed(percent)} % of {of} = {format_money(earned)}"
    )
    if not earlier.is_zero:
        how += f", less {format_money(earlier)} on earlier invoices"
    if amount + withheld + earlier < earned:
        how += f", of which {format_money(amount + withheld)} fits on this invoice"
    if not withheld.is_zero:
        how += f"; {format_money(withheld)} withheld by the month's cap"
        how += ", released at the month's end as far as it leaves room"
    return how


def _length(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{n} {unit}" for n, unit in ((hours, "h"), (minutes, "min"), (left, "s")) if n]
    return " ".join(parts) or "0 min"
