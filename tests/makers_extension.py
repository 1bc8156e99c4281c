"""Further hours of diagnosis on the opening scenario: asked at 00:26, when its 2 h for 675.00 are used up."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from breakfix.diagnosis.actions import extension as actions
from breakfix.diagnosis.models import ForensicExtension
from breakfix.diagnosis.values import FeeVerdict
from breakfix.incidents.models import Engagement
from tests.makers import World, local
from tests.makers_diagnosis import checked

ASKED, ANSWERED = local("2026-12-02 00:26"), local("2026-12-02 00:32")
# Recorded anew under the extension: what the further hours showed.
BEGUN = local("2026-12-02 00:45")
WORDS = {
    "known": "The fault stays with the controller; whether its firmware or its board fails is open.",
    "plan": "Run the controller on the bench with the maker's test firmware.",
}


def asking(world: World, *, leave_out: str = "image-decision", **given: Any) -> ForensicExtension:
    """Everything but one step is on record; Tom asks for two further hours before he works them."""
    engagement = checked(world, leave_out=leave_out)
    return ask(world, engagement, **given)


def ask(world: World, engagement: Engagement, **given: Any) -> ForensicExtension:
    usual: dict[str, Any] = {"hours": Decimal(2), **WORDS, "by": world.actor("tom"), "at": ASKED}
    return actions.ask_forensic_extension(engagement.pk, **{**usual, **given})


def answer(
    world: World, asked: ForensicExtension, who: str = "alice", *, at: datetime = ANSWERED, **given: Any
) -> ForensicExtension:
    """Alice is IT; 675.00 is any one approver's."""
    usual: dict[str, Any] = {"shown_amount": Decimal("675.00"), "by": world.actor(who, confirmed_at=at)}
    return actions.approve_forensic_extension(asked.engagement_id, at=at, **{**usual, **given})


def refuse(world: World, asked: ForensicExtension) -> ForensicExtension:
    return answer(world, asked, verdict=FeeVerdict.REJECT, reason="We buy a new server instead.")
