"""What the duty manager approved for a sleeper is answered by the sleeper, or becomes a finding."""

from datetime import datetime

from django.db import transaction

from breakfix.approvals import queries, steps
from breakfix.approvals.models import Finding, Round, Seat
from breakfix.approvals.rules import emergency, standing
from breakfix.approvals.values import RatifyVerdict, SeatState
from breakfix.kernel.access import Actor, Deed, check_confirmed, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.money import format_money
from breakfix.kernel.worktime.zones import zone_of


@transaction.atomic
def ratify(
    round_id: int, *, verdict: RatifyVerdict, seat: str = "", reason: str = "", by: Actor, at: datetime
) -> Round:
    """The holder of a bypassed seat stands behind the emergency approval, or does not.

    A refusal raises a finding and stops what has not begun; what was done stays billable within its maximum
    (domain.md §11 ruling 8). While the round is still open, a refusal ends it as any rejection does.
    """
    approval = queries.lock_round(round_id, by=by)
    engagement = approval.engagement
    require(by, Deed.RATIFY, org=engagement.client_id)
    bench, _ = queries.bench_of(engagement.client_id, at)
    view = queries.view_of(approval)
    claim = standing.check_can_ratify(by, view, bench, seat_name=seat, verdict=verdict, reason=reason)
    row = steps.seat_of(approval, claim.seat)
    emergency.check_in_time(row.ratify_by, at)
    check_confirmed(by, at)

    accepted = verdict is RatifyVerdict.ACCEPT
    rows = _answer(approval, row, accepted, reason, by, at)
    about = steps.words_for(approval)
    finding = None if accepted else _find(row, f"The emergency approval of {about} was not ratified: refused.", at)
    record(
        "ratification.accepted" if accepted else "ratification.refused",
        subject=approval,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=f"The emergency approval of {about} was {'ratified' if accepted else 'not ratified'} for {row.name}.",
        facts={
            "seat": row.name,
            "about": approval.subject,
            "sha256": approval.subject_sha256,
            "exposure": approval.exposure,
            "reason": reason.strip(),
            "for_person": claim.for_person,
            "round": approval.status,
        },
        changed=rows,
        own={engagement.client_id: [finding]} if finding else None,
    )
    return approval


@transaction.atomic
def lapse_ratification(round_id: int, *, by: Actor, at: datetime) -> Round:
    """The time to ratify has passed in silence: a finding for the client's auditor; the invoice stays due.

    Nothing happens where everything was answered or has lapsed before. Refuses as long as it is still in time.
    """
    approval = queries.lock_round(round_id, by=by)
    engagement = approval.engagement
    require(by, Deed.LAPSE_RATIFICATION)
    waiting = queries.lapses_of(approval)
    if not waiting:
        return approval
    if at < (first := min(lapses_at for _, lapses_at in waiting)):
        raise Refused("in_time", "It can still be ratified.", lapses_at=first)
    late = [seat for seat, lapses_at in waiting if lapses_at <= at]
    amount = f" of {format_money(approval.exposure)}" if approval.exposure is not None else ""
    rows: list[Row] = []
    findings: list[Row] = []
    for seat in late:
        seat.lapsed_at = at
        seat.save()
        what = f"The emergency approval{amount} for the seat {seat.name} was not ratified by {_deadline(seat)}."
        findings.append(_find(seat, what, at))
        rows += [seat, *steps.close_ratification(approval, seat, at=at)]
    record(
        "ratification.lapsed",
        subject=approval,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=f"The emergency approval of {steps.words_for(approval)} was not ratified by {_deadline(late[0])}.",
        facts={
            "seats": [seat.name for seat in late],
            "about": approval.subject,
            "exposure": approval.exposure,
            "ratify_by": late[0].ratify_by,
        },
        changed=rows,
        own={engagement.client_id: findings},
    )
    return approval


def _answer(approval: Round, seat: Seat, accepted: bool, reason: str, by: Actor, at: datetime) -> list[Row]:
    steps.move_seat(seat, SeatState.RATIFIED if accepted else SeatState.RATIFICATION_REFUSED)
    seat.ratified_by_id, seat.ratified_at = by.person_id, at
    seat.ratify_reason = reason.strip()
    seat.save()
    return [seat, *steps.close_ratification(approval, seat, at=at), *steps.conclude(approval, at=at)]


def _deadline(seat: Seat) -> str:
    """The deadline on the site's wall clock."""
    zone = zone_of(seat.round.engagement.zone)
    return seat.ratify_by.astimezone(zone).strftime("%H:%M on %Y-%m-%d") if seat.ratify_by else ""


def _find(seat: Seat, what: str, at: datetime) -> Finding:
    """Raise a finding with the client whose seat it is."""
    engagement = seat.round.engagement
    return Finding.objects.create(
        engagement=engagement, client_id=engagement.client_id, seat=seat, what=what, opened_at=at
    )
