"""Reads of escalations and drills: who was asked, who answered within how long, when it was last rehearsed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from breakfix.agreements import queries as agreements
from breakfix.agreements.values import Communication, Domain, Priority
from breakfix.incidents import queries
from breakfix.incidents.models import Clock, Drill, Engagement, Escalation, Obligation, OpenEnd
from breakfix.incidents.rules import ladder
from breakfix.incidents.values import ClockKind, EscalationKind, HelpReason, Status
from breakfix.kernel.access import Actor, Role, Side
from breakfix.kernel.errors import NotFound
from breakfix.kernel.ledger import queries as ledger
from breakfix.parties import queries as parties
from breakfix.parties.models import Person

NOBODY = "nobody reachable"
_RELATED = ("engagement__provider", "engagement__client", "drill", "organisation", "acknowledged_by")


def visible_to(by: Actor) -> QuerySet[Escalation]:
    """The steps of the engagements this actor was let in on, and of the drills of its organisation; latest first."""
    seen = queries.visible_to(by).order_by().select_related(None).values("pk")
    mine = Q(engagement__in=seen) | Q(drill__in=drills_visible_to(by).order_by().values("pk"))
    return Escalation.objects.filter(mine).select_related(*_RELATED).order_by("-asked_at", "-id")


def drills_visible_to(by: Actor) -> QuerySet[Drill]:
    """The rehearsals between this actor's organisation and others; not for who only does field work."""
    rows = Drill.objects.select_related("provider", "client", "started_by").order_by("-started_at", "-id")
    if by.is_machine and by.organisation_id is None:
        return rows
    if by.field_only or not by.roles:
        return rows.none()
    return rows.filter(Q(provider=by.organisation_id) | Q(client=by.organisation_id))


def steps_of(engagement: Engagement) -> list[Escalation]:
    """Every step on an engagement the caller may see, oldest first."""
    related = ("organisation", "acknowledged_by", "clock", "obligation")
    rows = Escalation.objects.filter(engagement=engagement).select_related(*related)
    return list(rows.order_by("asked_at", "id"))


def steps_of_drill(drill: Drill) -> list[Escalation]:
    """Every step of a rehearsal, in the order in which they were asked."""
    rows = Escalation.objects.filter(drill=drill).select_related("organisation", "acknowledged_by")
    return list(rows.order_by("asked_at", "id"))


def get_step(escalation_id: int, by: Actor) -> Escalation:
    """This step, or NotFound."""
    found = visible_to(by).filter(pk=escalation_id).first()
    if found is None:
        raise NotFound("This step")
    return found


def lock_step(escalation_id: int, by: Actor) -> Escalation:
    """This step with what it is of, both held until the end of the deed, the engagement or drill first."""
    found = get_step(escalation_id, by)
    engagement = queries.lock_engagement(found.engagement_id, by) if found.engagement_id is not None else None
    drill = Drill.objects.select_for_update().get(pk=found.drill_id) if found.drill_id is not None else None
    row = Escalation.objects.select_for_update().get(pk=escalation_id)
    row.engagement, row.drill = engagement, drill
    return row


def get_drill(drill_id: int, by: Actor) -> Drill:
    """This rehearsal, or NotFound."""
    found = drills_visible_to(by).filter(pk=drill_id).first()
    if found is None:
        raise NotFound("This drill")
    return found


def lock_drill(drill_id: int, by: Actor) -> Drill:
    """This rehearsal, held until the end of the deed, or NotFound."""
    return Drill.objects.select_for_update().get(pk=get_drill(drill_id, by).pk)


def drills_going_on(provider_id: int, client_id: int) -> QuerySet[Drill]:
    """The rehearsal between these two that is not over."""
    return Drill.objects.filter(provider=provider_id, client=client_id, ended_at=None)


def is_walked(provider_id: int, client_id: int, at: datetime) -> bool:
    """Whether anybody is asked now about a real failure between these two.

    Of a need-to-know matter nothing is said: who was not let in learns from no refusal that there is one.
    """
    between = {"engagement__provider": provider_id, "engagement__client": client_id}
    rows = Escalation.objects.filter(
        **between,
        engagement__need_to_know=False,
        kind=EscalationKind.HIERARCHICAL,
        acknowledged_at=None,
        advanced_at=None,
    )
    return any(is_needed(one, at) for one in rows.select_related("engagement", "clock", "obligation"))


def is_needed(step: Escalation, at: datetime, *, paused: Collection[int | None] | None = None) -> bool:
    """Whether what it is about is in danger now: its clock runs, its duty is open, its rehearsal goes on.

    While a hold or a decision of the client pauses the clock it is not; whoever resumes, decides or disputes has the
    wait begin anew. `paused`: the engagement's `paused_clocks`, where the caller asks about many steps.
    """
    if step.drill is not None:
        return step.drill.ended_at is None
    engagement = step.engagement
    if engagement is None or queries.is_over(engagement):
        return False
    if step.clock is not None:
        if step.clock.stopped_at is not None or step.clock.void:
            return False
        return step.clock.pk not in (paused_clocks(engagement, at) if paused is None else paused)
    if step.obligation is not None:
        return step.obligation.met_at is None
    return Status(engagement.status) in ladder.MOVING


def paused_clocks(engagement: Engagement, at: datetime) -> frozenset[int | None]:
    """The promises that stand still now, because it is held or the client decides."""
    if Status(engagement.status) not in (Status.ON_HOLD, Status.AWAITING_APPROVAL):
        return frozenset()
    history = queries.clock_history(engagement, at)
    return frozenset(one.clock_id for one in history if any(pause.end is None for pause in one.pauses))


def reachable(role: Role, organisation_id: int, engagement: Engagement | None, at: datetime) -> list[Person]:
    """Who holds that place and can be told: has an address, and may see what it is about.

    Of a need-to-know matter those of that side are asked who were let in on it, whatever place they hold: its ladder
    lets nobody in.
    """
    named = engagement is not None and engagement.need_to_know
    asked = {*ladder.NAMED, role} if named else {role}
    people = [one for one in parties.people_with(asked, organisation_id, at) if one.email]
    if engagement is None:
        return people
    return [one for one in people if parties.sees_topic(parties.actor_for(one), engagement.topic)]


def is_asked(step: Escalation, by: Actor) -> bool:
    """Whether this actor, who sees the step, is one of those whom it asks."""
    named = step.engagement is not None and step.engagement.need_to_know and by.roles & ladder.NAMED
    return by.organisation_id == step.organisation_id and (step.role in by.roles or bool(named))


def told_of(step: Escalation, at: datetime) -> list[Person]:
    """Whom a step is told to now."""
    return reachable(Role(step.role), step.organisation_id, step.engagement, at)


def answer_by(step: Escalation, at: datetime) -> datetime:
    """Until when an answer to this step is waited for, if it were asked now."""
    case = step.engagement
    agreed = ladder_of(case or step.drill)
    if case is None:
        return at + agreed.within[Priority.P1]
    return agreed.answer_by(Priority(case.priority), case.hours, at, obligation=step.obligation_id is not None)


def waits_until(step: Escalation, at: datetime, moved: Mapping[int | None, list[datetime]] | None = None) -> datetime:
    """Until when its answer is waited for: what stood meanwhile gives the usual time again from when it moved.

    A dated duty never stands. `moved`: the engagement's `moved_again`, where the caller asks about many steps.
    """
    case = step.engagement
    if case is None or step.obligation_id is not None:
        return step.until
    instants = (moved_again(case, at) if moved is None else moved).get(step.clock_id, [])
    since = [one for one in instants if step.asked_at < one <= at]
    return max([step.until, *(answer_by(step, one) for one in since)])


def moved_again(engagement: Engagement, at: datetime) -> dict[int | None, list[datetime]]:
    """When what stood still went on: each promise by its clock, the work itself by None."""
    entries = ledger.entries(engagement.client_id, topic=engagement.topic).filter(kind__in=ladder.OPENS_AGAIN)
    opened = list(entries.values_list("at", flat=True))
    holds = [one.ended_at for one in queries.holds(engagement) if one.ended_at is not None]
    found: dict[int | None, list[datetime]] = {None: holds + opened}
    for one in queries.clock_history(engagement, at):
        found[one.clock_id] = [pause.end for pause in one.pauses if pause.end is not None] + opened
    return found


def ladder_of(of: Engagement | Drill | None) -> ladder.Ladder:
    """The ladder that both sides signed: of an engagement by its own version, of a rehearsal by the one in force."""
    if isinstance(of, Engagement):
        return ladder.ladder_of(queries.terms(of).communication)
    version = of and agreements.find_in_force(of.client_id, of.provider_id, of.started_at)
    return ladder.ladder_of(version.parsed.communication if version else Communication())


def asked_from(
    of: Engagement | Drill, number: int, why: str, about: dict[str, Any], at: datetime
) -> list[Escalation]:
    """The steps, not saved yet, that ask this rung; where nobody on it can be reached, the next one as well."""
    made: list[Escalation] = []
    agreed, duty = ladder_of(of), about.get("obligation_id") is not None
    while (place := agreed.next_from(number, obligation=duty)) is not None:
        fresh = [step_for(of, rung, why, about, at) for rung in agreed.rungs(place, obligation=duty)]
        made += fresh
        number = place + 1
        further = agreed.next_from(number, obligation=duty)
        if any(one.is_open for one in fresh):
            break
        if isinstance(of, Engagement) and further is not None and was_asked(of, further, **about):
            break
    return made


def step_for(of: Engagement | Drill, rung: ladder.Rung, why: str, about: dict[str, Any], at: datetime) -> Escalation:
    """A step, not saved yet, that asks this rung; where nobody can be reached, it is passed at once and says so."""
    organisation_id = of.provider_id if rung.side is Side.PROVIDER else of.client_id
    case, drill = (of, None) if isinstance(of, Engagement) else (None, of)
    people = len(reachable(rung.role, organisation_id, case, at))
    step = Escalation(
        engagement=case,
        drill=drill,
        kind=EscalationKind.HIERARCHICAL,
        why=why[:400],
        rung=rung.number,
        asks=rung.name,
        organisation_id=organisation_id,
        role=rung.role,
        reachable=people,
        asked_at=at,
        advanced_at=None if people else at,
        advanced_because="" if people else NOBODY,
        **about,
    )
    step.until = answer_by(step, at)
    return step


def is_plan_owed(end: OpenEnd) -> bool:
    """Whether what this recovery plan is about is still broken: its clock runs on, or its duty is not met."""
    *_, noun, key = end.subject.split("/")
    if noun == "clock":
        return is_running(int(key))
    return noun == "duty" and Obligation.objects.filter(pk=int(key), met_at=None).exists()


def is_running(clock_id: int) -> bool:
    """Whether this promise is neither kept nor void yet."""
    return Clock.objects.filter(pk=clock_id, stopped_at=None, void=False).exists()


def rungs_at(of: Engagement | Drill | None, number: int, *, duty: bool) -> list[ladder.Rung]:
    """Who stands on this rung of the ladder that both sides signed."""
    return ladder_of(of).rungs(number, obligation=duty)


def next_rungs(step: Escalation) -> list[ladder.Rung]:
    """Who stands above this step."""
    of, duty = step.engagement or step.drill, step.obligation_id is not None
    place = ladder_of(of).next_from(step.rung + 1, obligation=duty)
    return rungs_at(of, place, duty=duty) if place is not None else []


def goes_further(step: Escalation) -> bool:
    """Whether silence leads anywhere: somebody stands above, or a rehearsal has to end."""
    if step.drill_id is not None:
        return True
    if step.kind == EscalationKind.FUNCTIONAL:
        return Role(step.role) in ladder.HELPERS[:-1]
    return bool(next_rungs(step))


def asked_after(step: Escalation) -> bool:
    """Whether somebody further up was really asked after this step, and may think of it as theirs."""
    if step.drill_id is not None:
        return True
    later = Escalation.objects.filter(engagement=step.engagement_id, kind=step.kind, reachable__gt=0, pk__gt=step.pk)
    if step.kind == EscalationKind.FUNCTIONAL:
        return later.filter(rung=step.rung, help_reason=step.help_reason).exists()
    return later.filter(rung__gt=step.rung, clock=step.clock_id, obligation=step.obligation_id).exists()


def was_asked(engagement: Engagement, number: int, *, clock_id: int | None, obligation_id: int | None) -> bool:
    """Whether this rung was asked about this promise before."""
    about = {"engagement": engagement, "clock": clock_id, "obligation": obligation_id, "rung": number}
    return Escalation.objects.filter(kind=EscalationKind.HIERARCHICAL, **about).exists()


def escalates(clock_id: int | None) -> bool:
    """Whether a promise has a ladder: the update cadence has none, its rounds are too short to ask anybody."""
    return clock_id is None or not Clock.objects.filter(pk=clock_id, kind=ClockKind.UPDATE).exists()


def last_progress(engagement: Engagement) -> datetime:
    """When a person of the provider last did anything on it, by the client's log: the progress marker.

    What the client itself writes is no progress: "any news?" must not silence the alarm. What was held could not
    move, so it is counted from the end of the last hold, whoever ended that; nor could what seemed to be done, until
    the client disputed the restoration or sent the work back.
    """
    theirs = Person.objects.filter(organisation=engagement.provider_id).values("pk")
    moved = Q(person_id__in=theirs) | Q(kind__in=ladder.OPENS_AGAIN)
    entries = ledger.entries(engagement.client_id, topic=engagement.topic).filter(moved)
    last = entries.order_by("-at").values_list("at", flat=True).first()
    ended = [one.ended_at for one in queries.holds(engagement) if one.ended_at is not None]
    return max([engagement.submitted_at, last or engagement.submitted_at, *ended])


def stands_still_at(engagement: Engagement) -> datetime | None:
    """When silence on it alarms the desk next; None where it alarms nobody."""
    after = ladder.STANDSTILL.get(Priority(engagement.priority))
    if after is None or Status(engagement.status) not in ladder.MOVING:
        return None
    told = [one.asked_at for one in steps_of(engagement) if one.help_reason == HelpReason.STANDSTILL]
    return max([last_progress(engagement), *told]) + after


def overruns_at(engagement: Engagement) -> datetime | None:
    """When its diagnosis takes more than one and a half times its protocol; None while none runs."""
    if engagement.status != Status.DIAGNOSING or (fee := queries.fee(engagement)).started_at is None:
        return None
    agreed = queries.terms(engagement).forensic.fees.get(Domain(engagement.domain))
    held = [(one.started_at, one.ended_at) for one in queries.holds(engagement) if one.ended_at is not None]
    return ladder.overruns_at(fee.started_at, float(agreed.included_hours), held) if agreed else None


# ------------------------------------------------------------------------------------------ drills


@dataclass(frozen=True)
class DrillLine:
    """A rehearsal with its steps, and how long each took."""

    drill: Drill
    steps: list[Escalation]

    @property
    def answered(self) -> int:
        return sum(one.acknowledged_at is not None for one in self.steps)


def minutes_of(step: Escalation) -> int | None:
    """Whole minutes until somebody answered; None where nobody did."""
    if step.acknowledged_at is None:
        return None
    return (step.acknowledged_at - step.asked_at) // timedelta(minutes=1)


def drill_log(by: Actor) -> list[DrillLine]:
    """Every rehearsal this actor's organisation took part in, latest first, in two queries."""
    found = list(drills_visible_to(by)[:50])
    steps: dict[int, list[Escalation]] = {one.pk: [] for one in found}
    rows = Escalation.objects.filter(drill__in=list(steps)).select_related("organisation", "acknowledged_by")
    for row in rows.order_by("asked_at", "id"):
        if row.drill_id is not None:
            steps[row.drill_id].append(row)
    return [DrillLine(one, steps[one.pk]) for one in found]


def last_drill_at(by: Actor) -> datetime | None:
    """When the ladder was last rehearsed to its end; one that was ended early rehearsed nothing."""
    to_its_end = drills_visible_to(by).exclude(ended_at=None).filter(ended_because="")
    return to_its_end.values_list("ended_at", flat=True).first()


def is_stale(by: Actor, at: datetime) -> bool:
    """Whether the last rehearsal is more than ninety days ago, or there was none."""
    return ladder.is_stale(last_drill_at(by), at)
