"""The ladder in time: asked when a share is used up, told, gone on with where nobody answers, and ended.

What is only a rehearsal says DRILL in every message, in front of everything else.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from breakfix.approvals.values import Channel
from breakfix.incidents import ladder
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions.escalating import advance_escalation, ask_rung, end_escalations, note_standstill
from breakfix.incidents.actions.rehearsing import REAL, end_drill
from breakfix.incidents.values import EndKind, EscalationKind, HelpReason, Verdict
from breakfix.jobs.mail import SOMETHING
from breakfix.jobs.notices import NEWS, OF_USE, OF_USE_ON_A_PHONE, Letter, event_of, plan_letter
from breakfix.jobs.plan import id_in, plan
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM, Role
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger import queries as ledger
from breakfix.outbox import queries as outbox
from breakfix.outbox import sending
from breakfix.outbox.values import Event, Happening, Outgoing
from breakfix.parties import queries as parties

ASKED = "you are asked to take it on"
# No news of a clock: of a P1 it comes by every way at once, of anything else as what one is asked for.
KIND = "escalation.asked"
# What a lock screen may say of an engagement is one of the fixed phrases of jobs/notices.py.
PHRASES = {EscalationKind.HIERARCHICAL: NEWS["clock.warned"], EscalationKind.FUNCTIONAL: SOMETHING}


@handles("escalation.ask")
def ask(payload: dict[str, Any], at: datetime) -> None:
    """A share of a promise is used up: whoever stands there is asked."""
    told = ledger.deed(payload["deed"])
    facts = told["facts"] if told is not None else {}
    if facts.get("clock_id") is None and facts.get("obligation_id") is None:
        return
    about = {name: facts[name] for name in ("clock_id", "obligation_id", "percent")}
    ask_rung(id_in(payload["topic"]), **about, name=facts["clock"], by=SYSTEM, at=at)


@handles("escalation.tell")
def tell(payload: dict[str, Any], at: datetime) -> None:
    """Plan what each person of the steps asked is told, and the instant at which the next rung is asked."""
    told = ledger.deed(payload["deed"])
    if payload["kind"] == "escalation.asked":
        _tell_of_plan(payload, at)
    for key in told["facts"]["steps"] if told is not None else ():
        step = ladder.get_step(key, SYSTEM)
        if not step.is_open:
            continue
        if ladder.goes_further(step):
            plan("escalation.advance", key=f"escalation:{step.pk}", due_at=step.until, at=at, step=step.pk)
        for person in ladder.told_of(step, at):
            _plan_message(step, person, at)


def _tell_of_plan(payload: dict[str, Any], at: datetime) -> None:
    """A plan that is owed is told to whoever owes it, once."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    for end in incidents.open_ends(engagement):
        if end.kind == EndKind.RECOVERY_PLAN and end.due_at is not None:
            for person in parties.people_with(Role(end.role), end.organisation_id, at):
                if parties.sees_topic(parties.actor_for(person), engagement.topic):
                    event, due = event_of(KIND, engagement, asked=True), end.due_at.isoformat()
                    letter = Letter(person.pk, end.what, "", event, SOMETHING, due, asked=True)
                    plan_letter(letter, engagement, deed=f"plan-{end.pk}", at=at)


def _plan_message(step: Any, person: Any, at: datetime) -> None:
    if step.engagement is not None:
        event = event_of(KIND, step.engagement, asked=True)
        line = f"You are asked as {step.asks}."
        letter = Letter(
            person.pk, step.why, line, event, PHRASES[EscalationKind(step.kind)], step.until.isoformat(), asked=True
        )
        plan_letter(letter, step.engagement, deed=f"escalation-{step.pk}", at=at)
        return
    ways, due = outbox.ways_to(person, Happening(Event.ASKED, asked=True), at)
    for way in ways:
        key = f"{way.value}:drill:{step.pk}:{person.pk}"
        words = {"step": step.pk, "person_id": person.pk, "channel": way.value, "planned": due.isoformat()}
        plan("drill.send", key=key, due_at=due, at=at, key_of=key, **words)


@handles("drill.send", outgoing=True)
def send_drill(payload: dict[str, Any], at: datetime) -> None:
    """One message of a rehearsal; nobody hears of a step that was answered or passed meanwhile."""
    step = ladder.get_step(payload["step"], SYSTEM)
    if not step.is_open:
        return
    person, channel = parties.person_by_id(payload["person_id"]), Channel(payload["channel"])
    said = f"DRILL: {ASKED} as {step.asks}. Nothing has failed."
    link = settings.SITE_URL + reverse("drills")
    planned = datetime.fromisoformat(payload["planned"])
    out = Outgoing(
        key=payload["key_of"],
        channel=channel,
        person_id=person.pk,
        topic=step.organisation.topic,
        subject=f"[DRILL] {ASKED.capitalize()}" if channel is Channel.EMAIL else "DRILL",
        said=said,
        text=f"{said}\n\n{step.why}\n\nAnswer here:\n{link}\n" if channel is Channel.EMAIL else "",
        link=link,
        useless_after=planned + OF_USE.get(channel, OF_USE_ON_A_PHONE),
    )
    sending.send(out, at)


@handles("drill.stop")
def stop_drill(payload: dict[str, Any], at: datetime) -> None:
    """Somebody is asked about a real failure: the same people are rehearsing no longer.

    A need-to-know matter stops nothing, because who was not let in would learn of it.
    """
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    if engagement.need_to_know:
        return
    for found in ladder.drills_going_on(engagement.provider_id, engagement.client_id):
        end_drill(found.pk, why=REAL, by=SYSTEM, at=at)


@handles("escalation.advance")
def advance(payload: dict[str, Any], at: datetime) -> None:
    """Ask the next rung, unless somebody answered or it is not needed any more; after a wait once it is time."""
    try:
        advance_escalation(payload["step"], by=SYSTEM, at=at)
    except Refused as no:
        if no.code != "not_due":
            raise
        due = ladder.waits_until(ladder.get_step(payload["step"], SYSTEM), at)
        plan(
            "escalation.advance",
            key=f"escalation:{payload['step']}:{due.isoformat()}",
            due_at=due,
            at=at,
            step=payload["step"],
        )


@handles("escalation.again")
def plan_again(payload: dict[str, Any], at: datetime) -> None:
    """Work goes on, or the service is not back after all: whoever was asked before it has the usual time again.

    After a decision, too: while the client had to make it, the objective stood, and nobody was gone past.
    """
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    for found in ladder.steps_of(engagement):
        found.engagement = engagement
        if found.is_open and ladder.goes_further(found) and ladder.is_needed(found, at):
            key = f"escalation:{found.pk}:{payload['deed']}"
            due = max(found.until, ladder.answer_by(found, at))
            plan("escalation.advance", key=key, due_at=due, at=at, step=found.pk)
    if payload["kind"] == "restoration.disputed":
        for one in incidents.readings(engagement, at):
            if one.clock_id is None or one.verdict is not Verdict.MISSED:
                continue
            if ladder.is_running(one.clock_id) and ladder.escalates(one.clock_id):
                key = f"escalation.owe:{one.clock_id}:{payload['deed']}"
                given = {"topic": payload["topic"], "clock_id": one.clock_id, "name": one.kind.value}
                plan("escalation.owe", key=key, due_at=at, at=at, **given)


@handles("escalation.owe")
def owe(payload: dict[str, Any], at: datetime) -> None:
    """The promise is broken after all, and its plan ended with the restoration: it is owed once more."""
    about = {"percent": 100, "clock_id": payload["clock_id"], "name": payload["name"]}
    ask_rung(id_in(payload["topic"]), **about, by=SYSTEM, at=at)


@handles("escalation.end")
def end(payload: dict[str, Any], at: datetime) -> None:
    """The service is back or the engagement over: no plan is owed and no help is waited for."""
    end_escalations(id_in(payload["topic"]), by=SYSTEM, at=at)


@handles("standstill.plan")
def plan_look(payload: dict[str, Any], at: datetime) -> None:
    """Work begins, goes on or presses more: look when nothing may have moved, or the diagnosis run, for too long."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    _plan_look(engagement, "standstill", ladder.stands_still_at(engagement), at, because=payload["deed"])
    _plan_look(engagement, "overrun", ladder.overruns_at(engagement), at, because=payload["deed"])


def _plan_look(engagement: Any, what: str, due: datetime | None, at: datetime, because: str = "") -> None:
    if due is not None:
        # What is past may have been looked at while it was held or less urgent, in vain: once more for this deed.
        past = f":{because}" if due <= at else ""
        key = f"{what}:{engagement.pk}:{due.isoformat()}{past}"
        plan(f"{what}.look", key=key, due_at=max(due, at), at=at, topic=engagement.topic)


@handles("standstill.look")
def look(payload: dict[str, Any], at: datetime) -> None:
    """Ask for more skill where nothing moved; look again when it may have stood still anew."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    try:
        note_standstill(engagement.pk, reason=HelpReason.STANDSTILL, by=SYSTEM, at=at)
    except Refused as no:
        if no.code != "not_due":
            return
    _plan_look(engagement, "standstill", ladder.stands_still_at(engagement), at)


@handles("overrun.look")
def look_at_diagnosis(payload: dict[str, Any], at: datetime) -> None:
    """Ask for more skill where the diagnosis takes more than one and a half times its protocol."""
    note_standstill(id_in(payload["topic"]), reason=HelpReason.OVERRUN, by=SYSTEM, at=at)
