"""Writes that later modules need inside their own deeds; the caller holds the engagement locked."""

from datetime import datetime

from breakfix.agreements.values import Domain
from breakfix.custody import queries
from breakfix.custody.models import CustodyItem
from breakfix.custody.values import Decision
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import preserving
from breakfix.incidents.values import EndKind
from breakfix.kernel.access import Role
from breakfix.kernel.models import Row


def decide(
    engagement: Engagement, items: list[CustodyItem], decision: Decision, *, reason: str, person_id: int, at: datetime
) -> list[Row]:
    """The client decided what becomes of these items: the provider owes exactly that from now on."""
    if decision is Decision.DESTROY:
        preserving.check_may_wipe(Domain(engagement.domain), engagement.preserved)
    for item in items:
        item.decision, item.decision_reason = decision.value, reason
        item.decided_by_id, item.decided_at = person_id, at
        item.save(update_fields=["decision", "decision_reason", "decided_by", "decided_at"])
    asked = incident_steps.close_end(engagement, EndKind.CUSTODY, subject=_decision(engagement), at=at)
    return [*items, *asked, *owe(engagement, at)]


def ask_to_decide(engagement: Engagement, count: int, at: datetime) -> list[Row]:
    """Nothing is destroyed because it was paid for: whoever answers for the data has to release it."""
    return incident_steps.open_end(
        engagement,
        EndKind.CUSTODY,
        f"Release {count} item{'' if count == 1 else 's'} for destruction, or have them handed back",
        organisation_id=engagement.client_id,
        role=Role.DATA_OWNER,
        subject=_decision(engagement),
        at=at,
    )


def owe(engagement: Engagement, at: datetime) -> list[Row]:
    """What the provider still has to give back: one open end that keeps the engagement open, and says how much."""
    rows = incident_steps.close_end(engagement, EndKind.CUSTODY, subject=_held(engagement), at=at)
    held = queries.held(engagement)
    if not held:
        return rows
    decided = {one.decision for one in held}
    verbs = {"": "Hand back", Decision.RETURN.value: "Hand back", Decision.DESTROY.value: "Destroy"}
    verb = verbs[decided.pop()] if len(decided) == 1 else "Hand back or destroy"
    return rows + incident_steps.open_end(
        engagement,
        EndKind.CUSTODY,
        f"{verb} {len(held)} item{'' if len(held) == 1 else 's'} in custody",
        organisation_id=engagement.provider_id,
        role=Role.DISPATCHER,
        subject=_held(engagement),
        at=at,
    )


def _held(engagement: Engagement) -> str:
    return f"custody/{engagement.pk}"


def _decision(engagement: Engagement) -> str:
    return f"custody/{engagement.pk}/decision"
