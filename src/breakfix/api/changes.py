"""Changes: what will be done to a client's service, who agreed to it, and how it went."""

from typing import Any

from ninja import Field, Schema

from breakfix.api.door import Call
from breakfix.api.lists import Filters, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Case, Instant, Named, Number, Sha256, told, word
from breakfix.changes import queries as changes
from breakfix.changes.values import Kind, Status
from breakfix.incidents import queries as incidents


class ChangeOut(Schema):
    """One plan and its decision, within [window_start, ends_at)."""

    id: int
    engagement: Case
    number: Number
    kind: str = word(Kind)
    status: str = word(Status)
    title: str
    risk_score: int = Field(ge=5, le=25)
    window_start: Instant
    window_end: Instant
    ends_at: Instant = Field(description="With the extension that was granted.")
    sha256: Sha256
    proposed_by: Named | None
    proposed_at: Instant
    decide_by: Instant | None
    assessed_at: Instant | None
    decided_at: Instant | None
    scheduled_at: Instant | None
    started_at: Instant | None
    finished_at: Instant | None
    review_due_at: Instant | None
    reviewed_by: Named | None
    reviewed_at: Instant | None
    ending: str


class ChangeWhole(ChangeOut):
    """With the plan. The SHA-256 of `canonical`, as UTF-8, is `sha256`: a decision has to show that hash."""

    canonical: str
    round_id: int | None = Field(description="The round that decides, or decided, about it.")
    findings: str
    lessons: str


@listing(router, "/engagements/{int:engagement_id}/changes", ChangeOut, order="-proposed_at", summary="Changes")
def change_list(call: Call, filters: Filters, engagement_id: int) -> Any:
    """Every change of an engagement, latest first."""
    found = incidents.get_engagement(engagement_id, call.by)
    return changes.visible_to(call.by).filter(engagement=found)


@detail(router, "/changes/{int:change_id}", ChangeWhole, summary="A change")
def change(call: Call, change_id: int) -> Any:
    """One plan with the text whose hash is decided on."""
    found = changes.get_change(change_id, call.by)
    asked = None if call.by.field_only else changes.round_of(found)
    names = ("canonical", "findings", "lessons")
    more = {name: getattr(found, name) for name in names}
    return told(ChangeOut, found, round_id=asked.pk if asked else None, **more)
