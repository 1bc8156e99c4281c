"""The ladder: somebody is asked, answers, or the next one is asked; nobody is passed over in silence."""

from datetime import datetime
from typing import Any

from django.db import transaction

from breakfix.agreements.values import Priority
from breakfix.incidents import ladder, queries, steps
from breakfix.incidents.models import Drill, Engagement, Escalation
from breakfix.incidents.rules import closing, words
from breakfix.incidents.rules import ladder as rules
from breakfix.incidents.values import EndKind, EscalationKind, HelpReason, Status
from breakfix.kernel.access import Actor, Deed, Role, Side, person_behind, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import rules as texts
from breakfix.roster import queries as roster

SILENCE = "no answer"
PLAN = "Give a recovery plan: what is done next, by whom, until when"


@transaction.atomic
def ask_rung(
    engagement_id: int,
    *,
    percent: int,
    name: str,
    clock_id: int | None = None,
    obligation_id: int | None = None,
    by: Actor,
    at: datetime,
) -> Engagement:
    """Ask who stands at this share of a promise, unless its ladder went that far by itself already.

    At 100 % both executives are asked, and the provider owes a recovery plan within 60 minutes.
    """
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.ASK_RUNG)
    closing.check_open(Status(engagement.status))
    about: dict[str, Any] = {"clock_id": clock_id, "obligation_id": obligation_id}
    number = rules.NUMBERS[percent]
    if not ladder.escalates(clock_id):
        raise Refused("not_watched", "The update cadence has no ladder.")
    standing = ladder.rungs_at(engagement, number, duty=obligation_id is not None)
    asked = not standing or ladder.was_asked(engagement, number, **about)
    owed = _owe_plan(engagement, name, about, at) if number == rules.LAST else []
    if asked and not owed:
        message = "The ladder went that far already." if standing else "The agreed ladder asks nobody at this share."
        raise Refused("already_asked" if standing else "nobody_agreed", message)
    why = rules.words_of(EscalationKind.HIERARCHICAL, None, name, percent)
    made = [] if asked else _ask(engagement, number, why, about, at)
    _tell(engagement, "escalation.asked", _line(why, made), [*made, *owed], by, at, made)
    return engagement


@transaction.atomic
def advance_escalation(escalation_id: int, *, by: Actor, at: datetime) -> Escalation:
    """Nobody answered in time: the step says so, and the next rung is asked at once.

    Not while the usual time runs anew, because what it is about stood still meanwhile.
    """
    step = ladder.lock_step(escalation_id, by)
    require(by, Deed.ADVANCE_ESCALATION)
    needed, further, until = ladder.is_needed(step, at), ladder.goes_further(step), ladder.waits_until(step, at)
    rules.check_can_advance(open_=step.is_open, further=further, until=until, needed=needed, at=at)
    step.advanced_at, step.advanced_because = at, SILENCE
    step.save(update_fields=["advanced_at", "advanced_because"])
    made, ended = _after(step, at)
    line = f"Nobody answered as {step.asks}. {_line(step.why, made)}"
    _tell(step.engagement or step.drill, "escalation.advanced", line, [step, *made, *ended], by, at, made)
    return step


@transaction.atomic
def acknowledge_escalation(escalation_id: int, *, by: Actor, at: datetime) -> Escalation:
    """Take it on: from here on nobody further up is asked about this step by silence."""
    step = ladder.lock_step(escalation_id, by)
    require(by, Deed.ACKNOWLEDGE_ESCALATION)
    if step.drill is not None and step.drill.ended_at is not None:
        raise Refused("drill_over", "This drill is over already.")
    beyond = _next_words(step) if step.advanced_at is not None and ladder.asked_after(step) else None
    rules.check_can_acknowledge(
        asked=ladder.is_asked(step, by),
        acknowledged=step.acknowledged_at is not None,
        advanced_to=beyond,
    )
    step.acknowledged_by_id, step.acknowledged_at = person_behind(by, "A person takes it on."), at
    step.advanced_at, step.advanced_because = None, ""  # a late answer counts where nobody was asked after it
    step.save(update_fields=["acknowledged_by", "acknowledged_at", "advanced_at", "advanced_because"])
    rows: list[Row] = [step]
    made: list[Escalation] = []
    if step.drill is not None:
        made, ended = _after(step, at)
        rows += [*made, *ended]
    elif step.engagement is not None and step.kind == EscalationKind.FUNCTIONAL:
        rows += steps.close_end(step.engagement, EndKind.HELP, subject=_subject(step), at=at)
    minutes = ladder.minutes_of(step)
    line = f"The {step.asks} took it on after {minutes} min."
    about = step.engagement or step.drill
    _tell(about, "escalation.acknowledged", line, rows, by, at, made, {"minutes": minutes})
    return step


@transaction.atomic
def ask_for_help(
    engagement_id: int, *, said: str = "", reason: HelpReason = HelpReason.REQUEST, by: Actor, at: datetime
) -> Escalation:
    """Ask for more skill; always granted while anything is done, one request at a time. The desk brings it."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.ASK_FOR_HELP, org=engagement.provider_id)
    rules.check_asked_for(Status(engagement.status), over=queries.is_over(engagement))
    if reason not in (HelpReason.REQUEST, HelpReason.SKILL_GAP):
        raise Refused("by_the_clock", "This is noticed by the clock; say that you need help.", field="reason")
    rules.check_no_help_open(any(one.kind == EndKind.HELP for one in queries.open_ends(engagement)))
    told = words.check_no_amount(texts.text(said, "said", longest=300, required=False), "said")
    mine = roster.technicians_of(engagement.provider_id).filter(person=by.person_id).first()
    made, rows = _ask_skill(engagement, mine.level if mine else 1, reason, told, at)
    _tell(engagement, "escalation.helped", _line(made[-1].why, made), rows, by, at, made)
    return made[-1]


@transaction.atomic
def note_standstill(engagement_id: int, *, reason: HelpReason, by: Actor, at: datetime) -> Escalation:
    """Nothing moved for too long, or the diagnosis takes too long: more skill is asked for, by the clock."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.NOTE_STANDSTILL)
    if reason is HelpReason.OVERRUN:
        _check_overrun(engagement, at)
    else:
        last = max([ladder.last_progress(engagement), *_asked_at(engagement, reason)])
        rules.check_stands_still(Priority(engagement.priority), Status(engagement.status), last, at)
    made, rows = _ask_skill(engagement, 1, reason, "", at)
    _tell(engagement, "escalation.helped", _line(made[-1].why, made), rows, by, at, made)
    return made[-1]


@transaction.atomic
def give_recovery_plan(engagement_id: int, *, plan: str, by: Actor, at: datetime) -> Engagement:
    """Tell both sides how a broken promise is made good: the plan is an update, and what was owed is given."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.GIVE_RECOVERY_PLAN, org=engagement.provider_id)
    closing.check_open(Status(engagement.status))
    told = words.check_no_amount(texts.text(plan, "plan", longest=4000), "plan")
    ended = steps.close_end(engagement, EndKind.RECOVERY_PLAN, at=at)
    if not ended:
        raise Refused("no_plan_owed", "No recovery plan is owed now.")
    rows = [*ended, *steps.note_update(engagement, at)]
    _tell(engagement, "recovery_plan.given", f"Recovery plan: {told}", rows, by, at, [])
    return engagement


@transaction.atomic
def end_escalations(engagement_id: int, *, by: Actor, at: datetime) -> Engagement:
    """The service is back, or nothing more is done: no help is waited for, and no plan is owed for what is over.

    A plan for a duty that is not met yet, or for a clock that still runs, stays owed.
    """
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.END_ESCALATIONS)
    rows: list[Row] = []
    for end in (one for one in queries.open_ends(engagement) if one.kind == EndKind.RECOVERY_PLAN):
        if queries.is_over(engagement) or not ladder.is_plan_owed(end):
            rows += steps.close_end(engagement, EndKind.RECOVERY_PLAN, subject=end.subject, at=at)
    # A duty that was met is news too, and brings nobody the skill that is still waited for.
    if queries.is_over(engagement) or engagement.restored_at is not None or engagement.resolved_at is not None:
        rows += steps.close_end(engagement, EndKind.HELP, at=at)
    if not rows:
        raise Refused("nothing_owed", "Nothing of the ladder is open.")
    _tell(engagement, "escalation.ended", "Nobody needs to be asked any more.", rows, by, at, [])
    return engagement


# ------------------------------------------------------------------------------------------ what they share


def _ask(of: Engagement | Drill, number: int, why: str, about: dict[str, Any], at: datetime) -> list[Escalation]:
    made = ladder.asked_from(of, number, why, about, at)
    for one in made:
        one.save()
    return made


def _after(step: Escalation, at: datetime) -> tuple[list[Escalation], list[Row]]:
    """The next rung, unless it was asked; a drill is over once nobody is left to ask."""
    if step.engagement is not None:
        if step.kind == EscalationKind.FUNCTIONAL:
            # The same skill is still missing: somebody else is asked to bring it.
            others = rules.HELPERS[rules.HELPERS.index(Role(step.role)) + 1 :]
            made, rows = _bring(step.engagement, step.rung, others, HelpReason(step.help_reason), step.why, at)
            return made, [*rows, *steps.close_end(step.engagement, EndKind.HELP, subject=_subject(step), at=at)]
        about = {"clock_id": step.clock_id, "obligation_id": step.obligation_id}
        above = ladder.next_rungs(step)
        asked = not above or ladder.was_asked(step.engagement, above[0].number, **about)
        return ([] if asked else _ask(step.engagement, above[0].number, step.why, about, at)), []
    drill = step.drill
    assert drill is not None  # noqa: S101 - a step is of an engagement or of a drill, as its table demands
    every = ladder.steps_of_drill(drill)
    made = [] if any(one.rung > step.rung for one in every) else _ask(drill, step.rung + 1, step.why, {}, at)
    return made, _end_if_over(drill, ladder.steps_of_drill(drill), at)


def _end_if_over(drill: Drill, every: list[Escalation], at: datetime) -> list[Row]:
    """A drill is over once nobody is left who could answer."""
    if any(one.is_open for one in every):
        return []
    drill.ended_at = at
    drill.save(update_fields=["ended_at"])
    return [drill]


def _ask_skill(
    engagement: Engagement, level: int, reason: HelpReason, said: str, at: datetime
) -> tuple[list[Escalation], list[Row]]:
    """The desk brings the next level up that was not asked for yet, or a vendor or partner."""
    asked = [one.rung for one in ladder.steps_of(engagement) if one.kind == EscalationKind.FUNCTIONAL]
    number = rules.next_skill(level, asked)
    why = rules.words_of(EscalationKind.FUNCTIONAL, reason, "", 0) + (f": {said}" if said else "")
    return _bring(engagement, number, rules.HELPERS, reason, why, at)


def _bring(
    engagement: Engagement, number: int, helpers: tuple[Role, ...], reason: HelpReason, why: str, at: datetime
) -> tuple[list[Escalation], list[Row]]:
    """The first of these who can be reached is to bring this skill; who cannot is named."""
    made: list[Escalation] = []
    for role in helpers:
        name = f"{rules.HELPER_NAMES[role]}, to bring {rules.SKILLS[number]}"
        step = ladder.step_for(
            engagement, rules.Rung(number, 0, name, Side.PROVIDER, role), why, {"help_reason": reason.value}, at
        )
        step.kind = EscalationKind.FUNCTIONAL.value
        step.save()
        made.append(step)
        if step.is_open:
            break
    step = made[-1]
    ends = steps.open_end(
        engagement,
        EndKind.HELP,
        f"Bring {rules.SKILLS[number]}: {why}",
        organisation_id=engagement.provider_id,
        role=step.role,
        due_at=step.until,
        subject=_subject(step),
        blocks_close=False,
        at=at,
    )
    return made, [*made, *ends]


def _subject(step: Escalation) -> str:
    return f"help/{step.engagement_id}/{step.pk}"


def _owe_plan(engagement: Engagement, name: str, about: dict[str, Any], at: datetime) -> list[Row]:
    clock, duty = about["clock_id"], about["obligation_id"]
    return steps.open_end(
        engagement,
        EndKind.RECOVERY_PLAN,
        f"{PLAN} ({name} is missed)",
        organisation_id=engagement.provider_id,
        role=Role.DIRECTOR,
        due_at=at + rules.PLAN_WITHIN,
        subject=f"help/{engagement.pk}/{f'clock/{clock}' if clock is not None else f'duty/{duty}'}",
        blocks_close=False,
        at=at,
    )


def _check_overrun(engagement: Engagement, at: datetime) -> None:
    due = ladder.overruns_at(engagement)
    if due is None or engagement.diagnosis_completed_at is not None or at < due:
        raise Refused("not_due", "The diagnosis has not taken that long.")
    if _asked_at(engagement, HelpReason.OVERRUN):
        raise Refused("already_asked", "This was told before.")


def _asked_at(engagement: Engagement, reason: HelpReason) -> list[datetime]:
    return [one.asked_at for one in ladder.steps_of(engagement) if one.help_reason == reason]


def _next_words(step: Escalation) -> str:
    names = [one.name for one in ladder.next_rungs(step)]
    return " and ".join(names) or "nobody further"


def _line(why: str, made: list[Escalation]) -> str:
    """Who is asked, without personal names; who could not be reached is said as well."""
    asked = " and ".join(one.asks for one in made if one.is_open)
    passed = "; ".join(f"{one.asks}: {one.advanced_because}" for one in made if not one.is_open)
    found = f"Asked: {asked}" if asked else "Nobody is left to ask" if made else "Nobody further is asked"
    return f"{found}, because {why}{f' ({passed})' if passed else ''}."


def _tell(
    of: Any,
    kind: str,
    line: str,
    rows: list[Row],
    by: Actor,
    at: datetime,
    made: list[Escalation],
    facts: dict[str, object] | None = None,
) -> None:
    case = of if isinstance(of, Engagement) else None
    record(
        kind,
        subject=of,
        by=by,
        at=at,
        to=case.party_ids if case else (of.provider_id, of.client_id),
        topic=case.topic if case else "",
        line=line,
        facts={"steps": [one.pk for one in made], **(facts or {})},
        changed=rows,
    )
