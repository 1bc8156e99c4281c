"""Two drives of S1 taken over by the engineer on site, and given back."""

from datetime import datetime

from breakfix.custody import queries
from breakfix.custody.actions import decide_items, hand_back, sign_handover, take_into_custody
from breakfix.custody.models import CustodyItem, Handover
from breakfix.custody.values import Decision, ItemGiven, SealRead
from breakfix.incidents.models import Engagement
from tests.makers import World, local

TAKEN, DECIDED, BACK = local("2026-12-01 23:00"), local("2026-12-01 23:10"), local("2026-12-02 00:10")


def drives(count: int = 2) -> list[ItemGiven]:
    """Sealed drives with serials WD-1, WD-2, ..."""
    return [
        ItemGiven("4 TB drive", f"WD-{n}", f"SL-{n:03}", "WD", "RE4", f"slot {n}", "clicks")
        for n in range(1, count + 1)
    ]


def taken(world: World, engagement: Engagement, count: int = 2, at: datetime = TAKEN) -> Handover:
    """Taken over by Tom."""
    place = "Exchange Place, 11th floor"
    return take_into_custody(engagement.pk, items=drives(count), place=place, by=world.actor("tom"), at=at)


def signed(world: World, handover: Handover, who: str = "rita", at: datetime = TAKEN) -> Handover:
    """With the client's signature."""
    return sign_handover(handover.pk, by=world.actor(who), at=at)


def decided(
    world: World, engagement: Engagement, decision: Decision = Decision.RETURN, at: datetime = DECIDED
) -> list[CustodyItem]:
    """As the data owner says."""
    return decide_items(engagement.pk, decision=decision, reason="It is ours.", by=world.actor("sol"), at=at)


def returned(world: World, engagement: Engagement, at: datetime = BACK) -> Handover:
    """Everything that is to be handed back, with the seals as they were given."""
    read = [
        SealRead(one.serial, one.seal) for one in queries.held(engagement) if one.decision == Decision.RETURN.value
    ]
    return hand_back(engagement.pk, items=read, place="Front desk", by=world.actor("dana"), at=at)
