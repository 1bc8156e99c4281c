"""Whether a word of the client is the answer that work waits for."""

from breakfix.incidents import queries
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import HoldReason, Status
from breakfix.kernel.access import Actor, Deed, Side, may


def answers_question(engagement: Engagement, by: Actor) -> bool:
    """Whether a reply lets the work go on: any reply of the client to an open question does (domain.md, 4.3).

    Of somebody who may let it go on; a word of anybody else is a word.
    """
    if by.side is not Side.CLIENT or not may(by, Deed.RESUME) or engagement.status != Status.ON_HOLD:
        return False
    held = queries.open_hold(engagement)
    return held is not None and held.reason == HoldReason.AWAITING_CLIENT_INFO
