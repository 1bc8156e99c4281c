"""What the desk decides: whom to send, whom to add, whom to take off again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from breakfix.dispatch import queries, steps
from breakfix.dispatch.models import Booking, Dispatch
from breakfix.dispatch.rules import conduct, eligibility, ranking
from breakfix.dispatch.values import FIRST_VISIT, REPAIR_VISIT, SENT_AGAIN, Lane, Purpose, Ranking
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules.transitions import check_status
from breakfix.incidents.rules.words import check_no_amount
from breakfix.incidents.values import Status
from breakfix.kernel.access import SYSTEM, Actor, Deed, Role, Side, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.canonical import plain
from breakfix.kernel.ledger.record import hold_logs, record
from breakfix.kernel.models import Row
from breakfix.parties import steps as parties
from breakfix.parties.rules import text
from breakfix.roster import queries as roster


@dataclass(frozen=True)
class _Choice:
    """Whom the desk wants for which work, and when; `held` are the engagements locked for it."""

    held: frozenset[int]
    technician_id: int
    purpose: Purpose
    start: datetime
    end: datetime
    level: int | None
    reason: str


@transaction.atomic
def dispatch_technician(
    engagement_id: int,
    technician_id: int,
    *,
    planned_end: datetime,
    planned_start: datetime | None = None,
    required_level: int | None = None,
    reason: str = "",
    by: Actor,
    at: datetime,
) -> Booking:
    """Send somebody to find the cause; from now on they see the engagement. Anybody but the first needs a reason.

    Refused while the forensic fee is not accepted, nobody is eligible, or the provider's cover has a gap. An
    emergency pushes aside what may wait (domain.md §11 ruling 3).
    """
    engagement, held = _lock(engagement_id, technician_id, by=by, at=at)
    require(by, Deed.DISPATCH_TECHNICIAN, org=engagement.provider_id)
    status = Status(engagement.status)
    check_status(status, *FIRST_VISIT, *SENT_AGAIN)
    if status in SENT_AGAIN and queries.live_bookings(engagement):
        raise Refused("already_dispatched", "Somebody is on it already; release that booking first.")
    if incidents.fee(engagement).accepted_at is None:
        message = "The client has not accepted the forensic fee yet; an approver accepts it on the engagement."
        raise Refused("fee_not_accepted", message)
    start = planned_start or at
    choice = _Choice(held, technician_id, Purpose.DIAGNOSIS, start, planned_end, required_level, reason)
    booking, ranked, own, rows = _book(engagement, choice, by=by, at=at)
    if status in FIRST_VISIT:
        rows += incident_steps.move(engagement, Status.DISPATCHED, by=by, at=at)
    else:
        what = "Contact the requester" if status is Status.DISPATCHED else "Diagnose and issue the root cause"
        rows += incident_steps.next_step(engagement, what, side=Side.PROVIDER, role=Role.TECHNICIAN, at=at)
    _tell_booked("technician.dispatched", booking, engagement, ranked, rows=rows, own=own, by=by, at=at)
    return booking


@transaction.atomic
def book_specialist(
    engagement_id: int,
    technician_id: int,
    *,
    planned_start: datetime,
    planned_end: datetime,
    required_level: int | None = None,
    reason: str = "",
    by: Actor,
    at: datetime,
) -> Booking:
    """Add somebody for the repair, or for a second pair of eyes; the same rules as for whoever went first."""
    engagement, held = _lock(engagement_id, technician_id, by=by, at=at)
    require(by, Deed.BOOK_SPECIALIST, org=engagement.provider_id)
    check_status(Status(engagement.status), *REPAIR_VISIT)
    choice = _Choice(held, technician_id, Purpose.REPAIR, planned_start, planned_end, required_level, reason)
    booking, ranked, own, rows = _book(engagement, choice, by=by, at=at)
    _tell_booked("specialist.booked", booking, engagement, ranked, rows=rows, own=own, by=by, at=at)
    return booking


@transaction.atomic
def release_booking(booking_id: int, *, reason: str, by: Actor, at: datetime) -> Booking:
    """Take somebody off an engagement: they are free again and see it no longer."""
    booking = queries.lock_booking(booking_id, by=by)
    engagement = incidents.lock_engagement(booking.engagement_id, by)
    require(by, Deed.RELEASE_BOOKING, org=engagement.provider_id)
    conduct.check_can_release(Status(engagement.status), live=booking.is_live)
    reason = check_no_amount(text(reason, "reason", longest=400), "reason")
    rows = steps.release(booking, reason=reason, at=at)
    if not queries.live_bookings(engagement) and Status(engagement.status) in SENT_AGAIN:
        rows += _dispatch_again(engagement, "Send somebody else", at)
    record(
        "booking.released",
        subject=booking,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=f"An engineer was taken off: {reason}",
        facts={"technician": booking.technician_id},
        changed=rows,
    )
    return booking


def _lock(engagement_id: int, technician_id: int, *, by: Actor, at: datetime) -> tuple[Engagement, frozenset[int]]:
    """Hold the engagement and, for an emergency, those whose visits it may push aside; their ids as well.

    By id and before the technician, so that two desks never wait for each other.
    """
    lane = eligibility.lane_of(incidents.get_engagement(engagement_id, by).priority)
    waiting = queries.could_wait(technician_id, at) if lane is Lane.EMERGENCY else []
    held = frozenset({engagement_id, *waiting})
    for key in sorted(held):
        incidents.lock_engagement(key, SYSTEM)
    return incidents.lock_engagement(engagement_id, by), held


def _book(
    engagement: Engagement, choice: _Choice, *, by: Actor, at: datetime
) -> tuple[Booking, Ranking, Dispatch, list[Row]]:
    """Judge the choice under the technician's lock, so that two desks cannot give away the same hour."""
    conduct.check_period(choice.start, choice.end, at=at)
    if choice.level is not None:
        conduct.check_level(choice.level)
    reason = check_no_amount(text(choice.reason, "reason", longest=400, required=False), "reason")
    technician = roster.lock_technician(choice.technician_id, by=by)
    ranked = queries.candidates(
        engagement,
        by=by,
        planned_start=choice.start,
        planned_end=choice.end,
        required_level=choice.level,
        at=at,
    )
    conduct.check_insured(ranked)
    number = conduct.check_choice(ranked, technician.pk, reason=reason)
    if ranked.job.lane is Lane.EMERGENCY:
        pushed = queries.displaced_by(engagement, technician.pk, ranked.job)
        conduct.check_held({one.engagement_id for one in pushed}, choice.held)
        _displace(engagement, pushed, by=by, at=at)
    decision = Dispatch.objects.create(
        engagement=engagement,
        purpose=choice.purpose.value,
        chosen=technician,
        rank=number,
        reason=reason,
        ranking=plain(ranking.snapshot(ranked)),
        decided_by_id=by.person_id,
        decided_at=at,
        planned_start=choice.start,
        planned_end=choice.end,
    )
    minutes = ranked.eligible[number - 1].eta.minutes
    booking = Booking.objects.create(
        technician=technician,
        engagement=engagement,
        dispatch=decision,
        starts_at=choice.start,
        ends_at=choice.end,
        lane=ranked.job.lane.value,
        priority=engagement.priority,
        eta_at=None if minutes is None else at + timedelta(minutes=minutes),
        grounds=ranking.grounds(ranked, number, technician.level),
    )
    shared = parties.share(engagement.topic, person_id=technician.person_id, reason="booked as engineer", at=at)
    return booking, ranked, decision, [booking, *shared]


def _displace(urgent: Engagement, bookings: Sequence[Booking], *, by: Actor, at: datetime) -> None:
    """Put back what may wait. Each is a deed of its own: its client learns of it, and of nobody else's trouble."""
    hold_logs(party for one in (urgent, *(booking.engagement for booking in bookings)) for party in one.party_ids)
    for booking in bookings:
        engagement = booking.engagement
        rows = steps.release(booking, reason="an emergency has precedence", at=at)
        if not incidents.is_over(engagement):
            rows += _dispatch_again(engagement, "Send somebody else: an emergency took the engineer", at)
        record(
            "booking.displaced",
            subject=booking,
            by=by,
            at=at,
            to=engagement.party_ids,
            topic=engagement.topic,
            line="The planned visit is put back, because an emergency has precedence; a new time follows.",
            facts={"technician": booking.technician_id, "was_planned_for": booking.starts_at},
            changed=rows,
        )


def _dispatch_again(engagement: Engagement, what: str, at: datetime) -> list[Row]:
    return incident_steps.next_step(engagement, what, side=Side.PROVIDER, role=Role.DISPATCHER, at=at)


def _tell_booked(
    kind: str,
    booking: Booking,
    engagement: Engagement,
    ranked: Ranking,
    *,
    rows: list[Row],
    own: Dispatch,
    by: Actor,
    at: datetime,
) -> None:
    eta = f"expected at {eligibility.shown(booking.eta_at, ranked.job)}, " if booking.eta_at else ""
    until = eligibility.shown(booking.ends_at, ranked.job)
    record(
        kind,
        subject=booking,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=f"An engineer was booked: {eta}planned until {until}. {booking.grounds}",
        facts={
            "technician": booking.technician_id,
            "rank": own.rank,
            "eligible": len(ranked.eligible),
            "excluded": len(ranked.excluded),
            "planned_end": booking.ends_at,
            "eta_at": booking.eta_at,
        },
        changed=rows,
        own={engagement.provider_id: [own]},
    )
