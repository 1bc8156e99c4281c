"""The holidays that an agreement copied end with their last year: both sides' administrators hear of it in time."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from breakfix.agreements import queries as agreements
from breakfix.approvals.values import Channel
from breakfix.jobs.notices import OF_USE, OF_USE_ON_A_PHONE
from breakfix.jobs.plan import id_in, plan
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM, Role
from breakfix.kernel.errors import NotFound
from breakfix.outbox import queries as outbox
from breakfix.outbox import sending
from breakfix.outbox.values import Event, Happening, Outgoing
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
    for role, organisation_id in (
        (Role.PROVIDER_ADMIN, agreement.provider_id),
        (Role.CLIENT_ADMIN, agreement.client_id),
    ):
        for person in parties.people_with(role, organisation_id, at):
            ways, due = outbox.ways_to(person, Happening(Event.ASKED, asked=True), at)
            for way in ways:
                key = f"{way.value}:holidays-{version.pk}-{payload['through']}:{person.pk}"
                words = {"person_id": person.pk, "channel": way.value, "planned": due.isoformat(), "key_of": key}
                plan("holidays.send", key=key, due_at=due, at=at, **payload, **words)


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
    channel, link = Channel(payload["channel"]), settings.SITE_URL + reverse("agreement", args=[version.agreement_id])
    context = {
        "agreement": version.agreement,
        "last": f"{ending[0].last_day:%-d %B %Y}",
        "sites": [one.site for one in ending if one.site],
        "general": any(not one.site for one in ending),
        "ended": ending[0].ends_at <= at,
        "link": link,
        "choose": settings.SITE_URL + reverse("notifications"),
    }
    out = Outgoing(
        key=payload["key_of"],
        channel=channel,
        person_id=person.pk,
        topic=version.agreement.topic,
        subject=f"[Breakfix] Holidays are agreed until {context['last']} only",
        said=f"{SAID}.",
        text=render_to_string("jobs/mail/holidays.txt", context) if channel is Channel.EMAIL else "",
        link=link,
        useless_after=datetime.fromisoformat(payload["planned"]) + OF_USE.get(channel, OF_USE_ON_A_PHONE),
    )
    sending.send(out, at)


def _ending(version: Any, through: int, at: datetime) -> list[Any]:
    """The lists of holidays that end with this year while the version goes on."""
    return [one for one in agreements.outlived_by(version, at) if one.through == through]
