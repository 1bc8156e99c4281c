"""The offline collector on the engagement page: allowed, downloaded, handed in, and what it brought."""

from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.diagnosis import collecting
from breakfix.diagnosis.actions import collecting as actions
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import Status
from breakfix.kernel.access import Deed, may
from breakfix.kernel.errors import NotFound
from breakfix.web import panels
from breakfix.web.door import Visit, deed, page
from breakfix.web.engagement import engagement


def collector(visit: Visit, engagement_id: int) -> HttpResponse:
    """The script with its one-time key, for the client alone and only while its bundle is awaited."""
    found = incidents.get_engagement(engagement_id, visit.by)
    waiting = collecting.open_on(found) if _is_own(visit, found) else None
    if waiting is None or visit.at >= waiting.expires_at:
        raise NotFound("This collector")
    answer = HttpResponse(collecting.script_of(waiting), content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="breakfix-collect-{found.number}.py"'
    return answer


def _is_own(visit: Visit, found: Any) -> bool:
    """Whether the reader decides about evidence of this engagement."""
    return may(visit.by, Deed.ALLOW_COLLECTION) and visit.by.organisation_id == found.client_id


def collecting_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """For the client what it may do now; for both sides what was handed in."""
    rows = list(collecting.visible_to(visit.by).filter(engagement=found))
    waiting = next((one for one in rows if one.is_open and visit.at < one.expires_at), None)
    own = _is_own(visit, found) and not incidents.is_over(found) and found.status != Status.DRAFT
    brought = [one for one in rows if one.handed_in_at is not None]
    return {"waiting": waiting, "own": own, "brought": brought} if own or brought else None


panels.add(panels.Panel("collecting", 46, "web/collecting/panel.html", collecting_panel, "side"))

_CASE = "engagements/<int:engagement_id>"
_DEEDS = (
    (actions.allow_collection, "Allowed. Download the collector, run it on the machine, hand in its zip here."),
    (actions.withdraw_collection, "Withdrawn. Its key opens nothing any more."),
    (actions.hand_in_bundle, "Checked and kept. Every output is evidence of this engagement now."),
)
urlpatterns = [
    path(f"{_CASE}/collector", page(collector), name="collector"),
    *(
        path(f"{_CASE}/{act.__name__}", deed(act, on=engagement, done=done), name=act.__name__)
        for act, done in _DEEDS
    ),
]
