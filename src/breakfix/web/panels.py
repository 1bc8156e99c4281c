"""How a module's page file adds its part to a page below it on the road, without that page knowing it.

A page file ends with, for example:

    panels.add(Panel("quotes", 60, "web/engagement/deeds_quotes.html", quote_panel))
    panels.SUBJECTS["quote"] = "quote"

`quote_panel(visit, engagement)` returns the template's context, or None when there is nothing to show now. The
second line says at which view an open end with the subject `quote/5` (or `quote/5/...`) is dealt with.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from django.urls import reverse

Context = dict[str, Any]
Where = Literal["act", "centre", "side"]


@dataclass(frozen=True)
class Panel:
    """One part of a page, `place` along the road.

    `where`: act (forms of what the reader can do now), centre (above the timeline), side (facts beside it). The
    template sees `visit`, `typed`, the page's own names and those that `context` returned.
    """

    name: str
    place: int
    template: str
    context: Callable[..., Context | None]
    where: Where = "act"


ENGAGEMENT_PANELS: list[Panel] = []
ASSET_PANELS: list[Panel] = []
# The view that deals with an open end on a subject, by the subject's noun; everything else is the engagement page.
SUBJECTS: dict[str, str] = {}


def add(panel: Panel, to: list[Panel] = ENGAGEMENT_PANELS) -> None:
    """Enter a panel once, at its place along the road."""
    if all(known.name != panel.name for known in to):
        to.append(panel)
        to.sort(key=lambda known: known.place)


def shown(panels: list[Panel], visit: Any, thing: Any) -> dict[str, list[dict[str, Any]]]:
    """The panels that have something to show to this reader now, by where they stand."""
    found: dict[str, list[dict[str, Any]]] = {"act": [], "centre": [], "side": []}
    for panel in panels:
        context = panel.context(visit, thing)
        if context is not None:
            found[panel.where].append({"name": panel.name, "template": panel.template, "context": context})
    return found


def address_of(end: Any) -> str:
    """Where an open end is dealt with."""
    noun, key, *_ = [*str(end.subject).split("/"), ""]
    if noun in SUBJECTS and key.isdecimal():
        return reverse(SUBJECTS[noun], args=[int(key)])
    return reverse("engagement", args=[end.engagement_id])
