"""What work asks for afterwards: the cap's meter, and stopping what a refused ratification may not begin."""

from datetime import datetime
from typing import Any

from breakfix.jobs.plan import id_in
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM
from breakfix.work.actions.doing import note_meter
from breakfix.work.actions.planning import stop_steps


@handles("meter.look")
def look(payload: dict[str, Any], at: datetime) -> None:
    """Tell the marks of the cap that were reached by what was built in or worked."""
    note_meter(id_in(payload["topic"]), by=SYSTEM, at=at)


@handles("work.stop")
def stop(payload: dict[str, Any], at: datetime) -> None:
    """Stop every step that has not begun: the emergency approval behind it was not ratified."""
    stop_steps(id_in(payload["topic"]), by=SYSTEM, at=at)
