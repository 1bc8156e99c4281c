"""In which order the eligible are proposed, each point explained (domain.md §4.6, §11 rulings 3 and 31)."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Any

from breakfix.agreements.clauses.policies import DispatchTerms, Weights
from breakfix.dispatch.rules.eligibility import counting, excluded
from breakfix.dispatch.values import Candidate, Continuity, Job, Ranking, Scored, Term
from breakfix.kernel.money import half_up
from breakfix.kernel.worktime.zones import day_pieces, instant, local_date, micros

KNOWN = {
    Continuity.SAME_ASSET: Fraction(1),
    Continuity.SAME_MODEL_AND_SITE: Fraction(6, 10),
    Continuity.SAME_CLIENT: Fraction(3, 10),
    Continuity.NEW: Fraction(0),
}
# A day's work: who is booked for as much gets no point for being free.
FULL_LOAD_HOURS = 8
# What somebody is credited with before they have done anything: eight of ten.
PRIOR_SUCCESSES, PRIOR_JOBS = 8, 10


def skill_fit(levels_above: int, step: Fraction) -> Fraction:
    """Falls with each level above the need: a scarce skill is not spent on a simple job."""
    return max(Fraction(0), 1 - step * levels_above)


def punctuality(eta_minutes: int | None, remaining_minutes: int) -> Fraction:
    """1 for being there at once, 0 for using up what is left of the promise, or where nothing is left."""
    if eta_minutes is None or remaining_minutes <= 0:
        return Fraction(0)
    return max(Fraction(0), 1 - Fraction(eta_minutes, remaining_minutes))


def freedom(booked_minutes: int) -> Fraction:
    """1 for an empty day, 0 for a full one."""
    return max(Fraction(0), 1 - Fraction(booked_minutes, FULL_LOAD_HOURS * 60))


def quality(successes: int, jobs: int) -> Fraction:
    """Share of jobs fixed the first time in this domain, drawn towards eight of ten while there are few."""
    return Fraction(successes + PRIOR_SUCCESSES, jobs + PRIOR_JOBS)


def thrift(cost: int, costs: Sequence[int]) -> Fraction:
    """1 for the cheapest eligible, 0 for the dearest; 1 for all where they cost the same (ruling 31)."""
    low, high = min(costs), max(costs)
    return Fraction(high - cost, high - low) if high > low else Fraction(1)


def scored(
    candidate: Candidate,
    job: Job,
    *,
    weights: Weights,
    step: Fraction,
    remaining_minutes: int,
    booked_minutes: int,
    thrift_value: Fraction,
) -> Scored:
    """One eligible technician's points, term by term."""
    above = candidate.level - job.level
    eta, left = candidate.eta, f"of {remaining_minutes} min left"
    values = (
        ("skill", skill_fit(above, step), weights.skill, f"{above} levels above the need"),
        ("eta", punctuality(eta.minutes, remaining_minutes), weights.eta, f"{eta.words}, {left}"),
        ("continuity", KNOWN[candidate.continuity], weights.continuity, candidate.continuity.value),
        ("load", freedom(booked_minutes), weights.load, f"{_hours(booked_minutes)} h booked that day"),
        (
            "quality",
            quality(candidate.successes, candidate.jobs),
            weights.quality,
            _track(candidate, job),
        ),
        ("cost", thrift_value, weights.cost, "1 for the cheapest eligible, 0 for the dearest"),
    )
    terms = tuple(Term(name, value, weight, why) for name, value, weight, why in values)
    return Scored(candidate.technician_id, terms, booked_minutes, eta)


def _track(candidate: Candidate, job: Job) -> str:
    if not candidate.jobs:
        return f"no {job.domain} jobs on record yet"
    return f"{candidate.successes} of {candidate.jobs} {job.domain} jobs fixed the first time"


def in_order(found: Iterable[Scored]) -> list[Scored]:
    """Best first, compared unrounded; ties go to fewer booked hours, then to the older id (ruling 31)."""
    return sorted(found, key=lambda one: (-one.total, one.booked_minutes, one.technician_id))


def rank(
    candidates: Sequence[Candidate],
    job: Job,
    *,
    terms: DispatchTerms,
    priority: str,
    target: str,
    remaining_minutes: int,
    gate: Iterable[str] = (),
) -> Ranking:
    """Everybody on the bench, either ranked with an explanation or excluded with reasons."""
    out = excluded(candidates, job)
    left_out = {one.technician_id for one in out}
    fit = [one for one in candidates if one.technician_id not in left_out]
    costs = [one.hourly_cost for one in fit]
    eligible = in_order(
        scored(
            one,
            job,
            weights=terms.weights(priority),
            step=Fraction(terms.skill_step),
            remaining_minutes=remaining_minutes,
            booked_minutes=booked_minutes(one, job),
            thrift_value=thrift(one.hourly_cost, costs),
        )
        for one in fit
    )
    return Ranking(job, target, remaining_minutes, tuple(eligible), tuple(out), tuple(gate))


def booked_minutes(candidate: Candidate, job: Job) -> int:
    """What stands in the way of this job on the site's day on which it starts, in minutes, rounded up."""
    pieces = day_pieces(job.zone, local_date(micros(job.start), job.zone))
    opens, closes = instant(pieces[0].start), instant(pieces[-1].end)
    total = timedelta(0)
    for booking in counting(candidate, job):
        shared = min(booking.ends_at, closes) - max(booking.starts_at, opens)
        total += max(shared, timedelta(0))
    return -(-total // timedelta(minutes=1))


def snapshot(ranking: Ranking) -> dict[str, Any]:
    """The ranking as it is kept with the decision: ids instead of names, and no amount of anybody's pay."""
    job = ranking.job
    return {
        "at": job.at,
        "domain": job.domain,
        "lane": job.lane,
        "start": job.start,
        "end": job.end,
        "level": job.level,
        "certificates": [list(codes) for codes in job.certificates],
        "clearances": list(job.clearances),
        "target": ranking.target,
        "remaining_minutes": ranking.remaining_minutes,
        "eligible": [_scored_json(number, one) for number, one in enumerate(ranking.eligible, start=1)],
        "excluded": [{"technician": one.technician_id, "reasons": list(one.reasons)} for one in ranking.excluded],
    }


def _scored_json(number: int, one: Scored) -> dict[str, Any]:
    return {
        "rank": number,
        "technician": one.technician_id,
        "total": half_up(one.total, 2),
        "booked_minutes": one.booked_minutes,
        "eta_minutes": one.eta.minutes,
        "terms": [
            {
                "name": term.name,
                "value": half_up(term.value, 4),
                "weight": term.weight,
                "points": half_up(term.points, 2),
                "why": term.why,
            }
            for term in one.terms
        ],
    }


def _hours(minutes: int) -> str:
    return f"{half_up(Fraction(minutes, 60), 2).normalize():f}"


def grounds(ranking: Ranking, number: int, level: int) -> str:
    """Why this person, for the client: nothing about colleagues, and nothing about anybody's pay."""
    job, chosen = ranking.job, ranking.eligible[number - 1]
    known = next(term.why for term in chosen.terms if term.name == "continuity")
    record = next(term.why for term in chosen.terms if term.name == "quality")
    return (
        f"Ranked {number} of {len(ranking.eligible)} who may take {job.domain} work of level {job.level}: "
        f"level {level}, certificates and clearances current through the planned end, {known}, {record}."
    )
