"""Who is told: everybody for whom a deed opened an end, and those who want to know that it was done.

A message says where to look and asks for nothing that it could grant: deciding needs sign-in. How it reaches its
reader is in jobs/notices.py.
"""

from datetime import datetime
from typing import Any

from breakfix.approvals import queries as approvals
from breakfix.approvals.values import Channel
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import EndKind
from breakfix.jobs.notices import ASKED, NEWS, Letter, event_of, plan_letter
from breakfix.jobs.plan import id_in, plan
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM, Role
from breakfix.kernel.errors import NotFound
from breakfix.kernel.ledger import queries as ledger
from breakfix.outbox.values import Event
from breakfix.parties import queries as parties

# Deeds that somebody is told about although nothing is asked of them. REQUESTER is who reported this failure, not
# everybody of the client who could have.
INFORMED: dict[str, tuple[Role, ...]] = {
    "engagement.submitted": (Role.SERVICE_OWNER,),
    "engagement.acknowledged": (Role.REQUESTER,),
    "engagement.merged": (Role.REQUESTER,),
    "engagement.commented": (Role.DISPATCHER, Role.REQUESTER),
    "obligation.added": (Role.DISPATCHER, Role.REQUESTER, Role.SERVICE_OWNER),
    "downgrade.proposed": (Role.REQUESTER,),
    **dict.fromkeys(
        ("downgrade.consented", "downgrade.refused", "downgrade.withdrawn"), (Role.DISPATCHER, Role.REQUESTER)
    ),
    "credit_hold.asked": (Role.CLIENT_FINANCE, Role.SERVICE_OWNER),
    "credit_hold.overridden": (Role.DISPATCHER, Role.CLIENT_FINANCE),
    "sow.answered": (Role.DISPATCHER, Role.REQUESTER),
    "engagement.declined": (Role.REQUESTER, Role.SERVICE_OWNER),
    "technician.dispatched": (Role.REQUESTER,),
    "quote.issued": (Role.REQUESTER,),
    "quote.answered": (Role.APPROVER, Role.REQUESTER, Role.DATA_OWNER, Role.SECURITY_OFFICER),
    "quote.approved": (Role.REQUESTER, Role.QUOTING_ENGINEER, Role.DISPATCHER),
    "quote.rejected": (Role.REQUESTER, Role.QUOTING_ENGINEER),
    "quote.expired": (Role.REQUESTER, Role.QUOTING_ENGINEER, Role.DISPATCHER),
    "option.chosen": (Role.REQUESTER, Role.QUOTING_ENGINEER, Role.DISPATCHER),
    **dict.fromkeys(("deposit.paid", "deposit.waived"), (Role.QUOTING_ENGINEER, Role.DISPATCHER)),
    "deposit.refunded": (Role.CLIENT_FINANCE,),
    **dict.fromkeys(("recovery.verified", "recovery.disputed"), (Role.TECHNICIAN, Role.DISPATCHER)),
    **dict.fromkeys(("letter.granted", "letter.revoked"), (Role.DISPATCHER,)),
    "vendor_case.closed": (Role.REQUESTER,),
    "vendor_claim.drafted": (Role.SERVICE_OWNER,),
    "engagement.restored": (Role.REQUESTER, Role.SERVICE_OWNER, Role.DISPATCHER),
    "report.issued": (Role.REQUESTER, Role.SERVICE_OWNER),
    "invoice.issued": (Role.CLIENT_FINANCE,),
    # The provider's own finance sets it off or pays it back: nobody of theirs issued it.
    "credit_note.issued": (Role.CLIENT_FINANCE, Role.PROVIDER_FINANCE),
    "meter.reached": (Role.DISPATCHER, Role.QUOTING_ENGINEER),
    "ratification.lapsed": (Role.CLIENT_FINANCE, Role.AUDITOR),
    "ratification.refused": (Role.CLIENT_FINANCE, Role.AUDITOR, Role.DISPATCHER),
    "work.refused": (Role.TECHNICIAN, Role.DISPATCHER),
}
# Whoever said it knows.
SAID = frozenset({"engagement.commented", "obligation.added"})
# A clock's warning from this share of a commitment on, in percent: whom it goes to besides the board.
FROM_PERCENT = {90: (Role.DIRECTOR,), 100: (Role.DISPATCHER,)}
# Whoever just spoke with a vendor hears of it when it is due; whom the ladder asks, it tells itself.
TOLD_APART = frozenset({EndKind.VENDOR, EndKind.HELP, EndKind.RECOVERY_PLAN})
SOMETHING, SOME_NEWS = "something needs you", "there is news"


@handles("mail.spread")
def spread(payload: dict[str, Any], at: datetime) -> None:
    """From one deed, one task per message: who was asked by it, and who is told of it."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    kind = payload["kind"]
    told = ledger.entries(engagement.client_id, topic=engagement.topic).filter(deed_id=payload["deed"]).first()
    letters = _news(engagement, kind, INFORMED.get(kind, ()), told, at)
    if kind in SAID and told is not None:
        letters.pop(told.person_id or 0, None)
    without: dict[int, frozenset[Channel]] = {}
    for end in incidents.open_ends(engagement):
        if told is not None and end.opened_at != told.at:
            continue
        if end.kind in TOLD_APART:
            continue
        holders = parties.people_with(Role(end.role), end.organisation_id, at) if end.role else []
        for person in _seeing(engagement, [end.person] if end.person else holders):
            letters[person.pk] = _asking(engagement, end, kind, person, told)
            without[person.pk] = _left_to_the_ladder(end)
    for letter in letters.values():
        left = without.get(letter.person_id, frozenset())
        plan_letter(letter, engagement, deed=payload["deed"], without=left, at=at)


@handles("mail.warning")
def warn(payload: dict[str, Any], at: datetime) -> None:
    """A clock's warning goes out at 90 % to the director, at 100 % to the desk; before that the board shows it."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    told = ledger.entries(engagement.client_id, topic=engagement.topic).filter(deed_id=payload["deed"]).first()
    found = ledger.deed(payload["deed"])
    percent = found["facts"].get("percent", 0) if found is not None else 0
    roles = FROM_PERCENT.get(percent, ())
    for letter in _news(engagement, payload["kind"], roles, told, at).values():
        plan_letter(letter, engagement, deed=payload["deed"], at=at)


@handles("gap.plan")
def plan_gap(payload: dict[str, Any], at: datetime) -> None:
    """Access that was given has to end at its instant: look then whether it did."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    for end in incidents.open_ends(engagement):
        if end.kind == EndKind.ACCESS and end.due_at is not None:
            key = f"gap:{end.pk}"
            plan("gap.look", key=key, due_at=max(end.due_at, at), at=at, topic=engagement.topic, end=end.pk)


@handles("gap.look")
def look_at_gap(payload: dict[str, Any], at: datetime) -> None:
    """A gap in security: somebody still has access that should have ended. Its officers hear of it at once."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    end = next((one for one in incidents.open_ends(engagement) if one.pk == payload["end"]), None)
    if end is None or end.due_at is None:
        return
    for person in _seeing(engagement, parties.people_with(Role.SECURITY_OFFICER, end.organisation_id, at)):
        line = "It should have ended by now."
        letter = Letter(
            person.pk, end.what, line, Event.SECURITY, ASKED[EndKind.ACCESS], end.due_at.isoformat(), True
        )
        plan_letter(letter, engagement, deed=f"gap-{end.pk}", at=at)


def _news(engagement: Any, kind: str, roles: tuple[Role, ...], told: Any, at: datetime) -> dict[int, Letter]:
    """What those hear who are not asked for anything, by person."""
    others = [role for role in roles if role is not Role.REQUESTER]
    found = [p for org in engagement.party_ids for p in (parties.people_with(others, org, at) if others else ())]
    found = [engagement.requester, *found] if Role.REQUESTER in roles else found
    event, said = event_of(kind, engagement, asked=False), NEWS.get(kind, SOME_NEWS)
    subject = told.line if told else engagement.title
    return {person.pk: Letter(person.pk, subject, "", event, said) for person in _seeing(engagement, found)}


def _asking(engagement: Any, end: Any, kind: str, person: Any, told: Any) -> Letter:
    due = end.due_at.isoformat() if end.due_at else ""
    event, said = event_of(kind, engagement, asked=True), ASKED.get(EndKind(end.kind), SOMETHING)
    return Letter(person.pk, end.what, told.line if told else "", event, said, due, asked=True)


def _left_to_the_ladder(end: Any) -> frozenset[Channel]:
    """By which ways the ladder of a seat asks anyway: nobody is asked twice by the same."""
    if end.kind != EndKind.SEAT or not end.subject.startswith("round/"):
        return frozenset()
    try:
        asked = approvals.get_round(int(end.subject.split("/")[1]), SYSTEM)
    except NotFound:
        return frozenset()
    return frozenset({Channel.PUSH, Channel.SMS, Channel.VOICE}) | set(approvals.ladder_of(asked)[0].channels)


def _seeing(engagement: Any, people: Any) -> list[Any]:
    """Only those who may see the engagement: a message is a read like any other."""
    return [person for person in people if parties.sees_topic(parties.actor_for(person), engagement.topic)]
