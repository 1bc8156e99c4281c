"""What monitoring tells: alerts, each a draft until somebody reports it or says that it is none."""

from typing import Any, Literal

from ninja import Field, Schema

from breakfix.api.door import Call
from breakfix.api.lists import Filters, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Instant, word
from breakfix.incidents.values import Level
from breakfix.intake import queries as intake
from breakfix.intake.values import Severity
from breakfix.kernel.errors import NotFound


class AlertOut(Schema):
    """One failure that monitoring tells of, however often it was told."""

    id: int
    source: str = Field(validation_alias="source.name", description="Where it comes from.")
    tool: str = Field(examples=["alertmanager"])
    client_id: int = Field(validation_alias="source.client_id")
    title: str
    text: str
    severity: str = word(Severity)
    impact: str = word(Level)
    host: str = Field(description="What the machine calls itself.")
    asset_id: int | None
    asset_note: str = Field(description="Why no machine of the register was chosen.")
    begun_at: Instant
    begun_note: str
    told: int = Field(validation_alias="count.told", description="How often it was told.")
    repeated: int = Field(validation_alias="count.repeated", description="Of these, by bytes that had come before.")
    last_received_at: Instant = Field(validation_alias="count.last_received_at")
    ended_at: Instant | None
    dismissed_at: Instant | None
    dismissal: str
    engagement_id: int | None = Field(description="What it was reported as.")


class AlertFilters(Filters):
    """By what was decided."""

    decided: Literal["", "no", "yes"] = Field("", description="no: those that wait for a decision, and last.")


@listing(router, "/alerts", AlertOut, filters=AlertFilters, order="id", summary="Alerts")
def alerts(call: Call, filters: AlertFilters) -> Any:
    """The alerts of one's own organisation's monitoring, or of clients whose desk one is."""
    if not intake.is_reader(call.by):
        raise NotFound("This list")
    found = intake.alerts_visible_to(call.by)
    if filters.decided == "no":
        return found.filter(**intake.UNDECIDED)
    return found.exclude(engagement=None, dismissed_at=None) if filters.decided == "yes" else found


@detail(router, "/alerts/{int:alert_id}", AlertOut, summary="An alert")
def alert(call: Call, alert_id: int) -> Any:
    """One alert with what became of it."""
    return intake.get_alert(alert_id, call.by)
