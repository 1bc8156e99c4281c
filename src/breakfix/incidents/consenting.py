"""Waits put to the client afterwards, and what each clock would say with them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from breakfix.incidents import queries
from breakfix.incidents.models import Engagement, PauseProposal
from breakfix.incidents.rules.clocks import Held, Reading
from breakfix.incidents.rules.past_pauses import TOO_LATE
from breakfix.incidents.values import HoldReason, Status
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotFound


@dataclass(frozen=True)
class Effect:
    """One clock before and after the consent: only those that the wait would move."""

    now: Reading
    then: Reading


def proposals(engagement: Engagement, by: Actor) -> QuerySet[PauseProposal]:
    """Every wait that was proposed for the past, the latest first; for whoever sees the engagement."""
    seen = queries.visible_to(by).filter(pk=engagement.pk).values("pk")
    rows = PauseProposal.objects.filter(engagement__in=seen).select_related("proposed_by", "decided_by")
    return rows.order_by("-proposed_at", "-id")


def open_proposal(engagement: Engagement, by: Actor) -> PauseProposal | None:
    """The one that waits for the client's answer."""
    return proposals(engagement, by).filter(decided_at=None).first()


def lock_open(engagement: Engagement) -> PauseProposal:
    """The one that waits, held until the end of the deed, or NotFound; the engagement is locked before."""
    found = (
        PauseProposal.objects.select_for_update(of=("self",)).filter(engagement=engagement, decided_at=None).first()
    )
    if found is None:
        raise NotFound("This proposal")
    return found


def may_propose(engagement: Engagement) -> bool:
    """Whether a wait can still be put to the client: the rule behind the form."""
    return Status(engagement.status) not in TOO_LATE


def effects(engagement: Engagement, proposal: PauseProposal, at: datetime) -> list[Effect]:
    """What the client consents to: each clock whose due instant or used time would be another."""
    return _moved(engagement, Held(HoldReason(proposal.reason), proposal.started_at, proposal.ended_at), at)


def on_record(
    engagement: Engagement, reason: HoldReason, started_at: datetime, ended_at: datetime, at: datetime
) -> list[tuple[datetime, datetime | None]]:
    """The holds beside which such a wait would stop nothing more: none where a clock ran in spite of them."""
    if _moved(engagement, Held(reason, started_at, ended_at), at):
        return []
    return [(one.started_at, one.ended_at) for one in queries.holds(engagement)]


def _moved(engagement: Engagement, extra: Held, at: datetime) -> list[Effect]:
    pairs = zip(queries.readings(engagement, at), queries.readings_with(engagement, extra, at), strict=True)
    return [Effect(now, then) for now, then in pairs if (now.due_at, now.elapsed) != (then.due_at, then.elapsed)]
