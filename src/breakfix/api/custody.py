"""What the provider holds of the client: items with their seals, and every time that they changed hands."""

from typing import Any

from ninja import Field, Schema

from breakfix.api.door import Call
from breakfix.api.lists import Filters, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Case, Instant, Named, word
from breakfix.custody import queries as custody
from breakfix.custody.values import Direction, ItemStatus
from breakfix.incidents import queries as incidents


class CustodyItemOut(Schema):
    """One thing of the client; `holder` is whoever has it now."""

    id: int
    engagement: Case
    number: int
    position: str
    description: str
    maker: str
    model: str
    serial: str
    seal: str
    condition: str
    status: str = word(ItemStatus)
    holder_id: int
    decision: str = Field(examples=["return"])
    decision_reason: str
    decided_at: Instant | None
    taken_id: int = Field(description="The handover by which it came.")
    handed_back_id: int | None = Field(description="The handover by which it went back.")
    destroyed_at: Instant | None
    destruction: str


class HandoverOut(Schema):
    """Items going from one side to the other; the client's signature makes it whole."""

    id: int
    engagement: Case
    direction: str = word(Direction)
    place: str
    note: str
    done_by: Named
    done_at: Instant
    signed_by: Named | None
    signed_at: Instant | None


@listing(router, "/engagements/{int:engagement_id}/custody-items", CustodyItemOut, order="id", summary="Custody")
def custody_items(call: Call, filters: Filters, engagement_id: int) -> Any:
    """Every item that was taken over for an engagement."""
    found = incidents.get_engagement(engagement_id, call.by)
    return custody.visible_to(call.by).filter(engagement=found)


@listing(router, "/engagements/{int:engagement_id}/handovers", HandoverOut, order="id", summary="Handovers")
def handovers(call: Call, filters: Filters, engagement_id: int) -> Any:
    """Every time that items of an engagement changed hands."""
    found = incidents.get_engagement(engagement_id, call.by)
    return custody.handovers_visible_to(call.by).filter(engagement=found)
