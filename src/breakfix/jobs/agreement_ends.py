"""One side ended the agreement: both sides' administrators hear of it, with the instant and the reason."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from breakfix.agreements import queries as agreements
from breakfix.intake import queries as intake
from breakfix.jobs import agreement_notices as notices
from breakfix.jobs.plan import id_in
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM, Actor
from breakfix.kernel.errors import NotFound
from breakfix.kernel.ledger import queries as ledger
from breakfix.outbox.values import Event, Happening
from breakfix.parties import queries as parties

SAID = "an agreement was ended"


@handles("agreement_end.tell")
def tell(payload: dict[str, Any], at: datetime) -> None:
    """Plan a message to each side's administrators."""
    agreement = agreements.get_agreement(id_in(payload["topic"]), SYSTEM)
    told = {"topic": agreement.topic, "deed": payload["deed"]}
    people, asked = notices.administrators(agreement, at), Happening(Event.ASKED, asked=True)
    notices.plan_each("agreement_end.send", people, asked, mark=payload["deed"], at=at, **told)


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
    log = by.organisation_id or agreement.client_id
    entry = ledger.entries(log, topic=agreement.topic).filter(deed_id=payload["deed"]).get()
    deed = ledger.deed(payload["deed"])
    context = {
        "withdrawn": deed["facts"].get("withdrawn") if deed is not None else None,
        "line": entry.line,
        "sources": _open_sources(agreement, by),
        "agreement": agreement,
        "alerts": settings.SITE_URL + reverse("alerts"),
    }
    subject, template = f"Agreement {agreement.number} was ended", "jobs/mail/agreement_end.txt"
    notices.say(payload, agreement, subject=subject, said=SAID, template=template, context=context, at=at)
