"""A finding does not go away by itself: somebody of the client says what happened and what will change."""

from datetime import datetime

from django.db import transaction

from breakfix.approvals import queries
from breakfix.approvals.models import Finding
from breakfix.approvals.rules import findings
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.ledger.record import record
from breakfix.parties import rules as party_rules


@transaction.atomic
def answer_finding(finding_id: int, *, what_happened: str, what_changes: str, by: Actor, at: datetime) -> Finding:
    """Close a finding with words that stay; the client's own log tells it, and nobody else's."""
    finding = queries.lock_finding(finding_id, by=by)
    require(by, Deed.ANSWER_FINDING, org=finding.client_id)
    approved_by = finding.seat.decided_by_id if finding.seat else None
    findings.check_can_answer(by, closed_at=finding.closed_at, approved_by=approved_by)
    longest = findings.LONGEST
    finding.what_happened = party_rules.text(what_happened, "what_happened", longest=longest)
    finding.what_changes = party_rules.text(what_changes, "what_changes", longest=longest)
    finding.answered_by_id, finding.closed_at = by.person_id, at
    finding.save(update_fields=["what_happened", "what_changes", "answered_by", "closed_at"])
    record(
        "finding.answered",
        subject=finding,
        by=by,
        at=at,
        to=[finding.client_id],
        topic=finding.engagement.topic,
        line="The finding about the emergency approval was answered.",
        facts={"finding": finding.what, "what_happened": finding.what_happened, "what_changes": finding.what_changes},
        changed=[finding],
    )
    return finding
