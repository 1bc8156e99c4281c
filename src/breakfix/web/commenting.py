"""A word on the engagement's page, above what happened: for whoever takes part."""

from typing import Any

from django.urls import path

from breakfix.incidents import replying
from breakfix.incidents.actions.commenting import comment
from breakfix.kernel.access import Deed, may
from breakfix.web import panels
from breakfix.web.door import Visit, deed
from breakfix.web.engagement import engagement


def comment_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """The form; none on what goes on elsewhere, nor for whoever is asked: the question has a form of its own."""
    takes_part = visit.by.organisation_id in found.party_ids and may(visit.by, Deed.COMMENT)
    if not takes_part or found.merged_into_id or replying.answers_question(found, visit.by):
        return None
    return {}


panels.add(panels.Panel("comment", 90, "web/engagement/comment.html", comment_panel, "centre"))
urlpatterns = [
    path(
        "engagements/<int:engagement_id>/comment",
        deed(comment, on=engagement, done="Said. The other side reads it."),
        name="comment",
    ),
]
