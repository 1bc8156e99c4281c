"""A client is put on credit hold, or taken off: finance has its task where a P1 waits, and the client hears why."""

from datetime import datetime
from typing import Any

from breakfix.agreements import queries as agreements
from breakfix.incidents import credit
from breakfix.incidents.actions.credit import follow_credit_hold
from breakfix.jobs import agreement_notices as notices
from breakfix.jobs.plan import id_in, plan
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM, Role
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.ledger import queries as ledger
from breakfix.outbox.values import Event, Happening
from breakfix.parties import queries as parties

SAID = {
    "credit_hold.placed": "your organisation is on credit hold",
    "credit_hold.lifted": "the credit hold is lifted",
}


@handles("credit.follow")
def follow(payload: dict[str, Any], at: datetime) -> None:
    """Ask finance, or stop asking; where all is as it should be, nothing is done and nothing is told."""
    try:
        follow_credit_hold(id_in(payload["topic"]), by=SYSTEM, at=at)
    except Refused as no:
        if no.code != "nothing_to_follow":
            raise


@handles("credit_hold.follow")
def follow_all(payload: dict[str, Any], at: datetime) -> None:
    """Look at each engagement of this client that nobody has taken on yet: one task each."""
    for engagement_id in credit.undecided_under(id_in(payload["topic"])):
        key = f"credit.follow:{payload['deed']}:{engagement_id}"
        plan("credit.follow", key=key, due_at=at, at=at, topic=f"engagement/{engagement_id}")


@handles("credit_hold.tell")
def tell(payload: dict[str, Any], at: datetime) -> None:
    """Plan a message to whoever looks after the client's money and its agreements."""
    agreement = agreements.get_agreement(id_in(payload["topic"]), SYSTEM)
    roles = {Role.CLIENT_FINANCE, Role.CLIENT_ADMIN}
    told = {"topic": agreement.topic, "kind": payload["kind"], "deed": payload["deed"]}
    people = parties.people_with(roles, agreement.client_id, at)
    notices.plan_each("credit_hold.send", people, Happening(Event.MONEY), mark=payload["deed"], at=at, **told)


@handles("credit_hold.send", outgoing=True)
def send(payload: dict[str, Any], at: datetime) -> None:
    """Say it to one person; whoever may not read the agreement any more is told nothing."""
    person = parties.person_by_id(payload["person_id"])
    try:
        agreement = agreements.get_agreement(id_in(payload["topic"]), parties.actor_for(person))
    except NotFound:
        return
    said = SAID[payload["kind"]]
    entry = ledger.entries(agreement.client_id, topic=agreement.topic).filter(deed_id=payload["deed"]).get()
    context = {"line": entry.line, "provider": agreement.provider.name}
    subject, template = f"{said[:1].upper()}{said[1:]}", "jobs/mail/credit_hold.txt"
    notices.say(payload, agreement, subject=subject, said=said, template=template, context=context, at=at)
