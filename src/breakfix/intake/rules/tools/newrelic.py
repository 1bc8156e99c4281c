"""New Relic: incidents of alert policies, and issues of workflows."""

from collections.abc import Iterator
from datetime import datetime

from breakfix.intake.rules.instants import instant
from breakfix.intake.rules.parts import Part, clean
from breakfix.intake.rules.severities import severity
from breakfix.intake.values import Heard, Signal, Unmapped

STATES = {
    "open": Heard.FIRING,
    "activated": Heard.FIRING,
    "created": Heard.FIRING,
    "acknowledged": Heard.NOTED,
    "closed": Heard.RESOLVED,
    # Nothing of the issue lasts; it is closed later by itself, or activated again.
    "deactivated": Heard.RESOLVED,
}


def looks_like(body: Part) -> bool:
    return ("incident_id" in body and "condition_name" in body) or "issueUrl" in body or "policy_name" in body


def read(body: Part, zone: str) -> Iterator[Signal]:
    said = body.needed("current_state", "state").lower()
    if said not in STATES:
        raise Unmapped(f"current_state is {said}, none that New Relic has")
    begun, is_stamp = _begun(body, zone)
    targets = body.parts("targets") if isinstance(body.content.get("targets"), list) else []
    yield Signal(
        tool="newrelic",
        key=f"{body.text('account_id')}/{body.needed('incident_id', 'issueId', 'id')}",
        heard=STATES[said],
        title=body.text("condition_name", "title", "policy_name") or "An incident of New Relic",
        severity=severity(body.text("severity", "priority")),
        text=body.words("details", "policy_name"),
        hosts=tuple(dict.fromkeys(filter(None, [*(one.text("name") for one in targets), *_impacted(body)]))),
        begun_at=begun,
        url=body.text("incident_url", "issueUrl", longest=500),
        said=said,
        stamps_each=is_stamp,
    )


def _begun(body: Part, zone: str) -> tuple[datetime | None, bool]:
    """When it began, and whether that is only the instant of the message.

    An issue that is activated again keeps its id and its `createdAt`: by that, the second failure would be taken for
    a late telling of the first, which is over.
    """
    if updated := instant(body.text("updatedAt"), zone):
        return updated, True
    return instant(body.text("timestamp", "activatedAt"), zone), False


def _impacted(body: Part) -> list[str]:
    """What a workflow names as impacted: a list of plain names."""
    found = body.content.get("impactedEntities")
    return [clean(one) for one in found if isinstance(one, str)] if isinstance(found, list) else []
