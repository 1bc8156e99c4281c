"""Reading dispatch: who could go and why, who is booked, and whether somebody may work right now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet

from breakfix.agreements.models import AgreementVersion
from breakfix.agreements.values import DispatchTerms
from breakfix.dispatch.models import Booking, Dispatch, Outcome
from breakfix.dispatch.rules import conduct, eligibility, ranking, travel
from breakfix.dispatch.values import (
    Candidate,
    Continuity,
    Eta,
    Excluded,
    Job,
    Lane,
    Needs,
    Presence,
    Purpose,
    Ranking,
    Scored,
)
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import ClockKind, Status
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.worktime.zones import local_date, micros
from breakfix.parties import queries as parties
from breakfix.roster import queries as roster
from breakfix.roster import taxonomy
from breakfix.roster.models import Technician
from breakfix.roster.rules import clearance_gaps, insurance_gaps

# As far around a job as bookings can matter to it: a rest, a duty, and the rest of the site's day.
_NEAR = timedelta(days=2)
_ORDER = tuple(Continuity)

# ------------------------------------------------------------------------------------------ requirements


def requirements() -> Mapping[str, Needs]:
    """What each domain asks for by its file, before the agreement adds the client's own (`roster/domains`)."""
    return {
        code: Needs(level=one.level, groups=tuple((group.from_level, group.any_of) for group in one.certificates))
        for code, one in taxonomy.domains().items()
    }


def usual_level(domain: str) -> int:
    """The level that work in this domain needs unless the desk says otherwise."""
    return requirements()[domain].level


# ------------------------------------------------------------------------------------------ what is visible


def visible_to(by: Actor) -> QuerySet[Booking]:
    """The bookings on engagements that this actor was let in on."""
    rows = Booking.objects.filter(parties.shared_with(by, "engagement", key="engagement_id"))
    related = ("technician__person", "technician__provider", "engagement__site", "dispatch")
    return rows.select_related(*related).order_by("starts_at", "id")


def dispatches_visible_to(by: Actor) -> QuerySet[Dispatch]:
    """The decisions with their rankings: for the provider's own people, because they name colleagues."""
    rows = Dispatch.objects.filter(parties.shared_with(by, "engagement", key="engagement_id"))
    if not by.is_machine:
        rows = rows.filter(chosen__provider=by.organisation_id)
    related = ("chosen__person", "decided_by", "engagement")
    return rows.select_related(*related).order_by("decided_at", "id")


def dispatches(engagement: Engagement, *, by: Actor) -> list[Dispatch]:
    """Every decision on this engagement, in order, each with the ranking it was taken on."""
    return list(dispatches_visible_to(by).filter(engagement=engagement))


def live_bookings(engagement: Engagement) -> list[Booking]:
    """Who is on this engagement now, for rules: whoever asks has been let in on the engagement."""
    rows = Booking.objects.filter(engagement=engagement, released_at=None)
    return list(rows.select_related("technician__person", "dispatch").order_by("starts_at", "id"))


def repair_set_out(engagement: Engagement) -> Booking | None:
    """The first repair visit that had set out when the engagement was cancelled: nobody had taken it off before."""
    called_off = engagement.cancelled_at
    rows = Booking.objects.filter(engagement=engagement, dispatch__purpose=Purpose.REPAIR, starts_at__lte=called_off)
    rows = rows.filter(Q(released_at=None) | Q(released_at__gte=called_off))
    return rows.select_related("technician", "dispatch").order_by("starts_at", "id").first()


def first_time_fix(engagement: Engagement) -> bool | None:
    """Whether the first visit was enough, as was noted of all who worked; None before the work was done."""
    found = list(Outcome.objects.filter(booking__engagement=engagement).values_list("first_time_fix", flat=True))
    return all(found) if found else None


def may_release(engagement: Engagement) -> bool:
    """Whether who is booked can still be taken off: the rule behind the form."""
    return conduct.may_release(Status(engagement.status))


def live_on(engagements: Iterable[Engagement]) -> dict[int, list[Booking]]:
    """As `live_bookings`, for many engagements that the reader was let in on, in one query."""
    found: dict[int, list[Booking]] = {one.pk: [] for one in engagements}
    rows = Booking.objects.filter(engagement__in=list(found), released_at=None)
    for booking in rows.select_related("technician__person").order_by("starts_at", "id"):
        found[booking.engagement_id].append(booking)
    return found


def bookings_of(technician_id: int, *, by: Actor, since: datetime) -> list[Booking]:
    """A technician's live bookings that end after `since`, as far as the actor may see their engagements."""
    rows = visible_to(by).filter(technician=technician_id, released_at=None, ends_at__gt=since)
    related = ("engagement__client", "engagement__asset", "engagement__agreement_version")
    return list(rows.select_related(*related, "technician__person", "engagement__site", "dispatch"))


def my_bookings(by: Actor, at: datetime) -> list[Booking]:
    """What this technician is on now or next: the technician's page. Running late ends nothing by itself."""
    technician = roster.technician_of(by.person_id)
    return bookings_of(technician.pk, by=by, since=at - _NEAR) if technician else []


def lock_booking(booking_id: int, *, by: Actor) -> Booking:
    """This booking, held until the end of the deed, its engagement first as every deed takes them; or NotFound."""
    seen = visible_to(by).filter(pk=booking_id).order_by().values_list("engagement_id", flat=True).first()
    if seen is not None:
        incidents.lock_engagement(seen, by)
    found = visible_to(by).select_for_update(of=("self",)).filter(pk=booking_id).first()
    if found is None:
        raise NotFound("This booking")
    return found


def own_booking(engagement_id: int, *, by: Actor, at: datetime, lock: bool = False) -> Booking:
    """The actor's own live booking on an engagement: the one running, else the next. Refuses who has none."""
    rows = visible_to(by).filter(engagement=engagement_id, released_at=None, technician__person=by.person_id)
    if lock:
        rows = rows.select_for_update(of=("self",))
    mine = list(rows)
    if not mine:
        incidents.get_engagement(engagement_id, by)
        raise Refused("not_booked", "You are not booked on this engagement; ask the desk to book you.")
    begun = [booking for booking in mine if booking.starts_at <= at]
    return begun[-1] if begun else mine[0]


def ready_booking(engagement: Engagement, *, by: Actor, at: datetime) -> Booking:
    """As `own_booking`, and the client's rules confirmed: what every kind of work on the engagement starts from."""
    booking = own_booking(engagement.pk, by=by, at=at)
    conduct.check_protocol_acknowledged(booking.protocol_acknowledged_at)
    return booking


def check_fit(booking: Booking, engagement: Engagement, *, at: datetime) -> None:
    """Refuse unless certificates and clearances of who is booked hold at this very instant (domain.md §9.5)."""
    terms = incidents.terms(engagement).dispatch
    job = _job(engagement, terms, start=at, end=at, level=int(booking.dispatch.ranking["level"]), at=at)
    technician = roster.technicians_of(booking.technician.provider_id).get(pk=booking.technician_id)
    held = [one.facts for one in technician.certificates.all()]
    clear = [one.facts for one in technician.clearances.all()]
    gaps = eligibility.certificate_gaps(held, job)
    gaps += clearance_gaps(clear, job.clearances, client_id=job.client_id, through=at, zone=job.zone)
    conduct.check_still_fit(gaps)


# ------------------------------------------------------------------------------------------ who could go


@dataclass(frozen=True)
class Proposal:
    """A ranking with the people in it, for the desk's page."""

    ranking: Ranking
    eligible: list[tuple[Technician, Scored]]
    excluded: list[tuple[Technician, Excluded]]


def candidates(
    engagement: Engagement,
    *,
    by: Actor,
    planned_end: datetime,
    planned_start: datetime | None = None,
    required_level: int | None = None,
    at: datetime,
) -> Ranking:
    """Everybody of the provider's bench, ranked or excluded with reasons; as many queries for three as for one."""
    return proposal(
        engagement,
        by=by,
        planned_end=planned_end,
        planned_start=planned_start,
        required_level=required_level,
        at=at,
    ).ranking


def proposal(
    engagement: Engagement,
    *,
    by: Actor,
    planned_end: datetime,
    planned_start: datetime | None = None,
    required_level: int | None = None,
    at: datetime,
) -> Proposal:
    """As `candidates`, with the people. Only the provider's own desk sees a bench."""
    if not by.is_machine and by.organisation_id != engagement.provider_id:
        raise NotFound("This bench")
    terms = incidents.terms(engagement)
    level = required_level if required_level is not None else usual_level(engagement.domain)
    job = _job(engagement, terms.dispatch, start=planned_start or at, end=planned_end, level=level, at=at)
    bench = list(roster.bench(engagement.provider_id, start=job.start, end=job.end))
    target, remaining = _remaining(engagement, at)
    ranked = ranking.rank(
        _candidates(bench, engagement, job),
        job,
        terms=terms.dispatch,
        priority=engagement.priority,
        target=target,
        remaining_minutes=remaining,
        gate=_insurance_gaps(engagement, job),
    )
    known = {one.pk: one for one in bench}
    return Proposal(
        ranked,
        [(known[one.technician_id], one) for one in ranked.eligible],
        [(known[one.technician_id], one) for one in ranked.excluded],
    )


def could_wait(technician_id: int, at: datetime) -> list[int]:
    """The engagements whose visits by this technician an emergency might push aside: what to lock first."""
    rows = Booking.objects.filter(technician=technician_id, released_at=None, started_at=None, ends_at__gt=at)
    return list(rows.exclude(lane=Lane.EMERGENCY).order_by().values_list("engagement_id", flat=True).distinct())


def displaced_by(engagement: Engagement, technician_id: int, job: Job) -> list[Booking]:
    """The bookings that this emergency pushes aside, locked; none for the other lane."""
    bench = roster.bench(engagement.provider_id, start=job.start, end=job.end).filter(pk=technician_id)
    pushed = [one.booking_id for one in eligibility.displaced(_candidates(list(bench), engagement, job)[0], job)]
    rows = Booking.objects.select_for_update(of=("self",)).filter(pk__in=pushed, released_at=None)
    return list(rows.select_related("engagement__agreement_version", "technician__person").order_by("id"))


def _job(
    engagement: Engagement, terms: DispatchTerms, *, start: datetime, end: datetime, level: int, at: datetime
) -> Job:
    asked = requirements()[engagement.domain].at_level(level)
    # What the client names comes on top, each certificate by itself.
    own = {str(domain): codes for domain, codes in terms.required_certifications.items()}
    return Job(
        domain=engagement.domain,
        lane=eligibility.lane_of(engagement.priority),
        client_id=engagement.client_id,
        zone=engagement.zone,
        at=at,
        start=start,
        end=end,
        level=level,
        certificates=asked + tuple((code,) for code in own.get(engagement.domain, ())),
        accepted_versions=terms.accepted_versions,
        verified_for_months=terms.lifetime_verification_months,
        clearances=terms.clearances,
        minimum_rest_hours=terms.minimum_rest_hours,
        maximum_duty_hours=terms.maximum_duty_hours,
    )


def _candidates(bench: list[Technician], engagement: Engagement, job: Job) -> list[Candidate]:
    ids = [technician.pk for technician in bench]
    booked, known, record = _booked(ids, engagement, job), _continuity(ids, engagement), _record(ids, job.domain)
    return [
        Candidate(
            technician_id=one.pk,
            level=one.level,
            domains=frozenset(skill.domain for skill in one.skills.all()),
            certificates=tuple(certificate.facts for certificate in one.certificates.all()),
            clearances=tuple(clearance.facts for clearance in one.clearances.all()),
            shifts=tuple(shift.facts for shift in one.near),  # type: ignore[attr-defined] # set by roster.bench
            bookings=tuple(booked.get(one.pk, ())),
            emergency_roster=one.emergency_roster,
            eta=_eta(one, engagement, job),
            continuity=known.get(one.pk, Continuity.NEW),
            successes=record.get(one.pk, (0, 0))[0],
            jobs=record.get(one.pk, (0, 0))[1],
            hourly_cost=one.hourly_cost_minor,
        )
        for one in bench
    ]


def _booked(ids: Iterable[int], engagement: Engagement, job: Job) -> dict[int, list[Presence]]:
    """What counts as taken: live bookings, and of released ones the part that was worked."""
    worked = Q(started_at__isnull=False, released_at__gt=F("starts_at"))
    near = Q(ends_at__gt=job.start - _NEAR, starts_at__lt=job.end + _NEAR)
    rows = Booking.objects.filter(near, Q(released_at=None) | worked, technician__in=ids)
    found: dict[int, list[Presence]] = {}
    for booking in rows.order_by("starts_at", "id"):
        found.setdefault(booking.technician_id, []).append(booking.presence(engagement.pk))
    return found


def _continuity(ids: Iterable[int], engagement: Engagement) -> dict[int, Continuity]:
    """The best that each has from earlier visits to this client."""
    visits = Booking.objects.filter(
        technician__in=ids, engagement__client=engagement.client_id, started_at__isnull=False
    ).exclude(engagement=engagement)
    columns = ("technician", "engagement__asset", "engagement__site", "engagement__asset__maker")
    best: dict[int, Continuity] = {}
    for technician, asset, site, maker, model in (
        visits.order_by().values_list(*columns, "engagement__asset__model").distinct()
    ):
        here = Continuity.SAME_CLIENT
        mine = engagement.asset
        if mine is not None and asset == mine.pk:
            here = Continuity.SAME_ASSET
        elif mine is not None and (maker, model, site) == (mine.maker, mine.model, engagement.site_id):
            here = Continuity.SAME_MODEL_AND_SITE
        best[technician] = min(here, best.get(technician, here), key=_ORDER.index)
    return best


def _record(ids: Iterable[int], domain: str) -> dict[int, tuple[int, int]]:
    """(fixed the first time, jobs) of each in this domain."""
    rows = Outcome.objects.filter(technician__in=ids, domain=domain).order_by().values("technician")
    counted = rows.annotate(jobs=Count("id"), fixed=Count("id", filter=Q(first_time_fix=True)))
    return {row["technician"]: (row["fixed"], row["jobs"]) for row in counted}


def _eta(technician: Technician, engagement: Engagement, job: Job) -> Eta:
    wait = max(0, -((job.at - job.start) // timedelta(minutes=1)))
    before = f"in {wait} min, then " if wait else ""
    site = engagement.site
    if not engagement.onsite_needed:
        return Eta(wait, f"{before}remote, no way to go")
    if None not in (technician.base_latitude, technician.base_longitude, site.latitude, site.longitude):
        base = (technician.base_latitude, technician.base_longitude)
        minutes, words = travel.by_coordinates(base, (site.latitude, site.longitude))  # type: ignore[arg-type] # all four were just found
    elif engagement.distance_miles is not None:
        minutes, words = travel.by_distance(engagement.distance_miles)
    else:
        return Eta(None, "the way there is not known")
    return Eta(wait + minutes, f"{before}{words}")


def _remaining(engagement: Engagement, at: datetime) -> tuple[str, int]:
    """The promise that whoever goes has to keep, and the whole minutes left of it; none once it was stopped."""
    kind = ClockKind.ONSITE if engagement.onsite_needed else ClockKind.ENGAGE
    running = [one for one in incidents.readings(engagement, at) if one.kind is kind and one.is_open]
    left = running[0].remaining // timedelta(minutes=1) if running else 0
    return kind.value, max(0, left)


def _insurance_gaps(engagement: Engagement, job: Job) -> list[str]:
    version = engagement.agreement_version
    terms = incidents.terms(engagement).insurance
    first = AgreementVersion.objects.filter(agreement=version.agreement_id).order_by("version")
    began = first.values_list("effective_at", flat=True).first()
    return insurance_gaps(
        [policy.facts for policy in roster.insurance_of(engagement.provider_id)],
        terms=terms,
        currency=engagement.currency,
        domain=job.domain,
        insured=engagement.provider.legal_name,
        at=job.at,
        through=job.end,
        zone=job.zone,
        agreement_began_on=local_date(micros(began), job.zone) if began else None,
    )
