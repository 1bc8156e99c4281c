"""Who may fill which seat: entitlement, limits and separation of duties (domain.md §3.3, §9.4)."""

from collections.abc import Iterable, Iterator, Mapping

from breakfix.approvals.values import (
    Basis,
    Bench,
    Claim,
    RatifyVerdict,
    RoundStatus,
    RoundView,
    SeatKind,
    SeatNeed,
    SeatState,
    SeatView,
    Verdict,
)
from breakfix.kernel.access import Actor, Role, Side
from breakfix.kernel.errors import NotAllowed, Refused
from breakfix.kernel.money import Money, format_money

# The seat of the lowest band: whoever holds an authority on any seat may fill it.
ANYONE = "any"
# A delegate needs a role that may do the deed at all; these may acknowledge (kernel/access.py).
ACKNOWLEDGERS = frozenset({Role.APPROVER, Role.DATA_OWNER, Role.SECURITY_OFFICER})

S = SeatState
_DECISIONS = {S.APPROVED, S.REJECTED, S.BYPASSED_EMERGENCY}
SEAT_TRANSITIONS: Mapping[SeatState, frozenset[SeatState]] = {
    S.PENDING: frozenset({S.NOTIFIED, S.DELEGATED, S.TIMED_OUT} | _DECISIONS),
    S.NOTIFIED: frozenset({S.DELEGATED, S.TIMED_OUT} | _DECISIONS),
    S.DELEGATED: frozenset({S.TIMED_OUT} | _DECISIONS),
    # Whoever wakes up after all may still decide, until the emergency rule was used.
    S.TIMED_OUT: frozenset(_DECISIONS),
    S.APPROVED: frozenset(),
    S.REJECTED: frozenset(),
    S.BYPASSED_EMERGENCY: frozenset({S.RATIFIED, S.RATIFICATION_REFUSED}),
    S.RATIFIED: frozenset(),
    S.RATIFICATION_REFUSED: frozenset(),
}
OPEN_SEATS = frozenset(state for state, targets in SEAT_TRANSITIONS.items() if S.APPROVED in targets)
FILLED_SEATS = frozenset({S.APPROVED, S.BYPASSED_EMERGENCY, S.RATIFIED})

_CLOSED_WORDS = {
    RoundStatus.APPROVED: ("already_approved", "This has already been approved."),
    RoundStatus.REJECTED: ("already_rejected", "This was rejected; ask for a new version."),
    RoundStatus.LAPSED: ("round_lapsed", "The time to decide has passed; ask for a new version."),
    RoundStatus.WITHDRAWN: ("round_withdrawn", "This was withdrawn; nothing is to be decided any more."),
}


def check_can_move(current: SeatState, target: SeatState) -> None:
    """Refuse a step that the table of seat states does not have."""
    if target not in SEAT_TRANSITIONS[current]:
        message = f"A seat that is {current.value} cannot become {target.value}."
        raise Refused("wrong_seat_state", message, allowed=sorted(SEAT_TRANSITIONS[current]))


# ------------------------------------------------------------------------------------------- entitlement


def claims_on(seat: SeatView, bench: Bench) -> Iterator[Claim]:
    """Everybody entitled to this seat, whatever their limit: holders, then delegates, then the next level."""
    if seat.need.kind is not SeatKind.SPEND:
        yield from _claims_by_role(seat.need, bench)
        return
    fitting = [title for title in bench.titles if title.seat == seat.name or seat.name == ANYONE]
    own = [title for title in fitting if _qualifies(title.person, seat.need.roles, bench)]
    for title in own:
        yield Claim(seat.name, Basis.AUTHORITY, title.person, title.limit)
    # Only a holder's own authority can be lent: a delegate's delegate finds no title here (non-transitive).
    for power in bench.powers:
        for title in own:
            lent = (power.delegator, power.seat) == (title.person, title.seat)
            if lent and _qualifies(power.delegate, seat.need.roles, bench):
                limit = _lower(power.limit, title.limit)
                yield Claim(seat.name, Basis.DELEGATION, power.delegate, limit, power.delegator)
    for title in bench.titles:
        if title.seat in seat.escalated_to and _qualifies(title.person, seat.need.roles, bench):
            yield Claim(seat.name, Basis.NEXT_LEVEL, title.person, title.limit)


def _claims_by_role(need: SeatNeed, bench: Bench) -> Iterator[Claim]:
    holders = {person for person, roles in bench.roles.items() if roles & set(need.roles)}
    for person in sorted(holders):
        yield Claim(need.name, Basis.ROLE, person)
    for power in bench.powers:
        # The delegator must hold the very role they lend, not just another that fits the same seat.
        held = bench.roles.get(power.delegator, frozenset()) & set(need.roles)
        lends = power.seat in {role.value for role in held}
        if lends and _qualifies(power.delegate, ACKNOWLEDGERS, bench):
            yield Claim(need.name, Basis.DELEGATION, power.delegate, None, power.delegator)


def _qualifies(person: int, roles: Iterable[Role], bench: Bench) -> bool:
    return bool(bench.roles.get(person, frozenset()) & set(roles))


def _lower(one: Money | None, other: Money) -> Money:
    if one is None or one.currency != other.currency:
        return other
    return min(one, other)


def covers(claim: Claim, exposure: Money | None) -> bool:
    """Whether the claim's limit reaches the exposure; the limit itself is still within."""
    if claim.limit is None or exposure is None:
        return True
    return claim.limit.currency == exposure.currency and exposure <= claim.limit


# ------------------------------------------------------------------------------------------- separation


def check_person(by: Actor, view: RoundView) -> int:
    """The person's id, or a refusal: the client's own people only, never who asked for the work."""
    if by.side is not Side.CLIENT or by.organisation_id != view.client or by.person_id is None:
        raise NotAllowed("Only the client's own people decide this, never the provider's.", "not_client")
    if by.person_id == view.requester:
        raise NotAllowed("You reported this failure, so somebody else has to decide.", "own_request")
    return by.person_id


def taken(view: RoundView, *, except_seat: str = "") -> frozenset[int]:
    """Everybody who already stands behind a decision of this round, also as the one acted for."""
    return frozenset().union(*(seat.people for seat in view.seats if seat.name != except_seat))


def separate(claim: Claim, view: RoundView, *, except_seat: str = "") -> bool:
    """Whether nobody behind this claim asked for the work or already stands behind another seat of the round.

    Acknowledgements count as seats: who spends the money does not also sign for the data it puts at risk.
    """
    behind = {claim.person} | ({claim.for_person} if claim.for_person is not None else set())
    return not behind & (taken(view, except_seat=except_seat) | {view.requester})


def askable(seat: SeatView, view: RoundView, bench: Bench) -> list[Claim]:
    """Everybody who could fill this seat now: within their limit and separate from the others."""
    claims = claims_on(seat, bench)
    return [claim for claim in claims if covers(claim, view.exposure) and separate(claim, view)]


def fillable(view: RoundView, bench: Bench, person: int) -> list[Claim]:
    """The open seats this person may fill now, in order; one claim a seat, their own before one lent."""
    found: dict[str, Claim] = {}
    for seat in view.seats:
        if seat.state in OPEN_SEATS:
            for claim in askable(seat, view, bench):
                if claim.person == person:
                    found.setdefault(seat.name, claim)
    return list(found.values())


def check_open(view: RoundView) -> None:
    """Refuse unless the round still waits for somebody."""
    if view.status is not RoundStatus.OPEN:
        code, message = _CLOSED_WORDS[view.status]
        raise Refused(code, message, status=view.status)


def check_can_sit(by: Actor, view: RoundView, bench: Bench) -> list[Claim]:
    """The claims of this person on open seats, or the refusal that says why there is none."""
    person = check_person(by, view)
    check_open(view)
    if found := fillable(view, bench, person):
        return found
    check_not_yet(person, view)
    mine = [claim for seat in view.seats for claim in claims_on(seat, bench) if claim.person == person]
    entitled = [claim for claim in mine if _is_open(view, claim.seat)]
    if mine and not entitled:
        raise Refused("seat_filled", "Your seat has already been filled by somebody else.")
    if not entitled:
        raise NotAllowed("You hold none of the seats that this approval needs.", "no_seat")
    within = [claim for claim in entitled if covers(claim, view.exposure)]
    if within:
        message = "Whom you act for reported this failure or already decided; somebody else has to."
        raise NotAllowed(message, "not_separate")
    raise _over_authority(entitled, view.exposure)


def check_not_yet(person: int, view: RoundView) -> None:
    """Refuse a second seat of one round to the same person."""
    if person in taken(view):
        message = "You, or somebody for you, decided in this round already; others fill the remaining seats."
        raise Refused("already_decided", message)


def _is_open(view: RoundView, name: str) -> bool:
    return any(seat.name == name and seat.state in OPEN_SEATS for seat in view.seats)


def _over_authority(claims: Iterable[Claim], exposure: Money | None) -> Refused:
    limits = [claim.limit for claim in claims if claim.limit is not None]
    same = [limit for limit in limits if exposure is not None and limit.currency == exposure.currency]
    best = max(same) if same else limits[0]
    shown = format_money(exposure) if exposure is not None else ""
    message = f"{shown} incl. tax is above your limit of {format_money(best)}; a higher approver is needed."
    return Refused("over_authority", message, limit=best, exposure=exposure)


def check_can_decide(
    by: Actor, view: RoundView, bench: Bench, *, seat_name: str | None, verdict: Verdict, reason: str
) -> Claim:
    """The claim under which this person gives this verdict, or the refusal.

    An acknowledgement goes to an acknowledgement seat, an approval to any other; a rejection to any, with a
    reason.
    """
    claims = check_can_sit(by, view, bench)
    kinds = {seat.name: seat.need.kind for seat in view.seats}
    if seat_name and seat_name not in kinds:
        message = f"This round has no seat {seat_name!r}; it has {', '.join(sorted(kinds))}."
        raise Refused("unknown_seat", message, field="seat")
    named = [claim for claim in claims if not seat_name or claim.seat == seat_name]
    fitting = [claim for claim in named if verdict is Verdict.REJECT or _fits(kinds[claim.seat], verdict)]
    if not named:
        raise NotAllowed("You may not fill that seat.", "not_your_seat")
    if not fitting:
        fits = [seat for seat in view.seats if seat.state in OPEN_SEATS and _fits(seat.need.kind, verdict)]
        mine = [c for seat in fits for c in claims_on(seat, bench) if c.person == by.person_id]
        if beyond := [claim for claim in mine if not covers(claim, view.exposure)]:
            raise _over_authority(beyond, view.exposure)
        word = "acknowledge" if verdict is Verdict.APPROVE else "approve or reject"
        raise Refused("wrong_verdict", f"At your seat you can {word} this.", field="verdict")
    if verdict is Verdict.REJECT and not reason.strip():
        raise Refused("reason_needed", "Say why you reject this.", field="reason")
    return fitting[0]


def _fits(kind: SeatKind, verdict: Verdict) -> bool:
    return (kind is SeatKind.ACKNOWLEDGEMENT) == (verdict is Verdict.ACKNOWLEDGE)


def check_shown(bound: str, shown: str) -> None:
    """Refuse unless the decision is about the very document that was shown."""
    if bound != shown:
        message = "What you were shown is not the document to be decided; open it again and read it."
        raise Refused("stale_document", message, field="shown_sha256")


def outcome(view: RoundView, *, quorum: int | None) -> RoundStatus:
    """What the seats make of the round: one rejection ends it; all seats, or the quorum, approve it."""
    states = [seat.state for seat in view.seats]
    if S.REJECTED in states or (view.status is RoundStatus.OPEN and S.RATIFICATION_REFUSED in states):
        return RoundStatus.REJECTED
    filled = sum(state in FILLED_SEATS for state in states)
    return RoundStatus.APPROVED if filled >= (quorum or len(states)) else view.status


def check_can_ratify(
    by: Actor, view: RoundView, bench: Bench, *, seat_name: str, verdict: RatifyVerdict, reason: str
) -> Claim:
    """The claim under which this person ratifies (or refuses) a bypassed seat, or the refusal.

    The seat's own holder or their delegate: whoever may stand in for a sleeper at night is not who wakes up.
    """
    person = check_person(by, view)
    if view.status not in {RoundStatus.OPEN, RoundStatus.APPROVED}:
        raise Refused(*_CLOSED_WORDS[view.status], status=view.status)
    done = {S.RATIFIED, S.RATIFICATION_REFUSED}
    named = [seat for seat in view.seats if not seat_name or seat.name == seat_name]
    bypassed = [seat for seat in named if seat.state is S.BYPASSED_EMERGENCY]
    if not bypassed:
        if any(seat.state in done for seat in named):
            raise Refused("already_ratified", "This emergency approval has already been answered.")
        raise Refused("nothing_to_ratify", "No seat of this round was bypassed in an emergency.", field="seat")
    for seat in bypassed:
        for claim in claims_on(seat, bench):
            mine = claim.person == person and claim.basis is not Basis.NEXT_LEVEL
            if mine and covers(claim, view.exposure) and _may_answer(claim, view, seat):
                if verdict is RatifyVerdict.REFUSE and not reason.strip():
                    raise Refused("reason_needed", "Say why you do not ratify this.", field="reason")
                return claim
    raise NotAllowed("Only who holds the bypassed seat, or their delegate, can ratify it.", "not_your_seat")


def _may_answer(claim: Claim, view: RoundView, seat: SeatView) -> bool:
    # The bypassed holder stands behind the seat, of course; the duty manager who took it must not answer it.
    return claim.person != seat.decided_by and separate(claim, view, except_seat=seat.name)
