"""What monitoring tells: alerts, each a draft until somebody reports it or says that it is none."""

from typing import Any, Literal

from ninja import Field, Schema

from breakfix.api.door import Call
from breakfix.api.lists import Filters, Listed, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Instant, word
from breakfix.incidents.values import Level
from breakfix.intake import balance
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
    flaps: int = Field(description="How often it was back within the hour after its end.")
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


class AlertSourceOut(Schema):
    """A monitoring system that may tell of failures, and whether what it sent is all accounted for.

    messages = ticket + update + ignored + quarantine + refused; alerts = counted + unmatched.
    """

    id: int
    name: str
    client_id: int
    closed_at: Instant | None
    messages: int = Field(description="Sent with its secret, whatever became of them.")
    ticket: int = Field(description="A new draft at least.")
    update: int
    ignored: int
    quarantine: int = Field(description="Could not be read; kept with its bytes, settled or not.")
    refused: int = Field(description="Nothing of them is kept: the three below together.")
    unsigned: int = Field(description="Not signed as this source signs (401).")
    replayed: int = Field(description="Taken before with this very signature (409).")
    oversized: int = Field(description="Longer than any message that is taken (413).")
    alerts: int = Field(description="In the messages that were taken.")
    counted: int = Field(description="At the alerts that are known here, told first or again.")
    unmatched: int = Field(description="About nothing that is known here: the end of a failure that nobody told of.")
    adds_up: bool


@listing(router, "/alert-sources", AlertSourceOut, order="id", summary="Where alerts come from")
def alert_sources(call: Call, filters: Filters) -> Any:
    """The monitoring of one's own organisation, or of clients whose desk one is, with what came of it."""
    if not intake.is_reader(call.by):
        raise NotFound("This list")
    return Listed(balance.weighed(intake.sources_read_by(call.by, call.at)), balance.of_sources)
