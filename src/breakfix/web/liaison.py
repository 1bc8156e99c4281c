"""Cases at vendors: what the desk asks next, one case with its log and promises, letters, drafts of claims."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse

from breakfix.agreements.values import Coverage
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import HoldReason
from breakfix.liaison import queries as liaison
from breakfix.liaison.actions import cases, claims, letters
from breakfix.liaison.values import Basis, CaseResult, CaseStatus, ClaimAbout, Days, PromiseVerdict, VendorKind, Way
from breakfix.web import derivations, panels, rows
from breakfix.web.door import Visit, deed, page

MOST_OPEN = 100
KINDS = [(VendorKind.ISP, "Internet or voice carrier"), (VendorKind.CLOUD, "Cloud"), (VendorKind.OEM, "Maker")]
WAYS = [(Way.PHONE, "Telephone"), (Way.EMAIL, "E-mail"), (Way.PORTAL, "Their portal"), (Way.CHAT, "Chat")]
RESULTS = [
    (CaseResult.FIXED, "They fixed it"),
    (CaseResult.NOT_THEIRS, "It is not theirs"),
    (CaseResult.REFUSED, "They will not do it"),
    (CaseResult.WITHDRAWN, "We need them no longer"),
]
DAYS = [
    (Days.ALWAYS, "Round the clock"),
    (Days.WEEKDAYS, "Monday to Friday"),
    (Days.SIX_DAYS, "Monday to Saturday"),
    (Days.DAILY, "Every day"),
]
BASES = [(Basis.WALL, "wall clock"), (Basis.HOURS, "their hours")]
ABOUTS = [(ClaimAbout.AVAILABILITY, "Availability"), (ClaimAbout.RESPONSE, "Response time")]
TONES = {
    PromiseVerdict.OPEN: ("wait", "hourglass"),
    PromiseVerdict.KEPT: ("good", "check"),
    PromiseVerdict.BROKEN: ("bad", "circle-x"),
    PromiseVerdict.ENDED: ("mute", ""),
}
SUGGESTED = timedelta(hours=2)


def vendor_cases_now(visit: Visit) -> HttpResponse:
    """Every open case of the reader, by when its vendor is asked next: what is overdue stands first."""
    found = list(liaison.open_cases(visit.by)[: MOST_OPEN + 1])
    lines = [_line(one) for one in liaison.lines_of(found[:MOST_OPEN], visit.at)]
    return visit.page("web/liaison/now.html", {"lines": lines, "beyond": len(found) > MOST_OPEN})


def vendor_cases(visit: Visit, engagement_id: int) -> HttpResponse:
    """The cases and letters of one engagement, with the forms of whoever may open, grant and revoke."""
    found = incidents.get_engagement(engagement_id, visit.by)
    given = [(one, liaison.is_in_force(one, visit.at)) for one in liaison.letters_of(found)]
    context = {
        "engagement": found,
        "lines": [_line(one) for one in liaison.lines_of(liaison.cases_of(found), visit.at)],
        "letters": [{"letter": one, "holds": holds, "content": json.loads(one.canonical)} for one, holds in given],
        "is_open": not incidents.is_over(found) and found.acknowledged_at is not None,
        "is_over": incidents.is_over(found),
        "kinds": KINDS,
        "suggested": visit.at + SUGGESTED,
        "month": visit.at + timedelta(days=30),
    }
    return visit.page("web/liaison/page.html", context)


def vendor_case(visit: Visit, case_id: int) -> HttpResponse:
    """One case: their clock beside ours, everything that was said, and what can be done now."""
    case = liaison.get_case(case_id, visit.by)
    found = case.engagement
    promised = liaison.promised(case, visit.at)
    context = {
        "engagement": found,
        "case": case,
        "kind": dict(KINDS)[VendorKind(case.vendor_kind)],
        "is_open": case.status == CaseStatus.OPEN,
        "overdue": liaison.is_overdue(case, visit.at),
        "may_wait": case.status == CaseStatus.OPEN and incidents.is_active(found),
        "objective": liaison.objective(found, visit.at),
        "promised": [
            {"one": one, "tone": TONES[one.reading.verdict], "why": _why(liaison.explained(one.row, visit.at))}
            for one in promised
        ],
        "owed": [(one.row.pk, one.row.what) for one in promised if one.is_open],
        "letter": liaison.letter_for(found, case.vendor_name, visit.at),
        **_log(case),
        "claims": [
            {"claim": one, "content": json.loads(one.canonical)}
            for one in liaison.claims_visible_to(visit.by).filter(case=case)
        ],
        "promise_rows": rows.rows_of(visit.typed, cases.log_vendor_contact.__name__, "promises_made", spare=1),
        "higher_rows": rows.rows_of(visit.typed, cases.escalate_vendor_case.__name__, "promises_made", spare=1),
        "suggested": _next(case, visit.at),
        "opens": case.hours and next(iter(case.hours["hours"].values()))[0],
        **_choices(),
    }
    return visit.page("web/liaison/case.html", context)


def _why(found: Any) -> dict[str, Any]:
    """Every interval of a promise with the running total, and the hours in which it is measured."""
    coverage = Coverage.BUSINESS if found.basis is Basis.HOURS else Coverage.ALWAYS
    return {
        "found": found,
        "lines": derivations.lines_of(found.stretches, timedelta(0)),
        "ahead": derivations.lines_of(found.ahead, found.used),
        "coverage": coverage,
        "hours": [] if found.calendar.always else derivations.hours_of(found.calendar.to_json()),
    }


def _choices() -> dict[str, Any]:
    return {"ways": WAYS, "results": RESULTS, "days": DAYS, "bases": BASES, "abouts": ABOUTS}


def _log(case: Any) -> dict[str, Any]:
    """Every entry; one that was corrected is shown as such, and is not offered to be corrected again."""
    entries, replaced = liaison.contacts(case), liaison.corrected(case)
    stand = [(one.pk, f"{one.number}: {one.said[:60]}") for one in entries if one.pk not in replaced]
    return {"log": [{"entry": one, "replaced": one.pk in replaced} for one in entries], "corrigible": stand}


def _next(case: Any, at: datetime) -> datetime:
    planned = case.next_contact_at
    return planned if planned is not None and planned > at else at + SUGGESTED


def _line(line: Any) -> dict[str, Any]:
    tone = TONES[line.promise.reading.verdict] if line.promise else ("", "")
    return {"case": line.case, "promise": line.promise, "overdue": line.overdue, "tone": tone}


def cases_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """The open cases in short; before there is one, the way to open it, for whoever may."""
    lines = [_line(one) for one in liaison.lines_of(liaison.cases_of(found), visit.at)]
    held = incidents.open_hold(found) if found.status == "ON_HOLD" else None
    waits = held is not None and held.reason == HoldReason.AWAITING_THIRD_PARTY
    if not lines and incidents.is_over(found):
        return None
    return {"lines": lines, "waits": waits}


def _to_case(case: Any) -> str:
    return reverse("vendor_case", args=[case.pk])


panels.add(panels.Panel("liaison", 44, "web/liaison/panel.html", cases_panel, "side"))
panels.SUBJECTS["vendor_case"] = "vendor_case"

_PAGE, _ONE = "engagements/<int:engagement_id>/vendor-cases", "vendor-cases/<int:case_id>"
_DEEDS = (
    (cases.log_vendor_contact, "Noted. You are reminded when they are to be asked again."),
    (cases.escalate_vendor_case, "Passed on to their next tier."),
    (cases.keep_vendor_promise, "Noted."),
    (cases.wait_for_vendor, "On hold. Only the objective pauses; updates are still due."),
    (cases.close_vendor_case, "Closed."),
    (claims.note_vendor_terms, "Noted."),
    (claims.draft_vendor_claim, "Drafted. The client checks and sends it."),
)
urlpatterns = [
    path("vendor-cases", page(vendor_cases_now), name="vendor_cases_now"),
    path(_PAGE, page(vendor_cases), name="vendor_cases"),
    path(
        f"{_PAGE}/open_vendor_case",
        deed(cases.open_vendor_case, on=vendor_cases, done="On record. You are reminded to ask.", to=_to_case),
        name="open_vendor_case",
    ),
    path(
        f"{_PAGE}/grant_letter",
        deed(letters.grant_letter, on=vendor_cases, done="Granted. It is printed in a moment."),
        name="grant_letter",
    ),
    path(
        f"{_PAGE}/revoke_letter", deed(letters.revoke_letter, on=vendor_cases, done="Revoked."), name="revoke_letter"
    ),
    path(_ONE, page(vendor_case), name="vendor_case"),
    *(
        path(f"{_ONE}/{act.__name__}", deed(act, on=vendor_case, done=done), name=act.__name__)
        for act, done in _DEEDS
    ),
]
