"""A forensic extension: asked before further hours are worked, decided by the client's seats, or withdrawn (R3)."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from breakfix.approvals import queries as approvals
from breakfix.approvals import steps as approval_steps
from breakfix.approvals.rules.policy import seats_for
from breakfix.approvals.values import Purpose, RoundStatus, Verdict
from breakfix.diagnosis import queries
from breakfix.diagnosis.models import ForensicExtension
from breakfix.diagnosis.rules import extension as rules
from breakfix.diagnosis.values import ExtensionStatus, FeeVerdict
from breakfix.dispatch import queries as dispatch
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules.transitions import check_status
from breakfix.incidents.rules.words import check_no_amount
from breakfix.incidents.values import HoldReason, Status
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.money import Money, format_money, trimmed
from breakfix.parties.rules import text

S = ExtensionStatus
LONGEST, CENTI = 2000, Decimal("0.01")


@transaction.atomic
def ask_forensic_extension(
    engagement_id: int, *, hours: Decimal, known: str, plan: str, by: Actor, at: datetime
) -> ForensicExtension:
    """Ask the client for a further flat sum before more hours are worked; until it is decided, nothing is.

    `known` is what has been found so far, `plan` what the hours are for. The restore objective pauses meanwhile.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.ASK_FORENSIC_EXTENSION, org=engagement.provider_id)
    check_status(Status(engagement.status), Status.DIAGNOSING)
    if by.field_only:
        dispatch.ready_booking(engagement, by=by, at=at)
    queries.check_not_reported(engagement)
    fee, included = incidents.fee(engagement).charged, queries.included_hours(engagement)
    rules.check_can_ask(charged=fee, included=included, completed_at=engagement.diagnosis_completed_at)
    price = rules.priced(hours, charged=fee or Money.zero(engagement.currency), included=included)
    asked = ForensicExtension(
        engagement=engagement,
        status=S.ASKED,
        hours=hours.quantize(CENTI),
        amount_minor=price.amount.minor,
        currency=engagement.currency,
        derivation=price.derivation,
        known=check_no_amount(text(known, "known", longest=LONGEST), "known"),
        plan=check_no_amount(text(plan, "plan", longest=LONGEST), "plan"),
        asked_by_id=by.person_id,  # type: ignore[misc] # people only
        asked_at=at,
    )
    asked.sha256 = queries.offered(asked)
    asked.save()
    rows: list[Row] = [asked, *incident_steps.wait(engagement, HoldReason.AWAITING_CLIENT_APPROVAL, by=by, at=at)]
    approval, opened = approval_steps.open_round(
        engagement,
        subject=asked.subject,
        sha256=asked.sha256,
        purpose=Purpose.FORENSIC_EXTENSION,
        needs=seats_for(queries.tested_sum(asked), incidents.terms(engagement).approvals),
        exposure=queries.tested_sum(asked),
        at=at,
    )
    line = f"The client is asked for {_words(asked)}. Nothing more is worked until it is decided."
    _tell("forensic_extension.asked", asked, line, [*rows, *opened], by, at, {"round": approval.pk})
    return asked


@transaction.atomic
def approve_forensic_extension(
    engagement_id: int,
    *,
    verdict: FeeVerdict = FeeVerdict.APPROVE,
    shown_amount: Decimal,
    reason: str = "",
    by: Actor,
    at: datetime,
) -> ForensicExtension:
    """Approve the further sum, or refuse it: then what was found so far is reported, as inconclusive if it is.

    Where two must sign, the first signature leaves the question open. It is due once a step is recorded under it.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.APPROVE_FORENSIC_EXTENSION, org=engagement.client_id)
    asked = _asked(engagement)
    if shown_amount != asked.amount.amount:
        message = f"The further sum is {format_money(asked.amount)}; open it again and read it."
        raise Refused("stale_document", message, field="shown_amount")
    approval = approvals.latest_round_for(asked.subject)
    if approval is None:
        raise ValueError(f"{asked} was asked without a round")
    approval, _, rows = approval_steps.decide(
        approval, None, verdict=Verdict(verdict.value), shown_sha256=asked.sha256, reason=reason, by=by, at=at
    )
    kind, line = "forensic_extension.signed", f"A first person signed for {_words(asked)}; a second has to."
    if approval.status == RoundStatus.APPROVED:
        kind, line = "forensic_extension.approved", f"The client approved {_words(asked)}."
        rows += _end(asked, S.APPROVED, by, at)
    if approval.status == RoundStatus.REJECTED:
        kind = "forensic_extension.refused"
        line = f"The client refused {_words(asked)}: what was found so far is reported."
        rows += _end(asked, S.REFUSED, by, at)
    _tell(kind, asked, line, rows, by, at, {"round": approval.pk, "status": approval.status})
    return asked


@transaction.atomic
def withdraw_forensic_extension(engagement_id: int, *, reason: str, by: Actor, at: datetime) -> ForensicExtension:
    """Take the question back: nobody is asked any more, nothing is due, and the diagnosis goes on within its fee."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.WITHDRAW_FORENSIC_EXTENSION, org=engagement.provider_id)
    asked = _asked(engagement)
    reason = check_no_amount(text(reason, "reason", longest=400), "reason")
    approval = approvals.open_round_for(asked.subject)
    rows = approval_steps.close_round(approval, RoundStatus.WITHDRAWN, at) if approval else []
    rows += _end(asked, S.WITHDRAWN, by, at)
    _tell("forensic_extension.withdrawn", asked, f"The question was withdrawn: {reason}", rows, by, at)
    return asked


def _asked(engagement: Engagement) -> ForensicExtension:
    """The question that waits; of an engagement that was cancelled meanwhile nobody is asked anything any more."""
    asked = queries.open_extension(engagement)
    if asked is None:
        raise Refused("nothing_asked", "Nobody was asked for further hours, or it was decided before.")
    check_status(Status(engagement.status), Status.ON_HOLD)
    return asked


def _end(asked: ForensicExtension, to: ExtensionStatus, by: Actor, at: datetime) -> list[Row]:
    """Keep the answer, and let the diagnosis go on from where it was held."""
    rules.check_can_move(S(asked.status), to)
    asked.status, asked.ended_at = to.value, at
    asked.save(update_fields=["status", "ended_at"])
    return [asked, *incident_steps.move(asked.engagement, Status(asked.engagement.hold_from), by=by, at=at)]


def _words(asked: ForensicExtension) -> str:
    return f"{trimmed(asked.hours)} further hours of diagnosis at {format_money(asked.amount)} flat"


def _tell(
    kind: str,
    asked: ForensicExtension,
    line: str,
    rows: list[Row],
    by: Actor,
    at: datetime,
    facts: Mapping[str, object] | None = None,
) -> None:
    engagement: Engagement = asked.engagement
    record(
        kind,
        subject=asked,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts={"money": asked.amount, "money_label": "Further diagnosis", "hours": asked.hours, **(facts or {})},
        changed=rows,
    )
