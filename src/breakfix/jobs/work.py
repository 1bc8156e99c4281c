"""What work asks for afterwards: the cap's meter, and stopping what a refused ratification may not begin."""

from datetime import datetime
from typing import Any

from breakfix.incidents import queries as incidents
from breakfix.jobs.plan import id_in, plan
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM
from breakfix.work import queries as work
from breakfix.work.actions.doing import note_meter
from breakfix.work.actions.planning import stop_steps


@handles("meter.look")
def look(payload: dict[str, Any], at: datetime) -> None:
    """Tell the marks of the cap that were reached by what was built in or worked."""
    note_meter(id_in(payload["topic"]), by=SYSTEM, at=at)


@handles("meter.plan")
def plan_look(payload: dict[str, Any], at: datetime) -> None:
    """Look again when the people on the clock will have reached the next mark: a cap does not wait for clock-off."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    due = work.next_mark(engagement, at)
    if due is not None:
        plan("meter.look", key=f"meter:{engagement.pk}:{due}", due_at=due, at=at, topic=payload["topic"])


@handles("work.stop")
def stop(payload: dict[str, Any], at: datetime) -> None:
    """Stop every step that has not begun: the emergency approval behind it was not ratified."""
    stop_steps(id_in(payload["topic"]), by=SYSTEM, at=at)
