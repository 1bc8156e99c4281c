"""The client's word on the forensic fee, where the agreement does not give it beforehand (domain.md §3.1, §4.7)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from breakfix.approvals import queries as approvals
from breakfix.approvals import steps as approval_steps
from breakfix.approvals.models import Round
from breakfix.approvals.rules.policy import seats_for
from breakfix.approvals.values import Purpose, RoundStatus, Verdict
from breakfix.diagnosis.values import FeeVerdict
from breakfix.incidents import fees, outside
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement, ForensicFee
from breakfix.incidents.rules.transitions import check_status
from breakfix.incidents.values import EndKind, FeeAccepted, Status
from breakfix.kernel.access import Actor, Deed, Role, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.canonical import plain, sha256_hex
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.money import format_money

_BEFORE_DISPATCH = (Status.SUBMITTED, Status.ACKNOWLEDGED, Status.QUALIFIED, Status.ON_HOLD)


@transaction.atomic
def ask_forensic_fee(engagement_id: int, *, by: Actor, at: datetime) -> ForensicFee:
    """Put the fee before the approvers, seat by seat; who stays silent is reached out to as for a quote.

    The worker does so at once for every fee that the agreement does not accept; the desk may ask once more after a
    refusal. Nothing happens where they are being asked already.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.ASK_FORENSIC_FEE, org=engagement.provider_id)
    fee = incidents.fee(engagement)
    # By the time that the worker gets there, somebody may have answered, or the engagement be over.
    settled = fee.accepted_at is not None or Status(engagement.status) not in _BEFORE_DISPATCH
    asked_before = approvals.latest_round_for(_subject(fee)) is not None
    if by.is_machine and (settled or (asked_before and not fees.waits_for_client(engagement))):
        return fee
    _check_undecided(engagement, fee)
    _check_not_restated(engagement, by)
    if approvals.open_round_for(_subject(fee)) is not None:
        raise Refused("round_open", "The client's approvers are being asked already.")
    rows = incident_steps.close_end(engagement, EndKind.FEE, at=at)
    approval, asked = _open_round(engagement, fee, at)
    record(
        "forensic_fee.asked",
        subject=fee,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=f"The client is asked to accept {_amount(fee)}.",
        facts={"round": approval.pk, "money": fee.ceiling, "money_label": "Fee ceiling"},
        changed=rows + asked,
    )
    return fee


@transaction.atomic
def approve_forensic_fee(
    engagement_id: int,
    *,
    verdict: FeeVerdict = FeeVerdict.APPROVE,
    shown_amount: Decimal,
    reason: str = "",
    by: Actor,
    at: datetime,
) -> ForensicFee:
    """Accept the flat fee up to the ceiling that was shown, or refuse it; only then may anybody be sent.

    The seats are those of the approval policy for the ceiling; the fee itself never counts towards the exposure of
    a quote (domain.md §11 ruling 4). Where two must sign, the first signature leaves the round open.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.APPROVE_FORENSIC_FEE, org=engagement.client_id)
    fee = incidents.fee(engagement)
    _check_undecided(engagement, fee)
    if shown_amount != fee.ceiling.amount:
        message = f"The fee comes to at most {format_money(fee.ceiling)}; open it again and read it."
        raise Refused("stale_document", message, field="shown_amount")
    approval, rows = _round_about(engagement, fee, at)
    said = Verdict(verdict.value)
    approval, _, decided = approval_steps.decide(
        approval, None, verdict=said, shown_sha256=sha256_hex(_offer(engagement, fee)), reason=reason, by=by, at=at
    )
    rows += decided
    if approval.status == RoundStatus.APPROVED:
        rows += incident_steps.accept_fee(engagement, FeeAccepted.APPROVED, at=at)
        rows += incident_steps.close_end(engagement, EndKind.FEE, at=at)
    if approval.status == RoundStatus.REJECTED:
        rows += _after_refusal(engagement, at)
    fee = incidents.fee(engagement)
    kind, line = _told(fee, verdict, RoundStatus(approval.status))
    record(
        kind,
        subject=fee,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts={"round": approval.pk, "status": approval.status, "money": fee.ceiling, "money_label": "Fee ceiling"},
        changed=rows,
    )
    return fee


def _check_undecided(engagement: Engagement, fee: ForensicFee) -> None:
    if fee.accepted_at is not None:
        raise Refused("fee_already_accepted", "The forensic fee was accepted before.")
    if fee.ceiling.is_zero:
        message = "No fee is agreed for this; a statement of work has to state one, which the client accepts first."
        raise Refused("no_fee_stated", message)
    check_status(Status(engagement.status), *_BEFORE_DISPATCH)


def _check_not_restated(engagement: Engagement, by: Actor) -> None:
    """Refuse to ask again about a fee in whose place a statement of work states another one."""
    waiting = outside.waiting(engagement, by)
    if waiting is not None and waiting.fee is not None:
        message = "A statement of work states another fee; take it back, or wait for the client's answer."
        raise Refused("statement_waits", message)


def _after_refusal(engagement: Engagement, at: datetime) -> list[Row]:
    """One refusal ends the round (domain.md §3.3): no approver is asked any more, the desk decides what follows."""
    return incident_steps.close_end(engagement, EndKind.FEE, at=at) + incident_steps.open_end(
        engagement,
        EndKind.FEE,
        "The forensic fee was refused: talk to the client, then ask again or decline",
        organisation_id=engagement.provider_id,
        role=Role.DISPATCHER,
        blocks_close=False,
        at=at,
    )


def _subject(fee: ForensicFee) -> str:
    return f"forensic_fee/{fee.pk}"


def _amount(fee: ForensicFee) -> str:
    return f"the forensic fee of {format_money(fee.base)}, at most {format_money(fee.ceiling)}"


def _told(fee: ForensicFee, verdict: FeeVerdict, status: RoundStatus) -> tuple[str, str]:
    """What happened, and its sentence; a first signature of two accepts nothing yet."""
    amount = _amount(fee)
    if verdict is FeeVerdict.REJECT:
        return "forensic_fee.refused", f"The client refused {amount}."
    if status is RoundStatus.APPROVED:
        return "forensic_fee.accepted", f"The client accepted {amount}."
    return "forensic_fee.signed", f"A first person signed for {amount}; a second has to."


def _round_about(engagement: Engagement, fee: ForensicFee, at: datetime) -> tuple[Round, list[Row]]:
    """The round that asks about this fee; opened by who answers before the worker asked. Refuses after a refusal."""
    approval = approvals.latest_round_for(_subject(fee))
    if approval is None or (approval.status != RoundStatus.OPEN and fees.waits_for_client(engagement)):
        return _open_round(engagement, fee, at)
    if approval.status != RoundStatus.OPEN:
        raise Refused("fee_refused", "The fee was refused; the provider's desk has to ask again.")
    return approval, []


def _open_round(engagement: Engagement, fee: ForensicFee, at: datetime) -> tuple[Round, list[Row]]:
    return approval_steps.open_round(
        engagement,
        subject=_subject(fee),
        sha256=sha256_hex(_offer(engagement, fee)),
        purpose=Purpose.FORENSIC_FEE,
        needs=seats_for(fee.ceiling, incidents.terms(engagement).approvals),
        exposure=fee.ceiling,
        at=at,
    )


def _offer(engagement: Engagement, fee: ForensicFee) -> dict[str, Any]:
    """What the client says yes to, as it is hashed."""
    offer = {"engagement": engagement.number, "domain": engagement.domain, "base": fee.base, "ceiling": fee.ceiling}
    bound: dict[str, Any] = plain(offer)
    return bound
