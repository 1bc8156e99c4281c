"""The client's dated duties on the engagement's page: what stands, one that is added, one that is fulfilled."""

from typing import Any

from django.urls import path

from breakfix.incidents import queries as incidents
from breakfix.incidents.actions.duties import add_obligation
from breakfix.incidents.actions.harm import meet_obligation
from breakfix.kernel.access import Deed, may
from breakfix.web import panels
from breakfix.web.door import Visit, deed
from breakfix.web.engagement import duties_of, engagement
from breakfix.web.questions import DUTY_ENDS


def duties_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """Every duty with where it is written and whose it is, and the forms; nothing where there is none of either."""
    over, standing = incidents.is_over(found), duties_of(visit, found)
    adds = not over and may(visit.by, Deed.ADD_OBLIGATION)
    if not adds and not standing:
        return None
    unmet = [(one.duty.obligation_id, one.duty.name) for one in standing if one.is_open]
    return {
        "standing": standing,
        "adds": adds,
        "desk": visit.by.organisation_id == found.provider_id,
        "unmet": [] if over else unmet,
        "duty_ends": DUTY_ENDS,
    }


panels.add(panels.Panel("duties", 85, "web/engagement/duties.html", duties_panel, "centre"))
_AT = "engagements/<int:engagement_id>"
urlpatterns = [
    path(
        f"{_AT}/add_obligation",
        deed(add_obligation, on=engagement, done="Added. Its clock runs, and the other side is told."),
        name="add_obligation",
    ),
    path(f"{_AT}/meet_obligation", deed(meet_obligation, on=engagement, done="Noted."), name="meet_obligation"),
]
