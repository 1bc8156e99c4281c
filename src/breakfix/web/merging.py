"""One failure, reported twice: what the desk is asked about it, what the requester is told, where a report went."""

from typing import Any

from django.urls import path, reverse

from breakfix.incidents import alike
from breakfix.incidents.actions import merging
from breakfix.kernel.access import Deed, may
from breakfix.web import panels
from breakfix.web.door import Visit, deed
from breakfix.web.engagement import engagement


def duplicates_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """For the desk, before anybody is sent: what is perhaps the same failure, and whether it can be merged."""
    if not may(visit.by, Deed.MERGE_ENGAGEMENT) or visit.by.organisation_id != found.provider_id:
        return None
    others = alike.likely_duplicates(found, visit.by) if alike.may_be_merged(found) else []
    return {"others": others} if others else None


def just_before_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """For whoever reported the same asset just before: the link to that report, and what to do now."""
    before = alike.reported_just_before(found, visit.by) if alike.may_be_merged(found) else None
    return {"before": before} if before else None


def merged_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """Where this report went, or which later ones came into it: with their words and whom to call back."""
    into = alike.surviving(found, visit.by)
    merged = [] if found.merged_into_id else list(alike.merged_reports(found, visit.by))
    return {"into": into, "merged": merged} if into or merged else None


def _to_survivor(result: Any) -> str:
    return reverse("engagement", args=[result.merged_into_id])


_DONE = "Merged. This is the report that goes on."
panels.add(panels.Panel("just_before", 4, "web/engagement/just_before.html", just_before_panel))
panels.add(panels.Panel("duplicates", 6, "web/engagement/duplicates.html", duplicates_panel))
panels.add(panels.Panel("merged", 4, "web/engagement/merged.html", merged_panel, "side"))
urlpatterns = [
    path(
        "engagements/<int:engagement_id>/merge_engagement",
        deed(merging.merge_engagement, on=engagement, done=_DONE, to=_to_survivor),
        name="merge_engagement",
    ),
]
