"""Engagements: the list, one in one reading with its clocks as anybody can recompute them, and what happened."""

from collections.abc import Iterable
from typing import Any, Literal

from ninja import Field
from pydantic.json_schema import SkipJsonSchema

from breakfix.agreements.values import Priority
from breakfix.api.door import Call
from breakfix.api.engagement import (
    DowngradeBase,
    DowngradeOut,
    EngagementBase,
    EngagementOut,
    EngagementWhole,
    FeeOut,
    HappeningOut,
    OpenEndWhere,
    OverrideBase,
    OverrideOut,
    StatementBase,
    StatementOut,
)
from breakfix.api.lists import Filters, Listed, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Id, told
from breakfix.histories import queries as histories
from breakfix.incidents import credit, details, lowering, outside
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import Status
from breakfix.kernel.errors import NotFound
from breakfix.kernel.ledger import queries as ledger
from breakfix.parties import queries as parties
from breakfix.quotes import queries as quotes
from breakfix.work import queries as work

OVER = (Status.CLOSED, Status.CANCELLED, Status.DECLINED)
AS_THEY_ARE = (
    *("description", "callback", "answers", "points", "impact", "urgency", "floor_reason", "route", "route_reason"),
    *("onsite_needed", "distance_miles", "degradation", "agreement_version_id", "merged_into_id"),
)
_CASE = "/engagements/{int:engagement_id}"


class EngagementFilters(Filters):
    status: Status | SkipJsonSchema[None] = Field(None, description="Only those in this state.")
    priority: Priority | SkipJsonSchema[None] = Field(None, description="Only those of this priority.")
    asset: Id = Field(None, description="Only those about this machine.")
    open: Literal["true", "false"] | SkipJsonSchema[None] = Field(
        None, description="`true`: only what is not over; `false`: only what is closed, cancelled or declined."
    )


# ------------------------------------------------------------------------------------------ engagements


@listing(
    router, "/engagements", EngagementOut, filters=EngagementFilters, order="-submitted_at", summary="Engagements"
)
def engagements(call: Call, filters: EngagementFilters) -> Any:
    """Every engagement that one was let in on, latest first, with the clocks that count now."""

    def shape(rows: list[Any]) -> list[Any]:
        readings = incidents.readings_of(rows, call.at) if rows else {}
        return [told(EngagementBase, one, clocks=[_clock(it) for it in readings[one.pk]]) for one in rows]

    rows = incidents.visible_to(call.by)
    wanted = {name: getattr(filters, name) for name in ("status", "priority", "asset")}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
    if filters.open is not None:
        rows = rows.exclude(status__in=OVER) if filters.open == "true" else rows.filter(status__in=OVER)
    return Listed(rows, shape)


def _clock(one: Any) -> dict[str, Any]:
    names = ("kind", "verdict", "started_at", "stopped_at", "due_at")
    spans = {
        f"{name}_seconds": int(getattr(one, name).total_seconds()) for name in ("target", "elapsed", "remaining")
    }
    return {name: getattr(one, name) for name in names} | spans


@detail(router, _CASE, EngagementWhole, summary="An engagement")
def engagement(call: Call, engagement_id: int) -> Any:
    """One engagement: who, where, every clock with its derivation, what is open, the money, the documents."""
    found, at = incidents.get_engagement(engagement_id, call.by), call.at
    costs = not call.by.field_only
    return told(
        EngagementBase,
        found,
        **{name: getattr(found, name) for name in AS_THEY_ARE},
        under=incidents.under(found),
        details=details.details(found),
        read_at=at,
        clocks=incidents.printouts(found, at),
        holds=incidents.holds(found),
        open_ends=incidents.open_ends(found),
        documents=documents_shown(histories.documents(found, call.by)) if costs else [],
        forensic_fee=incidents.fee(found) if costs else None,
        exposure=quotes.exposure(found, work.actuals(found, at)) if costs else None,
        downtime=incidents.meter(found, at) if costs else None,
    )


def documents_shown(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Filed documents with both of their files."""
    names = ("id", "kind", "title", "number", "version", "made_at")
    return [
        {**{name: getattr(one, name) for name in names}, "json_file": one.json, "pdf_file": one.pdf} for one in rows
    ]


@detail(router, f"{_CASE}/forensic-fee", FeeOut, summary="The fee of the diagnosis")
def forensic_fee(call: Call, engagement_id: int) -> Any:
    """The flat price of the diagnosis, where it is accepted or refused."""
    found = incidents.get_engagement(engagement_id, call.by)
    if call.by.field_only:
        raise NotFound("This fee")
    return incidents.fee(found)


@listing(router, f"{_CASE}/statements-of-work", StatementOut, order="-id", summary="Statements of work")
def statements_of_work(call: Call, filters: Filters, engagement_id: int) -> Any:
    """What was put to the client because the agreement does not cover it, or somebody else owes it."""
    found = incidents.get_engagement(engagement_id, call.by)
    if call.by.field_only:
        raise NotFound("This list")
    return Listed(outside.statements(found, call.by), lambda rows: [told(StatementBase, one) for one in rows])


@listing(router, f"{_CASE}/downgrades", DowngradeOut, order="-id", summary="Downgrades put to the client")
def downgrades(call: Call, filters: Filters, engagement_id: int) -> Any:
    """What lower priority was put to the client, and what they said."""
    found = incidents.get_engagement(engagement_id, call.by)
    return Listed(lowering.proposals(found, call.by), lambda rows: [told(DowngradeBase, one) for one in rows])


@listing(router, f"{_CASE}/credit-overrides", OverrideOut, order="-id", summary="Overrides of a credit hold")
def credit_overrides(call: Call, filters: Filters, engagement_id: int) -> Any:
    """Where the provider's finance let this P1 be taken on although the client was on credit hold."""
    found = incidents.get_engagement(engagement_id, call.by)
    if call.by.field_only:
        raise NotFound("This list")
    return Listed(credit.overrides(found, call.by), lambda rows: [told(OverrideBase, one) for one in rows])


# ------------------------------------------------------------------------------------------ what happened


@listing(router, f"{_CASE}/timeline", HappeningOut, order="position", summary="What happened")
def timeline(call: Call, filters: Filters, engagement_id: int) -> Any:
    """Everything that happened on an engagement, in order, out of the reader's own log."""
    found = incidents.get_engagement(engagement_id, call.by)
    costs = not call.by.field_only

    def shape(rows: list[Any]) -> list[Any]:
        return [_happening(one, found.zone, costs=costs) for one in parties.told_by(rows)]

    return Listed(ledger.entries(call.by.organisation_id or 0, topic=found.topic), shape)


def _happening(one: Any, zone: str, *, costs: bool) -> dict[str, Any]:
    names = ("position", "at", "kind", "line", "who", "files")
    money = one.facts.get("money") if costs else None
    label = str(one.facts.get("money_label", "")) if costs else ""
    return {name: getattr(one, name) for name in names} | {"zone": zone, "money": money, "money_label": label}


@listing(router, "/open-ends", OpenEndWhere, order="id", summary="What needs me")
def needs(call: Call, filters: Filters) -> Any:
    """What waits for the caller: addressed to them, to a role they hold, or to their organisation as a whole."""
    return incidents.open_ends_for(call.by)
