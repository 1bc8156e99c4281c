"""The register: what runs where, what to know before anybody touches it, and what happened to it."""

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.urls import path

from breakfix.assets import queries as assets
from breakfix.histories import queries as histories
from breakfix.web import panels
from breakfix.web.door import Visit, page
from breakfix.web.find import words_in

FLAG_TONES = {"out_of_warranty": "wait", "end_of_life": "bad", "legacy": "info"}


def asset_list(visit: Visit) -> HttpResponse:
    """Every asset in sight with its flags, filtered by words."""
    words = words_in(visit.request.GET)
    rows = assets.assets_visible_to(visit.by)
    for word in words.split():
        rows = rows.filter(Q(name__icontains=word) | Q(model__icontains=word) | Q(serial__icontains=word))
    lines = [{"asset": one, "flags": _flags(visit, one)} for one in rows[:200]]
    return visit.page("web/assets.html", {"lines": lines, "words": words})


def asset(visit: Visit, asset_id: int) -> HttpResponse:
    """One asset: flags with their reasons, facts, and its passport."""
    found = assets.get_asset(asset_id, visit.by)
    raid = found.config.get("raid")
    context = {
        "asset": found,
        "flags": _flags(visit, found),
        "device": assets.device_of(found),
        "cycle": assets.cycle_of(found),
        "covered_until": assets.covered_until(found, visit.at),
        "raid": raid,
        "config": {name: value for name, value in found.config.items() if name != "raid"},
        "owns": found.client_id == visit.by.organisation_id and not visit.by.field_only,
        "passport": histories.passport(asset_id, visit.by),
        "documents": histories.documents_of_asset(found, visit.by),
        "panels": panels.shown(panels.ASSET_PANELS, visit, found),
    }
    return visit.page("web/asset.html", context)


def _flags(visit: Visit, one: Any) -> list[dict[str, Any]]:
    return [{"flag": flag, "tone": FLAG_TONES[flag.kind]} for flag in assets.flags_of(one, visit.at)]


urlpatterns = [
    path("assets", page(asset_list), name="assets"),
    path("assets/<int:asset_id>", page(asset), name="asset"),
]
