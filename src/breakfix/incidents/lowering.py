"""Lower priorities put to the client, and what is promised before and after."""

from dataclasses import dataclass

from django.db.models import QuerySet

from breakfix.agreements.values import Priority
from breakfix.incidents import queries
from breakfix.incidents.models import DowngradeProposal, Engagement
from breakfix.incidents.rules import closing, priority
from breakfix.incidents.values import Status
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotFound


@dataclass(frozen=True)
class Promised:
    """One promise of the agreement under the priority that it has, and under the one that is proposed."""

    name: str
    now: str
    then: str


def proposals(engagement: Engagement, by: Actor) -> QuerySet[DowngradeProposal]:
    """Every downgrade put to the client, the latest first; for whoever sees the engagement."""
    seen = queries.visible_to(by).filter(pk=engagement.pk).values("pk")
    rows = DowngradeProposal.objects.filter(engagement__in=seen).select_related("proposed_by", "decided_by")
    return rows.order_by("-proposed_at", "-id")


def waiting(engagement: Engagement, by: Actor) -> DowngradeProposal | None:
    """The one that waits for the client's answer."""
    return proposals(engagement, by).filter(decided_at=None).first()


def lock_waiting(engagement: Engagement) -> DowngradeProposal:
    """The one that waits, held until the end of the deed, or NotFound; the engagement is locked before."""
    rows = DowngradeProposal.objects.select_for_update(of=("self",)).filter(engagement=engagement, decided_at=None)
    found = rows.first()
    if found is None:
        raise NotFound("This downgrade")
    return found


def lower_than(engagement: Engagement) -> list[Priority]:
    """What the desk can propose now: the rule behind the form."""
    if not may_reprioritise(engagement):
        return []
    return [one for one in Priority if one > Priority(engagement.priority)]


def may_reprioritise(engagement: Engagement) -> bool:
    """Whether its priority can still be another one: the rule behind the forms."""
    return not closing.is_settled(Status(engagement.status))


def may_give_up(by: Actor) -> bool:
    """Whether this reader may say that it never was so urgent: the rule behind the forms."""
    return priority.may_give_up(by)


def promises(engagement: Engagement, becomes: Priority) -> list[Promised]:
    """What the client gives up: each promise that would be another one."""
    agreed = queries.terms(engagement).commitments
    now, then = agreed.of(Priority(engagement.priority)), agreed.of(becomes)
    names = ("ack", "engage", "onsite", "quote", "update", "restore")
    pairs = [Promised(name, str(getattr(now, name)), str(getattr(then, name))) for name in names]
    return [one for one in pairs if one.now != one.then]
