"""Who comes: the bookings on an engagement, for both sides, and one's own."""

from typing import Any, Literal

from ninja import Field, Schema
from pydantic.json_schema import SkipJsonSchema

from breakfix.api.door import Call
from breakfix.api.lists import Filters, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Case, Instant, Named
from breakfix.dispatch import queries as dispatch
from breakfix.incidents import queries as incidents
from breakfix.kernel.errors import NotFound


class SentOut(Schema):
    """Whom the provider sends."""

    id: int
    person: Named
    level: int = Field(ge=1, le=4, examples=[3])


class BookingOut(Schema):
    """[starts_at, ends_at) of one technician for one engagement, and why this person."""

    id: int
    engagement: Case
    technician: SentOut
    starts_at: Instant
    ends_at: Instant
    lane: str = Field(examples=["emergency"])
    priority: str = Field(examples=["P1"])
    eta_at: Instant | None
    grounds: str
    protocol_version: str
    protocol_acknowledged_at: Instant | None
    started_at: Instant | None
    arrived_at: Instant | None
    released_at: Instant | None
    release_reason: str


class BookingFilters(Filters):
    live: Literal["true", "false"] | SkipJsonSchema[None] = Field(
        None, description="`true`: only who is still on it; `false`: only who was taken off."
    )


@listing(
    router,
    "/engagements/{int:engagement_id}/bookings",
    BookingOut,
    filters=BookingFilters,
    order="starts_at",
    summary="Who comes",
)
def bookings(call: Call, filters: BookingFilters, engagement_id: int) -> Any:
    """Who comes or came to an engagement, those taken off included."""
    found = incidents.get_engagement(engagement_id, call.by)
    return _alive(dispatch.visible_to(call.by).filter(engagement=found), filters)


@listing(router, "/bookings", BookingOut, filters=BookingFilters, order="-starts_at", summary="Bookings")
def booking_list(call: Call, filters: BookingFilters) -> Any:
    """Every booking on the engagements that one was let in on; field staff find their own work here."""
    return _alive(dispatch.visible_to(call.by), filters)


def _alive(rows: Any, filters: BookingFilters) -> Any:
    return rows if filters.live is None else rows.filter(released_at__isnull=filters.live == "true")


@detail(router, "/bookings/{int:booking_id}", BookingOut, summary="A booking")
def booking(call: Call, booking_id: int) -> Any:
    """One booking."""
    found = dispatch.visible_to(call.by).filter(pk=booking_id).first()
    if found is None:
        raise NotFound("This booking")
    return found
