"""Who hears that monitoring told of a failure: the desk and the client's keepers, one message for a whole storm.

No priority is known yet, so nobody is woken as by a P1: it goes by the ways that one chose for being asked.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from breakfix.agreements import queries as agreements
from breakfix.agreements.values import Domain
from breakfix.approvals.values import Channel
from breakfix.intake import queries as intake
from breakfix.intake.actions import alerts
from breakfix.jobs.notices import OF_USE, OF_USE_ON_A_PHONE
from breakfix.jobs.plan import id_in, plan
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM, Role
from breakfix.kernel.errors import Refused
from breakfix.outbox import queries as outbox
from breakfix.outbox import sending
from breakfix.outbox.values import Event, Happening, Outgoing
from breakfix.parties import queries as parties

# A storm is gathered this long: the first of it is heard of within two minutes, and so is each later part of it.
GATHERED = timedelta(minutes=2)
EPOCH = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
NAMED = 10  # alerts that a mail names


@handles("alerts.gather")
def gather(payload: dict[str, Any], at: datetime) -> None:
    """Plan one message to each who may decide about drafts of this source, at the end of the running two minutes."""
    source = intake.get_alert(id_in(payload["subject"]), SYSTEM).source
    slot = (at - EPOCH) // GATHERED + 1
    # Who of them may not read a source that tells few, finds no draft in it and hears nothing.
    officer = {Role.SECURITY_OFFICER} if Domain(source.domain).described.restricted else set()
    keepers = parties.people_with({Role.SERVICE_OWNER, Role.REQUESTER} | officer, source.client_id, at)
    # From the end of the agreement on, the client's monitoring tells its former provider nothing.
    agreed = agreements.is_in_force(source.client_id, source.provider_id, at)
    desk = parties.people_with({Role.DISPATCHER}, source.provider_id, at) if agreed else ()
    for person in {one.pk: one for one in (*keepers, *desk, *([source.added_by] if officer else ()))}.values():
        what = Happening(Event.ASKED, asked=True)
        ways, due = outbox.ways_to(person, what, EPOCH + slot * GATHERED)
        for way in ways:
            key = f"{way.value}:alerts:{source.pk}:{slot}:{person.pk}"
            words = {"source_id": source.pk, "person_id": person.pk, "channel": way.value, "planned": due.isoformat()}
            plan("alerts.send", key=key, due_at=due, at=at, key_of=key, **words)


@handles("alerts.quiet")
def settle(payload: dict[str, Any], at: datetime) -> None:
    """One that came back often is over once it stayed away; where it was told of again, a later look decides."""
    with suppress(Refused):
        alerts.end_alert(payload["alert_id"], quiet=True, by=SYSTEM, at=at)


@handles("alerts.send", outgoing=True)
def send(payload: dict[str, Any], at: datetime) -> None:
    """Say how many drafts wait, as this person sees them now; where all were decided meanwhile, say nothing."""
    person = parties.person_by_id(payload["person_id"])
    drafts = list(intake.waiting(parties.actor_for(person)).filter(source=payload["source_id"], ended_at=None))
    if not drafts:
        return
    source, channel = drafts[0].source, Channel(payload["channel"])
    agreed = agreements.is_in_force(source.client_id, source.provider_id, at)
    if not agreed and person.organisation_id != source.client_id:
        return  # it ended while this waited for its time
    planned = datetime.fromisoformat(payload["planned"])
    said = f"{len(drafts)} alert{'s wait' if len(drafts) > 1 else ' waits'} for a decision"
    context: dict[str, Any] = {
        "said": said,
        "source": source,
        "drafts": drafts[:NAMED],
        "more": max(len(drafts) - NAMED, 0),
        "link": settings.SITE_URL + reverse("alerts"),
        "choose": settings.SITE_URL + reverse("notifications"),
    }
    mail = channel is Channel.EMAIL
    out = Outgoing(
        key=payload["key_of"],
        channel=channel,
        person_id=person.pk,
        topic=source.client.topic,
        # What can be read on a locked screen names nobody and nothing that broke.
        subject=f"[Alerts] {said}" if mail else "Alerts",
        said=f"{said}.",
        text=render_to_string("jobs/mail/alerts.txt", context) if mail else "",
        html=render_to_string("jobs/mail/alerts.html", context) if mail else "",
        link=context["link"],
        useless_after=planned + OF_USE.get(channel, OF_USE_ON_A_PHONE),
    )
    sending.send(out, at)
