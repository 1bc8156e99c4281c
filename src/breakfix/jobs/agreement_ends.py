"""One side ended the agreement: both sides' administrators hear of it, with the instant and the reason."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from breakfix.agreements import queries as agreements
from breakfix.approvals.values import Channel
from breakfix.intake import queries as intake
from breakfix.jobs.notices import OF_USE, OF_USE_ON_A_PHONE
from breakfix.jobs.plan import id_in, plan
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM, Actor, Role
from breakfix.kernel.errors import NotFound
from breakfix.kernel.ledger import queries as ledger
from breakfix.outbox import queries as outbox
from breakfix.outbox import sending
from breakfix.outbox.values import Event, Happening, Outgoing
from breakfix.parties import queries as parties

SAID = "an agreement was ended"


@handles("agreement_end.tell")
def tell(payload: dict[str, Any], at: datetime) -> None:
    """Plan a message to each side's administrators."""
    agreement = agreements.get_agreement(id_in(payload["topic"]), SYSTEM)
    for role, organisation_id in (
        (Role.PROVIDER_ADMIN, agreement.provider_id),
        (Role.CLIENT_ADMIN, agreement.client_id),
    ):
        for person in parties.people_with(role, organisation_id, at):
            ways, due = outbox.ways_to(person, Happening(Event.ASKED, asked=True), at)
            for way in ways:
                key = f"{way.value}:{payload['deed']}:{person.pk}"
                words = {"person_id": person.pk, "channel": way.value, "planned": due.isoformat(), "key_of": key}
                told = {"topic": agreement.topic, "deed": payload["deed"]}
                plan("agreement_end.send", key=key, due_at=due, at=at, **told, **words)


def _open_sources(agreement: Any, by: Actor) -> list[Any]:
    """The monitoring that still tells of failures for this provider: for the client's side, who may close it."""
    if by.organisation_id != agreement.client_id:
        return []
    found = intake.sources_visible_to(by).filter(client=agreement.client_id, provider=agreement.provider_id)
    return list(found.filter(closed_at=None))


@handles("agreement_end.send", outgoing=True)
def send(payload: dict[str, Any], at: datetime) -> None:
    """Say it to one person; whoever may not read the agreement any more is told nothing."""
    person = parties.person_by_id(payload["person_id"])
    by = parties.actor_for(person)
    try:
        agreement = agreements.get_agreement(id_in(payload["topic"]), by)
    except NotFound:
        return
    channel, link = Channel(payload["channel"]), settings.SITE_URL + reverse("agreement", args=[agreement.pk])
    log = by.organisation_id or agreement.client_id
    entry = ledger.entries(log, topic=agreement.topic).filter(deed_id=payload["deed"]).get()
    deed = ledger.deed(payload["deed"])
    context = {
        "withdrawn": deed["facts"].get("withdrawn") if deed is not None else None,
        "line": entry.line,
        "sources": _open_sources(agreement, by),
        "agreement": agreement,
        "link": link,
        "alerts": settings.SITE_URL + reverse("alerts"),
        "choose": settings.SITE_URL + reverse("notifications"),
    }
    out = Outgoing(
        key=payload["key_of"],
        channel=channel,
        person_id=person.pk,
        topic=agreement.topic,
        subject=f"[Breakfix] Agreement {agreement.number} was ended",
        said=f"{SAID}.",
        text=render_to_string("jobs/mail/agreement_end.txt", context) if channel is Channel.EMAIL else "",
        link=link,
        useless_after=datetime.fromisoformat(payload["planned"]) + OF_USE.get(channel, OF_USE_ON_A_PHONE),
    )
    sending.send(out, at)
