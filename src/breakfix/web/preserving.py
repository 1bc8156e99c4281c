"""Legal hold, the word on wiping and the notice to the insurer, beside the engagement they are about."""

from typing import Any

from django.urls import path

from breakfix.agreements.values import Domain
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import preserving
from breakfix.incidents.values import EndKind
from breakfix.kernel.access import Deed, may
from breakfix.web import panels
from breakfix.web.door import Visit, deed
from breakfix.web.engagement import engagement


def preserving_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """What is kept and why, for everybody who sees the engagement; the forms are for whoever decides about it."""
    preserved = found.preserved or {}
    restricted = Domain(found.domain).described.restricted
    decides = may(visit.by, Deed.SET_LEGAL_HOLD) and visit.by.organisation_id == found.client_id
    if not (preserved or restricted or decides):
        return None
    ends = [one for one in incidents.open_ends(found) if one.kind == EndKind.INSURER]
    return {
        "held": preserved.get("hold"),
        "wiping": preserved.get("wiping"),
        "restricted": restricted,
        "decides": decides,
        "lets_go": decides and incidents.may_let_go(found, visit.by, visit.at),
        "notice": next(iter(ends), None),
    }


panels.add(panels.Panel("preserving", 6, "web/engagement/preserving.html", preserving_panel, "side"))

_AT = "engagements/<int:engagement_id>"
_DEEDS = (
    (preserving.set_legal_hold, "Held. Nothing of it is destroyed until it is released."),
    (preserving.release_legal_hold, "Released."),
    (preserving.allow_wiping, "Agreed to. Steps that wipe may begin."),
    (preserving.note_insurer_notice, "Noted."),
)
urlpatterns = [
    path(f"{_AT}/{action.__name__}", deed(action, on=engagement, done=done), name=action.__name__)
    for action, done in _DEEDS
]
