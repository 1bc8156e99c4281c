"""A credit hold: finance places and lifts it on the agreement's page, and lets one P1 pass on the engagement's."""

from typing import Any

from django.urls import path

from breakfix.agreements.actions import lift_credit_hold, place_credit_hold
from breakfix.agreements.values import Priority
from breakfix.incidents.actions.credit import override_credit_hold
from breakfix.kernel.access import Deed, may
from breakfix.web import panels
from breakfix.web.agreements import agreement
from breakfix.web.door import Visit, deed
from breakfix.web.engagement import credit_of, engagement


def credit_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """That the client is on credit hold and why, and what has to happen before the failure is taken on."""
    credit = credit_of(visit, found)
    if credit is None:
        return None
    urgent = found.priority == Priority.P1
    mine = visit.by.organisation_id == found.provider_id and may(visit.by, Deed.OVERRIDE_CREDIT_HOLD)
    return {"credit": credit, "urgent": urgent, "may_override": mine and urgent and credit.keeps_away}


panels.add(panels.Panel("credit", 6, "web/engagement/credit.html", credit_panel))
_AT = "agreements/<int:agreement_id>"
urlpatterns = [
    path(
        f"{_AT}/place_credit_hold",
        deed(place_credit_hold, on=agreement, done="On credit hold. The client is told, with the reason."),
        name="place_credit_hold",
    ),
    path(
        f"{_AT}/lift_credit_hold",
        deed(lift_credit_hold, on=agreement, done="Lifted. The client is told."),
        name="lift_credit_hold",
    ),
    path(
        "engagements/<int:engagement_id>/override_credit_hold",
        deed(override_credit_hold, on=engagement, done="The desk can take it on now."),
        name="override_credit_hold",
    ),
]
