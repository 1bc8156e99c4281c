"""What a vendor's own agreement promised against what our log says, to the second and with every step of the sum.

The amount is the vendor's to decide: what is computed here comes from figures that the client gave, and says so.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money, format_money, half_up
from breakfix.kernel.worktime import clocks
from breakfix.kernel.worktime.calendars import Calendar
from breakfix.kernel.worktime.zones import zone_of
from breakfix.liaison.values import Measured

HUNDRED, MOST_CHARGE = Decimal(100), Decimal(10) ** 9
LONGEST_PERIOD = timedelta(days=366)
_SECOND = timedelta(seconds=1)


def check_terms(availability: Decimal | None, response_minutes: int | None) -> None:
    """Refuse figures that no vendor's agreement states."""
    if availability is not None:
        places = availability.as_tuple().exponent if availability.is_finite() else 0
        if not (availability.is_finite() and 0 < availability <= HUNDRED) or int(places) < -4:
            message = "An availability is above 0 and at most 100 percent, with at most four decimals."
            raise Refused("bad_availability", message, field="availability")
    if response_minutes is not None and not 1 <= response_minutes <= 527_040:
        message = "A response time is one minute at least and a year at most."
        raise Refused("bad_time", message, field="response_minutes")


def check_stated(stated: object, field: str) -> None:
    """Refuse to measure against a figure that nobody wrote down."""
    if stated is None:
        message = "Write down first what the vendor's agreement promises."
        raise Refused("terms_missing", message, field=field)


def check_period(start: datetime, end: datetime, at: datetime) -> None:
    """Refuse a period that is none, or has not begun. While it runs, what is left of it counts as available."""
    if not start < end <= start + LONGEST_PERIOD:
        raise Refused("bad_period", "Give a period that ends after it begins, a year at most.", field="period_end")
    if start >= at:
        raise Refused("not_yet", "This period lies in the future.", field="period_start")


def availability(
    promised: Decimal, *, start: datetime, end: datetime, down_from: datetime, down_until: datetime, zone: str
) -> Measured:
    """The share of the period in which the service was there, against the share that was promised."""
    whole = Fraction((end - start) // _SECOND)
    first, last = max(start, down_from), min(end, down_until)
    down = Fraction(max(last - first, timedelta()) // _SECOND)
    measured, allowed = 100 * (1 - down / whole), whole * (100 - Fraction(promised)) / 100
    over = down - allowed
    steps = (
        f"The period has {spell(whole)}.",
        f"The service was away from {wall(first, zone)} to {wall(last, zone)}: {spell(down)}."
        if down
        else "The service was not away in this period.",
        f"100 x (1 - {seconds(down)} s / {seconds(whole)} s) = {percent(measured)} %.",
        f"{promised.normalize():f} % allows {spell(allowed)} away; {spell(down)} is {spell(abs(over))}"
        f" {'more' if over > 0 else 'less'}.",
    )
    return Measured(
        f"{promised.normalize():f} % available",
        f"{percent(measured)} %",
        spell(over) if over > 0 else "",
        steps,
        missed=over > 0,
    )


def response(
    promised: int,
    *,
    hours: Calendar,
    in_hours: bool,
    opened_at: datetime,
    answered_at: datetime | None,
    zone: str,
    at: datetime,
) -> Measured:
    """How long the vendor took until a person answered, against the time that was promised."""
    stop = answered_at or at
    took = Fraction(clocks.elapsed(hours, opened_at, max(stop, opened_at)) // _SECOND)
    over = took - promised * 60
    until = f"{'a person answered at' if answered_at else 'nobody had answered by'} {wall(stop, zone)}"
    counted = "in the vendor's stated hours" if in_hours else "on the wall clock"
    steps = (
        f"The case was opened at {wall(opened_at, zone)}; {until}.",
        f"{spell(took)} {counted}; promised was {spell(Fraction(promised * 60))}.",
    )
    late = spell(over) if over > 0 else ""
    return Measured(f"an answer within {spell(Fraction(promised * 60))}", spell(took), late, steps, missed=over > 0)


def check_missed(measured: Measured) -> None:
    """Refuse to claim what was kept."""
    if not measured.missed:
        message = f"There is nothing to claim: promised {measured.promised}, measured {measured.measured}."
        raise Refused("nothing_missed", message, measured=measured.measured)


def check_amount(charge: Decimal | None, credit_percent: Decimal | None, currency: str) -> None:
    """Refuse half a sum: the charge and the share that the rule gives back, or neither; and no amount of money."""
    if (charge is None) != (credit_percent is None):
        missing = "charge" if charge is None else "credit_percent"
        message = "Give both the charge and the share of it that the rule gives back, or neither."
        raise Refused("missing_field", message, field=missing)
    if charge is not None and not (charge.is_finite() and 0 < charge < MOST_CHARGE):
        raise Refused("bad_amount", "Give the charge as an ordinary amount above zero.", field="charge")
    if charge is not None and Money(charge, currency).amount != charge:
        raise Refused("too_precise", f"{currency} has no such fraction.", field="charge")
    if credit_percent is not None:
        places = credit_percent.as_tuple().exponent if credit_percent.is_finite() else 0
        if not (credit_percent.is_finite() and 0 < credit_percent <= HUNDRED) or int(places) < -4:
            message = "A share is above 0 and at most 100 percent, with at most four decimals."
            raise Refused("bad_percent", message, field="credit_percent")


def amount(charge: Money, credit_percent: Decimal) -> tuple[Money, str]:
    """The computed amount, half a cent upwards, and how it was computed."""
    found = charge * (Fraction(credit_percent) / 100)
    words = f"{format_money(charge)} x {credit_percent.normalize():f} % = {format_money(found)}"
    return found, words


def percent(share: Fraction) -> str:
    """A share with four decimals, half upwards."""
    return f"{half_up(share, 4):f}"


def seconds(span: Fraction) -> str:
    return f"{half_up(span, 0):f}"


def wall(at: datetime, zone: str) -> str:
    """An instant on the wall clock of the site, to the second."""
    return at.astimezone(zone_of(zone)).strftime("%Y-%m-%d %H:%M:%S %Z")


def spell(span: Fraction) -> str:
    """A span of seconds in hours, minutes and seconds."""
    whole = int(seconds(span))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{hours} h" if hours else "", f"{minutes} min" if minutes else "", f"{left} s" if left else ""]
    return " ".join(part for part in parts if part) or "0 s"
