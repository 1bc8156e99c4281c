"""When a vendor is to be asked again, the desk hears of it; whoever asked meanwhile has planned another instant."""

from datetime import datetime
from typing import Any

from breakfix.incidents import queries as incidents
from breakfix.incidents.values import EndKind
from breakfix.jobs.notices import ASKED, Letter, event_of, plan_letter
from breakfix.jobs.plan import id_in, plan
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM, Role
from breakfix.parties import queries as parties


@handles("vendor.plan")
def plan_reminder(payload: dict[str, Any], at: datetime) -> None:
    """Plan a look at each instant at which a vendor of this engagement is asked next."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    for end in incidents.open_ends(engagement):
        if end.kind == EndKind.VENDOR and end.due_at is not None:
            key, due = f"vendor:{end.pk}", max(end.due_at, at)
            plan("vendor.remind", key=key, due_at=due, at=at, topic=engagement.topic, end=end.pk)


@handles("vendor.remind")
def remind(payload: dict[str, Any], at: datetime) -> None:
    """Tell the desk, unless the vendor was asked meanwhile or the case is closed."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    end = next((one for one in incidents.open_ends(engagement) if one.pk == payload["end"]), None)
    if end is None or end.due_at is None:
        return
    event, said = event_of("vendor.due", engagement, asked=True), ASKED[EndKind.VENDOR]
    for person in parties.people_with(Role.DISPATCHER, end.organisation_id, at):
        if parties.sees_topic(parties.actor_for(person), engagement.topic):
            letter = Letter(person.pk, end.what, "", event, said, end.due_at.isoformat(), asked=True)
            plan_letter(letter, engagement, deed=f"vendor-{end.pk}", at=at)
