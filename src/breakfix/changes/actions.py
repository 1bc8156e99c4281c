"""Proposing, deciding, extending and reviewing a change. What is decided is the hash of its canonical JSON."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from breakfix.agreements.values import Domain, Priority
from breakfix.approvals import queries as approvals
from breakfix.approvals import steps as rounds
from breakfix.approvals.values import Purpose, RoundStatus, SeatNeed, Verdict
from breakfix.changes import queries, rules
from breakfix.changes.models import Change
from breakfix.changes.values import Ending, Kind, Plan, RiskScores, Status, StepPlan
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import closing, transitions, words
from breakfix.incidents.values import EndKind, HoldReason
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.canonical import canonical, plain, sha256_hex
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.numbers import next_number
from breakfix.kernel.worktime.zones import zone_of
from breakfix.parties import rules as texts
from breakfix.quotes import queries as quotes


@transaction.atomic
def propose_change(
    engagement_id: int,
    *,
    kind: Kind,
    title: str,
    steps: list[StepPlan],
    rollback: list[str],
    rollback_minutes: int,
    tests: list[str],
    comms: str,
    window_start: datetime,
    window_end: datetime,
    risk: RiskScores,
    reason: str = "",
    services: str = "",
    continuity: str = "",
    by: Actor,
    at: datetime,
) -> Change:
    """Put a whole plan before the client. An emergency goes to the ECAB at once; a normal change is scored first."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.PROPOSE_CHANGE, org=engagement.provider_id)
    _check_can_propose(engagement, kind, reason, at)
    plan = Plan(
        steps=tuple(steps),
        rollback=_lines(rollback, "rollback"),
        rollback_minutes=rollback_minutes,
        tests=_lines(tests, "tests"),
        comms=_said(comms, "comms", 2000),
        window_start=window_start,
        window_end=window_end,
        risk=risk,
    )
    rules.check_plan(plan, at=at)
    rules.check_lead_time(kind, window_start=window_start, at=at, calendar=engagement.hours)
    quote = quotes.current_quote(engagement)
    rules.check_image_promised(plan.steps, promised=quote is not None and quote.inputs.image_first)
    change = Change(engagement=engagement, kind=kind.value, title=_said(title, "title", 160))
    change.reason = _said(reason, "reason", 400, required=False)
    change.services = _said(services, "services", 400, required=False)
    change.continuity = _said(continuity, "continuity", 400, required=False)
    _fill(change, plan, by, at)
    rows = _submit(change, at)
    _tell(change, "change.proposed", _proposed_line(change), rows, by, at, {"sha256": change.sha256})
    return change


def _check_can_propose(engagement: Engagement, kind: Kind, reason: str, at: datetime) -> None:
    live = queries.live_change(engagement)
    rules.check_can_propose(
        EngagementStatus(engagement.status),
        kind,
        priority=Priority(engagement.priority),
        dated_duty=any(one.duty.met_at is None for one in incidents.obligations(engagement, at)),
        reason=reason,
        live=Status(live.status) if live else None,
    )


def _fill(change: Change, plan: Plan, by: Actor, at: datetime) -> None:
    """Take over the plan, number it and freeze what will be decided."""
    change.steps = [
        plain({**asdict(step), "name": _said(step.name, f"steps-{n}-name", 200)}) for n, step in enumerate(plan.steps)
    ]
    change.rollback, change.rollback_minutes = list(plan.rollback), plan.rollback_minutes
    change.tests, change.comms = list(plan.tests), plan.comms
    change.window_start, change.window_end = plan.window_start, plan.window_end
    change.risk, change.risk_score = plain(plan.risk), plan.risk.total
    change.proposed_by_id, change.proposed_at = by.person_id, at
    change.number = next_number("C", change.engagement.provider_id, at)
    _freeze(change)


def _submit(change: Change, at: datetime) -> list[Row]:
    _move(change, Status.SUBMITTED)
    if not change.is_emergency:
        change.save()
        return [change] + incident_steps.open_end(
            change.engagement,
            EndKind.REVIEW,
            f"Assess change {change.number}",
            organisation_id=change.engagement.client_id,
            role=rules.MANAGER,
            due_at=change.window_start,
            subject=f"{change.subject}/assess",
            at=at,
        )
    # The ECAB assesses and decides in one meeting, so that an emergency waits for nobody's scores.
    change.decide_by = at + rules.ECAB_TARGET
    return _convene(change, at)


def _convene(change: Change, at: datetime) -> list[Row]:
    """Ask the change's authority: seats and quorum stand in the document that they decide on."""
    _move(change, Status.ASSESSED)
    change.assessed_at = at
    change.save()
    _, rows = rounds.open_round(
        change.engagement,
        subject=change.subject,
        sha256=change.sha256,
        purpose=Purpose.CHANGE,
        needs=_authority(change),
        exposure=None,
        quorum=_quorum(change),
        due_at=change.decide_by or change.window_start,
        at=at,
    )
    return [change, *rows]


def _authority(change: Change) -> tuple[SeatNeed, ...]:
    domain = Domain(change.engagement.domain)
    return rules.ecab(domain) if change.is_emergency else rules.authority(change.risk_score)


def _quorum(change: Change) -> int | None:
    return rules.ECAB_QUORUM if change.is_emergency else None


def _freeze(change: Change) -> None:
    """What is decided: every word of the plan, its scores and its authority, as canonical JSON and hash."""
    document = plain(_document(change))
    change.canonical, change.sha256 = canonical(document).decode(), sha256_hex(document)


def _document(change: Change) -> dict[str, Any]:
    engagement = change.engagement
    return {
        "document": "change",
        "number": change.number,
        "engagement": engagement.number,
        "client": engagement.client.legal_name,
        "provider": engagement.provider.legal_name,
        "asset": str(engagement.asset) if engagement.asset else "",
        "kind": change.kind,
        "title": change.title,
        "reason": change.reason,
        "services": change.services,
        "continuity": change.continuity,
        "window": {"start": change.window_start, "end": change.window_end, "zone": engagement.zone},
        "steps": change.steps,
        "forward_minutes": sum(step["minutes"] for step in change.steps),
        "rollback": change.rollback,
        "rollback_minutes": change.rollback_minutes,
        "tests": change.tests,
        "comms": change.comms,
        "risk": {**change.risk, "total": change.risk_score},
        "authority": {
            "seats": [need.name for need in _authority(change)],
            "quorum": _quorum(change) or len(_authority(change)),
        },
        "proposed_by": change.proposed_by_id,
        "proposed_at": change.proposed_at,
    }


@transaction.atomic
def assess_change(change_id: int, *, risk: RiskScores, by: Actor, at: datetime) -> Change:
    """The change manager scores a normal change; the score says who decides it, and they are asked."""
    change = queries.lock_change(change_id, by)
    require(by, Deed.ASSESS_CHANGE, org=change.engagement.client_id)
    closing.check_open(EngagementStatus(change.engagement.status))
    rules.check_can_assess(Status(change.status))
    rules.check_risk(risk)
    change.risk, change.risk_score = plain(risk), risk.total
    _freeze(change)
    rows = _convene(change, at)
    rows += incident_steps.close_end(change.engagement, EndKind.REVIEW, subject=f"{change.subject}/assess", at=at)
    seats = ", ".join(need.name.replace("_", " ") for need in _authority(change))
    line = f"Change {change.number} was assessed at risk {risk.total} of 25; it is decided by: {seats}."
    _tell(change, "change.assessed", line, rows, by, at, {"risk": risk.total, "sha256": change.sha256})
    return change


@transaction.atomic
def approve_change(change_id: int, *, shown_sha256: str, by: Actor, at: datetime) -> Change:
    """One member of the authority agrees to the very document shown; with the last one needed it is approved."""
    change = queries.lock_change(change_id, by)
    require(by, Deed.APPROVE_CHANGE, org=change.engagement.client_id)
    seat, rows = _decide(change, Verdict.APPROVE, shown_sha256, "", by, at)
    approved = change.status == Status.APPROVED
    line = f"The {seat} approved change {change.number}."
    kind = "change.approved" if approved else "change.seconded"
    _tell(change, kind, line, rows, by, at, {"seat": seat, "sha256": change.sha256})
    return change


@transaction.atomic
def reject_change(change_id: int, *, shown_sha256: str, reason: str, by: Actor, at: datetime) -> Change:
    """One member of the authority says no, and why: the change ends."""
    change = queries.lock_change(change_id, by)
    require(by, Deed.REJECT_CHANGE, org=change.engagement.client_id)
    said = _said(reason, "reason", 400)
    seat, rows = _decide(change, Verdict.REJECT, shown_sha256, said, by, at)
    line = f"The {seat} rejected change {change.number}: {said}"
    facts: dict[str, object] = {"seat": seat, "sha256": change.sha256, "reason": said}
    _tell(change, "change.rejected", line, rows, by, at, facts)
    return change


def _decide(
    change: Change, verdict: Verdict, shown_sha256: str, reason: str, by: Actor, at: datetime
) -> tuple[str, list[Row]]:
    """Fill one seat, in words; the change follows its round once that is decided."""
    # Called off a moment ago, and the news of it still on its way: nobody is bound to a change of nothing.
    closing.check_open(EngagementStatus(change.engagement.status))
    rules.check_can_decide(Status(change.status), window_end=change.window_end, at=at)
    approval = approvals.open_round_for(change.subject)
    if approval is None:
        raise Refused("round_closed", "Nobody is being asked about this change any more.")
    approval, seat, rows = rounds.decide(
        approval, None, verdict=verdict, shown_sha256=shown_sha256, reason=reason, by=by, at=at
    )
    if approval.status != RoundStatus.OPEN:
        _move(change, Status.APPROVED if approval.status == RoundStatus.APPROVED else Status.REJECTED)
        change.decided_at = at
        change.save()
    return seat.name.replace("_", " "), [change, *rows]


@transaction.atomic
def wait_for_window(change_id: int, *, note: str = "", by: Actor, at: datetime) -> Engagement:
    """Hold the engagement until the window of this change begins: the hold names it, and ends at that instant.

    Which clocks that stops is in the agreement's pause table; whoever may resume ends it earlier.
    """
    change = queries.lock_change(change_id, by)
    engagement = change.engagement
    require(by, Deed.WAIT_FOR_WINDOW, org=engagement.provider_id)
    rules.check_can_wait(Status(change.status), window_start=change.window_start, at=at)
    transitions.check_can_move(EngagementStatus(engagement.status), EngagementStatus.ON_HOLD)
    said = _said(note, "note", 2000, required=False)
    status, reason = engagement.status, HoldReason.AWAITING_CHANGE_WINDOW
    given = {"window_id": change.number, "note": said, "expected_until": change.window_start}
    rows = incident_steps.wait(engagement, reason, **given, by=by, at=at)
    line = f"On hold until the window of change {change.number} begins, {_local(change, change.window_start)}"
    line += f": {said}" if said else "."
    facts = {"reason": reason, "from": status, "until": change.window_start}
    _tell(change, "engagement.held", line, rows, by, at, facts)
    return engagement


@transaction.atomic
def extend_window(change_id: int, *, window_end: datetime, reason: str, by: Actor, at: datetime) -> Change:
    """The client's change manager gives the work more time; the approved plan itself stays as it was signed."""
    change = queries.lock_change(change_id, by)
    require(by, Deed.EXTEND_WINDOW, org=change.engagement.client_id)
    status = Status(change.status)
    closing.check_open(EngagementStatus(change.engagement.status))
    rules.check_can_extend(status, current_end=change.ends_at, window_end=window_end, at=at)
    change.extended_until, change.extension_reason = window_end, _said(reason, "reason", 400)
    change.save()
    line = f"The window of change {change.number} was extended to {_local(change, window_end)}."
    facts = {"until": window_end, "reason": change.extension_reason}
    _tell(change, "change.extended", line, [change], by, at, facts)
    return change


@transaction.atomic
def review_change(
    change_id: int, *, ending: Ending, findings: str, lessons: str = "", by: Actor, at: datetime
) -> Change:
    """The post-implementation review: how it went and what is learned from it. It closes the change."""
    change = queries.lock_change(change_id, by)
    require(by, Deed.REVIEW_CHANGE, org=change.engagement.client_id)
    rules.check_can_review(Status(change.status), ending)
    change.ending, change.findings = ending.value, _said(findings, "findings", 4000)
    change.lessons = _said(lessons, "lessons", 4000, required=False)
    change.reviewed_by_id, change.reviewed_at = by.person_id, at
    _move(change, Status.REVIEWED)
    _move(change, Status.CLOSED)
    change.save()
    rows = incident_steps.close_end(change.engagement, EndKind.REVIEW, subject=change.subject, at=at)
    line = f"Change {change.number} was reviewed: {ending.value.replace('_', ' ')}."
    late = change.review_due_at is not None and at > change.review_due_at
    _tell(change, "change.reviewed", line, [change, *rows], by, at, {"ending": ending, "late": late})
    return change


def _proposed_line(change: Change) -> str:
    window = f"{_local(change, change.window_start)} to {_local(change, change.window_end)}"
    word = "Emergency change" if change.is_emergency else "Change"
    return f"{word} {change.number} was proposed: {change.title}, {window}, risk {change.risk_score} of 25."


def _local(change: Change, at: datetime) -> str:
    return at.astimezone(zone_of(change.engagement.zone)).strftime("%Y-%m-%d %H:%M")


def _said(value: str, field: str, longest: int, *, required: bool = True) -> str:
    """Clean text without an amount of money in it."""
    return words.check_no_amount(texts.text(value, field, longest=longest, required=required), field)


def _lines(values: list[str], field: str) -> tuple[str, ...]:
    return tuple(_said(value, f"{field}-{n}", 300) for n, value in enumerate(values))


def _move(change: Change, to: Status) -> None:
    rules.check_transition(Status(change.status), to)
    change.status = to.value


def _tell(
    change: Change, kind: str, line: str, rows: list[Row], by: Actor, at: datetime, facts: dict[str, object]
) -> None:
    record(
        kind,
        subject=change,
        by=by,
        at=at,
        to=change.engagement.party_ids,
        topic=change.engagement.topic,
        line=line,
        facts={"change": change.number, **facts},
        changed=rows,
    )
