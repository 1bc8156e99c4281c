"""Incidents of another system, as somebody of a client imports them: an array that was repaired in 2016."""

from datetime import UTC, datetime
from typing import Any

from breakfix.incidents.actions.history import import_history
from breakfix.incidents.models import PastIncident
from breakfix.incidents.values import PastEvent, PastLife, Status
from breakfix.kernel.access import OPERATOR
from tests.makers import World

S = Status


def event(hour: int, word: str, state: Status | None) -> PastEvent:
    return PastEvent(datetime(2016, 3, 1, hour, tzinfo=UTC), f"1/3/2016 {hour}:00", word, state)


LIFE = [
    event(9, "Active", S.IN_PROGRESS),
    event(12, "Closed", S.CLOSED),
    event(10, "-100", None),
    event(11, "Resolved", S.RESOLVED),
    event(13, "Closed", S.CLOSED),
]


def life(number: str = "INC1", **given: Any) -> PastLife:
    return PastLife(**{"number": number, "events": LIFE, "asset": "7QXK3N1", **given})


def imported(
    world: World, *lives: PastLife, who: str = "nora", to: str = "northgate", **given: Any
) -> list[PastIncident]:
    by = world.actor(who) if who else OPERATOR
    given = {"source": "Old desk", **given}
    return import_history(world.organisation(to).pk, lives=list(lives), by=by, at=world.at, **given)
