"""What other systems recorded of a client's incidents, in their words: the client's own to read."""

from typing import Any

from ninja import Field, Schema

from breakfix.api.door import Call
from breakfix.api.lists import Filters, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Id, Instant, Named
from breakfix.incidents import past


class PastEventOut(Schema):
    """One event as the log wrote it, beside our reading of it."""

    at: Instant
    written: str = Field(description="The instant as it stands in the log.", examples=["2016-02-29T01:23"])
    word: str = Field(description="The log's own word.", examples=["Awaiting User Info"])
    state: str = Field(description="Our state for that word; empty for garbage.", examples=["ON_HOLD"])
    refused: str = Field(description="The step or state that our table does not list; empty where it does.")


class PastIncidentOut(Schema):
    """An incident from before Breakfix: imported, not verified by this log. What the log does not say is null."""

    id: int = Field(examples=[7])
    source: str = Field(examples=["Old desk"])
    number: str = Field(examples=["INC0012345"])
    title: str
    asset: Named | None = Field(description="The machine of the register that the log names, if it is there.")
    asset_word: str = Field(description="The machine as the log names it.")
    priority_word: str = Field(description="The priority in the log's words.")
    state: str = Field(description="Our state for its last valid word; empty if there is none.")
    first_at: Instant
    last_at: Instant
    resolved_at: Instant | None
    closed_at: Instant | None
    mid_life: bool = Field(description="Whether the log begins after the incident did.")
    refused: int = Field(description="How many of its events our table does not list.")
    events: list[PastEventOut]
    imported_at: Instant


class PastFilters(Filters):
    source: str = Field("", max_length=60, description="Only of this system.")
    asset: Id = Field(None, description="Only of this machine.")


@listing(
    router,
    "/past-incidents",
    PastIncidentOut,
    filters=PastFilters,
    order="-last_at",
    summary="Incidents of other systems",
)
def past_incidents(call: Call, filters: PastFilters) -> Any:
    """The imported incidents of one's own organisation; a provider reads none, whatever was shared with it."""
    wanted = {name: getattr(filters, name) for name in ("source", "asset") if getattr(filters, name)}
    return past.past_visible_to(call.by).filter(**wanted)
