"""The register of covers: what a warranty, a contract or a managed service owes the client already."""

from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.assets import actions
from breakfix.assets import queries as assets
from breakfix.kernel.access import Side
from breakfix.kernel.errors import NotFound
from breakfix.parties import queries as parties
from breakfix.web import panels, questions
from breakfix.web.door import Visit, deed, page

KINDS = [
    ("vendor_warranty", "Warranty of the maker or seller"),
    ("vendor_contract", "Support contract with a vendor"),
    ("managed_service", "Managed service (MSP)"),
    ("own_people", "Our own people can repair it"),
]


def covers(visit: Visit) -> HttpResponse:
    """Everything of one's own organisation that is covered elsewhere, what holds first."""
    if visit.by.side is not Side.CLIENT or visit.by.organisation_id is None:
        raise NotFound("This page")
    rows = list(assets.covers_visible_to(visit.by)[: assets.MOST_COVERS])
    company = visit.by.organisation_id
    asked = visit.request.GET.get("asset", "")
    machines = [one for one in assets.assets_visible_to(visit.by) if one.client_id == company]
    today = visit.at.date()
    context = {
        "organisation": parties.get_organisation(company, by=visit.by),
        "lines": [{"cover": one, "holds": one.facts.holds_on(today), "named": _domains(one)} for one in rows],
        "kinds": KINDS,
        "machines": [(one.pk, f"{one.name}, {one.site.name}") for one in machines],
        "chosen": next((one.pk for one in machines if str(one.pk) == asked), ""),
        "sites": [(one.pk, one.name) for one in parties.sites_visible_to(visit.by) if one.organisation_id == company],
        "domains": questions.DOMAINS,
        "today": today,
    }
    return visit.page("web/assets/covers.html", context)


def _domains(cover: Any) -> str:
    words = dict(questions.DOMAINS)
    return ", ".join(words.get(one, one) for one in cover.domains)


def asset_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """For the owner of a machine: who else owes its repair today."""
    if found.client_id != visit.by.organisation_id or visit.by.field_only:
        return None
    rows = assets.covers_visible_to(visit.by).filter(asset=found.pk)
    return {"holding": [one for one in rows if one.facts.holds_on(visit.at.date())]}


panels.add(panels.Panel("covers", 8, "web/assets/covered.html", asset_panel, "side"), panels.ASSET_PANELS)
urlpatterns = [
    path("assets/covers", page(covers), name="covers"),
    path(
        "assets/covers/register_cover",
        deed(actions.register_cover, on=covers, done="Entered. The desk is told when something of it breaks."),
        name="register_cover",
    ),
    path("assets/covers/end_cover", deed(actions.end_cover, on=covers, done="It ends that day."), name="end_cover"),
]
