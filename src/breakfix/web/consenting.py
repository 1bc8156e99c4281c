"""A wait in the past: the provider asks on the engagement's page, the client sees what it moves and answers."""

from typing import Any

from django.urls import path

from breakfix.incidents import consenting
from breakfix.incidents.actions import consenting as deeds
from breakfix.incidents.values import EndKind, HoldReason
from breakfix.kernel.access import Deed, may
from breakfix.web import panels
from breakfix.web.door import Visit, deed
from breakfix.web.engagement import HOLDS, ends_of, engagement
from breakfix.web.looks import CLOCK_WORDS

STOPS_NOTHING = (HoldReason.PROVIDER_INTERNAL, HoldReason.AWAITING_PARTS)
YES_NO = [("consent", "Yes, it counts as a wait"), ("refuse", "No, the clocks stay as they are")]
# While it lasts, that one is waited for on the page of its case.
THIRD_PARTY = (HoldReason.AWAITING_THIRD_PARTY, "A carrier, a cloud or a maker")
REASONS = [*((one, words) for one, words, _ in HOLDS if one not in STOPS_NOTHING), THIRD_PARTY]


def past_pause_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """What waits for the client's answer, with its effect on each clock; else the form for those who may ask."""
    mine = visit.by.organisation_id == found.provider_id and may(visit.by, Deed.PROPOSE_PAST_PAUSE)
    waits = any(end.kind == EndKind.CONSENT for end in ends_of(found))
    proposal = consenting.open_proposal(found, visit.by) if waits else None
    if proposal is None:
        return {"reasons": REASONS} if mine and consenting.may_propose(found) else None
    moved = [
        {"name": CLOCK_WORDS[one.now.kind.value], "now": one.now, "then": one.then}
        for one in consenting.effects(found, proposal, visit.at)
    ]
    return {"proposal": proposal, "why": dict(REASONS)[HoldReason(proposal.reason)], "moved": moved, "yes_no": YES_NO}


panels.add(panels.Panel("past_pause", 8, "web/engagement/past_pause.html", past_pause_panel))
_AT = "engagements/<int:engagement_id>"
urlpatterns = [
    path(
        f"{_AT}/propose_past_pause",
        deed(
            deeds.propose_past_pause,
            on=engagement,
            done="The client is asked. Until they consent, the clocks run on.",
        ),
        name="propose_past_pause",
    ),
    path(
        f"{_AT}/answer_past_pause",
        deed(deeds.answer_past_pause, on=engagement, done="Answered. The clocks say so from now on."),
        name="answer_past_pause",
    ),
    path(
        f"{_AT}/withdraw_past_pause",
        deed(deeds.withdraw_past_pause, on=engagement, done="Taken back."),
        name="withdraw_past_pause",
    ),
]
