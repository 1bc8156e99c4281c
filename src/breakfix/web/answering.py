"""What was not known at the report: asked again on the engagement's page, as long as something is open."""

from typing import Any

from django.urls import path

from breakfix.incidents import details
from breakfix.incidents.actions.answering import answer_details
from breakfix.kernel.access import Deed, may
from breakfix.web import panels, questions
from breakfix.web.door import Visit, deed
from breakfix.web.engagement import engagement


def answers_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """The open questions, for those who may answer them before the work is accepted."""
    asked = details.open_questions(found) if may(visit.by, Deed.ANSWER_DETAILS) else []
    return {"asked": questions.as_fields(asked)} if asked else None


panels.add(panels.Panel("open_questions", 9, "web/engagement/open_questions.html", answers_panel))
_DONE = "Added. What was answered at the report stays as it was."
urlpatterns = [
    path(
        "engagements/<int:engagement_id>/answer_details",
        deed(answer_details, on=engagement, done=_DONE),
        name="answer_details",
    ),
]
