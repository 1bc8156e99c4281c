"""The environment dossier: kept by the client, revealed on an engagement; and what to know before one goes there."""

from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.assets import queries as assets
from breakfix.diagnosis import dossier as dossiers
from breakfix.diagnosis import queries as diagnosis
from breakfix.diagnosis.actions import dossier as actions
from breakfix.diagnosis.values import DossierKind
from breakfix.dispatch import queries as dispatch
from breakfix.incidents import alike, details
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import Status
from breakfix.kernel.access import Deed, may
from breakfix.kernel.errors import NotFound, Refused
from breakfix.parties import queries as parties
from breakfix.web import panels
from breakfix.web.door import Visit, deed, page
from breakfix.web.engagement import engagement

KINDS = [
    (DossierKind.ACCESS, "How to get in"),
    (DossierKind.CONTACTS, "Whom to ask"),
    (DossierKind.HAZARDS, "What is dangerous"),
    (DossierKind.NETWORK, "Network"),
    (DossierKind.DEPENDENCIES, "What depends on what"),
    (DossierKind.BACKUPS, "Backups"),
    (DossierKind.CHANGES, "Recent changes"),
    (DossierKind.OTHER, "Other"),
]
WORDS = {kind.value: words for kind, words in KINDS}
BEFORE = (Status.DRAFT, Status.SUBMITTED)


def dossier(visit: Visit) -> HttpResponse:
    """Every entry of one's own organisation, those long unconfirmed marked, and the forms to keep them."""
    if not may(visit.by, Deed.NOTE_DOSSIER_ENTRY):
        raise NotFound("This page")
    own = visit.by.organisation_id
    sites = [one for one in parties.sites_visible_to(visit.by) if one.organisation_id == own]
    entries = [_line(visit, one) for one in dossiers.dossier_visible_to(visit.by)]
    context = {
        "entries": entries,
        "stale": sum(one["stale"] for one in entries),
        "sites": [(one.pk, one.name) for one in sites],
        "machines": [(one.pk, f"{one.name}, {one.site.name}") for one in assets.assets_visible_to(visit.by)],
        "kinds": KINDS,
    }
    return visit.page("web/dossier/kept.html", context)


def _line(visit: Visit, entry: Any) -> dict[str, Any]:
    stale = dossiers.is_stale(entry, visit.at)
    return {"entry": entry, "words": WORDS[entry.kind], "stale": stale}


def know(visit: Visit, engagement_id: int, read: list[dict[str, Any]] | None = None) -> HttpResponse:
    """What to know before one goes there. The dossier stays closed until its reader opens it, which is on record."""
    found = incidents.get_engagement(engagement_id, visit.by)
    try:
        booking = dispatch.own_booking(found.pk, by=visit.by, at=visit.at)
    except Refused:
        raise NotFound("This visit") from None
    asset = found.asset
    context = {
        "engagement": found,
        "details": details.details(found),
        "booking": booking,
        "asset": asset,
        "flags": assets.flags_of(asset, visit.at) if asset else (),
        "raid": asset.raid if asset else None,
        "earlier": diagnosis.earlier_failures(found),
        "before": alike.reported_before(found),
        "elsewhere": alike.imported_before(found),
        "revealed": [WORDS[one.kind] for one in dossiers.reveals(found)],
        "over": incidents.is_over(found),
        "read": read,
    }
    return visit.page("web/dossier/know.html", context)


def _opened(visit: Visit, reading: Any) -> HttpResponse:
    """The page with what was read, shown by the very request that recorded it."""
    read = [_line(visit, one) for one in dossiers.revealed(reading.engagement)]
    return know(visit, reading.engagement_id, read)


def dossier_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """For the client: what of its dossier is open on this engagement, who read it, and the form."""
    if not may(visit.by, Deed.REVEAL_DOSSIER) or visit.by.organisation_id != found.client_id:
        return None
    readings = list(dossiers.readings_visible_to(visit.by).filter(engagement=found))
    over = incidents.is_over(found) or found.status in BEFORE
    if over and not readings:
        return None
    return {
        "kinds": KINDS,
        "given": [one.kind for one in dossiers.reveals(found)],
        "dossier_readings": readings,
        "closed": over,
    }


panels.add(panels.Panel("dossier", 45, "web/dossier/panel.html", dossier_panel, "side"))

_CASE, _KNOW = "engagements/<int:engagement_id>", "field/<int:engagement_id>/know"
urlpatterns = [
    path("dossier", page(dossier), name="dossier"),
    path(
        "dossier/note_dossier_entry",
        deed(actions.note_dossier_entry, on=dossier, done="Noted. No provider sees it until you reveal it."),
        name="note_dossier_entry",
    ),
    path(
        "dossier/correct_dossier_entry",
        deed(actions.correct_dossier_entry, on=dossier, done="Confirmed as of today."),
        name="correct_dossier_entry",
    ),
    path(
        "dossier/remove_dossier_entry",
        deed(actions.remove_dossier_entry, on=dossier, done="Taken out."),
        name="remove_dossier_entry",
    ),
    path(
        f"{_CASE}/reveal_dossier",
        deed(
            actions.reveal_dossier, on=engagement, done="Revealed to those dispatched here. Every reading is shown."
        ),
        name="reveal_dossier",
    ),
    path(
        f"{_CASE}/redact_dossier",
        deed(actions.redact_dossier, on=engagement, done="Closed again."),
        name="redact_dossier",
    ),
    path(_KNOW, page(know), name="know"),
    path(
        f"{_KNOW}/read_dossier",
        deed(actions.read_dossier, on=know, done="", shown=_opened),
        name="read_dossier",
    ),
]
