"""The front page: what needs me first, then what I can see."""

from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.incidents import queries as incidents
from breakfix.web import panels
from breakfix.web.desk import lanes_of
from breakfix.web.door import Visit, page

AT_MOST = 30
URGENT = ("P1", "P2")


def home(visit: Visit) -> HttpResponse:
    """What needs this person, soonest first, and every engagement in sight."""
    board = lanes_of(visit)
    lines = [line for lane in board["lanes"] for line in lane["lines"]]
    return visit.page(
        "web/home.html", {"needs": needs_of(visit), "lines": lines, "told": board["told"], "mailed": board["mailed"]}
    )


def needs_of(visit: Visit) -> list[dict[str, Any]]:
    """The open ends that wait for this person: those of emergencies before the rest, each soonest due first."""
    ends = sorted(incidents.open_ends_for(visit.by)[:AT_MOST], key=lambda end: end.engagement.priority not in URGENT)
    return [
        {"end": end, "href": panels.address_of(end), "late": end.due_at is not None and end.due_at < visit.at}
        for end in ends
    ]


urlpatterns = [path("", page(home), name="home")]
