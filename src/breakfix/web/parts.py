"""Parts, each unit with its serials: received, built in, or sent back."""

from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.incidents import queries as incidents
from breakfix.kernel.access import Side
from breakfix.kernel.errors import NotFound
from breakfix.parts import actions
from breakfix.parts import queries as parts
from breakfix.parts.values import Status
from breakfix.web import panels
from breakfix.web.door import Visit, deed, page
from breakfix.web.field import DISPOSITIONS, on_site

UNDECIDED = (Status.ORDERED, Status.RECEIVED)


def parts_page(visit: Visit, engagement_id: int) -> HttpResponse:
    """Every unit that was ordered for an engagement, with both serials, for both sides."""
    found = incidents.get_engagement(engagement_id, visit.by)
    ordered = parts.parts_of(found)
    open_now = visit.by.side is Side.PROVIDER and not incidents.is_over(found)
    context = {"engagement": found, "parts": ordered, "dispositions": DISPOSITIONS, "may_act": open_now}
    return visit.page("web/parts/page.html", context)


def part(visit: Visit, order_id: int) -> HttpResponse:
    """A unit is dealt with among the others: on the technician's page, or on the engagement's list of parts."""
    found = parts.visible_to(visit.by).filter(pk=order_id).first()
    if found is None:
        raise NotFound("This part")
    shown = on_site if visit.by.field_only else parts_page
    return shown(visit, found.engagement_id)


def parts_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """What is on its way, in short."""
    ordered = parts.parts_of(found)
    return {"parts": ordered, "waiting": [one for one in ordered if one.status in UNDECIDED]} if ordered else None


panels.add(panels.Panel("parts", 50, "web/parts/panel.html", parts_panel, "side"))
panels.SUBJECTS["part"] = "part"

_ONE = "parts/<int:order_id>"
urlpatterns = [
    path("engagements/<int:engagement_id>/parts", page(parts_page), name="parts"),
    path(_ONE, page(part), name="part"),
    path(f"{_ONE}/receive_part", deed(actions.receive_part, on=part, done="Received."), name="receive_part"),
    path(f"{_ONE}/install_part", deed(actions.install_part, on=part, done="Installed."), name="install_part"),
    path(f"{_ONE}/return_part", deed(actions.return_part, on=part, done="Sent back."), name="return_part"),
]
