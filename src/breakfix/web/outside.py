"""Statements of work on the engagement's page: the desk puts one, an approver of the client reads and answers it."""

from typing import Any

from django.urls import path

from breakfix.incidents import outside
from breakfix.incidents.actions import outside as deeds
from breakfix.incidents.values import SowAnswer
from breakfix.kernel.access import Deed, may
from breakfix.web import panels
from breakfix.web.door import Visit, deed
from breakfix.web.engagement import cover_of, engagement, statements_of

YES_NO = [(SowAnswer.ACCEPT, "Yes, as it stands here"), (SowAnswer.REFUSE, "No")]


def sow_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """The statement that waits, those that were answered, or why one would be needed, and what it could name."""
    if visit.by.field_only:
        return None
    statements = statements_of(visit, found)
    is_open = outside.is_undecided(found)
    waits = next((one for one in statements if one.decided_at is None and is_open), None)
    known = outside.allowed_by(statements)
    cover = cover_of(visit, found) if outside.is_looked_at(found) and not waits else None
    exceptions = outside.new_exceptions(cover, known=known) if cover else []
    mine = visit.by.organisation_id == found.provider_id and may(visit.by, Deed.PROPOSE_SOW)
    exclusions = outside.exclusions_left(found, cover) if cover and mine else []
    if not (statements or exceptions or exclusions):
        return None
    return {
        "statement": waits,
        "answered": [one for one in statements if one.decided_at is not None],
        "exceptions": exceptions,
        "exclusions": [(one, one) for one in exclusions],
        "may_propose": mine,
        "may_answer": may(visit.by, Deed.ANSWER_SOW),
        "states_fee": cover is not None and not cover.fee_agreed and not outside.is_fee_stated(found),
        "yes_no": YES_NO,
    }


panels.add(panels.Panel("sow", 7, "web/engagement/sow.html", sow_panel))
_AT = "engagements/<int:engagement_id>"
urlpatterns = [
    path(
        f"{_AT}/propose_sow",
        deed(deeds.propose_sow, on=engagement, done="The client is asked. Nothing is taken on before they accept."),
        name="propose_sow",
    ),
    path(f"{_AT}/answer_sow", deed(deeds.answer_sow, on=engagement, done="Answered."), name="answer_sow"),
    path(f"{_AT}/withdraw_sow", deed(deeds.withdraw_sow, on=engagement, done="Taken back."), name="withdraw_sow"),
]
