"""What the provider holds of the client: every item with its seal, and every time that it changed hands."""

from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.custody import actions
from breakfix.custody import queries as custody
from breakfix.custody.values import Decision, ItemStatus
from breakfix.incidents import queries as incidents
from breakfix.web import panels, rows
from breakfix.web.door import Visit, deed, page

DECISIONS = [
    (Decision.RETURN.value, "Hand it back", "Sealed as it was taken"),
    (Decision.DESTROY.value, "Destroy it", "Witnessed, with a photograph; there is no way back"),
]
SPARE = 2


def custody_page(visit: Visit, engagement_id: int) -> HttpResponse:
    """The register for both sides, and the forms of whoever may take over, decide, give back and sign."""
    found = incidents.get_engagement(engagement_id, visit.by)
    items = custody.items_of(found)
    held = [one for one in items if one.status == ItemStatus.IN_CUSTODY]
    back = [{"serial": one.serial, "seal": ""} for one in held if one.decision == Decision.RETURN]
    context = {
        "engagement": found,
        "items": items,
        "held": held,
        "handovers": custody.handovers_of(found),
        "decisions": DECISIONS,
        "given_rows": rows.rows_of(visit.typed, actions.take_into_custody.__name__, "items", spare=SPARE),
        "back_rows": rows.rows_of(visit.typed, actions.hand_back.__name__, "items", back, spare=0),
        "to_hand_back": len(back),
        "to_destroy": [one for one in held if one.decision == Decision.DESTROY],
        "is_open": not incidents.is_over(found),
    }
    return visit.page("web/custody/page.html", context)


def handover(visit: Visit, handover_id: int) -> HttpResponse:
    """A handover stands in the register of its engagement."""
    return custody_page(visit, custody.get_handover(handover_id, visit.by).engagement_id)


def _with_seal(visit: Visit, given: dict[str, Any], **ids: Any) -> dict[str, Any]:
    """What is handed back are the rows whose seal was read; the others stay where they are."""
    typed = given.get("items")
    read = [one for one in typed if isinstance(one, dict) and one.get("seal")] if isinstance(typed, list) else typed
    return {**given, "items": read or []}


def custody_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """How much is where, in short."""
    counts = custody.counts(found)
    return {"counts": list(counts.items())} if counts else None


panels.add(panels.Panel("custody", 45, "web/custody/panel.html", custody_panel, "side"))
panels.SUBJECTS["custody"] = "custody"
panels.SUBJECTS["handover"] = "handover"

_PAGE, _ONE = "engagements/<int:engagement_id>/custody", "handovers/<int:handover_id>"
_DEEDS = (
    (actions.take_into_custody, "Taken over. The client signs for it."),
    (actions.decide_items, "Your decision is on record."),
    (actions.destroy_items, "On record."),
)
urlpatterns = [
    path(_PAGE, page(custody_page), name="custody"),
    *(
        path(f"{_PAGE}/{act.__name__}", deed(act, on=custody_page, done=done), name=act.__name__)
        for act, done in _DEEDS
    ),
    path(
        f"{_PAGE}/hand_back",
        deed(actions.hand_back, on=custody_page, done="Handed back. The client signs for it.", reads=_with_seal),
        name="hand_back",
    ),
    path(_ONE, page(handover), name="handover"),
    path(f"{_ONE}/sign_handover", deed(actions.sign_handover, on=handover, done="Signed."), name="sign_handover"),
]
