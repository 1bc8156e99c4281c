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
from breakfix.kernel import tasks
from breakfix.kernel.access import SYSTEM, Role
from breakfix.outbox import queries as outbox
from breakfix.outbox import sending
from breakfix.outbox.values import Event, Happening, Outgoing
from breakfix.parties import queries as parties

MOST_ATTEMPTS = 4  # to read one mail
MOST_ASIDE = 500  # mails of the quarantine that are looked through


@handles("mail.settle")
def settle(payload: dict[str, Any], at: datetime) -> None:
    """Look after one stored mail: whoever stored it has settled it by now, or crashed.

    One whose reading ends the process each time would come again for ever; people look at it instead.
    """
    if tasks.attempts(f"mail.settle:{payload['mail']}") > MOST_ATTEMPTS:
        mails.give_up(payload["mail"], at)
        return
    mails.settle(payload["mail"], at)


@handles("mails.gather")
def gather(payload: dict[str, Any], at: datetime) -> None:
    """Plan one message to each dispatcher at the end of the running two minutes, however many drafts it is about."""
    _gather(intake.get_draft(id_in(payload["subject"]), SYSTEM).provider_id, at)


@handles("mails.waiting")
def waiting(payload: dict[str, Any], at: datetime) -> None:
    """The same for a mail of the quarantine that somebody known wrote: a draft or not, it may be a failure."""
    _gather(payload["provider"], at)


def _gather(provider_id: int, at: datetime) -> None:
    slot = (at - EPOCH) // GATHERED + 1
    for person in parties.people_with({Role.DISPATCHER}, provider_id, at):
        ways, due = outbox.ways_to(person, Happening(Event.ASKED, asked=True), EPOCH + slot * GATHERED)
        for way in ways:
            key = f"{way.value}:mails:{slot}:{person.pk}"
            words = {"person_id": person.pk, "channel": way.value, "planned": due.isoformat()}
            plan("mails.send", key=key, due_at=due, at=at, key_of=key, **words)


@handles("mails.send", outgoing=True)
def send(payload: dict[str, Any], at: datetime) -> None:
    """Say how many wait, as this person sees them now; where all were decided meanwhile, say nothing."""
    person = parties.person_by_id(payload["person_id"])
    by = parties.actor_for(person)
    drafts = list(intake.drafts_waiting(by))
    aside = _of_people_known(intake.quarantined(by))
    if not drafts and not aside:
        return
    channel, planned = Channel(payload["channel"]), datetime.fromisoformat(payload["planned"])
    said = f"{len(drafts)} mail{'' if len(drafts) == 1 else 's'} wait{'s' if len(drafts) == 1 else ''} for a report"
    beside = f"{len(aside)} of people known {'waits' if len(aside) == 1 else 'wait'} in the quarantine"
    said = ", ".join(one for one, some in ((said, drafts), (beside, aside)) if some)
    context: dict[str, Any] = {
        "said": said,
        "drafts": drafts[:NAMED],
        "aside": aside[:NAMED],
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


def _of_people_known(waiting: Any) -> list[Any]:
    found = list(waiting.order_by("received_at", "id")[:MOST_ASIDE])
    known = parties.active_clients({one.sender for one in found})
    return [one for one in found if one.sender in known]
