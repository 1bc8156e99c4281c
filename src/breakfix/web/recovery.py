"""What came back of a data recovery: reported by the laboratory, verified by the client, and what that makes due."""

from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.incidents import queries as incidents
from breakfix.kernel.access import Deed, may
from breakfix.web import panels
from breakfix.web.door import Visit, deed, page
from breakfix.work import recoveries
from breakfix.work.actions import recovering


def recovery_page(visit: Visit, engagement_id: int) -> HttpResponse:
    """Every list that was reported, the last one first, and the form of whoever reports or verifies."""
    found = incidents.get_engagement(engagement_id, visit.by)
    fees = recoveries.fees_of(found)
    every = recoveries.recoveries_of(found)
    context = {
        "engagement": found,
        "fees": fees,
        "fee_choices": [(one.key, one.description) for one in fees],
        "results": [(one, _share(one)) for one in reversed(every)],
        "waiting": every[-1] if every and every[-1].decided_at is None else None,
        # Money is not shown to who only does field work.
        "costs": not visit.by.field_only,
        "may_report": recoveries.may_report(found),
    }
    return visit.page("web/work/recovery.html", context)


def _share(one: Any) -> float:
    """For the filter that writes percentages: what is due follows from the counts."""
    return float(one.recovered) / float(one.wanted)


def recovery_result(visit: Visit, recovery_id: int) -> HttpResponse:
    """One list stands among those of its engagement."""
    return recovery_page(visit, recoveries.get_recovery(recovery_id, visit.by).engagement_id)


def recovery_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """For whoever has to act on it now: the laboratory reports, the client verifies."""
    # Before the approval there is no fee, and nothing is asked for it.
    if found.approved_at is None or incidents.is_over(found) or not recoveries.fees_of(found):
        return None
    every = recoveries.recoveries_of(found)
    last = every[-1] if every else None
    verifies = last is not None and last.decided_at is None and may(visit.by, Deed.VERIFY_RECOVERY)
    reports = bool(recoveries.unverified(found)) and may(visit.by, Deed.REPORT_RECOVERY)
    reports = reports and recoveries.may_report(found)
    return {"last": last, "verifies": verifies, "reports": reports} if verifies or reports else None


def came_back_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """For everybody: the list that counts."""
    every = recoveries.recoveries_of(found) if found.approved_at is not None else []
    return {"last": every[-1], "share": _share(every[-1])} if every else None


panels.add(panels.Panel("recovery", 72, "web/work/recovery_act.html", recovery_panel))
panels.add(panels.Panel("came_back", 72, "web/work/recovery_panel.html", came_back_panel, "side"))
panels.SUBJECTS["recovery"] = "recovery_result"

_PAGE, _ONE = "engagements/<int:engagement_id>/recovery", "recoveries/<int:recovery_id>"
urlpatterns = [
    path(_PAGE, page(recovery_page), name="recovery"),
    path(
        f"{_PAGE}/report_recovery",
        deed(recovering.report_recovery, on=recovery_page, done="Reported. The client verifies the list."),
        name="report_recovery",
    ),
    path(_ONE, page(recovery_result), name="recovery_result"),
    path(
        f"{_ONE}/verify_recovery",
        deed(recovering.verify_recovery, on=recovery_result, done="Thank you. Your word is on record."),
        name="verify_recovery",
    ),
]
