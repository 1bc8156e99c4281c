"""Reads of guarantees; each begins at the engagements that somebody may see."""

from django.db.models import QuerySet

from breakfix.guarantees.models import Guarantee
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import Actor


def visible_to(by: Actor) -> QuerySet[Guarantee]:
    """The guarantees on work that this actor was let in on, the last to end first."""
    seen = incidents.visible_to(by).order_by().select_related(None).values("pk")
    rows = Guarantee.objects.filter(engagement__in=seen)
    return rows.select_related("engagement__provider", "asset").order_by("-ends_at", "-id")


def guarantee_of(engagement: Engagement) -> Guarantee | None:
    """The guarantee on this work, for whoever already may see the engagement; None before acceptance."""
    return Guarantee.objects.filter(engagement=engagement).first()
