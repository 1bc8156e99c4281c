"""What the report says, gathered from the captured work; nothing in it is typed twice."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from breakfix.approvals import queries as approvals
from breakfix.assets import queries as assets
from breakfix.changes import queries as changes
from breakfix.diagnosis import queries as diagnosis
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules.clocks import Reading
from breakfix.incidents.values import ClockKind, Verdict
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.ledger.canonical import plain
from breakfix.kernel.money import Money, format_money, half_up
from breakfix.kernel.worktime.zones import local_date, micros
from breakfix.parties.queries import Told
from breakfix.quotes import queries as quotes
from breakfix.quotes.queries import Settlement
from breakfix.quotes.values import Condition
from breakfix.reports import about, queries, rules, worked
from breakfix.reports.values import Said
from breakfix.work import queries as work
from breakfix.work.models import WorkOrder
from breakfix.work.values import StepStatus

MOMENTS = (
    *("outage_started_at", "submitted_at", "acknowledged_at", "contacted_at", "arrived_at"),
    *("diagnosis_completed_at", "approved_at", "restored_at", "resolved_at"),
)
# Files that nobody handed in: the record makes them itself.
RENDERED = frozenset({"document.rendered", "pack.sealed"})


def document(engagement: Engagement, said: Said, head: Mapping[str, object], at: datetime) -> dict[str, Any]:
    """Document 5 of domain.md §6 as plain JSON, gathered from the captured work: what is hashed and frozen at issue.

    `head` holds number, version, issued_at and who signs. What did not happen is said in words, never left out.
    """
    orders, told = work.orders_of(engagement), incidents.timeline(engagement, SYSTEM)
    entries = [entry for order in orders for entry in order.entries.all()]
    recorded = diagnosis.checks(engagement)
    settled = quotes.settlement(engagement, work.actuals(engagement, at))
    commitments = _commitments(engagement, at)
    body = {
        "document": "service_report",
        "format": 1,
        **head,
        "change_note": said.change_note,
        "engagement": _engagement(engagement),
        "asset": _asset(engagement, at),
        "incident": _incident(engagement, at),
        "commitments": commitments,
        "failure_analysis": _failure(engagement, said),
        "work": worked.work_done(engagement, orders, recorded, at),
        "people": worked.people(engagement, entries, recorded, at),
        "parts": worked.parts_moved(engagement),
        "tests": worked.tests(engagement, orders, recorded),
        "vendors": worked.at_vendors(engagement, at),
        "domain": about.section(engagement, orders, recorded),
        "recovery": worked.recovered(engagement),
        "evidence": _evidence(told),
        "changes": _changes(engagement),
        "deviations": _deviations(engagement, orders, commitments, settled, said),
        "data_handling": worked.data_handling(engagement, orders, said),
        "residual_risk": said.residual_risk,
        "prevention": said.prevention,
        "spares_advice": said.spares_advice or "No spares are advised beyond what is in stock.",
        "costs": _costs(engagement, settled, at),
        "guarantee": _guarantee(engagement, at),
    }
    frozen: dict[str, Any] = plain(body)
    return frozen


def _engagement(engagement: Engagement) -> dict[str, object]:
    version = engagement.agreement_version
    return {
        "number": engagement.number,
        "title": engagement.title,
        "domain": engagement.domain,
        "priority": engagement.priority,
        "client": engagement.client.legal_name,
        "provider": engagement.provider.legal_name,
        "site": engagement.site.name,
        "address": engagement.site.address,
        "zone": engagement.zone,
        "agreement": {"number": version.agreement.number, "version": version.version, "sha256": version.sha256},
    }


def _asset(engagement: Engagement, at: datetime) -> dict[str, object]:
    asset = engagement.asset
    if asset is None:
        return {"none": "No machine of the register was named; the work concerned the site."}
    names = ("name", "tag", "maker", "model", "serial", "firmware", "role_text", "installed_on", "warranty_until")
    flags = [{"label": flag.label, "reason": flag.reason} for flag in assets.flags_of(asset, at)]
    on = local_date(micros(at), engagement.zone)
    age = None if asset.installed_on is None else (on - asset.installed_on).days // 365
    return {**{name: getattr(asset, name) for name in names}, "age_years": age, "flags": flags}


def _incident(engagement: Engagement, at: datetime) -> dict[str, object]:
    meter = incidents.meter(engagement, at)
    lines = (
        [
            {
                "words": one.what,
                "hours": f"{half_up(one.hours, 4).normalize():f}",
                "rate": one.rate,
                "amount": one.amount,
            }
            for one in meter.lines
        ]
        if meter
        else []
    )
    return {
        "description": engagement.description or engagement.title,
        "impact": f"{engagement.impact} ({engagement.impact_score})",
        "urgency": f"{engagement.urgency} ({engagement.urgency_score})",
        "floor_reason": engagement.floor_reason,
        "prior_attempt": engagement.prior_attempt,
        "moments": {name: getattr(engagement, name) for name in MOMENTS},
        "downtime": {"total": meter.total, "since": meter.since, "until": meter.until, "lines": lines}
        if meter
        else None,
    }


def _commitments(engagement: Engagement, at: datetime) -> list[dict[str, object]]:
    """Every clock with its verdict, the rounds of the update cadence counted, and the dated obligations."""
    history = incidents.clock_history(engagement, at)
    rows: list[dict[str, object]] = [
        {
            "name": one.kind.value,
            "target": spent(one.target),
            "used": spent(one.elapsed),
            "due_at": one.due_at,
            "stopped_at": one.stopped_at,
            "verdict": one.verdict.value,
            "note": one.target_reason + _parts(one),
        }
        for one in incidents.readings(engagement, at)
        if one.kind is not ClockKind.UPDATE
    ]
    rounds = [one for one in history if one.kind is ClockKind.UPDATE and one.verdict in (Verdict.MET, Verdict.MISSED)]
    if rounds:
        met = sum(one.verdict is Verdict.MET for one in rounds)
        verdict = Verdict.MET if met == len(rounds) else Verdict.MISSED
        words = {"target": spent(rounds[0].target), "used": f"{met} of {len(rounds)} in time"}
        rows.append({"name": "UPDATE", **words, "verdict": verdict.value, "note": "measured, no credit"})
    for duty in incidents.obligations(engagement, at):
        words = {"target": spent(duty.target), "used": spent(duty.elapsed)}
        stops = {"due_at": duty.due_at, "stopped_at": duty.duty.met_at}
        rows.append(
            {"name": duty.duty.name, **words, **stops, "verdict": duty.verdict.value, "note": duty.duty.source}
        )
    return rows


def _parts(reading: Reading) -> str:
    """What of it went by waiting for parts, where anything did."""
    if not reading.parts_delay:
        return ""
    return f"; {spent(reading.parts_delay)} of it waiting for parts ({reading.parts_percent} %)"


def _failure(engagement: Engagement, said: Said) -> dict[str, object]:
    cause = diagnosis.issued_root_cause(engagement)
    if cause is None:
        return {"none": "No root cause was issued; the failure was corrected within the diagnosis."}
    return {
        "number": cause.number,
        "version": cause.version,
        "sha256": cause.sha256,
        "root_cause": cause.root_cause,
        "failure_mode": cause.failure_mode,
        "confidence": cause.confidence,
        "contributing": cause.contributing,
        "excluded": cause.excluded,
        "verdict": "revised" if said.revised_cause else "confirmed",
        "revision": said.revised_cause or "The repair confirmed the root cause as issued.",
    }


def _evidence(told: Sequence[Told]) -> dict[str, object]:
    rows = [
        {"name": file["name"], "sha256": file["sha256"], "size": file["size"], "at": one.at}
        for one in told
        if one.kind not in RENDERED
        for file in one.files
    ]
    return {"rows": rows, "none": "" if rows else "No file was handed in."}


def _changes(engagement: Engagement) -> dict[str, object]:
    rows = [
        {
            "number": one.number,
            "kind": one.kind,
            "title": one.title,
            "status": one.status,
            "window_start": one.window_start,
            "window_end": one.ends_at,
            "decided_at": one.decided_at,
            "sha256": one.sha256,
            "review_due_at": one.review_due_at,
        }
        for one in reversed(changes.changes_of(engagement))
    ]
    return {"rows": rows, "none": "" if rows else "The work needed no change request."}


def _deviations(
    engagement: Engagement,
    orders: Sequence[WorkOrder],
    commitments: Sequence[Mapping[str, object]],
    settled: Settlement,
    said: Said,
) -> list[str]:
    """Everything that did not go as promised, planned or ordinarily approved."""
    missed = [one for one in commitments if one["verdict"] == Verdict.MISSED]
    found = [f"{one['name']} missed: {one['used']}, target {one['target']}" for one in missed]
    for order in orders:
        for step in order.steps.all():
            if step.status in (StepStatus.SKIPPED, StepStatus.STOPPED):
                found.append(f"Step {step.position} {step.name}: {step.status.lower()}. {step.result}".strip())
    for change in changes.changes_of(engagement):
        if change.extended_until is not None:
            found.append(f"The window of {change.number} was extended: {change.extension_reason}")
    for approval in approvals.rounds_for(engagement):
        for seat in approval.seats.all():
            if seat.emergency:
                then = "it was ratified" if seat.ratified_at else "its holder has to ratify this"
                found.append(f"The seat {seat.name} was bypassed under the emergency rule; {then}")
    found += worked.faults(engagement)
    if not settled.absorbed.is_zero:
        found.append(f"{format_money(settled.absorbed)} above the maximum is borne by the provider")
    found += [said.deviations] if said.deviations else []
    return found or ["None: the work was done as planned and approved."]


def _costs(engagement: Engagement, settled: Settlement, at: datetime) -> dict[str, object]:
    quote, borne = quotes.binding_quote(engagement), work.borne(engagement, at)
    return {
        "quote": str(quote) if quote else "",
        "q": quote.q if quote else None,
        "n": quote.n if quote else None,
        "tranches": [
            {"kind": one.kind, "cap": one.cap, "actual": one.actual, "due": one.bill, "derivation": one.derivation}
            for one in settled.tranches
        ],
        "due": settled.total,
        "absorbed": settled.absorbed,
        "borne": [{"what": one.what, "reason": one.reason, "amount": one.amount} for one in borne],
        "borne_total": sum((one.amount for one in borne), Money.zero(engagement.currency)),
        "note": "Before tax. The invoice follows acceptance and never passes the maximum.",
    }


def _guarantee(engagement: Engagement, at: datetime) -> dict[str, object]:
    terms, awaited = incidents.terms(engagement).guarantee, queries.expected_guarantee(engagement, at)
    on = local_date(micros(at), engagement.zone)
    return {
        "days": awaited.days,
        "basis": awaited.basis,
        "if_accepted_on": on,
        "until": on + timedelta(days=awaited.days) if awaited.days else None,
        "parts": [
            {
                "description": line.description,
                "days": rules.part_days(
                    terms, supplier_days=line.part.warranty_days, used=line.part.condition is Condition.TESTED_USED
                ),
            }
            for line in queries.installed_lines(engagement)
            if line.part is not None
        ],
    }


def spent(span: timedelta) -> str:
    """A duration for people, in whole minutes: "2 h 48 min"."""
    hours, minutes = divmod(int(span.total_seconds() // 60), 60)
    if not hours or not minutes:
        return f"{hours} h" if hours else f"{minutes} min"
    return f"{hours} h {minutes} min"
