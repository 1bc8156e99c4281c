"""Who may be sent: certificates, clearances, cover and hours through the planned end of work (domain.md §4.6).

Each rule answers with the sentence that a dispatcher reads, so that an exclusion explains itself.
"""

import calendar
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money, format_money
from breakfix.kernel.worktime.zones import end_of_local_day, local_date, micros, zone_of
from breakfix.roster.values import (
    Clear,
    ClearanceKind,
    CoverTerms,
    Held,
    InsuranceKind,
    LeastCover,
    Policy,
    Validity,
    Working,
)

VERIFIED_FOR_MONTHS = 12  # domain.md R13, default
LARGEST_AMOUNT = Decimal(10**13)
LONGEST_SHIFT = timedelta(hours=14)  # domain.md §4.6
LONGEST_ON_CALL = timedelta(days=31)


def months_after(day: date, months: int) -> date:
    """The same day of the month that many months later, or that month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    month += 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def default_end(validity: Validity, months: int | None, issued_on: date) -> date | None:
    """When a certificate ends if its paper names no day: fixed terms only."""
    if validity is Validity.FIXED_TERM and months is not None:
        return months_after(issued_on, months)
    return None


def lasts_until(held: Held, *, verified_for_months: int = VERIFIED_FOR_MONTHS) -> date | None:
    """The last civil day on which this certificate can count; None when no day ends it.

    A lifetime certificate counts for as long as the issuer's word about it is fresh (R13).
    """
    ends = [held.valid_until] if held.valid_until is not None else []
    if held.validity is Validity.LIFETIME and held.verified_on is not None:
        ends.append(months_after(held.verified_on, verified_for_months))
    return min(ends, default=None)


def certification_current(
    held: Held,
    *,
    through: datetime,
    zone: str,
    accepted_versions: Collection[str] = (),
    at: datetime,
    verified_for_months: int = VERIFIED_FOR_MONTHS,
) -> tuple[bool, str]:
    """Whether a certificate counts from `at` through the planned end of work, and why (R13, ruling 30).

    Days are those of the site's `zone`; what is valid through a day is valid until the next local midnight,
    and work that ends exactly then is still covered.
    """
    if held.issued_on > _day(at, zone):
        return False, f"{held.code} is issued only on {held.issued_on}"
    unfit = _unfit(held, accepted_versions)
    if unfit:
        return False, unfit
    last = lasts_until(held, verified_for_months=verified_for_months)
    if last is None:
        return True, f"{held.code} version {held.version} is accepted by the client"
    if through > end_of_local_day(last, zone):
        return False, _too_short(held, last, through, zone)
    return True, f"{held.code} counts through {last}"


def _unfit(held: Held, accepted_versions: Collection[str]) -> str:
    """Why this certificate cannot count on any day, or nothing."""
    if held.validity is Validity.FIXED_TERM and held.valid_until is None:
        return f"{held.code} has no end date on record"
    if held.validity is Validity.LIFETIME and held.verified_on is None:
        return f"{held.code} was never verified with the issuer"
    if held.validity is Validity.VERSION_BOUND:
        accepted = {version.strip().casefold() for version in accepted_versions}
        if held.version.strip().casefold() not in accepted - {""}:
            return f"{held.code} version {held.version or 'unknown'} is not one that the client accepts"
    return ""


def _too_short(held: Held, last: date, through: datetime, zone: str) -> str:
    shown = through.astimezone(zone_of(zone)).strftime("%m-%d %H:%M")
    if held.valid_until != last:
        return f"{held.code} was last verified on {held.verified_on}, too long before work ends {shown}"
    return f"{held.code} expires {last}, work ends {shown}"


def clearance_gaps(
    clearances: Iterable[Clear], required: Iterable[str], *, client_id: int, through: datetime, zone: str
) -> list[str]:
    """One sentence for each clearance the client asks for that does not hold through the planned end."""
    held = [clearance for clearance in clearances if clearance.client_id == client_id]
    gaps = []
    for kind in required:
        ends = [clearance.valid_until for clearance in held if clearance.kind == kind]
        word = str(ClearanceKind(kind)).replace("_", " ")
        if not ends:
            gaps.append(f"no {word} for this client")
        elif not any(end is None or through <= end_of_local_day(end, zone) for end in ends):
            last = max(end for end in ends if end is not None)
            gaps.append(f"{word} for this client ends with {last}, before the planned end of work")
    return gaps


# ------------------------------------------------------------------------------------------- insurance


def insurance_gaps(
    policies: Sequence[Policy],
    *,
    terms: CoverTerms,
    currency: str,
    domain: str,
    insured: str,
    at: datetime,
    through: datetime,
    zone: str,
    agreement_began_on: date | None = None,
) -> list[str]:
    """Why this provider's cover is not enough for this work, one sentence each; empty opens the gate (§4.11).

    Each kind needs one policy that alone names the contracting entity (`insured`), pays enough, holds from
    `at` through the planned end, and, if claims-made, reaches back to the agreement's first day.
    """
    needed: list[tuple[InsuranceKind, LeastCover | None]] = [
        (InsuranceKind.GENERAL_LIABILITY, terms.general_liability),
        (InsuranceKind.PROFESSIONAL, terms.professional),
    ]
    if domain in terms.cyber_domains:
        needed.append((InsuranceKind.CYBER, terms.cyber))
    if terms.workers_comp:
        # Its limits are the statute's, not the agreement's.
        needed.append((InsuranceKind.WORKERS_COMP, None))
    gaps = []
    for kind, least in needed:
        faults = [
            _time_fault(policy, at, through, zone)
            or _scope_fault(policy, insured, agreement_began_on)
            or _limit_fault(policy, least, currency)
            for policy in policies
            if policy.kind is kind
        ]
        word = kind.value.replace("_", " ")
        if not faults:
            gaps.append(f"no {word} insurance on record")
        elif all(faults):
            gaps.append(f"{word} insurance: {faults[-1]}")
    return gaps


def _time_fault(policy: Policy, at: datetime, through: datetime, zone: str) -> str:
    if policy.valid_from > _day(at, zone):
        return f"begins only on {policy.valid_from}"
    if through > end_of_local_day(policy.valid_until, zone):
        return f"ends with {policy.valid_until}, before the planned end of work"
    return ""


def _scope_fault(policy: Policy, insured: str, agreement_began_on: date | None) -> str:
    if policy.named_insured.strip().casefold() != insured.strip().casefold():
        return f"insures {policy.named_insured}, not the contracting entity {insured}"
    reaches_back = policy.retro_date is None or agreement_began_on is None
    if not reaches_back and policy.retro_date > agreement_began_on:  # type: ignore[operator]
        return f"reaches back to {policy.retro_date}, the agreement began on {agreement_began_on}"
    return ""


def _limit_fault(policy: Policy, least: LeastCover | None, currency: str) -> str:
    if least is None:
        return ""
    if policy.per_claim.currency != currency:
        return f"is stated in {policy.per_claim.currency}, the agreement in {currency}"
    limits: tuple[tuple[str, Money, Decimal], ...] = (
        ("per claim", policy.per_claim, least.per_claim),
        ("in aggregate", policy.aggregate, least.aggregate),
    )
    for word, held, amount in limits:
        if held < Money.of(amount, currency):
            needed = format_money(Money.of(amount, currency))
            return f"pays {format_money(held)} {word}, the agreement asks for {needed}"
    return ""


# ------------------------------------------------------------------------------------------- hours


def shift_gap(shifts: Iterable[Working], *, start: datetime, end: datetime) -> str:
    """Why the technician is not there for [start, end), or nothing; on-call time counts as there."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    reached = start
    for begins, ends in sorted(map(_elapsed, shifts)):
        if begins <= reached < ends:
            reached = ends
    if reached >= end:
        return ""
    if reached == start:
        return "neither on shift nor on call when the work starts"
    return "the shift ends before the planned end of work"


def legal_hours_gap(
    duties: Iterable[Working],
    *,
    start: datetime,
    end: datetime,
    minimum_rest_hours: Decimal = Decimal(10),
    maximum_duty_hours: Decimal = Decimal(14),
) -> str:
    """Why [start, end) would break the legal hours, or nothing (§4.6: at least 10 h rest, at most 14 h duty).

    Only a pause of the minimum rest ends a duty period: shorter breaks count as duty, from its first start to its
    last end. `duties` are the other bookings and shifts; time merely on call is no duty.
    """
    rest = timedelta(minutes=int(minimum_rest_hours * 60))
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    spans = sorted([_elapsed(duty) for duty in duties if not duty.on_call] + [(start, end)])
    periods: list[list[datetime]] = []
    for begun, ended in spans:
        if periods and begun - periods[-1][1] < rest:
            periods[-1][1] = max(periods[-1][1], ended)
        else:
            periods.append([begun, ended])
    begun, ended = next(period for period in periods if period[0] <= start and end <= period[1])
    if ended - begun <= timedelta(minutes=int(maximum_duty_hours * 60)):
        return ""
    hours = Decimal((ended - begun) // timedelta(minutes=1)) / 60
    return (
        f"{hours:.2f} h on duty without {minimum_rest_hours} h of rest between, "
        f"at most {maximum_duty_hours} h are allowed"
    )


# ------------------------------------------------------------------------------------------- alerts


def alert_reached(ends_on: date, today: date, thresholds: Sequence[int]) -> int | None:
    """The tightest threshold (days before the end) that has been reached, or None; 0 once it is past.

    A missed day is caught up the next day, because the tightest threshold stays reached.
    """
    left = (ends_on - today).days
    if left < 0:
        return 0
    return min((threshold for threshold in thresholds if left <= threshold), default=None)


def _elapsed(working: Working) -> tuple[datetime, datetime]:
    # In UTC: Python subtracts two times of one zone by what the wall clock shows, wrong by an hour at a change.
    return working.starts_at.astimezone(UTC), working.ends_at.astimezone(UTC)


def _day(at: datetime, zone: str) -> date:
    return local_date(micros(at), zone)


# ------------------------------------------------------------------------------------------- entering


def amount(value: Decimal, currency: str, field: str) -> Money:
    """The amount as money; refuses what is negative, absurd, or finer than the currency's smallest unit."""
    words = field.replace("_", " ")
    if not value.is_finite() or not 0 <= value < LARGEST_AMOUNT:
        message = f"Give {words} as an amount from 0 to below 10,000,000,000,000."
        raise Refused("bad_amount", message, field=field)
    money = Money.of(value, currency)
    if money.amount != value:
        raise Refused("too_fine", f"{words.capitalize()} has more decimals than {currency} has.", field=field)
    return money


def check_level(level: int) -> None:
    """Refuse a level outside L1 to L4."""
    if not 1 <= level <= 4:
        raise Refused("bad_level", "The level is 1, 2, 3 or 4.", field="level")


def check_certificate(
    validity: Validity, *, issued_on: date, valid_until: date | None, version: str, today: date
) -> None:
    """Refuse a certificate from the future, an end before its beginning, and a version left out where it decides."""
    if issued_on > today:
        raise Refused("future_date", "The day of issue lies in the future.", field="issued_on")
    if valid_until is not None and valid_until < issued_on:
        raise Refused("ends_before_start", "The end lies before the day of issue.", field="valid_until")
    if validity is Validity.VERSION_BOUND and not version:
        message = "This certification counts only for a product version; say which."
        raise Refused("missing_field", message, field="version")


def check_can_verify(held: Held, *, own: bool, today: date) -> None:
    """Refuse to vouch for oneself, and to verify twice on a day."""
    if own:
        message = "Somebody else has to verify your own certificate with its issuer."
        raise Refused("own_certificate", message, field="certificate_id")
    if held.verified_on is not None and held.verified_on >= today:
        raise Refused("already_verified", "This certificate was verified today.", field="certificate_id")


def check_clearance(kind: ClearanceKind, *, by_provider: bool, valid_until: date | None, today: date) -> None:
    """Refuse a clearance that is over, and a client's own clearance from anybody but the client."""
    if kind is ClearanceKind.CLIENT_CLEARANCE and by_provider:
        message = "Only the client can give its own clearance; ask their security officer."
        raise Refused("client_decides", message, field="kind")
    if valid_until is not None and valid_until < today:
        raise Refused("past_date", "This clearance has ended already.", field="valid_until")


def check_policy(policy: Policy, *, endorsed: bool, promises: bool, today: date) -> None:
    """Refuse a policy that ends before it begins or has ended, whose limits contradict each other, or that
    claims an additional insured or a waiver of subrogation without the endorsement that alone gives them (§4.11)."""
    if policy.valid_until < policy.valid_from:
        raise Refused("ends_before_start", "The policy ends before it begins.", field="valid_until")
    if policy.valid_until < today:
        raise Refused("past_date", "This policy has ended already; record the current one.", field="valid_until")
    if policy.retro_date is not None and policy.retro_date > policy.valid_from:
        message = "The retroactive date lies after the policy's first day."
        raise Refused("bad_retro_date", message, field="retro_date")
    if policy.aggregate < policy.per_claim:
        message = "The aggregate cannot be less than the limit per claim."
        raise Refused("aggregate_too_small", message, field="aggregate")
    if promises and not endorsed:
        message = "An additional insured or a waiver of subrogation counts only with its endorsement: attach it."
        raise Refused("endorsement_missing", message, field="endorsement")


def check_shift(working: Working, *, at: datetime) -> None:
    """Refuse a shift that is over, runs backwards, or is longer than the law lets anybody work."""
    starts_at, ends_at = _elapsed(working)
    if ends_at <= starts_at:
        raise Refused("ends_before_start", "The shift ends before it begins.", field="ends_at")
    if ends_at <= at:
        raise Refused("past_date", "This shift lies in the past.", field="ends_at")
    longest = LONGEST_ON_CALL if working.on_call else LONGEST_SHIFT
    if ends_at - starts_at > longest:
        hours = int(longest.total_seconds()) // 3600
        message = f"Plan at most {hours} hours in one go; add a further shift after the rest."
        raise Refused("shift_too_long", message, field="ends_at")
