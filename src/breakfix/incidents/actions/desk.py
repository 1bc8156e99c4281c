"""What the desk decides about a report: acknowledge, qualify, decline."""

from datetime import datetime

from django.db import transaction

from breakfix.agreements.values import Priority
from breakfix.incidents import credit, outside, qualifying, queries, steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import credit as credit_rules
from breakfix.incidents.rules import intake, transitions, words
from breakfix.incidents.rules import outside as rules
from breakfix.incidents.values import EndKind, Referral, Route, Status
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import rules as texts


@transaction.atomic
def acknowledge(engagement_id: int, *, callback: str, by: Actor, at: datetime) -> Engagement:
    """A person of the desk answers: ACK stops, the update cadence begins. An automatic reply does not count."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.ACKNOWLEDGE, org=engagement.provider_id)
    transitions.check_can_move(Status(engagement.status), Status.ACKNOWLEDGED)
    engagement.callback = texts.text(callback, "callback", longest=60)
    rows = steps.move(engagement, Status.ACKNOWLEDGED, by=by, at=at)
    _tell(engagement, "engagement.acknowledged", "The desk acknowledged and can be called back.", rows, by, at)
    return engagement


@transaction.atomic
def qualify(
    engagement_id: int,
    *,
    route: Route = Route.BREAK_FIX,
    reason: str = "",
    by: Actor,
    at: datetime,
) -> Engagement:
    """Decide that this is ours: in scope, insured, on credit, owed by nobody else; or as the client accepted it.

    Without a reason of its own, what the route test found stands on record.
    """
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.QUALIFY, org=engagement.provider_id)
    transitions.check_can_move(Status(engagement.status), Status.QUALIFIED)
    reason = words.check_no_amount(texts.text(reason, "reason", longest=400, required=False), "reason")
    cover = qualifying.route_test(engagement, at)
    rules.check_none_waits(outside.waiting(engagement, by) is not None)
    intake.check_can_qualify(cover, route, reason=reason)
    rules.check_allowed(cover, route, outside.accepted_exceptions(engagement))
    owing = credit.held(engagement)
    credit_rules.check_credit(
        Priority(engagement.priority), held=owing.hold is not None, overridden=owing.override is not None
    )
    engagement.route, engagement.route_reason = route.value, reason or intake.found(cover)
    engagement.cover_waived = cover.covered_elsewhere
    rows = steps.move(engagement, Status.QUALIFIED, by=by, at=at)
    rows += steps.close_end(engagement, EndKind.CREDIT, at=at)
    way = "break/fix" if route is Route.BREAK_FIX else "ad hoc, outside the agreed scope"
    line = f"Qualified as {way}{f': {reason}' if reason else '.'}"
    facts = {"in_scope": cover.in_scope, "warranty_until": str(cover.warranty_until or ""), "covers": cover.covers}
    facts |= {"own_people": cover.own.named, "advice": cover.advice.why, "excluded": cover.excluded}
    _tell(engagement, "engagement.qualified", line, rows, by, at, {**facts, "waived": engagement.cover_waived})
    return engagement


@transaction.atomic
def decline(engagement_id: int, *, referral: Referral, reason: str, by: Actor, at: datetime) -> Engagement:
    """Do not take it on, say why and where to go instead; every clock becomes void."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.DECLINE, org=engagement.provider_id)
    transitions.check_can_move(Status(engagement.status), Status.DECLINED)
    reason = words.check_no_amount(texts.text(reason, "reason", longest=400), "reason")
    engagement.route_reason = reason
    rows = steps.move(engagement, Status.DECLINED, by=by, at=at, reason=referral.value)
    line = f"Declined ({referral.value.replace('_', ' ')}): {reason}"
    _tell(engagement, "engagement.declined", line, rows, by, at, {"referral": referral.value})
    return engagement


def _tell(
    engagement: Engagement,
    kind: str,
    line: str,
    rows: list[Row],
    by: Actor,
    at: datetime,
    facts: dict[str, object] | None = None,
) -> None:
    record(
        kind,
        subject=engagement,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts=facts,
        changed=rows,
    )
