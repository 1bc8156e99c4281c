"""Reads of ordered parts; each begins at the engagements that somebody may see."""

from django.db.models import QuerySet

from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotFound
from breakfix.parts.models import PartOrder
from breakfix.parts.values import Status


def visible_to(by: Actor) -> QuerySet[PartOrder]:
    """The parts of engagements this actor was let in on."""
    seen = incidents.visible_to(by).order_by().select_related(None).values("pk")
    rows = PartOrder.objects.filter(engagement__in=seen)
    return rows.select_related("engagement").order_by("engagement", "quote_line", "unit")


def lock_part(order_id: int, by: Actor) -> PartOrder:
    """This unit with its engagement, both held until the end of the deed, the engagement first; or NotFound."""
    seen = visible_to(by).filter(pk=order_id).order_by().values_list("engagement_id", flat=True).first()
    if seen is None:
        raise NotFound("This part")
    engagement = incidents.lock_engagement(seen, by)
    part = PartOrder.objects.select_for_update().get(pk=order_id)
    part.engagement = engagement
    return part


def parts_of(engagement: Engagement) -> list[PartOrder]:
    """Every unit ordered for it, in the order of the quote."""
    return list(PartOrder.objects.filter(engagement=engagement).order_by("quote_line", "unit"))


def is_ordered(engagement: Engagement, refs: list[str]) -> bool:
    """Whether any of these approved lines was ordered already."""
    return PartOrder.objects.filter(engagement=engagement, quote_line__in=refs).exists()


def serials_received(engagement: Engagement) -> set[str]:
    """The serials that arrived so far."""
    rows = PartOrder.objects.filter(engagement=engagement).exclude(serial_received="")
    return set(rows.values_list("serial_received", flat=True))


def installed(engagement: Engagement) -> dict[str, int]:
    """How many units of each approved line were built in: what of the parts is billed."""
    counts: dict[str, int] = {}
    for part in parts_of(engagement):
        if part.status == Status.INSTALLED:
            counts[part.quote_line] = counts.get(part.quote_line, 0) + 1
    return counts
