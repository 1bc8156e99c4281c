"""Every read of approvals: rounds and their seats, who may fill them and why, what is still to be ratified."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet
from django.utils.crypto import salted_hmac

from breakfix.approvals.models import Attempt, Authority, Delegation, Finding, PhoneCall, Round, Seat
from breakfix.approvals.rules import emergency, lending, phoning, policy, standing
from breakfix.approvals.values import (
    Bench,
    Condition,
    Outcome,
    Power,
    Purpose,
    RatifyVerdict,
    RoundStatus,
    RoundView,
    Rung,
    RungName,
    SeatKind,
    SeatNeed,
    SeatState,
    SeatView,
    Standing,
    Title,
    Tried,
    Urgency,
)
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel import clock
from breakfix.kernel.access import SYSTEM, Actor, Role, Side
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.days import is_open
from breakfix.parties import queries as parties
from breakfix.parties.models import Person

# ------------------------------------------------------------------------------------------- rounds


def visible_to(by: Actor) -> QuerySet[Round]:
    """The rounds of the engagements this actor was let in on, each with its seats and people."""
    visible = incidents.visible_to(by).order_by().select_related(None).values("pk")
    rows = Round.objects.filter(engagement__in=visible)
    related = ("client", "provider", "site", "requester", "agreement_version")
    rows = rows.select_related(*(f"engagement__{name}" for name in related))
    people = Seat.objects.select_related("decided_by", "for_person", "ratified_by").order_by("position")
    return rows.prefetch_related(Prefetch("seats", people)).order_by("opened_at", "id")


def get_round(round_id: int, by: Actor) -> Round:
    """This round, or NotFound."""
    return _one(visible_to(by), round_id)


def lock_round(round_id: int, by: Actor) -> Round:
    """This round, held until the end of the deed; its engagement first, as every deed takes them."""
    found = get_round(round_id, by)
    incidents.lock_engagement(found.engagement_id, by=by)
    return relock(found, by)


def relock(approval: Round, by: Actor) -> Round:
    """The round as it stands now, held; for steps whose caller holds the engagement."""
    return _one(visible_to(by).select_for_update(of=("self",)), approval.pk)


def _one(rows: QuerySet[Round], round_id: int) -> Round:
    found = rows.filter(pk=round_id).first()
    if found is None:
        raise NotFound("This approval")
    return found


def rounds_for(engagement: Engagement) -> list[Round]:
    """Every round of an engagement that somebody already may see, oldest first."""
    return list(visible_to(SYSTEM).filter(engagement=engagement))


def open_round_for(subject: str) -> Round | None:
    """The round that still asks about this document, or None; for who already may see the document."""
    return visible_to(SYSTEM).filter(subject=subject, status=RoundStatus.OPEN).first()


def latest_round_for(subject: str) -> Round | None:
    """The last round about this document, whatever came of it; for who already may see the document."""
    return visible_to(SYSTEM).filter(subject=subject).last()


def attempts(approval: Round) -> list[Attempt]:
    """Everything that was tried to reach somebody, in order."""
    rows = Attempt.objects.filter(seat__round=approval).select_related("seat", "person")
    return list(rows.order_by("at", "id"))


def was_asked(approval: Round, rung: RungName) -> bool:
    """Whether this rung of the ladder has been climbed."""
    return Attempt.objects.filter(seat__round=approval, rung=rung).exists()


def findings_visible_to(by: Actor) -> QuerySet[Finding]:
    """The client's own findings; a provider is shown none."""
    visible = incidents.visible_to(by).order_by().select_related(None).values("pk")
    rows = Finding.objects.filter(engagement__in=visible)
    if not by.is_machine:
        rows = rows.filter(client=by.organisation_id)
    return rows.select_related("engagement", "client", "seat", "answered_by").order_by("opened_at", "id")


def get_finding(finding_id: int, by: Actor) -> Finding:
    """This finding, or NotFound."""
    return _one_finding(findings_visible_to(by), finding_id)


def lock_finding(finding_id: int, by: Actor) -> Finding:
    """This finding, held until the end of the deed; its engagement first, as every deed takes them."""
    found = get_finding(finding_id, by)
    incidents.lock_engagement(found.engagement_id, by=by)
    return _one_finding(findings_visible_to(by).select_for_update(of=("self",)), finding_id)


def _one_finding(rows: QuerySet[Finding], finding_id: int) -> Finding:
    found = rows.filter(pk=finding_id).first()
    if found is None:
        raise NotFound("This finding")
    return found


def findings(engagement: Engagement, by: Actor) -> list[Finding]:
    """The findings of one engagement that this actor may see."""
    return list(findings_visible_to(by).filter(engagement=engagement))


# ------------------------------------------------------------------------------------------- by telephone


def calls_of(approval: Round) -> list[PhoneCall]:
    """Every call about a round that somebody already may see, latest first."""
    rows = PhoneCall.objects.filter(seat__round=approval).select_related("seat", "person", "placed_by")
    return list(rows.order_by("-placed_at", "-id"))


def lock_call(approval: Round, call_id: int) -> PhoneCall:
    """This call about a round that the caller holds, or NotFound."""
    rows = PhoneCall.objects.select_for_update(of=("self",)).filter(seat__round=approval, pk=call_id)
    found = rows.select_related("seat", "person__organisation").first()
    if found is None:
        raise NotFound("This call")
    return found


def call_by_id(call_id: int) -> PhoneCall:
    """This call, for the house that sends its code."""
    return PhoneCall.objects.select_related("seat__round__engagement", "person").get(pk=call_id)


def code_of(call: PhoneCall) -> str:
    """The digits that only the called telephone receives; derived, so that no table and no backup holds them."""
    mark = f"{call.pk}:{call.seat.round.subject_sha256}:{call.salt}"
    digest = salted_hmac("breakfix.approvals.phone_call", mark, algorithm="sha256").digest()
    return f"{int.from_bytes(digest, 'big') % 10**phoning.DIGITS:0{phoning.DIGITS}d}"


def tries_left(call: PhoneCall) -> int:
    """How many wrong codes this call still takes."""
    return max(phoning.MOST_WRONG - call.wrong, 0)


def callable_about(approval: Round, at: datetime) -> list[tuple[str, Person]]:
    """Each open seat with everybody who may fill it and has a registered number, in the order of the seats."""
    view, (bench, people) = view_of(approval), bench_of(approval.engagement.client_id, at)
    found: dict[tuple[str, int], Person] = {}
    for seat in view.seats:
        if seat.state in standing.OPEN_SEATS:
            for claim in standing.askable(seat, view, bench):
                if phoning.has_number(people[claim.person].phone):
                    found[seat.name, claim.person] = people[claim.person]
    return [(seat, person) for (seat, _), person in found.items()]


# ------------------------------------------------------------------------------------------- authority


def authorities_of(organisation_id: int, at: datetime) -> QuerySet[Authority]:
    """Who may approve how much on which seat at an instant."""
    rows = Authority.objects.filter(_until("until", at), person__organisation=organisation_id, since__lte=at)
    return rows.select_related("person").order_by("seat", "person__name", "id")


def limit_of(by: Actor, at: datetime) -> Money | None:
    """The most that this person may agree to alone, incl. tax, on whatever seat; None without any authority."""
    mine = authorities_of(by.organisation_id or 0, at).filter(person=by.person_id)
    return max((one.limit for one in mine), default=None)


def delegations_visible_to(by: Actor) -> QuerySet[Delegation]:
    """The delegations of one's own client organisation, past ones too."""
    rows = Delegation.objects.all()
    if not by.is_machine:
        rows = rows.filter(delegator__organisation=by.organisation_id)
    return rows.select_related("delegator__organisation", "delegate").order_by("-starts_at", "-id")


def lock_delegation(delegation_id: int, by: Actor) -> Delegation:
    """This delegation, held until the end of the deed, or NotFound."""
    rows = delegations_visible_to(by).select_for_update(of=("self",))
    found = rows.filter(pk=delegation_id).first()
    if found is None:
        raise NotFound("This delegation")
    return found


def _until(field: str, at: datetime) -> Q:
    return Q(**{field: None}) | Q(**{f"{field}__gt": at})


def bench_of(client_id: int, at: datetime) -> tuple[Bench, dict[int, Person]]:
    """Who of a client could fill seats at an instant, and the people themselves; four queries, however many."""
    people = {one.pk: one for one in parties.persons_of(client_id, at).filter(is_active=True)}
    roles = {
        key: frozenset(Role(holding.role) for holding in one.held)  # type: ignore[attr-defined]
        for key, one in people.items()
    }
    titles = [Title(one.person_id, one.seat, one.limit) for one in authorities_of(client_id, at)]
    lent = Delegation.objects.filter(_until("revoked_at", at), starts_at__lte=at, ends_at__gt=at)
    lent = lent.filter(delegator__organisation=client_id, delegate__organisation=client_id).order_by("id")
    powers = [Power(one.delegator_id, one.delegate_id, one.seat, one.limit) for one in lent]
    return Bench(roles, tuple(titles), tuple(powers)), people


def stand_ins(client_id: int, seat: str, by: Actor, at: datetime) -> list[Person]:
    """Whom this person may let sign on a seat of theirs; nobody where it is only lent to them."""
    bench, people = bench_of(client_id, at)
    role = lending.ROLE_SEATS.get(seat) in by.roles
    if not role and not any((one.person, one.seat) == (by.person_id, seat) for one in bench.titles):
        return []
    able = standing.ACKNOWLEDGERS if role else frozenset({Role.APPROVER})
    found = [one for key, one in people.items() if key != by.person_id and bench.roles[key] & able]
    return sorted(found, key=lambda one: (one.name, one.pk))


# ------------------------------------------------------------------------------------------- as the rules see it


def view_of(approval: Round) -> RoundView:
    """The round as the rules see it."""
    rows = list(approval.seats.all())
    names, agreed = [seat.name for seat in rows], incidents.terms(approval.engagement).approvals
    seats = []
    for seat in rows:
        above = policy.next_level(seat.name, names, agreed) if seat.escalated_at else None
        need = SeatNeed(seat.name, SeatKind(seat.kind), seat.qualifying)
        escalated = frozenset({above}) if above else frozenset()
        seats.append(SeatView(need, SeatState(seat.state), seat.people, seat.decided_by_id, escalated))
    return RoundView(
        status=RoundStatus(approval.status),
        exposure=approval.exposure,
        client=approval.engagement.client_id,
        requester=approval.engagement.requester_id,
        opened_at=approval.opened_at,
        seats=tuple(seats),
    )


def urgency_of(approval: Round, at: datetime) -> Urgency:
    """What the emergency rule asks of the engagement at an instant."""
    engagement = approval.engagement
    return Urgency(
        priority=engagement.priority,
        next_deadline=_next_deadline(engagement, at),
        business_open=is_open(engagement.hours, at),
        zone=engagement.zone,
    )


def _next_deadline(engagement: Engagement, at: datetime) -> datetime | None:
    duties = [reading.duty for reading in incidents.obligations(engagement, at)]
    open_ones = [duty.deadline_at for duty in duties if duty.met_at is None or duty.met_at > at]
    return min(open_ones, default=None)


def tried(approval: Round) -> list[Tried]:
    """The attempts as the emergency rule counts them."""
    rows = Attempt.objects.filter(seat__round=approval).select_related("seat").order_by("id")
    return [Tried(row.seat.name, RungName(row.rung), row.channel, Outcome(row.outcome)) for row in rows]


def ladder_of(approval: Round) -> tuple[Rung, ...]:
    """The rungs of this round with their instants: what jobs plan when it is opened."""
    engagement, opened = approval.engagement, approval.opened_at
    agreed = incidents.terms(engagement).approvals
    return policy.ladder(
        agreed,
        opened,
        engagement.priority,
        pressing=emergency.pressing(agreed, _next_deadline(engagement, opened), opened),
        emergency=approval.purpose == Purpose.QUOTE,
    )


def lapses_of(approval: Round) -> list[tuple[Seat, datetime]]:
    """The bypassed seats that nobody answered yet, each with the first instant at which that is too late.

    None where the round bound nothing.
    """
    if approval.status not in {RoundStatus.OPEN, RoundStatus.APPROVED}:
        return []
    waiting = [seat for seat in approval.seats.all() if seat.state == SeatState.BYPASSED_EMERGENCY]
    return [
        (seat, emergency.lapses_at(seat.ratify_by))
        for seat in waiting
        if seat.ratify_by is not None and seat.lapsed_at is None
    ]


# ------------------------------------------------------------------------------------------- who may


def may_decide(approval: Round, by: Actor, at: datetime) -> Standing:
    """The seats this person may fill at this round, or why none."""

    def seats() -> list[str]:
        bench, _ = bench_of(approval.engagement.client_id, at)
        return [claim.seat for claim in standing.check_can_sit(by, view_of(approval), bench)]

    return _standing(seats)


def may_decide_in_emergency(approval: Round, by: Actor, at: datetime) -> Standing:
    """The seats that the duty manager would fill now, or why none yet."""

    def seats() -> list[str]:
        view, agreed = view_of(approval), incidents.terms(approval.engagement).approvals
        emergency.check_duty_manager(by, view)
        return emergency.seats_to_bypass(view, agreed, urgency_of(approval, at), tried(approval), at)

    return _standing(seats)


def may_ratify(approval: Round, by: Actor, at: datetime) -> Standing:
    """The bypassed seat this person may ratify, or why none."""

    def seats() -> list[str]:
        bench, _ = bench_of(approval.engagement.client_id, at)
        accept, view = RatifyVerdict.ACCEPT, view_of(approval)
        claim = standing.check_can_ratify(by, view, bench, seat_name="", verdict=accept, reason="")
        until = next(seat.ratify_by for seat in approval.seats.all() if seat.name == claim.seat)
        emergency.check_in_time(until, at)
        return [claim.seat]

    return _standing(seats)


def _standing(seats: Callable[[], list[str]]) -> Standing:
    try:
        return Standing(tuple(seats()))
    except Refused as refusal:
        return Standing((), refusal.code, refusal.message)


def emergency_conditions(approval: Round, at: datetime) -> tuple[Condition, ...]:
    """Every condition of the emergency rule, met or not, as it stands: what the approval page prints."""
    agreed = incidents.terms(approval.engagement).approvals
    return emergency.conditions(view_of(approval), agreed, urgency_of(approval, at), tried(approval), at)


def seats_pending_for(by: Actor, at: datetime | None = None) -> list[Seat]:
    """The seats that wait for this person, in every round they may see; `seat.round` is loaded."""
    if by.side is not Side.CLIENT or by.person_id is None or by.organisation_id is None:
        return []
    rows = visible_to(by).filter(status=RoundStatus.OPEN, engagement__client=by.organisation_id)
    if not rows:
        return []
    bench, _ = bench_of(by.organisation_id, at or clock.now())
    pending: list[Seat] = []
    for approval in rows:
        view = view_of(approval)
        if by.person_id != view.requester:
            mine = {claim.seat for claim in standing.fillable(view, bench, by.person_id)}
            pending += [seat for seat in approval.seats.all() if seat.name in mine]
    return pending
