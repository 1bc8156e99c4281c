"""The service report: issued by the engineer, read by both sides, accepted or sent back by the client."""

import re
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.guarantees import queries as guarantees
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import Status
from breakfix.kernel.access import Deed, may
from breakfix.kernel.money import Money
from breakfix.reports import actions
from breakfix.reports import queries as reports
from breakfix.reports.values import ReportStatus
from breakfix.web import panels
from breakfix.web.door import Visit, deed, page

S = Status
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
MOMENT_WORDS = {
    "outage_started_at": "Outage began",
    "submitted_at": "Reported",
    "acknowledged_at": "Acknowledged",
    "contacted_at": "Engineer in contact",
    "arrived_at": "On site",
    "diagnosis_completed_at": "Diagnosis complete",
    "approved_at": "Repair approved",
    "restored_at": "Service restored",
    "resolved_at": "Work finished",
}


def report_of(visit: Visit, engagement_id: int) -> HttpResponse:
    """The report that counts, or the form to issue it; and the client's word on the work."""
    found = incidents.get_engagement(engagement_id, visit.by)
    return _shown(visit, found, next(iter(reports.reports_of(found)), None))


def report(visit: Visit, report_id: int) -> HttpResponse:
    """One version, also one that was replaced."""
    one = reports.get_report(report_id, visit.by)
    return _shown(visit, incidents.get_engagement(one.engagement_id, visit.by), one)


def _shown(visit: Visit, found: Any, one: Any) -> HttpResponse:
    versions = reports.reports_of(found)
    latest = versions[0] if versions else None
    said = latest.content if latest else {}
    context = {
        "engagement": found,
        "report": one,
        "content": read(one.content) if one else {},
        "moments": _moments(one) if one else [],
        "versions": versions,
        "awaited": None if one else reports.expected_guarantee(found, visit.at),
        "guarantee": guarantees.guarantee_of(found),
        "may_issue": S(found.status) is S.RESOLVED and _is_missing(latest),
        "said": said,
        "may_decide": S(found.status) is S.RESOLVED and one is not None and one == latest,
        "may_refuse": S(found.status) is S.RESOLVED,
        # Money is not shown to who only does field work.
        "costs": not visit.by.field_only,
    }
    return visit.page("web/reports/page.html", context)


def _is_missing(latest: Any) -> bool:
    return latest is None or latest.status == ReportStatus.DISPUTED


def _moments(one: Any) -> list[tuple[str, Any]]:
    moments = read(one.content)["incident"]["moments"]
    return [(words, moments.get(name)) for name, words in MOMENT_WORDS.items() if moments.get(name)]


def read(frozen: Any) -> Any:
    """Frozen plain JSON as a page shows it: money, instants and days are themselves again."""
    if isinstance(frozen, dict):
        if frozen.keys() == {"amount", "currency"}:
            return Money.of(frozen["amount"], frozen["currency"])
        return {name: read(value) for name, value in frozen.items()}
    if isinstance(frozen, list):
        return [read(value) for value in frozen]
    if isinstance(frozen, str) and _INSTANT.fullmatch(frozen):
        return datetime.fromisoformat(frozen.replace("Z", "+00:00"))
    return date.fromisoformat(frozen) if isinstance(frozen, str) and _DAY.fullmatch(frozen) else frozen


def report_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """For whoever has to act on it now: the engineer writes it, the client reads and decides."""
    if S(found.status) is not S.RESOLVED:
        return None
    latest = reports.latest_report(found)
    writes = may(visit.by, Deed.ISSUE_REPORT) and _is_missing(latest)
    decides = may(visit.by, Deed.ACCEPT_WORK) and visit.by.organisation_id == found.client_id
    return {"report": latest, "writes": writes, "decides": decides} if writes or decides else None


def outcome_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """For everybody: the report that counts and the guarantee that follows from acceptance."""
    latest = reports.latest_report(found)
    return {"report": latest, "guarantee": guarantees.guarantee_of(found)} if latest else None


panels.add(panels.Panel("report", 80, "web/reports/act.html", report_panel))
panels.add(panels.Panel("outcome", 80, "web/reports/panel.html", outcome_panel, "side"))

_PAGE = "engagements/<int:engagement_id>/report"
urlpatterns = [
    path(_PAGE, page(report_of), name="report_of"),
    path(
        f"{_PAGE}/issue_report",
        deed(actions.issue_report, on=report_of, done="Issued. The client can accept the work now."),
        name="issue_report",
    ),
    path(
        f"{_PAGE}/accept_work",
        deed(actions.accept_work, on=report_of, done="Accepted. The guarantee begins."),
        name="accept_work",
    ),
    path(
        f"{_PAGE}/refuse_work",
        deed(actions.refuse_work, on=report_of, done="Sent back. The work goes on."),
        name="refuse_work",
    ),
    path("reports/<int:report_id>", page(report), name="service_report"),
]
