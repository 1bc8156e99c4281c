"""Who may go at all: everything must hold through the planned end of work, not merely at dispatch (domain.md §4.6).

Each reason is a sentence for the desk. Nothing here is ever relaxed: with nobody eligible, people escalate.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from breakfix.dispatch.values import Candidate, Excluded, Job, Lane, Presence
from breakfix.kernel.worktime.zones import zone_of
from breakfix.roster.rules import certification_current, clearance_gaps, legal_hours_gap, shift_gap
from breakfix.roster.values import Held, Working


def lane_of(priority: str) -> Lane:
    """The lane of a priority."""
    return Lane.EMERGENCY if priority in ("P1", "P2") else Lane.STANDARD


def counting(candidate: Candidate, job: Job) -> list[Presence]:
    """The bookings that stand in the way of this job (domain.md §11 ruling 3).

    An emergency looks through P3/P4 work that has not started; for who is on the reserved emergency roster also
    through what has, because there it should never have tied up the last one.
    """
    if job.lane is Lane.STANDARD:
        return list(candidate.bookings)
    return [
        booking
        for booking in candidate.bookings
        if booking.lane is Lane.EMERGENCY or (booking.started and not candidate.emergency_roster)
    ]


def displaced(candidate: Candidate, job: Job) -> list[Presence]:
    """The bookings that an emergency pushes aside when this technician is sent."""
    kept = {booking.booking_id for booking in counting(candidate, job)}
    return [one for one in candidate.bookings if one.booking_id not in kept and _overlaps(one, job)]


def eligibility(candidate: Candidate, job: Job, *, bench: Sequence[Candidate] = ()) -> list[str]:
    """Every reason why this technician may not take the job; empty: eligible.

    `bench` is everybody who could go, for the rule that one of the emergency roster stays free per domain.
    """
    reasons = []
    if job.domain not in candidate.domains:
        reasons.append(f"not skilled in {job.domain}")
    if candidate.level < job.level:
        reasons.append(f"level {candidate.level}, this work needs level {job.level}")
    reasons += certificate_gaps(candidate.certificates, job)
    reasons += clearance_gaps(
        candidate.clearances, job.clearances, client_id=job.client_id, through=job.end, zone=job.zone
    )
    reasons += _time_gaps(candidate, job)
    if job.lane is Lane.STANDARD and candidate.emergency_roster:
        reasons += _reserve_gaps(candidate, job, bench)
    return reasons


def excluded(candidates: Sequence[Candidate], job: Job) -> list[Excluded]:
    """Everybody who may not go, with the reasons, in the given order."""
    found = [(one.technician_id, eligibility(one, job, bench=candidates)) for one in candidates]
    return [Excluded(technician_id, tuple(reasons)) for technician_id, reasons in found if reasons]


def certificate_gaps(certificates: Iterable[Held], job: Job) -> list[str]:
    """One sentence for each group of which no certificate is current through the planned end of work (R13)."""
    held = list(certificates)
    gaps = (_group_gap(held, codes, job) for codes in job.certificates)
    return list(dict.fromkeys(gap for gap in gaps if gap))


def _group_gap(held: Iterable[Held], codes: Sequence[str], job: Job) -> str:
    mine = [one for one in held if one.code in codes]
    verdicts = [
        certification_current(
            one,
            through=job.end,
            zone=job.zone,
            accepted_versions=job.accepted_versions.get(one.code, ()),
            at=job.at,
            verified_for_months=job.verified_for_months,
        )
        for one in mine
    ]
    if any(current for current, _ in verdicts):
        return ""
    if not verdicts:
        return f"{codes[0]} is not held" if len(codes) == 1 else f"holds none of {', '.join(codes)}"
    # A renewal is a new row: of each certificate only the last one's reason says anything.
    last = {one.code: reason for one, (_, reason) in zip(mine, verdicts, strict=True)}
    return "; ".join(last.values())


def _time_gaps(candidate: Candidate, job: Job) -> list[str]:
    bookings = counting(candidate, job)
    gaps = [shift_gap(candidate.shifts, start=job.start, end=job.end)]
    for one in bookings:
        if _overlaps(one, job):
            where = "on this engagement already" if one.here else "elsewhere"
            gaps.append(f"booked {where} from {shown(one.starts_at, job)} to {shown(one.ends_at, job)}")
    duties = [one for one in candidate.shifts if not one.on_call]
    duties += [Working(one.starts_at, one.ends_at) for one in bookings if not _overlaps(one, job)]
    gaps.append(
        legal_hours_gap(
            duties,
            start=job.start,
            end=job.end,
            minimum_rest_hours=job.minimum_rest_hours,
            maximum_duty_hours=job.maximum_duty_hours,
        )
    )
    return [gap for gap in gaps if gap]


def _reserve_gaps(candidate: Candidate, job: Job, bench: Iterable[Candidate]) -> list[str]:
    """In each domain of this technician somebody else of the emergency roster has to stay free meanwhile."""
    free = [
        other
        for other in bench
        if other.technician_id != candidate.technician_id
        and other.emergency_roster
        and not shift_gap(other.shifts, start=job.start, end=job.end)
        and not any(_overlaps(booking, job) for booking in other.bookings)
    ]
    alone = sorted(domain for domain in candidate.domains if not any(domain in one.domains for one in free))
    if not alone:
        return []
    return [f"kept free for emergencies: the last one of the emergency roster for {', '.join(alone)}"]


def shown(at: datetime, job: Job) -> str:
    """An instant as the site's clock shows it."""
    return at.astimezone(zone_of(job.zone)).strftime("%m-%d %H:%M")


def _overlaps(booking: Presence, job: Job) -> bool:
    return booking.starts_at < job.end and job.start < booking.ends_at
