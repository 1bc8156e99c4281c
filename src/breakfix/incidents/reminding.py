"""When the client is asked again what it has not answered."""

from datetime import datetime

from breakfix.agreements.values import Priority
from breakfix.incidents import queries
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import targets
from breakfix.incidents.values import HoldReason


def asked_again_at(engagement: Engagement) -> datetime | None:
    """When the open question to the client is asked again, by its agreement; None where none is open."""
    held = queries.open_hold(engagement)
    if held is None or held.reason != HoldReason.AWAITING_CLIENT_INFO:
        return None
    agreed, priority = queries.terms(engagement), Priority(engagement.priority)
    again = getattr(agreed.pauses.reminders, priority.value)
    asked_at = held.reminded_at or held.started_at
    return targets.ask_again_at(agreed.commitments, again, priority, hours=engagement.hours, asked_at=asked_at)
