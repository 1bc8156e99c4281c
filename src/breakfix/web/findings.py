"""Findings: what a rule raised about the client's own approvals, and the answer that closes each."""

from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse

from breakfix.approvals import queries as approvals
from breakfix.approvals.actions import answering
from breakfix.kernel.access import Side
from breakfix.kernel.errors import NotFound
from breakfix.web import seats
from breakfix.web.door import Visit, deed, page


def findings(visit: Visit) -> HttpResponse:
    """Every finding of one's own organisation: those that nobody answered first."""
    _client(visit)
    found = list(approvals.findings_visible_to(visit.by))
    context = {
        "open": [one for one in found if one.closed_at is None],
        "answered": [one for one in reversed(found) if one.closed_at is not None],
    }
    return visit.page("web/approvals/findings.html", context)


def finding(visit: Visit, finding_id: int) -> HttpResponse:
    """One finding: what was found, about which approval, and its answer or the form for it."""
    _client(visit)
    found = approvals.get_finding(finding_id, visit.by)
    approved_by = found.seat.decided_by_id if found.seat else None
    context = {
        "finding": found,
        "engagement": found.engagement,
        "seat": seats.seat_words(found.seat.name) if found.seat else "",
        "mine": approved_by is not None and approved_by == visit.by.person_id,
    }
    return visit.page("web/approvals/finding.html", context)


def _client(visit: Visit) -> None:
    if visit.by.side is not Side.CLIENT:
        raise NotFound("This page")


def _to_finding(result: Any) -> str:
    return reverse("finding", args=[result.pk])


_ANSWERED = "Answered. It is closed, and your auditors read it here."
urlpatterns = [
    path("findings", page(findings), name="findings"),
    path("findings/<int:finding_id>", page(finding), name="finding"),
    path(
        "findings/<int:finding_id>/answer_finding",
        deed(answering.answer_finding, on=finding, done=_ANSWERED, to=_to_finding),
        name="answer_finding",
    ),
]
