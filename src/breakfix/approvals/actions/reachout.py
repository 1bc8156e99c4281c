"""The ladder: at each rung's instant the people of that rung are tried, and every try is written down."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from breakfix.approvals import queries, steps
from breakfix.approvals.models import Attempt, Round, Seat
from breakfix.approvals.rules import policy, standing
from breakfix.approvals.values import (
    Basis,
    Bench,
    Channel,
    Claim,
    Outcome,
    RoundStatus,
    RoundView,
    Rung,
    RungName,
    SeatKind,
    SeatState,
    SeatView,
)
from breakfix.incidents import queries as incidents
from breakfix.kernel.access import Actor, Deed, Role, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import queries as parties
from breakfix.parties.models import Person

_BY_RUNG = {
    RungName.NOTIFY: {Basis.AUTHORITY, Basis.ROLE},
    RungName.VOICE: {Basis.AUTHORITY, Basis.ROLE},
    RungName.DELEGATE: {Basis.DELEGATION},
    RungName.NEXT_LEVEL: {Basis.NEXT_LEVEL},
}
_NOBODY = {RungName.DELEGATE: Outcome.NO_DELEGATE, RungName.NEXT_LEVEL: Outcome.NO_NEXT_LEVEL}
_NEEDS_NUMBER = {Channel.SMS, Channel.VOICE}
_STATE_AFTER = {
    RungName.NOTIFY: SeatState.NOTIFIED,
    RungName.DELEGATE: SeatState.DELEGATED,
    RungName.EMERGENCY: SeatState.TIMED_OUT,
}


@transaction.atomic
def log_attempt(round_id: int, *, rung: RungName, by: Actor, at: datetime) -> Round:
    """Climb one rung: try the people it names for every open seat, and log each try by person and channel.

    Nothing happens where the engagement is over, the round is closed or has no such rung, or this rung was climbed
    before. Refuses an instant before the rung's own. The messages themselves are sent by the news of this deed.
    """
    approval = queries.lock_round(round_id, by=by)
    require(by, Deed.LOG_ATTEMPT)
    step = next((one for one in queries.ladder_of(approval) if one.name is rung), None)
    # A rung that was planned may be gone: the priority was corrected since.
    if step is None:
        return approval
    if at < step.at:
        raise Refused("too_early", "This rung of the ladder is not due yet.", due_at=step.at)
    over = incidents.is_over(approval.engagement)
    if over or approval.status != RoundStatus.OPEN or queries.was_asked(approval, rung):
        return approval
    tried, rows = _climb(approval, step, at)
    engagement = approval.engagement
    record(
        "attempt.logged",
        subject=approval,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=_line(approval, step, tried),
        facts={
            "rung": rung,
            "subject": approval.subject,
            "attempts": [
                {"seat": one.seat.name, "person": one.person_id, "channel": one.channel, "outcome": one.outcome}
                for one in tried
            ],
        },
        changed=rows,
    )
    return approval


def _climb(approval: Round, step: Rung, at: datetime) -> tuple[list[Attempt], list[Row]]:
    bench, people = queries.bench_of(approval.engagement.client_id, at)
    view = queries.view_of(approval)
    tried: list[Attempt] = []
    rows: list[Row] = []
    for seen in view.seats:
        if seen.state not in standing.OPEN_SEATS:
            continue
        if step.name is RungName.EMERGENCY and seen.need.kind is not SeatKind.SPEND:
            continue
        seat = steps.seat_of(approval, seen.name)
        asked, outcome, note = _people_of(approval, seen, view, bench, step.name, at)
        made = _try(seat, step, _let_in(approval, [people[key] for key in asked]), outcome, note, at)
        tried += made
        reached = [one.person_id for one in made if one.outcome == Outcome.SENT and one.person_id is not None]
        _mark(seat, step.name, bool(reached), at)
        rows += [seat, *made]
        if reached and step.name not in {RungName.NOTIFY, RungName.VOICE}:
            rows += steps.ask_for(approval, seat, reached, at=at)
    return tried, rows


def _people_of(
    approval: Round, seen: SeatView, view: RoundView, bench: Bench, rung: RungName, at: datetime
) -> tuple[list[int], Outcome, str]:
    """Whom this rung tries for one seat; where nobody, what to write down instead."""
    if rung is RungName.EMERGENCY:
        return _duty_managers(approval, view, bench, at)
    if rung is RungName.NEXT_LEVEL:
        agreed = incidents.terms(approval.engagement).approvals
        above = policy.next_level(seen.name, [seat.name for seat in view.seats], agreed)
        seen = replace(seen, escalated_to=frozenset({above}) if above else frozenset())
    claims = [one for one in standing.askable(seen, view, bench) if one.basis in _BY_RUNG[rung]]
    return _persons(claims), _NOBODY.get(rung, Outcome.NOBODY), ""


def _duty_managers(approval: Round, view: RoundView, bench: Bench, at: datetime) -> tuple[list[int], Outcome, str]:
    """The client's duty managers, if all but the attempts' own condition lets them approve now."""
    missing = [
        one for one in queries.emergency_conditions(approval, at) if not one.met and one.code != "still_reachable"
    ]
    if missing:
        return [], Outcome.NO_EMERGENCY, missing[0].words[:200]
    away = standing.taken(view) | {view.requester}
    fit = [person for person, roles in bench.roles.items() if Role.DUTY_MANAGER in roles and person not in away]
    return sorted(fit), Outcome.NOBODY, ""


def _let_in(approval: Round, people: list[Person]) -> list[Person]:
    """Of a need-to-know engagement nobody learns by being asked; who was not let in could not answer either."""
    engagement = approval.engagement
    if not engagement.need_to_know:
        return people
    return [one for one in people if parties.sees_topic(parties.actor_for(one), engagement.topic)]


def _persons(claims: Iterable[Claim]) -> list[int]:
    return list(dict.fromkeys(claim.person for claim in claims))


def _try(seat: Seat, step: Rung, people: list[Person], otherwise: Outcome, note: str, at: datetime) -> list[Attempt]:
    """One logged attempt a person and channel; a single one that says so where there is nobody."""
    if not people:
        return [Attempt.objects.create(seat=seat, rung=step.name, at=at, outcome=otherwise, note=note)]
    return [
        Attempt.objects.create(
            seat=seat,
            rung=step.name,
            channel=channel,
            person=person,
            at=at,
            outcome=Outcome.NO_NUMBER if channel in _NEEDS_NUMBER and not person.phone else Outcome.SENT,
        )
        for person in people
        for channel in step.channels
    ]


def _mark(seat: Seat, rung: RungName, reached: bool, at: datetime) -> None:
    """What the rung makes of the seat. Silence until the last rung is a time-out, whoever could be asked."""
    target = _STATE_AFTER.get(rung)
    happened = reached or rung is RungName.EMERGENCY
    if target is not None and happened and target in standing.SEAT_TRANSITIONS[SeatState(seat.state)]:
        steps.move_seat(seat, target)
    if rung is RungName.NOTIFY and reached:
        seat.notified_at = at
    if rung is RungName.NEXT_LEVEL and reached:
        seat.escalated_at = at
    seat.save()


def _line(approval: Round, step: Rung, tried: list[Attempt]) -> str:
    """E.g. "Asked about the quote by push, sms: seats it, finance." """
    about = steps.words_for(approval)
    sent = [one for one in tried if one.outcome == Outcome.SENT]
    word = step.name.value.replace("_", " ")
    if not sent:
        return f"Nobody could be asked about {about} at the rung {word}."
    channels = ", ".join(dict.fromkeys(str(one.channel) for one in sent))
    seats = ", ".join(dict.fromkeys(one.seat.name for one in sent))
    return f"Asked about {about} by {channels} for {seats} (rung {word})."
