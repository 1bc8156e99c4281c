"""The root cause as a document (domain.md §6.2): plain JSON, frozen at issue, and a preview before it."""

from typing import Any

from breakfix.diagnosis import queries
from breakfix.diagnosis.models import Check, RootCause
from breakfix.incidents.models import Engagement
from breakfix.kernel.ledger.canonical import plain
from breakfix.kernel.models import File


def document(cause: RootCause, engagement: Engagement) -> dict[str, Any]:
    """Document 2 of domain.md §6 as plain JSON: what is hashed and frozen at issue, or a preview before it."""
    recorded = {check.item: check for check in queries.checks(engagement)}
    protocol = queries.protocol_for(engagement.domain)
    content = {
        "document": "root_cause",
        "format": 1,
        "number": cause.number,
        "version": cause.version,
        "issued_at": cause.issued_at,
        "engagement": _engagement(engagement),
        "asset": _asset(engagement),
        "summary": cause.summary,
        "symptoms": cause.symptoms or engagement.description,
        "timeline": _timeline(cause, engagement),
        "method": {
            "protocol": protocol.name,
            "title": protocol.title,
            "rule": protocol.rule,
            "steps": [_step(check) for check in recorded.values()],
            "not_examined": [item.what for item in queries.checklist(engagement).missing],
        },
        "findings": [_finding(finding, recorded) for finding in cause.findings],
        "root_cause": cause.root_cause,
        "failure_mode": cause.failure_mode,
        "confidence": cause.confidence,
        "inconclusive": cause.inconclusive,
        "second_opinion_on": [one.sha256 for one in queries.issued_before(cause)],
        "contributing": cause.contributing,
        "excluded": cause.excluded,
        "prior_attempt": engagement.prior_attempt,
        "scope_affected": cause.scope_affected,
        "actions_now": cause.actions_now,
        "options": cause.options,
        "prevention": cause.prevention,
        "limits": cause.limits,
        "review": cause.peer_needed or "no peer review needed",
        "signed": _signatures(cause),
    }
    frozen: dict[str, Any] = plain(content)
    return frozen


def _engagement(engagement: Engagement) -> dict[str, object]:
    return {
        "number": engagement.number,
        "title": engagement.title,
        "domain": engagement.domain,
        "priority": engagement.priority,
        "client": engagement.client.legal_name,
        "provider": engagement.provider.legal_name,
        "site": engagement.site.name,
        "zone": engagement.zone,
        "outage_started_at": engagement.outage_started_at,
        "submitted_at": engagement.submitted_at,
    }


def _asset(engagement: Engagement) -> dict[str, object] | None:
    asset = engagement.asset
    if asset is None:
        return None
    names = ("name", "tag", "maker", "model", "serial", "firmware")
    return {name: getattr(asset, name) for name in names}


def _timeline(cause: RootCause, engagement: Engagement) -> list[dict[str, object]]:
    """What the engineer wrote between what the record knows, by time."""
    known = (
        (engagement.outage_started_at, "Outage began"),
        (engagement.submitted_at, "Failure reported"),
        (engagement.acknowledged_at, "Desk acknowledged"),
        (engagement.contacted_at, "First contact with an engineer"),
        (engagement.arrived_at, "Engineer on site"),
        (engagement.diagnosis_completed_at, "Diagnosis complete"),
    )
    moments = [{"at": plain(at), "what": what, "source": "record"} for at, what in known if at is not None]
    moments += [{**moment, "source": "engineer"} for moment in cause.timeline]
    return sorted(moments, key=lambda moment: str(moment["at"]))


def _step(check: Check) -> dict[str, object]:
    return {
        "item": check.item,
        "what": check.what,
        "required": check.required,
        "reading": check.reading,
        "slots": check.slots,
        "unit": check.unit,
        "limits": check.limits,
        "within": check.within,
        "note": check.note,
        "evidence": _file(check.evidence),
        "done_at": check.done_at,
    }


def _finding(finding: dict[str, Any], recorded: dict[str, Check]) -> dict[str, object]:
    shown = [recorded[item] for item in finding["items"] if item in recorded]
    files = [check.evidence.sha256 for check in shown if check.evidence is not None]
    return {"what": finding["what"], "items": finding["items"], "evidence": files}


def _file(file: File | None) -> dict[str, object] | None:
    if file is None:
        return None
    return {"name": file.name, "media_type": file.media_type, "size": file.size, "sha256": file.sha256}


def _signatures(cause: RootCause) -> list[dict[str, object]]:
    signed = [{"as": "engineer", "name": cause.author.name, "at": cause.issued_at or cause.drafted_at}]
    if cause.reviewer is not None and cause.reviewed_at is not None:
        signed.append({"as": "peer", "name": cause.reviewer.name, "at": cause.reviewed_at})
    return signed
