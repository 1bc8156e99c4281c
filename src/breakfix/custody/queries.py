"""Every read of what the provider holds, beginning with who is reading."""

from django.db.models import Count, QuerySet

from breakfix.custody.models import CustodyItem, Handover
from breakfix.custody.values import ItemStatus
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotFound


def visible_to(by: Actor) -> QuerySet[CustodyItem]:
    """The items of the engagements this actor was let in on, in the order in which they were listed."""
    seen = incidents.visible_to(by).order_by().select_related(None).values("pk")
    rows = CustodyItem.objects.filter(engagement__in=seen)
    return rows.select_related("engagement", "holder", "decided_by", "destroyed_evidence").order_by(
        "engagement", "number"
    )


def handovers_visible_to(by: Actor) -> QuerySet[Handover]:
    """Every time that items of these engagements changed hands, oldest first."""
    seen = incidents.visible_to(by).order_by().select_related(None).values("pk")
    return _whole(Handover.objects.filter(engagement__in=seen))


def _whole(rows: QuerySet[Handover]) -> QuerySet[Handover]:
    return rows.select_related("engagement", "done_by__organisation", "signed_by__organisation").order_by(
        "done_at", "id"
    )


def get_handover(handover_id: int, by: Actor) -> Handover:
    """This handover, or NotFound."""
    found = handovers_visible_to(by).filter(pk=handover_id).first()
    if found is None:
        raise NotFound("This handover")
    return found


def lock_handover(handover_id: int, by: Actor) -> Handover:
    """This handover with its engagement, both held until the end of the deed, the engagement first; or NotFound."""
    engagement = incidents.lock_engagement(get_handover(handover_id, by).engagement_id, by)
    found = Handover.objects.select_for_update().get(pk=handover_id)
    found.engagement = engagement
    return found


def items_of(engagement: Engagement) -> list[CustodyItem]:
    """Every item that was taken over for an engagement the caller may see."""
    rows = CustodyItem.objects.filter(engagement=engagement)
    return list(rows.select_related("holder", "decided_by", "destroyed_evidence").order_by("number"))


def handovers_of(engagement: Engagement) -> list[Handover]:
    """Every time that items of an engagement changed hands, oldest first."""
    return list(_whole(Handover.objects.filter(engagement=engagement)))


def held(engagement: Engagement) -> list[CustodyItem]:
    """What the provider still has."""
    return [one for one in items_of(engagement) if one.status == ItemStatus.IN_CUSTODY]


def counts(engagement: Engagement) -> dict[str, int]:
    """How many items there are in each state."""
    rows = CustodyItem.objects.filter(engagement=engagement).values("status").annotate(count=Count("id"))
    return {row["status"]: row["count"] for row in rows.order_by("status")}
