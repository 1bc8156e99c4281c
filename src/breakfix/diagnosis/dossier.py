"""Reading the client's environment dossier: its own people all of it, whoever is booked what was revealed (E2)."""

from datetime import datetime

from django.db.models import Q, QuerySet

from breakfix.diagnosis.models import DossierEntry, DossierReading, DossierReveal
from breakfix.diagnosis.rules import dossier as rules
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import Actor, Side
from breakfix.parties import queries as parties


def dossier_visible_to(by: Actor) -> QuerySet[DossierEntry]:
    """The entries of one's own organisation that still stand; nobody else's, whatever was revealed of them."""
    rows = DossierEntry.objects.filter(removed_at=None, client=by.organisation_id or 0)
    related = ("site", "asset", "noted_by")
    return (rows if by.side is Side.CLIENT else rows.none()).select_related(*related).order_by("site", "kind", "id")


def reveals(engagement: Engagement) -> list[DossierReveal]:
    """Which kinds are open on this engagement now."""
    return list(DossierReveal.objects.filter(engagement=engagement, withdrawn_at=None).order_by("id"))


def titles_beside(entry: DossierEntry) -> list[str]:
    """The titles of the other entries of its kind at the same place, of what was not taken out."""
    here = {"site": entry.site_id, "asset": entry.asset_id, "kind": entry.kind, "removed_at": None}
    return list(DossierEntry.objects.filter(**here).exclude(pk=entry.pk).values_list("title", flat=True))


def revealed(engagement: Engagement) -> list[DossierEntry]:
    """What those dispatched may read: of the revealed kinds, at this site, of this machine or of none. For the deed
    that records the reading."""
    return list(_open_on(engagement).order_by("kind", "id"))


def opened_to(engagement: Engagement, by: Actor) -> QuerySet[DossierEntry]:
    """What of it this actor may have in front of them: for the client's own people all that is revealed.

    For somebody of the provider what they opened themselves, as long as it is revealed and was not written anew: what
    has not been opened, or changed since, is opened by the deed that records it.
    """
    rows = _open_on(engagement).select_related("site", "asset", "noted_by")
    if by.side is Side.CLIENT:
        return rows.filter(client=by.organisation_id or 0)
    mine = DossierReading.objects.filter(engagement=engagement, person=by.person_id)
    last = mine.order_by("-read_at", "-id").first()
    if last is None or incidents.is_over(engagement):
        return rows.none()
    return rows.filter(pk__in=last.entries, confirmed_at__lte=last.read_at)


def _open_on(engagement: Engagement) -> QuerySet[DossierEntry]:
    kinds = [one.kind for one in reveals(engagement)]
    here = Q(asset=None) | Q(asset=engagement.asset_id)
    return DossierEntry.objects.filter(here, site=engagement.site_id, kind__in=kinds, removed_at=None)


def is_stale(entry: DossierEntry, at: datetime) -> bool:
    """Whether nobody confirmed it for too long."""
    return rules.is_stale(entry.confirmed_at, at)


def readings_visible_to(by: Actor) -> QuerySet[DossierReading]:
    """Who read the dossier, on engagements that this actor was let in on, latest first."""
    rows = DossierReading.objects.filter(parties.shared_with(by, "engagement", key="engagement_id"))
    return rows.select_related("person", "engagement").order_by("-read_at", "-id")
