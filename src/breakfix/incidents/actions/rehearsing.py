"""Drills: the ladder rehearsed with a client, ended by its last rung, by a person, or by a failure that is real."""

from datetime import datetime

from django.db import transaction

from breakfix.agreements import queries as agreements
from breakfix.incidents import ladder
from breakfix.incidents.models import Drill, Escalation
from breakfix.kernel.access import Actor, Deed, person_behind, require
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import rules as texts

STOPPED = "the drill was ended"
REAL = "A failure is real: its ladder is walked now"


@transaction.atomic
def start_drill(client_id: int, *, scenario: str, by: Actor, at: datetime) -> Drill:
    """Rehearse the ladder with a client, as for a P1: every rung answers or is passed; no engagement is touched.

    Refused while that client's ladder is walked for a real failure: nobody shall take the one for the other.
    """
    require(by, Deed.START_DRILL)
    provider_id = by.organisation_id or 0
    if agreements.find_in_force(client_id, provider_id, at) is None:
        raise NotFound("This client")
    said = texts.text(scenario, "scenario", longest=300)
    if ladder.drills_going_on(provider_id, client_id).exists():
        raise Refused("drill_runs", "A drill with this client is going on.")
    if ladder.is_walked(provider_id, client_id, at):
        raise Refused("ladder_runs", "Somebody of this ladder is asked about a real failure now; rehearse later.")
    drill = Drill.objects.create(
        provider_id=provider_id,
        client_id=client_id,
        scenario=said,
        started_by_id=person_behind(by, "A person starts a drill."),
        started_at=at,
    )
    made = ladder.asked_from(drill, 1, f"DRILL: {said}"[:400], {}, at)
    for one in made:
        one.save()
    if not any(one.is_open for one in made):  # nobody can be reached on any rung: it is over, and says that
        drill.ended_at = at
        drill.save(update_fields=["ended_at"])
    _tell(drill, "drill.started", f"DRILL of the ladder: {said}", [drill, *made], by, at, made)
    return drill


@transaction.atomic
def end_drill(drill_id: int, *, why: str, by: Actor, at: datetime) -> Drill:
    """End a rehearsal before its last rung: nobody further is asked, and it does not count as a rehearsal.

    Who was being asked is no longer waited for; what was answered so far stays in the drill log.
    """
    drill = ladder.lock_drill(drill_id, by)
    require(by, Deed.END_DRILL, org=drill.provider_id)
    said = texts.text(why, "why", longest=300)
    if drill.ended_at is not None:
        raise Refused("drill_over", "This drill is over already.")
    waiting = [one for one in ladder.steps_of_drill(drill) if one.is_open]
    for step in waiting:
        step.advanced_at, step.advanced_because = at, STOPPED
        step.save(update_fields=["advanced_at", "advanced_because"])
    drill.ended_at, drill.ended_because = at, said
    drill.save(update_fields=["ended_at", "ended_because"])
    _tell(drill, "drill.ended", f"DRILL ended early: {said}", [drill, *waiting], by, at, [])
    return drill


def _tell(
    drill: Drill, kind: str, line: str, rows: list[Row], by: Actor, at: datetime, made: list[Escalation]
) -> None:
    facts = {"steps": [one.pk for one in made]}
    to = (drill.provider_id, drill.client_id)
    record(kind, subject=drill, by=by, at=at, to=to, line=line, facts=facts, changed=rows)
