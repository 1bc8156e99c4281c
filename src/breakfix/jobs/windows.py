"""A change window that is waited for: when it begins, work goes on by itself."""

from datetime import datetime
from typing import Any

from breakfix.incidents import queries as incidents
from breakfix.incidents.actions.course import begin_window
from breakfix.incidents.values import HoldReason
from breakfix.jobs.plan import id_in, plan
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.errors import Refused


@handles("window.plan")
def plan_begin(payload: dict[str, Any], at: datetime) -> None:
    """Look again when the window begins, if it is a window that is waited for."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    held = incidents.open_hold(engagement)
    if held is None or held.reason != HoldReason.AWAITING_CHANGE_WINDOW or held.expected_until is None:
        return
    key = f"window:{held.pk}:{held.expected_until.isoformat()}"
    plan("window.begin", key=key, due_at=max(held.expected_until, at), at=at, topic=engagement.topic)


@handles("window.begin")
def begin(payload: dict[str, Any], at: datetime) -> None:
    """Go on, unless somebody did before, or it waits for something else by now."""
    try:
        begin_window(id_in(payload["topic"]), by=SYSTEM, at=at)
    except Refused as no:
        if no.code != "no_window":
            raise
