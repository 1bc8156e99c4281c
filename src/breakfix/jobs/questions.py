"""A question to the client waits for its answer: it is asked again after the agreed time, until somebody answers."""

from datetime import datetime
from typing import Any

from breakfix.incidents import queries as incidents
from breakfix.incidents import reminding
from breakfix.incidents.actions.reminding import ask_again
from breakfix.incidents.values import EndKind
from breakfix.jobs.notices import ASKED, Letter, event_of, plan_letter
from breakfix.jobs.plan import id_in, plan
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM, Role
from breakfix.kernel.errors import Refused
from breakfix.parties import queries as parties


@handles("question.plan")
def plan_again(payload: dict[str, Any], at: datetime) -> None:
    """Look when the open question is to be asked again; a priority that changed meanwhile changes that."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    due = reminding.asked_again_at(engagement)
    if due is not None:
        # What is past may have been looked at while it was less urgent, in vain: once more for this deed.
        past = f":{payload['deed']}" if due <= at else ""
        key = f"question:{engagement.pk}:{due.isoformat()}{past}"
        plan("question.ask", key=key, due_at=max(due, at), at=at, topic=engagement.topic)


@handles("question.ask")
def ask(payload: dict[str, Any], at: datetime) -> None:
    """Ask again, unless it was answered, or another instant holds by now: that one was planned for itself."""
    try:
        ask_again(id_in(payload["topic"]), by=SYSTEM, at=at)
    except Refused as no:
        if no.code not in {"no_question", "not_due"}:
            raise


@handles("question.tell")
def tell(payload: dict[str, Any], at: datetime) -> None:
    """Tell whoever has to answer; only who may see the engagement."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    for end in incidents.open_ends(engagement):
        if end.kind != EndKind.QUESTION or not end.subject.startswith("hold/"):
            continue
        event, due = event_of(payload["kind"], engagement, asked=True), end.due_at.isoformat() if end.due_at else ""
        for person in parties.people_with(Role(end.role), end.organisation_id, at):
            if parties.sees_topic(parties.actor_for(person), engagement.topic):
                line = "You were asked before; work waits for the answer."
                letter = Letter(person.pk, end.what, line, event, ASKED[EndKind.QUESTION], due, asked=True)
                plan_letter(letter, engagement, deed=payload["deed"], at=at)
