"""Service reports: what was done, frozen when it was issued, and the client's word on it."""

from datetime import date
from typing import Any

from ninja import Field, Schema

from breakfix.api.door import Call
from breakfix.api.lists import Filters, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Case, Instant, Named, Number, Sha256, told, word
from breakfix.guarantees import queries as guarantees
from breakfix.incidents import queries as incidents
from breakfix.reports import queries as reports
from breakfix.reports.values import ReportStatus


class ReportOut(Schema):
    """One version of the report."""

    id: int
    engagement: Case
    number: Number
    version: int
    status: str = word(ReportStatus)
    sha256: Sha256
    author: Named
    issued_at: Instant
    due_at: Instant
    accepted_by: Named | None
    accepted_at: Instant | None
    disputed_by: Named | None
    disputed_at: Instant | None
    dispute_reason: str


class GuaranteeOut(Schema):
    """Until when the provider answers for the work, and why so long."""

    kind: str
    days: int
    starts_on: date
    ends_on: date
    ends_at: Instant
    basis: str


class ReportWhole(ReportOut):
    """With its text. The SHA-256 of `canonical`, as UTF-8, is `sha256`."""

    canonical: str | None = Field(description="The issued document; null for field staff, as it holds prices.")
    prevention: str
    residual_risk: str
    spares_advice: str
    change_note: str
    guarantee: GuaranteeOut | None


@listing(router, "/engagements/{int:engagement_id}/reports", ReportOut, order="-version", summary="Service reports")
def report_list(call: Call, filters: Filters, engagement_id: int) -> Any:
    """Every version of the service report, latest first."""
    found = incidents.get_engagement(engagement_id, call.by)
    return reports.visible_to(call.by).filter(engagement=found)


@detail(router, "/reports/{int:report_id}", ReportWhole, summary="A service report")
def report(call: Call, report_id: int) -> Any:
    """One version with its document and the guarantee that follows from its acceptance."""
    found = reports.get_report(report_id, call.by)
    names = ("prevention", "residual_risk", "spares_advice", "change_note")
    return told(
        ReportOut,
        found,
        **{name: getattr(found, name) for name in names},
        canonical=None if call.by.field_only else found.canonical,
        guarantee=guarantees.guarantee_of(found.engagement),
    )
