"""Labels for machines: a code that opens the report of this very machine, printed and stuck on."""

import re
from typing import Any

import segno
from django.conf import settings
from django.http import HttpResponse
from django.urls import path, reverse

from breakfix.assets import queries as assets
from breakfix.kernel.errors import NotFound
from breakfix.parties import queries as parties
from breakfix.web.door import Visit, page

MOST = 120  # labels of one print


def asset_label(visit: Visit, asset_id: int) -> HttpResponse:
    """The label of one machine, for its owner: scanning it opens the report with this machine chosen."""
    found = assets.get_asset(asset_id, visit.by)
    if found.client_id != visit.by.organisation_id:
        raise NotFound("This label")
    return visit.page("web/assets/labels.html", {"labels": [_label(found)], "of": found.name, "back": found.pk})


def site_labels(visit: Visit, site_id: int) -> HttpResponse:
    """The labels of every machine of one's own site, on sheets."""
    site = parties.get_site(site_id, visit.by)
    if site.organisation_id != visit.by.organisation_id or not visit.by.roles:
        raise NotFound("These labels")
    rows = assets.assets_visible_to(visit.by).filter(site=site.pk)
    labels = [_label(one) for one in rows[:MOST]]
    return visit.page("web/assets/labels.html", {"labels": labels, "of": site.name, "most": MOST})


def _label(found: Any) -> dict[str, Any]:
    side, dark = drawn(f"{settings.SITE_URL.rstrip('/')}{reverse('report')}?asset={found.pk}")
    return {"asset": found, "side": side, "dark": dark}


def drawn(address: str) -> tuple[int, str]:
    """The code's side in modules, its quiet margin included, and its dark modules as the path of an SVG.

    A quarter of it may be scratched off.
    """
    rows = [bytes(row) for row in segno.make(address, error="q", micro=False).matrix_iter(border=4)]
    dark = "".join(
        f"M{run.start()} {number}h{run.end() - run.start()}v1h{run.start() - run.end()}z"
        for number, row in enumerate(rows)
        for run in re.finditer(b"\x01+", row)
    )
    return len(rows), dark


urlpatterns = [
    path("assets/<int:asset_id>/label", page(asset_label), name="asset_label"),
    path("sites/<int:site_id>/labels", page(site_labels), name="site_labels"),
]
