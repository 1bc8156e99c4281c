"""The holidays that an agreement copied end with their last year: both sides' administrators hear of it in time."""

from datetime import datetime
from typing import Any

from breakfix.agreements import queries as agreements
from breakfix.jobs import agreement_notices as notices
from breakfix.jobs.plan import id_in, plan
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.errors import NotFound
from breakfix.outbox.values import Event, Happening
from breakfix.parties import queries as parties

SAID = "holidays are agreed for a short time only"


@handles("holidays.plan")
def plan_notice(payload: dict[str, Any], at: datetime) -> None:
    """Plan a look 60 days before the last year of each list of holidays ends: one for all that end together."""
    version = agreements.next_in_force(id_in(payload["topic"]))
    if version is None or version.effective_at is None:
        return
    for one in agreements.holidays_of(version):
        due = max(one.tell_at, version.effective_at, at)
        told = {"topic": version.agreement.topic, "version": version.pk, "through": one.through}
        plan("holidays.tell", key=f"holidays:{version.pk}:{one.through}", due_at=due, at=at, **told)


@handles("holidays.tell")
def tell(payload: dict[str, Any], at: datetime) -> None:
    """Plan a message to each side's administrators, unless another version is in force before the year ends."""
    version = agreements.get_version(payload["version"], SYSTEM)
    if not _ending(version, payload["through"], at):
        return
    agreement = version.agreement
    people, asked = notices.administrators(agreement, at), Happening(Event.ASKED, asked=True)
    mark = f"holidays-{version.pk}-{payload['through']}"
    notices.plan_each("holidays.send", people, asked, mark=mark, at=at, **payload)


@handles("holidays.send", outgoing=True)
def send(payload: dict[str, Any], at: datetime) -> None:
    """Say it to one person, if they may still read the agreement and no next version has ended the matter."""
    person = parties.person_by_id(payload["person_id"])
    try:
        version = agreements.get_version(payload["version"], parties.actor_for(person))
    except NotFound:
        return
    ending = _ending(version, payload["through"], at)
    if not ending:
        return
    context = {
        "agreement": version.agreement,
        "last": f"{ending[0].last_day:%-d %B %Y}",
        "sites": [one.site for one in ending if one.site],
        "general": any(not one.site for one in ending),
        "ended": ending[0].ends_at <= at,
    }
    subject, template = f"Holidays are agreed until {context['last']} only", "jobs/mail/holidays.txt"
    notices.say(payload, version.agreement, subject=subject, said=SAID, template=template, context=context, at=at)


def _ending(version: Any, through: int, at: datetime) -> list[Any]:
    """The lists of holidays that end with this year while the version goes on."""
    return [one for one in agreements.outlived_by(version, at) if one.through == through]
