"""Search: pages of the menu, engagements and assets that the reader may see; the page and the palette's list."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Case, Q, When
from django.http import HttpResponse
from django.urls import path, reverse

from breakfix.assets import queries as assets
from breakfix.incidents import queries as incidents
from breakfix.incidents import wording
from breakfix.web import nav
from breakfix.web.door import Visit, page

AT_MOST, LONGEST = 8, 80
WORDS_OF_ENGAGEMENT = ("number", "title", "client__name", "asset__name", "site__name")
WORDS_OF_ASSET = ("name", "tag", "maker", "model", "serial")


def find(visit: Visit) -> HttpResponse:
    """What matches every word; without words the menu and the latest engagements. `part=1` gives the list alone."""
    asked = visit.request.GET
    words = words_in(asked)
    found = (
        ("pages", "Go to", list(_pages(visit, words))),
        ("engagements", "Engagements", list(_engagements(visit, words))),
        ("assets", "Assets", list(_assets(visit, words))),
    )
    groups = [{"key": key, "name": name, "found": lines} for key, name, lines in found if lines]
    part = asked.get("part") == "1"
    context = {"words": words, "groups": groups, "options": part}
    return visit.page("web/found.html" if part else "web/find.html", context)


def words_in(asked: Mapping[str, str]) -> str:
    """What somebody looks for; a question without end is cut, because each word is one more condition."""
    return asked.get("words", "")[:LONGEST].strip()


def _pages(visit: Visit, words: str) -> Iterable[dict[str, Any]]:
    for place in nav.PLACES:
        known = f"{place.label} {place.short}".lower()
        if place.is_for(visit.by) and all(word in known for word in words.lower().split()):
            yield {"href": reverse(place.view), "icon": place.icon, "what": place.label, "more": place.key.upper()}


def _engagements(visit: Visit, words: str) -> Iterable[dict[str, Any]]:
    rows, first = incidents.visible_to(visit.by), []
    if words:
        # What is called so stands before what is said to be so, and that before what happened at something so called.
        said, called = wording.says(words), _each(words, ("number", "title"))
        first = [Case(When(called, then=0), When(said, then=1), default=2)]
        rows = rows.filter(_each(words, WORDS_OF_ENGAGEMENT, wording.says) | said)
    rows = rows.order_by(*first, "-submitted_at", "-id")
    for one in rows[:AT_MOST]:
        yield {
            "href": reverse("engagement", args=[one.pk]),
            "icon": "urgent",
            "what": one.title,
            "priority": one.priority,
            "more": f"{one.number}, {one.client.name}",
        }


def _assets(visit: Visit, words: str) -> Iterable[dict[str, Any]]:
    """Only when something is asked for: a register is no list to begin with."""
    if not words or visit.by.field_only:
        return
    for one in assets.assets_visible_to(visit.by).filter(_each(words, WORDS_OF_ASSET))[:AT_MOST]:
        where = f"{one.maker} {one.model}, {one.site.name}"
        yield {"href": reverse("asset", args=[one.pk]), "icon": "server", "what": one.name, "more": where}


def _each(words: str, fields: Iterable[str], also: Callable[[str], Q] | None = None) -> Q:
    """Every word stands in one of these columns, or meets the other condition."""
    wanted = Q()
    for word in words.split():
        one = also(word) if also else Q()
        for name in fields:
            one |= Q(**{f"{name}__icontains": word})
        wanted &= one
    return wanted


urlpatterns = [path("find", page(find), name="find")]
