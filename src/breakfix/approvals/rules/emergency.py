"""When the client's duty manager may approve alone, and until when that must be ratified.

Figures: domain.md §3.3 and §11 rulings 7 and 8; the agreement may change each of them.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from breakfix.agreements.clauses.policies import ApprovalPolicy, EmergencyRule
from breakfix.approvals.rules.standing import OPEN_SEATS, check_not_yet, check_open, check_person
from breakfix.approvals.values import (
    Condition,
    Outcome,
    RoundView,
    RungName,
    SeatKind,
    SeatView,
    Tried,
    Urgency,
)
from breakfix.kernel.access import Actor, Role
from breakfix.kernel.errors import NotAllowed, Refused
from breakfix.kernel.money import Money, format_money
from breakfix.kernel.worktime.calendars import Calendar
from breakfix.kernel.worktime.days import noon_of_first_day_opening_after
from breakfix.kernel.worktime.zones import ONE_DAY, local_date, micros, zone_of

# Attempts at a seat's own people; asking the next level or the duty manager says nothing about them.
_AT_THE_SEAT = {RungName.NOTIFY, RungName.VOICE, RungName.DELEGATE}
_WORDS = {
    "not_urgent": "It must be a {priorities}, or an obligation must fall due within {hours} hours.",
    "business_hours": "It must be outside the client's business hours; within them the approvers are asked.",
    "above_ceiling": "{exposure} incl. tax must be within the emergency ceiling of {ceiling}.",
    "too_early": "The emergency rule applies from {from_at} on, {minutes} minutes after the question.",
    "still_reachable": "A seat's people must have been tried {attempts} times on {channels} channels.",
}


def pressing(policy: ApprovalPolicy, next_deadline: datetime | None, at: datetime) -> bool:
    """Whether an unmet obligation falls due within the hours of the emergency rule, or already did."""
    within = timedelta(hours=float(policy.emergency.obligation_within_hours))
    return next_deadline is not None and next_deadline - at <= within


def applies_from(policy: ApprovalPolicy, opened_at: datetime) -> datetime:
    """The instant of the ladder's last rung."""
    return opened_at + timedelta(minutes=policy.ladder.emergency)


def reached_out(seat: str, tried: Iterable[Tried]) -> tuple[int, int]:
    """(attempts, channels) at this seat's people: one a rung and channel, however many people got it."""
    sent = {
        (one.rung, one.channel)
        for one in tried
        if one.seat == seat and one.outcome is Outcome.SENT and one.rung in _AT_THE_SEAT
    }
    return len(sent), len({channel for _, channel in sent})


def unreachable(view: RoundView, tried: Iterable[Tried], rule: EmergencyRule) -> list[SeatView]:
    """The open spend seats whose people were tried often enough on enough ways without an answer."""
    logged = list(tried)
    found = []
    for seat in view.seats:
        attempts, channels = reached_out(seat.name, logged)
        enough = attempts >= rule.minimum_attempts and channels >= rule.minimum_channels
        if seat.need.kind is SeatKind.SPEND and seat.state in OPEN_SEATS and enough:
            found.append(seat)
    return found


def conditions(
    view: RoundView, policy: ApprovalPolicy, urgency: Urgency, tried: Iterable[Tried], at: datetime
) -> tuple[Condition, ...]:
    """Every condition of the rule as it stands at this instant: the page prints them, the deed asks them."""
    rule, exposure = policy.emergency, view.exposure
    ceiling = Money.of(rule.ceiling, exposure.currency) if exposure is not None else None
    start = applies_from(policy, view.opened_at)
    met = {
        "not_urgent": urgency.priority in rule.priorities or pressing(policy, urgency.next_deadline, at),
        "business_hours": not urgency.business_open,
        "above_ceiling": exposure is not None and ceiling is not None and exposure <= ceiling,
        "too_early": at >= start,
        "still_reachable": bool(unreachable(view, tried, rule)),
    }
    facts = {
        "hours": format(rule.obligation_within_hours.normalize(), "f"),
        "exposure": format_money(exposure) if exposure is not None else "This",
        "ceiling": format_money(ceiling) if ceiling is not None else str(rule.ceiling),
        "priorities": " or ".join(rule.priorities),
        "from_at": start.astimezone(zone_of(urgency.zone)).strftime("%H:%M on %Y-%m-%d"),
        "minutes": policy.ladder.emergency,
        "attempts": rule.minimum_attempts,
        "channels": rule.minimum_channels,
    }
    return tuple(Condition(code, met[code], words.format(**facts)) for code, words in _WORDS.items())


def check_duty_manager(by: Actor, view: RoundView) -> None:
    """Refuse anybody but the client's duty manager, separate from everybody else in the round."""
    person = check_person(by, view)
    if Role.DUTY_MANAGER not in by.roles:
        raise NotAllowed("Only the client's duty manager may approve in an emergency.", "not_duty_manager")
    check_open(view)
    check_not_yet(person, view)


def seats_to_bypass(
    view: RoundView, policy: ApprovalPolicy, urgency: Urgency, tried: Iterable[Tried], at: datetime
) -> list[str]:
    """The seats that the duty manager's one decision fills now; refuses with the first condition not met.

    One person fills one seat. Only where no spend seat of the round can be reached does the duty manager
    alone suffice, and then every seat is bypassed and has to ratify (domain.md §11 ruling 7).
    """
    logged = list(tried)
    spend = [seat for seat in view.seats if seat.need.kind is SeatKind.SPEND]
    if not any(seat.state in OPEN_SEATS for seat in spend):
        raise Refused("nothing_to_bypass", "No approval of money is missing here, so none can be bypassed.")
    for condition in conditions(view, policy, urgency, logged, at):
        if not condition.met:
            raise Refused(condition.code, condition.words, possible_from=applies_from(policy, view.opened_at))
    silent = unreachable(view, logged, policy.emergency)
    return [seat.name for seat in silent] if len(silent) == len(spend) else [silent[0].name]


def ratify_by(policy: ApprovalPolicy, calendar: Calendar, authorised_at: datetime) -> datetime:
    """The last instant at which ratifying is in time.

    12:00 local, unless agreed otherwise, of the first business day that opens after the authorisation.
    """
    noon = noon_of_first_day_opening_after(calendar, authorised_at)
    while (until := _clock_on_day_of(noon, policy.emergency.ratify_by, calendar.zone)) <= authorised_at:
        noon = noon_of_first_day_opening_after(calendar, noon)
    return until


def _clock_on_day_of(noon: datetime, clock: str, zone: str) -> datetime:
    hour, minute = (int(part) for part in clock.split(":"))
    day = local_date(micros(noon), zone) + ONE_DAY * (hour // 24)
    return datetime.combine(day, time(hour % 24, minute), tzinfo=zone_of(zone)).astimezone(UTC)


def check_in_time(until: datetime | None, at: datetime) -> None:
    """Refuse a ratification after its deadline; the very instant of the deadline is in time."""
    if until is not None and at > until:
        message = "The time to ratify has passed and a finding was raised; the invoice stays due."
        raise Refused("ratification_late", message, until=until)


def lapses_at(until: datetime) -> datetime:
    """The first instant at which a ratification is missing: for jobs to plan."""
    return until + timedelta(microseconds=1)
