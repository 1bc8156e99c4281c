"""Mail that came in: what a crash left unread is settled, and the desk hears of drafts, once for many.

No priority is known yet, so nobody is woken as by a P1: it goes by the ways that one chose for being asked.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from breakfix.approvals.values import Channel
from breakfix.intake import mails
from breakfix.intake import queries as intake
from breakfix.jobs.alerts import EPOCH, GATHERED, NAMED
from breakfix.jobs.notices import OF_USE, OF_USE_ON_A_PHONE
from breakfix.jobs.plan import id_in, plan
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM, Role
from breakfix.outbox import queries as outbox
from breakfix.outbox import sending
from breakfix.outbox.values import Event, Happening, Outgoing
from breakfix.parties import queries as parties


@handles("mail.settle")
def settle(payload: dict[str, Any], at: datetime) -> None:
    """Look after one stored mail: whoever stored it has settled it by now, or crashed."""
    mails.settle(payload["mail"], at)


@handles("mails.gather")
def gather(payload: dict[str, Any], at: datetime) -> None:
    """Plan one message to each dispatcher at the end of the running two minutes, however many drafts it is about."""
    provider = intake.get_draft(id_in(payload["subject"]), SYSTEM).provider
    slot = (at - EPOCH) // GATHERED + 1
    for person in parties.people_with({Role.DISPATCHER}, provider.pk, at):
        ways, due = outbox.ways_to(person, Happening(Event.ASKED, asked=True), EPOCH + slot * GATHERED)
        for way in ways:
            key = f"{way.value}:mails:{slot}:{person.pk}"
            words = {"person_id": person.pk, "channel": way.value, "planned": due.isoformat()}
            plan("mails.send", key=key, due_at=due, at=at, key_of=key, **words)


@handles("mails.send", outgoing=True)
def send(payload: dict[str, Any], at: datetime) -> None:
    """Say how many drafts wait, as this person sees them now; where all were decided meanwhile, say nothing."""
    person = parties.person_by_id(payload["person_id"])
    drafts = list(intake.drafts_waiting(parties.actor_for(person)))
    if not drafts:
        return
    channel, planned = Channel(payload["channel"]), datetime.fromisoformat(payload["planned"])
    said = f"{len(drafts)} mail{'s wait' if len(drafts) > 1 else ' waits'} for a report"
    context: dict[str, Any] = {
        "said": said,
        "drafts": drafts[:NAMED],
        "more": max(len(drafts) - NAMED, 0),
        "link": settings.SITE_URL + reverse("mails"),
        "choose": settings.SITE_URL + reverse("notifications"),
    }
    by_mail = channel is Channel.EMAIL
    out = Outgoing(
        key=payload["key_of"],
        channel=channel,
        person_id=person.pk,
        topic=person.organisation.topic,
        # What can be read on a locked screen names nobody and nothing that broke.
        subject=f"[Mail] {said}" if by_mail else "Mail",
        said=f"{said}.",
        text=render_to_string("jobs/mail/mails.txt", context) if by_mail else "",
        link=context["link"],
        useless_after=planned + OF_USE.get(channel, OF_USE_ON_A_PHONE),
    )
    sending.send(out, at)
