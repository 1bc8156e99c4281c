"""A lower priority on the engagement's page: the desk puts it, the client sees what it gives up and answers."""

from typing import Any

from django.urls import path

from breakfix.agreements.values import Priority
from breakfix.incidents import lowering
from breakfix.incidents.actions import reprioritise as deeds
from breakfix.incidents.values import EndKind, PriorityChange
from breakfix.kernel.access import Deed, may
from breakfix.web import panels
from breakfix.web.door import Visit, deed
from breakfix.web.engagement import CHANGES, ends_of, engagement
from breakfix.web.looks import CLOCK_WORDS

YES_NO = [("consent", "Yes, it may be lower"), ("refuse", "No, it stays")]


def downgrade_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """What waits for the client's answer, with what it changes; else the form for those who may ask."""
    mine = visit.by.organisation_id == found.provider_id and may(visit.by, Deed.PROPOSE_DOWNGRADE)
    waits = any(end.kind == EndKind.DOWNGRADE for end in ends_of(found))
    proposal = lowering.waiting(found, visit.by) if waits else None
    if proposal is None:
        lower = [(one.value, one.value) for one in lowering.lower_than(found)] if mine else []
        return {"lower": lower, "changes": CHANGES} if lower else None
    promised = [
        {"name": CLOCK_WORDS[one.name.upper()], "now": one.now, "then": one.then}
        for one in lowering.promises(found, Priority(proposal.becomes))
    ]
    how = next(words for change, words, _ in CHANGES if change == proposal.change)
    does = next(words for change, _, words in CHANGES if change == proposal.change)
    others = proposal.change == PriorityChange.TRIAGE_CORRECTION and not lowering.may_give_up(visit.by)
    said = {"proposal": proposal, "how": how, "does": does, "promised": promised}
    return {**said, "others_consent": others, "yes_no": YES_NO[1:] if others else YES_NO}


panels.add(panels.Panel("downgrade", 9, "web/engagement/downgrade.html", downgrade_panel))
_AT = "engagements/<int:engagement_id>"
urlpatterns = [
    path(
        f"{_AT}/propose_downgrade",
        deed(
            deeds.propose_downgrade, on=engagement, done="The client is asked. Until they consent, nothing changes."
        ),
        name="propose_downgrade",
    ),
    path(
        f"{_AT}/answer_downgrade",
        deed(deeds.answer_downgrade, on=engagement, done="Answered."),
        name="answer_downgrade",
    ),
    path(
        f"{_AT}/withdraw_downgrade",
        deed(deeds.withdraw_downgrade, on=engagement, done="Taken back. The priority stays."),
        name="withdraw_downgrade",
    ),
]
