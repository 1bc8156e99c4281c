"""Clock warnings: planned for the instant at which they fall due, and looked at again when that has moved."""

from datetime import datetime
from typing import Any

from breakfix.agreements.values import Priority
from breakfix.incidents import queries
from breakfix.incidents.actions.harm import note_breach
from breakfix.incidents.actions.reprioritise import raise_priority
from breakfix.incidents.values import PriorityChange
from breakfix.jobs.plan import id_in, plan
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM


@handles("alarms.plan")
def plan_next(payload: dict[str, Any], at: datetime) -> None:
    """Plan a look at the instant of the next warning; holds and resumes come by here again."""
    engagement = queries.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    _plan_look(engagement, queries.alarms(engagement, at)[:1], at, because=payload.get("deed"))


@handles("alarms.look")
def look(payload: dict[str, Any], at: datetime) -> None:
    """Give every warning that is really due now, then plan the next look."""
    engagement = queries.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    alarms = queries.alarms(engagement, at)
    due = [alarm for alarm in alarms if alarm.due_at <= at]
    if any(alarm.percent == 0 for alarm in due):
        _raise(engagement, at)
        plan_next(payload, at)  # other clocks count now, and what is due of them is looked at at once
        return
    for alarm in due:
        note_breach(
            engagement.pk,
            percent=alarm.percent,
            clock_id=alarm.clock_id,
            obligation_id=alarm.obligation_id,
            by=SYSTEM,
            at=at,
        )
    _plan_look(engagement, alarms[len(due) :][:1], at)


def _plan_look(engagement: Any, alarms: list[Any], at: datetime, *, because: Any = None) -> None:
    for alarm in alarms:
        name = f"{alarm.clock_id}:{alarm.obligation_id}:{alarm.percent}:{alarm.due_at.isoformat()}"
        if alarm.due_at <= at:
            # That instant may have been looked at while the clock stood (restored, then disputed): look once more.
            name += f":{because or at.isoformat()}"
        key, due = f"alarm:{engagement.pk}:{name}", max(alarm.due_at, at)
        plan("alarms.look", key=key, due_at=due, at=at, topic=engagement.topic)


def _raise(engagement: Any, at: datetime) -> None:
    """A dated obligation came so near that the priority is at least P2 (domain.md §4.1)."""
    raise_priority(
        engagement.pk,
        priority=Priority.P2,
        change=PriorityChange.CHANGED_CIRCUMSTANCES,
        reason="A dated obligation falls due in less than 12 hours",
        by=SYSTEM,
        at=at,
    )
