"""The desk: a board of two lanes, the deed that is due on a card, and the same board on the wall of the room."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse

from breakfix.dispatch import queries as dispatch
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import Status
from breakfix.intake import queries as intake
from breakfix.kernel.access import Deed, may
from breakfix.kernel.errors import NotFound
from breakfix.web import live, panels
from breakfix.web.dispatch import first_choice, needs_somebody
from breakfix.web.door import Visit, page
from breakfix.web.engagement import is_mine

# Before anybody can be sent, nobody is on it either.
BEFORE = (Status.SUBMITTED, Status.ACKNOWLEDGED)
LANES = (("emergency", "Emergency lane", "P1 and P2"), ("standard", "Standard lane", "P3 and P4"))


def desk(visit: Visit) -> HttpResponse:
    """Both lanes by time to breach: P3 and P4 never stand before P1 and P2."""
    return visit.page("web/desk/page.html", lanes_of(visit))


def desk_lanes(visit: Visit) -> HttpResponse:
    """The lanes alone, for the desk that is open all night."""
    return live.unchanged_or(visit, visit.page("web/desk/lanes.html", lanes_of(visit)))


def desk_wall(visit: Visit) -> HttpResponse:
    """The board for a screen on the wall: read from three metres, nothing to press."""
    return visit.page("web/desk/wall.html", {**lanes_of(visit), "wall": True})


def desk_wall_lanes(visit: Visit) -> HttpResponse:
    """The wall's lanes alone."""
    return live.unchanged_or(visit, visit.page("web/desk/lanes.html", {**lanes_of(visit), "wall": True}))


def desk_deed(visit: Visit, engagement_id: int) -> HttpResponse:
    """What the desk has to do on one card now, shown before it is done: acknowledge it, or send the first-ranked."""
    found = incidents.get_engagement(engagement_id, visit.by)
    if not _is_of_desk(visit, found):
        raise NotFound("This page of the desk")
    readings = incidents.readings(found, visit.at)
    threatened = [one for one in readings if one.is_open and one.due_at]
    first = min(threatened, key=lambda one: one.due_at or visit.at, default=None)
    due = _deed_due(visit, found, dispatch.live_bookings(found))
    context: dict[str, Any] = {"engagement": found, "first": first, "due": due}
    if due == "assign":
        context |= {**first_choice(visit, found), "fee": incidents.fee(found)}
    return visit.page("web/desk/deed.html", context)


# ------------------------------------------------------------------------------------------- what is shown


def lanes_of(visit: Visit) -> dict[str, Any]:
    """The two lanes as the templates show them, and what must not be missed: emergencies with nobody on them."""
    found = incidents.desk_list(visit.by, visit.at)
    booked = dispatch.live_on([line.engagement for line in (*found.emergency, *found.standard)])
    lanes: list[dict[str, Any]] = [
        {"key": key, "name": name, "what": what, "lines": [_line(visit, line, booked) for line in lines]}
        for (key, name, what), lines in zip(LANES, (found.emergency, found.standard), strict=True)
    ]
    shown = [line for lane in lanes for line in lane["lines"]]
    return {
        "lanes": lanes,
        "told": intake.told_and_undecided(visit.by),
        "mailed": intake.mails_waiting(visit.by),
        "alone": [line for line in lanes[0]["lines"] if line["alone"]],
        "over": sum(line["over"] for line in shown),
        "mine": sum(line["mine"] for line in shown),
    }


def _line(visit: Visit, line: incidents.DeskLine, booked: dict[int, list[Any]]) -> dict[str, Any]:
    found, on_it = line.engagement, booked[line.engagement.pk]
    mine = [end for end in line.next_steps if is_mine(visit, end)]
    steps = [end for end in line.next_steps if end.kind == "next_step"]
    end = next(iter([*mine, *steps, *line.next_steps]), None)
    status = Status(found.status)
    return {
        "engagement": found,
        "first": line.first,
        "end": end,
        "mine": bool(mine),
        "href": panels.address_of(mine[0]) if mine else reverse("engagement", args=[found.pk]),
        "on_it": on_it,
        "alone": status in BEFORE or needs_somebody(status, on_it),
        "over": line.first is not None and line.first.remaining < timedelta(0),
        "due": _deed_due(visit, found, on_it),
    }


def _deed_due(visit: Visit, found: Any, on_it: list[Any]) -> str:
    """Which of its own deeds the desk can do on this card in place."""
    if visit.by.organisation_id != found.provider_id:
        return ""
    if Status(found.status) is Status.SUBMITTED:
        return "acknowledge" if may(visit.by, Deed.ACKNOWLEDGE) else ""
    return "assign" if needs_somebody(Status(found.status), on_it) and may(visit.by, Deed.DISPATCH_TECHNICIAN) else ""


def _is_of_desk(visit: Visit, found: Any) -> bool:
    """Who is on the bench, and what they hold, is for those of the provider who send people."""
    return visit.by.organisation_id == found.provider_id and may(visit.by, Deed.DISPATCH_TECHNICIAN)


urlpatterns = [
    path("desk", page(desk), name="desk"),
    path("desk/lanes", page(desk_lanes), name="desk_lanes"),
    path("desk/wall", page(desk_wall), name="desk_wall"),
    path("desk/wall/lanes", page(desk_wall_lanes), name="desk_wall_lanes"),
    path("desk/<int:engagement_id>", page(desk_deed), name="desk_deed"),
]
