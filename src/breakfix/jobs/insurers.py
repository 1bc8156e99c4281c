"""Before the cyber insurer's notice is due, whoever owes it hears of it once more."""

from datetime import datetime, timedelta
from typing import Any

from breakfix.incidents import queries as incidents
from breakfix.incidents.values import EndKind
from breakfix.jobs.notices import ASKED, Letter, event_of, plan_letter
from breakfix.jobs.plan import id_in, plan
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM, Role
from breakfix.parties import queries as parties

# Enough to find the policy and to reach the insurer's line; of a shorter notice, its second half.
BEFORE = timedelta(hours=24)


@handles("insurer.plan")
def plan_reminder(payload: dict[str, Any], at: datetime) -> None:
    """Plan a look a day before the notice is due, where one is open."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    for end in incidents.open_ends(engagement):
        if end.kind == EndKind.INSURER and end.due_at is not None:
            due = max(end.due_at - min(BEFORE, (end.due_at - end.opened_at) / 2), at)
            key = f"insurer:{end.pk}"
            plan("insurer.remind", key=key, due_at=due, at=at, topic=engagement.topic, end=end.pk)


@handles("insurer.remind")
def remind(payload: dict[str, Any], at: datetime) -> None:
    """Tell whoever owes the notice, or the administrators if none of them is let in; not once it was given."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    end = next((one for one in incidents.open_ends(engagement) if one.pk == payload["end"]), None)
    if end is None or end.due_at is None:
        return
    event, said = event_of("insurer.due", engagement, asked=True), ASKED[EndKind.INSURER]
    owing, admins = (_seeing(engagement, role, end, at) for role in (Role(end.role), Role.CLIENT_ADMIN))
    for person in owing or admins:
        letter = Letter(person.pk, end.what, "", event, said, end.due_at.isoformat(), asked=True)
        plan_letter(letter, engagement, deed=f"insurer-{end.pk}", at=at)


def _seeing(engagement: Any, role: Role, end: Any, at: datetime) -> list[Any]:
    holders = parties.people_with(role, end.organisation_id, at)
    return [one for one in holders if parties.sees_topic(parties.actor_for(one), engagement.topic)]
