"""Work: orders with their steps and minutes, the hours they are billed as, and who has access to what."""

from typing import Any

from ninja import Field, Schema

from breakfix.api.door import Call
from breakfix.api.lists import Filters, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Amount, Case, Exact, Instant, Kept, Named, Number, told, word
from breakfix.incidents import queries as incidents
from breakfix.work import queries as work
from breakfix.work import recoveries as came_back
from breakfix.work.values import Place, Status, StepStatus


class WorkerOut(Schema):
    """Who worked."""

    id: int
    person: Named


class StepOut(Schema):
    """One step of the approved plan, and what came of it."""

    position: int
    name: str
    minutes: int
    mandatory: bool
    takes_image: bool
    point_of_no_return: bool
    destroys: bool
    evidence_needed: bool
    status: str = word(StepStatus)
    started_at: Instant | None
    done_at: Instant | None
    done_by: Named | None
    result: str
    evidence: Kept | None


class TimeOut(Schema):
    """One person's time on an order, [started_at, ended_at)."""

    technician: WorkerOut
    level: int
    kind: str = Field(examples=["working"])
    change_order_id: int | None = Field(description="The change order it was worked under; null: the quote.")
    started_at: Instant
    ended_at: Instant | None
    note: str


class RestorationOut(Schema):
    """The tests by which the service was shown to be back, and the client's dispute, if there was one."""

    restored_by: Named | None
    restored_at: Instant
    tests: list[dict[str, Any]]
    disputed_by: Named | None
    disputed_at: Instant | None
    dispute_reason: str


class WorkOrderOut(Schema):
    """One visit's work under one plan."""

    id: int
    engagement: Case
    number: Number
    status: str = word(Status)
    place: str = word(Place)
    planned_start: Instant
    planned_end: Instant
    planned_by: Named | None
    planned_at: Instant
    started_by: Named | None
    started_at: Instant | None
    ended_at: Instant | None
    ending: str
    unbilled_reason: str = Field(description="Why none of its hours is billed; empty where they are.")
    change_id: int | None
    steps: list[StepOut]
    entries: list[TimeOut]
    restorations: list[RestorationOut]


class HoursOut(Schema):
    """Minutes of one level and tier, and the hours they are billed as."""

    level: int
    tier: str = Field(examples=["after_hours"])
    minutes: int
    hours: Exact
    change_order: int = Field(alias="of", description="The id of the change order; 0: the quote.")


class UseOut(Schema):
    """How much of a quoted charge or contingent line was used."""

    line: str = Field(examples=["C1"])
    description: str
    quantity: Exact
    note: str
    used_at: Instant


class CapOut(Schema):
    """How much of the repair's maximum is used."""

    name: str = Field(examples=["Q-2026-0001 v1"])
    cap: Amount
    actual: Amount
    percent: Exact
    words: str


class BorneOut(Schema):
    """Something that the provider bears and nobody is billed for."""

    what: str
    reason: str
    amount: Amount
    derivation: str


class WorkOrderWhole(WorkOrderOut):
    """With the billed hours, what was used on the engagement, the caps and what the provider bears.

    `cap` and `borne` are null for field staff.
    """

    hours: list[HoursOut]
    derivation: list[str]
    uses: list[UseOut]
    cap: CapOut | None
    caps: list[CapOut] = Field(description="One for the quote and one for each change order; none for field staff.")
    borne: list[BorneOut] | None


class AccessOut(Schema):
    """What the client's security officer let somebody into, [granted_at, until or revoked_at)."""

    id: int
    technician: WorkerOut
    system: str
    granted_by: Named | None
    granted_at: Instant
    until: Instant
    revoked_by: Named | None
    revoked_at: Instant | None


class RecoveryOut(Schema):
    """How much of a must-have list came back; the last one of a line counts, once `agreed` is true."""

    id: int
    engagement: Case
    line: str = Field(examples=["E1"])
    wanted: int
    recovered: int
    why: str
    confidence: Exact
    listing: Kept
    reported_by: Named
    reported_at: Instant
    agreed: bool | None
    takes_files: bool
    note: str
    decided_by: Named | None
    decided_at: Instant | None


@listing(router, "/engagements/{int:engagement_id}/recoveries", RecoveryOut, order="id", summary="What came back")
def recoveries(call: Call, filters: Filters, engagement_id: int) -> Any:
    """Every list of what came back of a data recovery."""
    found = incidents.get_engagement(engagement_id, call.by)
    return came_back.visible_to(call.by).filter(engagement=found)


@listing(
    router, "/engagements/{int:engagement_id}/work-orders", WorkOrderOut, order="planned_at", summary="Work orders"
)
def work_orders(call: Call, filters: Filters, engagement_id: int) -> Any:
    """Every work order of an engagement with its steps and times, oldest first."""
    found = incidents.get_engagement(engagement_id, call.by)
    return work.visible_to(call.by).filter(engagement=found)


@detail(router, "/work-orders/{int:order_id}", WorkOrderWhole, summary="A work order")
def work_order(call: Call, order_id: int) -> Any:
    """One work order, with the hours that its minutes are billed as."""
    found = work.get_order(order_id, call.by)
    engagement = incidents.get_engagement(found.engagement_id, call.by)
    derived = next((one for one in work.order_hours(engagement, call.at) if one.order == found.number), None)
    rows = (*derived.rows, *((derived.added,) if derived.added else ())) if derived else ()
    caps = [] if call.by.field_only else work.meters(engagement, call.at)
    return told(
        WorkOrderOut,
        found,
        hours=rows,
        derivation=derived.words if derived else [],
        uses=work.uses_of(engagement),
        cap=next(iter(caps), None),
        caps=caps,
        borne=None if call.by.field_only else work.borne(engagement, call.at),
    )


@listing(router, "/engagements/{int:engagement_id}/access", AccessOut, order="granted_at", summary="Access given")
def access(call: Call, filters: Filters, engagement_id: int) -> Any:
    """Everybody who was let into a system of the client, and whether they still are."""
    found = incidents.get_engagement(engagement_id, call.by)
    return work.access_of(found)
