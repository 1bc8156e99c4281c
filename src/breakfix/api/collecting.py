"""What the offline collector brought: one bundle for each permission, and each output with its file."""

from datetime import date
from typing import Any

from ninja import Field, Schema

from breakfix.api.door import Call
from breakfix.api.lists import Filters, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Case, Instant, Kept, Named
from breakfix.diagnosis import collecting
from breakfix.incidents import queries as incidents


class CollectedOut(Schema):
    """What one command printed; `cut` where it was more than is kept."""

    command: str = Field(examples=["lsblk --output NAME,SIZE"])
    outcome: str = Field(examples=["ran"])
    exit_code: int | None
    started_at: Instant = Field(description="By the clock of the machine itself.")
    cut: bool
    file: Kept


class CollectionOut(Schema):
    """A collector that the client allowed, and its bundle once it was handed in."""

    id: int
    engagement: Case
    allowed_by: Named
    allowed_at: Instant
    expires_at: Instant
    keep_until: date = Field(description="As agreed when it was allowed; nothing deletes it by itself.")
    withdrawn_at: Instant | None
    handed_in_at: Instant | None
    bundle: Kept | None
    system: str
    machine: str
    outputs: list[CollectedOut]


@listing(
    router,
    "/engagements/{int:engagement_id}/collections",
    CollectionOut,
    order="-id",
    summary="Collections of evidence",
)
def collections(call: Call, filters: Filters, engagement_id: int) -> Any:
    """Every run of the offline collector that the client allowed, latest first."""
    found = incidents.get_engagement(engagement_id, call.by)
    return collecting.visible_to(call.by).filter(engagement=found)
