"""The ladder: who was asked, who answered, and the rehearsals of it."""

from typing import Any

from ninja import Field, Schema

from breakfix.api.door import Call
from breakfix.api.lists import Filters, Listed, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Instant, Named, told, word
from breakfix.incidents import ladder
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import EscalationKind


class EscalationBase(Schema):
    id: int
    engagement_id: int | None
    drill_id: int | None = Field(description="Of a rehearsal, which one; then no engagement is touched.")
    kind: str = word(EscalationKind)
    why: str
    rung: int
    asks: str = Field(examples=["dispatcher lead"])
    organisation: Named
    role: str
    reachable: int = Field(description="How many people could be told; 0 was passed at once, and says so.")
    asked_at: Instant
    until: Instant = Field(description="Until when an answer was waited for.")
    acknowledged_by: Named | None
    acknowledged_at: Instant | None
    advanced_at: Instant | None
    advanced_because: str


class EscalationOut(EscalationBase):
    """One step; `minutes` is how long its answer took, null where there was none."""

    minutes: int | None


class DrillOut(Schema):
    """A rehearsal of the ladder with one client; its steps are in `/escalations`."""

    id: int
    provider: Named
    client: Named
    scenario: str
    started_by: Named
    started_at: Instant
    ended_at: Instant | None
    ended_because: str = Field(description="Why it was ended before its last rung; empty when it went to its end.")


def _shape(rows: list[Any]) -> list[Any]:
    return [told(EscalationBase, one, minutes=ladder.minutes_of(one)) for one in rows]


@listing(router, "/escalations", EscalationOut, order="id", summary="Escalations")
def escalation_list(call: Call, filters: Filters) -> Any:
    """Every step of what one was let in on, drills among them."""
    return Listed(ladder.visible_to(call.by), _shape)


@listing(router, "/engagements/{int:engagement_id}/escalations", EscalationOut, order="id", summary="Its ladder")
def escalations_of(call: Call, filters: Filters, engagement_id: int) -> Any:
    """The steps of one engagement."""
    found = incidents.get_engagement(engagement_id, call.by)
    return Listed(ladder.visible_to(call.by).filter(engagement=found), _shape)


@listing(router, "/drills", DrillOut, order="-id", summary="Drills of the ladder")
def drill_list(call: Call, filters: Filters) -> Any:
    """The rehearsals that one's organisation took part in; none for who only does field work."""
    return ladder.drills_visible_to(call.by)
