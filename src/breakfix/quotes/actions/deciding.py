"""What the client's people say to an offer. Approval binds the very hash that was shown, and nothing else."""

from datetime import datetime

from django.db import transaction

from breakfix.approvals import queries as approvals
from breakfix.approvals import steps as approval_steps
from breakfix.approvals.models import PhoneCall, Round
from breakfix.approvals.values import RoundStatus, SeatKind, Verdict
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import Actor, Deed, Role, Side, person_behind, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.money import Money, format_money
from breakfix.parties import queries as parties
from breakfix.quotes import queries, steps
from breakfix.quotes.models import Quote
from breakfix.quotes.rules import change_orders, states
from breakfix.quotes.values import RejectionReason, Status

E = EngagementStatus
LONGEST_NOTE = 2000
_BINDING = frozenset({Deed.APPROVE_QUOTE, Deed.APPROVE_QUOTE_IN_EMERGENCY, Deed.ACKNOWLEDGE_RISK})


@transaction.atomic
def approve_quote(
    quote_id: int,
    *,
    shown_sha256: str,
    acknowledged: list[str] | None = None,
    seat: str = "",
    by: Actor,
    at: datetime,
) -> Quote:
    """Sign one approver's seat; with the last one the client is bound, and nobody may charge past the cap.

    `acknowledged` are the keys of the risk rows that this person ticked, e.g. ["R1"].
    """
    quote, asked = _open(quote_id, Deed.APPROVE_QUOTE, shown_sha256, by, at)
    states.check_acknowledged(quote.content["acknowledge"], acknowledged or ())
    asked, filled, rows = approval_steps.decide(
        asked, seat or None, verdict=Verdict.APPROVE, shown_sha256=shown_sha256, by=by, at=at
    )
    rows += _bind(quote, asked, by, at)
    line = f"The {_words(filled.name)} seat approved {_named(quote)}."
    _tell("seat.approved", quote, line, rows, by, at, seats=[filled.name], acknowledged=acknowledged or [])
    return quote


@transaction.atomic
def approve_quote_in_emergency(
    quote_id: int,
    *,
    shown_sha256: str,
    reason: str,
    acknowledged: list[str] | None = None,
    by: Actor,
    at: datetime,
) -> Quote:
    """The client's duty manager approves for approvers who cannot be reached; they ratify afterwards."""
    quote, asked = _open(quote_id, Deed.APPROVE_QUOTE_IN_EMERGENCY, shown_sha256, by, at)
    states.check_acknowledged(quote.content["acknowledge"], acknowledged or ())
    asked, seats, rows = approval_steps.decide_emergency(
        asked, shown_sha256=shown_sha256, reason=reason, by=by, at=at
    )
    rows += _bind(quote, asked, by, at)
    names = [seat.name for seat in seats]
    line = f"The duty manager approved {_named(quote)} in an emergency, for: {', '.join(map(_words, names))}."
    facts: dict[str, object] = {"seats": names, "acknowledged": acknowledged or [], "reason": reason.strip()}
    facts["ratify_by"] = seats[0].ratify_by
    _tell("seat.bypassed", quote, line, rows, by, at, **facts)
    return quote


@transaction.atomic
def acknowledge_risk(quote_id: int, *, shown_sha256: str, seat: str = "", by: Actor, at: datetime) -> Quote:
    """The data owner or security officer accepts the High risks by name; without it no approval is complete."""
    quote, asked = _open(quote_id, Deed.ACKNOWLEDGE_RISK, shown_sha256, by, at)
    asked, filled, rows = approval_steps.decide(
        asked, seat or None, verdict=Verdict.ACKNOWLEDGE, shown_sha256=shown_sha256, by=by, at=at
    )
    rows += _bind(quote, asked, by, at)
    line = f"The {_words(filled.name)} acknowledged the risks of {_named(quote)}."
    _tell("risk.acknowledged", quote, line, rows, by, at, seats=[filled.name])
    return quote


@transaction.atomic
def reject_quote(
    quote_id: int,
    *,
    shown_sha256: str,
    reason: RejectionReason,
    note: str = "",
    seat: str = "",
    by: Actor,
    at: datetime,
) -> Quote:
    """Say no: one seat's no ends the round, the forensic fee stays due, the provider may revise."""
    quote, asked = _open(quote_id, Deed.REJECT_QUOTE, shown_sha256, by, at)
    engagement = quote.engagement
    if reason is RejectionReason.OTHER and not note.strip():
        raise Refused("missing_field", "Say in a few words why.", field="note")
    words = f"{_words(reason)}: {note.strip()}" if note.strip() else _words(reason)
    asked, filled, rows = approval_steps.decide(
        asked, seat or None, verdict=Verdict.REJECT, shown_sha256=shown_sha256, reason=words, by=by, at=at
    )
    quote.status, quote.decided_at = Status.REJECTED, at
    quote.rejection_reason, quote.rejection_note = reason.value, note.strip()[:LONGEST_NOTE]
    quote.save(update_fields=["status", "decided_at", "rejection_reason", "rejection_note"])
    rows += [quote, *steps.forensic_tranche(engagement, at=at)]
    rows += steps.go_on(quote, by=by, at=at) + _after_rejection(quote, at)
    line = f"The {_words(filled.name)} seat rejected {_named(quote)}: {_words(reason)}."
    _tell("quote.rejected", quote, line, rows, by, at, seats=[filled.name], reason=reason)
    return quote


@transaction.atomic
def call_approver(
    quote_id: int, *, person_id: int, shown_sha256: str, seat: str = "", by: Actor, at: datetime
) -> PhoneCall:
    """Ring an approver at the registered number: their telephone receives a code that signs this offer, once.

    The desk reads the summary out and enters the code it is told (`enter_phone_code`) within ten minutes.
    """
    quote, asked = _open(quote_id, Deed.CALL_APPROVER, shown_sha256, by, at)
    call, rows = approval_steps.place_call(asked, person_id, seat or None, caller_id=_caller(by), at=at)
    line = f"The desk called about the {_words(call.seat.name)} seat of quote {quote}; a code went to that telephone."
    facts = {"seats": [call.seat.name], "person": call.person_id, "number_end": call.number_end, "until": call.until}
    _tell("approver.called", quote, line, rows, by, at, call=call.pk, **facts)
    return call


@transaction.atomic
def enter_phone_code(
    quote_id: int,
    *,
    call_id: int,
    code: str,
    shown_sha256: str,
    acknowledged: list[str] | None = None,
    by: Actor,
    at: datetime,
) -> PhoneCall:
    """Sign a seat by telephone: the code that only the approver's telephone received decides, in their name.

    `acknowledged` are the keys of the risk rows that were read out and accepted, e.g. ["R1"]. A wrong code signs
    nothing and is told to both sides; the third one ends the call (`status` says which it was).
    """
    quote, asked = _open(quote_id, Deed.ENTER_PHONE_CODE, shown_sha256, by, at)
    call = approvals.lock_call(asked, call_id)
    spends = call.seat.kind == SeatKind.SPEND
    if spends:
        states.check_acknowledged(quote.content["acknowledge"], acknowledged or ())
    is_right, rows = approval_steps.enter_code(call, code, at)
    facts: dict[str, object] = {"call": call.pk, "entered_by": _caller(by), "number_end": call.number_end}
    if not is_right:
        line = f"A wrong code was entered for the {_words(call.seat.name)} seat of quote {quote}; nothing was signed."
        _tell("phone_code.wrong", quote, line, rows, by, at, seats=[call.seat.name], wrong=call.wrong, **facts)
        return call
    # The code is the proof of who decides, as the password is on the page: whoever entered it only wrote it down.
    approver = parties.actor_for(call.person, confirmed_at=at)
    require(approver, Deed.APPROVE_QUOTE if spends else Deed.ACKNOWLEDGE_RISK, org=quote.engagement.client_id)
    verdict = Verdict.APPROVE if spends else Verdict.ACKNOWLEDGE
    asked, filled, more = approval_steps.decide(
        asked, call.seat.name, verdict=verdict, shown_sha256=shown_sha256, by=approver, at=at
    )
    rows += more + _bind(quote, asked, approver, at)
    did = "approved" if spends else "acknowledged the risks of"
    line = (
        f"The {_words(filled.name)} seat {did} quote {quote} by telephone, with the code sent to …{call.number_end}."
    )
    facts |= {"seats": [filled.name], "acknowledged": acknowledged or []}
    _tell("seat.approved" if spends else "risk.acknowledged", quote, line, rows, approver, at, **facts)
    return call


def _caller(by: Actor) -> int:
    """Who speaks with the approver: somebody with a name, never a machine's token."""
    return person_behind(by, "An approver is called by a person, not by a machine.")


def _after_rejection(quote: Quote, at: datetime) -> list[Row]:
    """Whose turn it is: the client says what comes next; without a change order the agreed work goes on."""
    engagement = quote.engagement
    if quote.is_change_order and engagement.status == E.ON_HOLD:
        return []  # another one is waited for, and whoever has to decide on it is asked already
    if quote.is_change_order:
        turn = "Finish the agreed scope, or bring it into a safe state: the change order was rejected"
        return incident_steps.next_step(engagement, turn, side=Side.PROVIDER, role=Role.TECHNICIAN, at=at)
    turn = "Say what comes next: another offer, your things back, or nothing more"
    return incident_steps.next_step(engagement, turn, side=Side.CLIENT, role=Role.APPROVER, at=at)


def _open(quote_id: int, doing: Deed, shown_sha256: str, by: Actor, at: datetime) -> tuple[Quote, Round]:
    """The locked offer and the round that asks about it; refuses what is no longer open or not what was shown."""
    quote = queries.lock_quote(quote_id, by)
    engagement = quote.engagement
    require(by, doing, org=engagement.provider_id if by.side is Side.PROVIDER else engagement.client_id)
    # Every issued quote has an end (a database constraint); an unissued one is refused by its state.
    until = quote.valid_until or at
    states.check_can_decide(Status(quote.status), valid_until=until, sha256=quote.sha256, shown=shown_sha256, at=at)
    if quote.is_change_order:
        change_orders.check_still_open(E(quote.engagement.status))
    elif quote.engagement.status != E.AWAITING_APPROVAL:
        message = f"The engagement is {quote.engagement.status}; nothing is approved on it now."
        raise Refused("not_awaiting_approval", message, status=quote.engagement.status)
    asked = approvals.open_round_for(quote.subject)
    if asked is None:
        raise Refused("nobody_asked", "Nobody is being asked about this quote any more; reload the page.")
    if quote.is_change_order and doing in _BINDING:
        # The engagement is held: of two change orders signed at once, the second meets the first one's tranche here.
        shown = quote.exposure or Money.zero(quote.currency)
        change_orders.check_exposure(shown, queries.exposure_with(quote))
    return quote, asked


def _bind(quote: Quote, asked: Round, by: Actor, at: datetime) -> list[Row]:
    """With the last seat: the quote is approved, its cap is a tranche, and work may be planned."""
    if asked.status != RoundStatus.APPROVED:
        return []
    states.check_transition(Status(quote.status), Status.APPROVED)
    quote.status, quote.decided_at = Status.APPROVED, at
    quote.save(update_fields=["status", "decided_at"])
    rows: list[Row] = [quote, *steps.forensic_tranche(quote.engagement, at=at), *steps.agreed_tranche(quote, at=at)]
    waits = steps.ask_for_deposit(quote, at=at)
    rows += waits
    if quote.is_change_order:
        return rows + steps.go_on(quote, by=by, at=at)
    if waits:
        # The client is bound, but nothing is planned or ordered before the deposit is there (domain.md §3.1).
        turn, role = "Pay the deposit; then the work is planned", Role.CLIENT_FINANCE
        return rows + incident_steps.next_step(quote.engagement, turn, side=Side.CLIENT, role=role, at=at)
    return rows + incident_steps.move(quote.engagement, E.APPROVED, by=by, at=at)


def _named(quote: Quote) -> str:
    return quote.title[:1].lower() + quote.title[1:]


def _words(name: str) -> str:
    return name.replace("_", " ")


def _tell(kind: str, quote: Quote, line: str, changed: list[Row], by: Actor, at: datetime, **facts: object) -> None:
    """One entry a deed; the one that completes the round is told as the approval itself."""
    engagement = quote.engagement
    if quote.status == Status.APPROVED:
        kind = "quote.approved"
        most = quote.n or Money.zero(quote.currency)
        line += f" It is now approved: at most {format_money(most)} before tax."
        facts |= {"money": most, "money_label": "committed"}
    record(
        kind,
        subject=quote,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts={"quote": str(quote), "sha256": quote.sha256, "status": quote.status, "n": quote.n, **facts},
        changed=changed,
    )
