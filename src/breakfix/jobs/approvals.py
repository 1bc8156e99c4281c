"""The reach-out ladder, the messages it sends, and the day by which an emergency approval must be ratified."""

from datetime import datetime, timedelta
from typing import Any

from breakfix.agreements.values import Priority
from breakfix.approvals import queries
from breakfix.approvals.actions.ratification import lapse_ratification
from breakfix.approvals.actions.reachout import log_attempt
from breakfix.approvals.values import Channel, Outcome, RoundStatus, RungName
from breakfix.diagnosis.actions.fee import ask_forensic_fee
from breakfix.incidents import queries as incidents
from breakfix.jobs.notices import link_to, reply_to
from breakfix.jobs.plan import id_in, plan
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM
from breakfix.outbox import queries as outbox
from breakfix.outbox import sending
from breakfix.outbox.values import Event, Happening, Outgoing
from breakfix.parties import queries as parties

STILL_OF_USE = timedelta(days=1)
GRANTS_NOTHING = "A message decides nothing: approving needs your sign-in."


@handles("fee.ask")
def ask_fee(payload: dict[str, Any], at: datetime) -> None:
    """Put a fee that nobody accepted in advance before the client's approvers."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    if not incidents.fee(engagement).ceiling.is_zero:  # none is stated yet: nothing fails, and nobody is asked
        ask_forensic_fee(engagement.pk, by=SYSTEM, at=at)


@handles("ladder.plan")
def plan_ladder(payload: dict[str, Any], at: datetime) -> None:
    """Plan every rung of each open round at its own instant."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    for approval in queries.rounds_for(engagement):
        for rung in queries.ladder_of(approval):
            key = f"ladder:{approval.pk}:{rung.name}"
            plan("ladder.climb", key=key, due_at=rung.at, at=at, round=approval.pk, rung=rung.name.value)


@handles("ladder.climb", outgoing=True)
def climb(payload: dict[str, Any], at: datetime) -> None:
    """Climb one rung and plan its messages: each is tried for itself, so that one dead channel holds up no other."""
    rung = RungName(payload["rung"])
    approval = log_attempt(payload["round"], rung=rung, by=SYSTEM, at=at)
    tried = [one for one in queries.attempts(approval) if one.rung == rung and one.outcome == Outcome.SENT]
    # What also goes by mail is the quiet asking of an ordinary day: it keeps to what its people chose.
    quiet = any(one.channel == Channel.EMAIL for one in tried)
    for attempt in tried:
        if attempt.person is not None and attempt.channel:
            due, why_not = _when(attempt, at) if quiet else (at, "")
            key = f"attempt:{attempt.pk}"
            plan("attempt.send", key=key, due_at=due, at=at, round=approval.pk, attempt=attempt.pk, why_not=why_not)


def _when(attempt: Any, at: datetime) -> tuple[datetime, str]:
    """When this attempt leaves, by its person's own choice; why not, where they switched the channel off."""
    ways, due = outbox.ways_to(attempt.person, Happening(Event.ASKED, asked=True), at)
    return due, "" if attempt.channel in ways else "not by this way, they chose"


@handles("attempt.send", outgoing=True)
def send_attempt(payload: dict[str, Any], at: datetime) -> None:
    """Let one attempt leave by its channel; nobody is asked any more where the round was decided meanwhile."""
    approval = queries.get_round(payload["round"], SYSTEM)
    attempt = next(one for one in queries.attempts(approval) if one.pk == payload["attempt"])
    out = _written(approval, attempt)
    if payload["why_not"]:
        sending.drop(out, at, payload["why_not"])
    elif not parties.sees_topic(parties.actor_for(attempt.person), approval.engagement.topic):
        sending.drop(out, at, "no longer let in on this")
    elif approval.status != RoundStatus.OPEN:
        sending.drop(out, at, "decided before it was sent")
    else:
        sending.send(out, at)


def _written(approval: Any, attempt: Any) -> Outgoing:
    """What the message says: enough to act on, no more than a stranger on a lock screen may read."""
    engagement = approval.engagement
    subject, link = f"Breakfix {engagement.number} {engagement.priority}", link_to(engagement)
    said = f"your decision is needed (seat {attempt.seat.name.replace('_', ' ')})."
    by_mail = attempt.channel == Channel.EMAIL
    return Outgoing(
        key=f"attempt-{attempt.pk}",
        channel=Channel(attempt.channel),
        person_id=attempt.person_id,
        topic=engagement.topic,
        subject=f"[{engagement.number}] {engagement.priority}: Your decision is needed" if by_mail else subject,
        said=said,
        text=f"{subject}: {said}\n\nLook and decide here:\n{link}\n\n{GRANTS_NOTHING}\n",
        link=link,
        useless_after=attempt.at + STILL_OF_USE,
        urgent=engagement.priority == Priority.P1,
        attempt_id=attempt.pk,
        reply_to=reply_to(engagement, attempt.person_id) if by_mail else "",
    )


@handles("ratification.plan")
def plan_ratification(payload: dict[str, Any], at: datetime) -> None:
    """Plan the lapse of every bypassed seat of the engagement."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    for approval in queries.rounds_for(engagement):
        for seat, lapses_at in queries.lapses_of(approval):
            key = f"ratification:{seat.pk}"
            plan("ratification.lapse", key=key, due_at=lapses_at, at=at, round=approval.pk)


@handles("ratification.lapse")
def lapse(payload: dict[str, Any], at: datetime) -> None:
    """What was not ratified in time becomes a finding."""
    lapse_ratification(payload["round"], by=SYSTEM, at=at)
