"""Further hours of diagnosis: asked by who is there, decided by the client's seats, before any of them is worked."""

from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.approvals import queries as approvals
from breakfix.diagnosis import queries as diagnosis
from breakfix.diagnosis.actions import extension as actions
from breakfix.diagnosis.values import ExtensionStatus, FeeVerdict
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import Status
from breakfix.kernel.access import Deed, may
from breakfix.web import panels, seats
from breakfix.web.door import Visit, deed, page

ANSWERS = [
    (FeeVerdict.APPROVE, "Approve it", "The engineer goes on looking"),
    (FeeVerdict.REJECT, "Refuse it", "What was found so far is reported, and nothing more is due"),
]


def further(visit: Visit, engagement_id: int) -> HttpResponse:
    """What was asked for beyond the flat fee, and the form of who may ask or decide now. No prices in the field."""
    engagement = incidents.get_engagement(engagement_id, visit.by)
    open_now = diagnosis.open_extension(engagement)
    approval = approvals.latest_round_for(open_now.subject) if open_now else None
    say = seats.say(approval, visit.by, visit.at) if approval else seats.Say()
    context = {
        "engagement": engagement,
        "fee": incidents.fee(engagement),
        "included": diagnosis.included_hours(engagement),
        "asked": diagnosis.extensions(engagement),
        "open": open_now,
        "lines": seats.lines_of(approval, say.spend) if approval else [],
        "tries": seats.tries_of(approval) if approval and not visit.by.field_only else [],
        "can_decide": bool(say.spend),
        "can_ask": _can_ask(engagement),
        "reason": say.reason,
        "answers": ANSWERS,
    }
    return visit.page("web/diagnosis/further.html", context)


def _can_ask(engagement: Any) -> bool:
    """Whether the diagnosis runs, within a fee that is counted in hours."""
    runs = engagement.status == Status.DIAGNOSING and engagement.diagnosis_completed_at is None
    return runs and diagnosis.included_hours(engagement) > 0 and not diagnosis.is_reported(engagement)


def further_panel(visit: Visit, engagement: Any) -> dict[str, Any] | None:
    """The question for who may answer it, and for who asked; else the way to ask."""
    waits = diagnosis.open_extension(engagement) if engagement.status == Status.ON_HOLD else None
    if waits is not None:
        decides = may(visit.by, Deed.APPROVE_FORENSIC_EXTENSION)
        return {"waits": waits, "decides": decides} if decides or may(visit.by, Deed.ASK_FORENSIC_EXTENSION) else None
    return {} if may(visit.by, Deed.ASK_FORENSIC_EXTENSION) and _can_ask(engagement) else None


def further_side(visit: Visit, engagement: Any) -> dict[str, Any] | None:
    """What became of each question, for whoever sees prices."""
    asked = [] if visit.by.field_only else diagnosis.extensions(engagement)
    ended = [one for one in asked if one.status != ExtensionStatus.ASKED]
    return {"asked": ended} if ended else None


panels.add(panels.Panel("further", 55, "web/diagnosis/further_panel.html", further_panel))
panels.add(panels.Panel("further_side", 49, "web/diagnosis/further_side.html", further_side, "side"))

_AT = "engagements/<int:engagement_id>/further-diagnosis"
_DEEDS = (
    (actions.ask_forensic_extension, "The client's approvers are asked. Nothing more is worked until they decide."),
    (actions.approve_forensic_extension, "Your answer is on record."),
    (actions.withdraw_forensic_extension, "Withdrawn. The diagnosis goes on within its fee."),
)
urlpatterns = [
    path(_AT, page(further), name="further"),
    *(path(f"{_AT}/{act.__name__}", deed(act, on=further, done=done), name=act.__name__) for act, done in _DEEDS),
]
