"""Who was let into which system of the client, until when, and ending it: the security officer's pages."""

from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.dispatch import queries as dispatch
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import Status
from breakfix.kernel.access import Deed, Side, may
from breakfix.kernel.errors import NotFound
from breakfix.web import panels
from breakfix.web.door import Visit, deed, page
from breakfix.work import queries as work
from breakfix.work.actions import using

S = Status
MAY_ENTER = (
    *(S.DISPATCHED, S.DIAGNOSING, S.QUOTE_PENDING, S.AWAITING_APPROVAL),
    *(S.APPROVED, S.SCHEDULED, S.IN_PROGRESS, S.RESTORED),
)


def access_now(visit: Visit) -> HttpResponse:
    """Everybody who has access to a system of the client now, on every engagement in sight."""
    if visit.by.side is not Side.CLIENT:
        raise NotFound("This page")
    return visit.page("web/work/access_now.html", {"held": work.access_now(visit.by)})


def access(visit: Visit, engagement_id: int) -> HttpResponse:
    """Access on one engagement: who has it, who had it, and the forms to grant and to revoke."""
    found = incidents.get_engagement(engagement_id, visit.by)
    return visit.page("web/work/access.html", {"engagement": found, **_access(visit, found)})


def _access(visit: Visit, found: Any) -> dict[str, Any]:
    every = work.access_of(found)
    booked = dispatch.live_bookings(found)
    people = {one.technician_id: one.technician for one in booked}
    order = work.live_order(found)
    return {
        "held": [one for one in every if one.revoked_at is None],
        "ended": [one for one in every if one.revoked_at is not None],
        "people": list(enumerate(people.values())),
        "may_grant": S(found.status) in MAY_ENTER and bool(people),
        "until": order.planned_end if order else None,
        "typed_people": {
            value for name, value in visit.typed.values.items() if name.startswith("technicians-") and value
        },
    }


def access_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """For the security officer: who has access now, while it can be given or has to be ended."""
    if not may(visit.by, Deed.GRANT_ACCESS) or visit.by.organisation_id != found.client_id:
        return None
    shown = _access(visit, found)
    return shown if shown["held"] or shown["may_grant"] else None


panels.add(panels.Panel("access", 75, "web/work/access_panel.html", access_panel))

_PAGE = "engagements/<int:engagement_id>/access"
urlpatterns = [
    path("access", page(access_now), name="access_now"),
    path(_PAGE, page(access), name="access"),
    path(f"{_PAGE}/grant_access", deed(using.grant_access, on=access, done="Access given."), name="grant_access"),
    path(f"{_PAGE}/revoke_access", deed(using.revoke_access, on=access, done="Access ended."), name="revoke_access"),
]
