"""Sites: the places of one's own organisation, where things break and clocks run by the local hour."""

from functools import lru_cache
from zoneinfo import available_timezones

from django.http import HttpResponse
from django.urls import path

from breakfix.parties import actions
from breakfix.parties import queries as parties
from breakfix.web.door import Visit, deed, page

# Old spellings and offsets: still understood when typed, not offered.
OLD = ("Etc/", "SystemV/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/")


def sites(visit: Visit) -> HttpResponse:
    """Every site of one's own organisation, and for its administrator the form for another."""
    own = visit.by.organisation_id or 0
    context = {
        "organisation": parties.get_organisation(own, by=visit.by),
        "sites": [one for one in parties.sites_visible_to(visit.by) if one.organisation_id == own],
        "zones": _zones(),
    }
    return visit.page("web/sites.html", context)


@lru_cache(maxsize=1)
def _zones() -> tuple[str, ...]:
    return tuple(sorted(one for one in available_timezones() if "/" in one and not one.startswith(OLD)))


urlpatterns = [
    path("sites", page(sites), name="sites"),
    path(
        "sites/open_site",
        deed(actions.open_site, on=sites, done="The site is open. Its assets can be registered now."),
        name="open_site",
    ),
]
