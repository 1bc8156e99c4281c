"""Rounds of approval as later modules use them: opened, decided and closed inside the deed of a quote, fee or change.

The caller holds the engagement locked, records the deed and passes the rows returned in `record(changed=...)`.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

from breakfix.approvals import queries
from breakfix.approvals.models import PhoneCall, Round, Seat
from breakfix.approvals.rules import emergency, phoning, standing
from breakfix.approvals.values import (
    Basis,
    Bench,
    CallStatus,
    Purpose,
    RoundStatus,
    RoundView,
    SeatKind,
    SeatNeed,
    SeatState,
    Verdict,
)
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import EndKind
from breakfix.kernel.access import Actor, Role, check_confirmed
from breakfix.kernel.errors import Refused
from breakfix.kernel.models import Row
from breakfix.kernel.money import Money

WORDS = {
    Purpose.QUOTE: "the quote",
    Purpose.FORENSIC_FEE: "the forensic fee",
    Purpose.FORENSIC_EXTENSION: "the further diagnosis",
    Purpose.CHANGE: "the change",
}
_TASKS = {
    SeatKind.SPEND: "Approve",
    SeatKind.ACKNOWLEDGEMENT: "Acknowledge the risk of",
    SeatKind.CHANGE: "Let through",
}


def open_round(
    engagement: Engagement,
    *,
    subject: str,
    sha256: str,
    purpose: Purpose,
    needs: Sequence[SeatNeed],
    exposure: Money | None,
    quorum: int | None = None,
    due_at: datetime | None = None,
    at: datetime,
) -> tuple[Round, list[Row]]:
    """Ask the client's people about one document: a seat each, and an open end for everybody who may fill it.

    `due_at` is when the document expires, shown to those asked. Refuses a second round about the same document.
    """
    if queries.open_round_for(subject) is not None:
        raise Refused("round_open", "The client's people are being asked about this already.")
    approval = Round.objects.create(
        engagement=engagement,
        subject=subject,
        subject_sha256=sha256,
        purpose=purpose.value,
        exposure_minor=None if exposure is None else exposure.minor,
        currency=engagement.currency if exposure is None else exposure.currency,
        quorum=quorum,
        opened_at=at,
    )
    seats = [
        Seat.objects.create(
            round=approval,
            position=position,
            name=need.name,
            kind=need.kind.value,
            roles=[role.value for role in need.roles],
        )
        for position, need in enumerate(needs)
    ]
    view, (bench, _) = queries.view_of(approval), queries.bench_of(engagement.client_id, at)
    rows: list[Row] = [approval, *seats]
    for seat in seats:
        rows += ask_for(approval, seat, _first_asked(view, bench, seat.name), due_at=due_at, at=at)
    return approval, rows


def _first_asked(view: RoundView, bench: Bench, seat_name: str) -> list[int]:
    seat = next(one for one in view.seats if one.name == seat_name)
    claims = standing.askable(seat, view, bench)
    return [claim.person for claim in claims if claim.basis in {Basis.AUTHORITY, Basis.ROLE}]


def ask_for(
    approval: Round, seat: Seat, people: Iterable[int], *, due_at: datetime | None = None, at: datetime
) -> list[Row]:
    """Put a seat before these people; where there is nobody, before the role, so that it is never forgotten."""
    asked: list[int | None] = list(dict.fromkeys(people))
    rows: list[Row] = []
    for person in asked or [None]:
        rows += incident_steps.open_end(
            approval.engagement,
            EndKind.SEAT,
            f"{_TASKS[SeatKind(seat.kind)]} {words_for(approval)}",
            organisation_id=approval.engagement.client_id,
            role=_role_of(seat),
            person_id=person,
            due_at=due_at,
            subject=seat.subject,
            at=at,
        )
    return rows


def _role_of(seat: Seat) -> Role | str:
    return seat.qualifying[0] if seat.qualifying else ""


def decide(
    approval: Round,
    seat_name: str | None,
    *,
    verdict: Verdict,
    shown_sha256: str,
    reason: str = "",
    by: Actor,
    at: datetime,
) -> tuple[Round, Seat, list[Row]]:
    """Fill one seat; the round is then approved, rejected or still open, as its fresh status says.

    Without `seat_name` it is the first open seat that this person may fill and the verdict fits. Binds the very
    document shown; spend seats ask for the password again.
    """
    approval = queries.relock(approval, by)
    view, (bench, _) = queries.view_of(approval), queries.bench_of(approval.engagement.client_id, at)
    claim = standing.check_can_decide(by, view, bench, seat_name=seat_name, verdict=verdict, reason=reason)
    seat = seat_of(approval, claim.seat)
    if seat.kind == SeatKind.SPEND:
        check_confirmed(by, at)
    standing.check_shown(approval.subject_sha256, shown_sha256)
    move_seat(seat, SeatState.REJECTED if verdict is Verdict.REJECT else SeatState.APPROVED)
    seat.decided_by_id, seat.for_person_id = claim.person, claim.for_person
    seat.decided_at, seat.reason = at, reason.strip()
    seat.save()
    rows: list[Row] = [seat, *_unask(approval, seat, at), *conclude(approval, at=at)]
    return approval, seat, rows


def decide_emergency(
    approval: Round, *, shown_sha256: str, reason: str, by: Actor, at: datetime
) -> tuple[Round, list[Seat], list[Row]]:
    """The client's duty manager fills what nobody answers, to restore service; every bypassed seat must ratify.

    Returns the seats bypassed. Refuses with the first condition of the rule that is not met.
    """
    approval = queries.relock(approval, by)
    engagement = approval.engagement
    agreed, view = incidents.terms(engagement).approvals, queries.view_of(approval)
    emergency.check_duty_manager(by, view)
    urgency, tried = queries.urgency_of(approval, at), queries.tried(approval)
    names = emergency.seats_to_bypass(view, agreed, urgency, tried, at)
    if not reason.strip():
        raise Refused("reason_needed", "Say why this cannot wait for the approvers.", field="reason")
    check_confirmed(by, at)
    standing.check_shown(approval.subject_sha256, shown_sha256)
    until = emergency.ratify_by(agreed, engagement.hours, at)
    bench, _ = queries.bench_of(engagement.client_id, at)
    seats, rows = [seat_of(approval, name) for name in names], []
    for seat in seats:
        holders = _first_asked(view, bench, seat.name)
        rows += _bypass(approval, seat, holders, until=until, reason=reason, by=by, at=at)
    approval.limited_to_restoring = True
    approval.save()
    return approval, seats, [approval, *rows, *conclude(approval, at=at)]


def _bypass(
    approval: Round, seat: Seat, holders: list[int], *, until: datetime, reason: str, by: Actor, at: datetime
) -> list[Row]:
    move_seat(seat, SeatState.BYPASSED_EMERGENCY)
    seat.decided_by_id, seat.decided_at, seat.reason = by.person_id, at, reason.strip()
    seat.for_person_id = holders[0] if len(holders) == 1 else None
    seat.emergency, seat.ratify_by = True, until
    seat.save()
    rows: list[Row] = [seat, *_unask(approval, seat, at)]
    for person in holders:
        rows += incident_steps.open_end(
            approval.engagement,
            EndKind.RATIFICATION,
            f"Ratify the emergency approval of {words_for(approval)}",
            organisation_id=approval.engagement.client_id,
            role=Role.APPROVER,
            person_id=person,
            due_at=until,
            subject=seat.subject,
            at=at,
        )
    return rows


def place_call(
    approval: Round, person_id: int, seat_name: str | None, *, caller_id: int, at: datetime
) -> tuple[PhoneCall, list[Row]]:
    """Call one approver about a seat that is theirs to fill; an earlier call of theirs about it is over."""
    view, (bench, people) = queries.view_of(approval), queries.bench_of(approval.engagement.client_id, at)
    standing.check_open(view)
    mine = standing.fillable(view, bench, person_id)
    claim = next((one for one in mine if seat_name in {None, one.seat}), None)
    if claim is None:
        message = "This person holds no open seat of this approval; choose one of those it waits for."
        raise Refused("no_seat", message, field="person_id")
    person, seat = people[person_id], seat_of(approval, claim.seat)
    earlier = list(PhoneCall.objects.filter(seat__round=approval, person=person))
    phoning.check_can_call(person.name, person.phone, [one.placed_at for one in earlier], at)
    rows: list[Row] = []
    for one in earlier:
        if one.status == CallStatus.PLACED:
            rows += _end_call(one, CallStatus.REPLACED, at)
    call = PhoneCall.objects.create(
        seat=seat,
        person=person,
        placed_by_id=caller_id,
        number_end=person.phone[-4:],
        salt=secrets.token_hex(16),
        placed_at=at,
        until=at + phoning.GOOD_FOR,
    )
    return call, [*rows, call]


def enter_code(call: PhoneCall, code: str, at: datetime) -> tuple[bool, list[Row]]:
    """Whether this is the code that the telephone received; it signs once, and few wrong ones end the call."""
    phoning.check_can_enter(CallStatus(call.status), call.until, at)
    if secrets.compare_digest(phoning.plain(code), queries.code_of(call)):
        return True, _end_call(call, CallStatus.SIGNED, at)
    call.wrong += 1
    if phoning.after_wrong(call.wrong) is CallStatus.SPENT:
        return False, _end_call(call, CallStatus.SPENT, at)
    call.save(update_fields=["wrong"])
    return False, [call]


def _end_call(call: PhoneCall, status: CallStatus, at: datetime) -> list[Row]:
    phoning.check_can_end(CallStatus(call.status), status)
    call.status, call.ended_at = status.value, at
    call.save(update_fields=["status", "ended_at", "wrong"])
    return [call]


def close_round(approval: Round, status: RoundStatus, at: datetime) -> list[Row]:
    """End a round (LAPSED, WITHDRAWN, or what its seats made of it): nobody is asked any more.

    A round that is not approved binds nothing, so nothing of it needs to be ratified either. One that has
    ended already stays as it is.
    """
    if approval.status != RoundStatus.OPEN:
        return []
    approval.status, approval.closed_at = status.value, at
    approval.save()
    rows: list[Row] = [approval]
    for seat in approval.seats.all():
        rows += _unask(approval, seat, at)
        if status is not RoundStatus.APPROVED:
            rows += close_ratification(approval, seat, at=at)
    return rows


def close_ratification(approval: Round, seat: Seat, *, at: datetime) -> list[Row]:
    """Nobody waits for this seat's ratification any more."""
    return incident_steps.close_end(approval.engagement, EndKind.RATIFICATION, subject=seat.subject, at=at)


def conclude(approval: Round, *, at: datetime) -> list[Row]:
    """Close the round if its seats now decide it."""
    if approval.status != RoundStatus.OPEN:
        return []
    status = standing.outcome(queries.view_of(approval), quorum=approval.quorum)
    return [] if status is RoundStatus.OPEN else close_round(approval, status, at=at)


def words_for(approval: Round) -> str:
    """What a round is about, for a sentence: "the quote"."""
    return WORDS[Purpose(approval.purpose)]


def seat_of(approval: Round, name: str) -> Seat:
    """The seat of this name, the very instance that the round carries."""
    return next(seat for seat in approval.seats.all() if seat.name == name)


def move_seat(seat: Seat, target: SeatState) -> None:
    """Take a seat to another state along the table; the caller saves it."""
    standing.check_can_move(SeatState(seat.state), target)
    seat.state = target.value


def _unask(approval: Round, seat: Seat, at: datetime) -> list[Row]:
    return incident_steps.close_end(approval.engagement, EndKind.SEAT, subject=seat.subject, at=at)
