"""Another priority: what was promised changes with it, from the beginning or from now on."""

from datetime import datetime
from typing import Any

from django.db import transaction

from breakfix.agreements.values import Priority
from breakfix.incidents import lowering, queries, steps
from breakfix.incidents.models import Clock, DowngradeProposal, Engagement
from breakfix.incidents.rules import closing, words
from breakfix.incidents.rules import priority as priorities
from breakfix.incidents.values import (
    ClockKind,
    DowngradeAnswer,
    DowngradeOutcome,
    EndKind,
    PriorityChange,
    Status,
    Verdict,
)
from breakfix.kernel.access import Actor, Deed, Role, person_behind, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import rules as texts


@transaction.atomic
def raise_priority(
    engagement_id: int,
    *,
    priority: Priority,
    change: PriorityChange,
    reason: str,
    by: Actor,
    at: datetime,
) -> Engagement:
    """Change the priority and with it the promises; scores and answers stay as reported (domain.md §4.1, §4.3).

    A triage correction recomputes every clock from submission and marks a late classification; changed
    circumstances replace only the clocks still open. The machine may only raise for a pressing obligation. Refused
    once the work is accepted: the invoice rests on the clocks as they were then. That it never was so urgent is said
    by the client's service owner, an approver or its administrator: what was missed is given up with it.
    """
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.RAISE_PRIORITY, org=engagement.party_ids)
    now = Priority(engagement.priority)
    closing.check_can_reprioritise(Status(engagement.status))
    missed, deadlines = _missed_under(engagement, at), _pressing(engagement, at)
    priorities.check_can_change(now, priority, change, missed=missed, by=by, deadlines=deadlines, at=at)
    reason = words.check_no_amount(texts.text(reason, "reason", longest=400), "reason")
    rows = _overtake(engagement, by, at) + _change(engagement, priority, change, at)
    line, facts = _changed(now, priority, change, reason)
    _tell(engagement, "engagement.reprioritised", line, rows, by, at, facts)
    return engagement


@transaction.atomic
def propose_downgrade(
    engagement_id: int, *, priority: Priority, change: PriorityChange, reason: str, by: Actor, at: datetime
) -> DowngradeProposal:
    """Ask the client to let a lower priority hold; until somebody of theirs consents, everything stays as it is."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.PROPOSE_DOWNGRADE, org=engagement.provider_id)
    if lowering.waiting(engagement, by) is not None:
        raise Refused("one_at_a_time", "The client has not answered the last one yet.")
    now = Priority(engagement.priority)
    closing.check_can_reprioritise(Status(engagement.status))
    priorities.check_can_lower(now, priority, deadlines=_pressing(engagement, at), at=at)
    reason = words.check_no_amount(texts.text(reason, "reason", longest=400), "reason")
    proposal = DowngradeProposal.objects.create(
        engagement=engagement,
        was=now.value,
        becomes=priority.value,
        change=change.value,
        reason=reason,
        proposed_by_id=by.person_id,
        proposed_at=at,
    )
    rows: list[Row] = [proposal]
    rows += steps.open_end(
        engagement,
        EndKind.DOWNGRADE,
        f"Say whether {now} may become {priority}",
        organisation_id=engagement.client_id,
        role=Role.SERVICE_OWNER,
        blocks_close=False,
        at=at,
    )
    line = f"The client is asked to let {now} become {priority}, {_words(change)}: {reason}"
    _tell(engagement, "downgrade.proposed", line, rows, by, at, {"from": now, "to": priority, "change": change})
    return proposal


@transaction.atomic
def answer_downgrade(
    engagement_id: int, *, proposal_id: int, answer: DowngradeAnswer, note: str = "", by: Actor, at: datetime
) -> Engagement:
    """Let the lower priority hold, and with it what is promised under it; or say no, and all stays as it is.

    `proposal_id` is the one that the client read: one that was put in its place meanwhile is not answered by that.
    """
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.ANSWER_DOWNGRADE, org=engagement.client_id)
    proposal = lowering.lock_waiting(engagement)
    person_behind(by, "What was promised is given up by somebody with a name.")
    now, to = Priority(engagement.priority), Priority(proposal.becomes)
    priorities.check_can_consent(proposal.pk == proposal_id, Priority(proposal.was), now)
    said = texts.text(note, "note", longest=300, required=False)
    if answer is DowngradeAnswer.REFUSE:
        rows = _decide(proposal, DowngradeOutcome.REFUSED, said, by, at)
        line = f"The client does not consent: {now} stays{f': {said}' if said else '.'}"
        _tell(engagement, "downgrade.refused", line, rows, by, at)
        return engagement
    closing.check_can_reprioritise(Status(engagement.status))
    priorities.check_can_lower(now, to, deadlines=_pressing(engagement, at), at=at)
    change = PriorityChange(proposal.change)
    if change is PriorityChange.TRIAGE_CORRECTION:
        priorities.check_gives_up(by)
    rows = _decide(proposal, DowngradeOutcome.CONSENTED, said, by, at) + _change(engagement, to, change, at)
    reason = f"{proposal.reason.rstrip('.')}. The client consents{f': {said}' if said else '.'}"
    line, facts = _changed(now, to, change, reason)
    _tell(engagement, "downgrade.consented", line, rows, by, at, facts)
    return engagement


@transaction.atomic
def withdraw_downgrade(engagement_id: int, *, reason: str, by: Actor, at: datetime) -> Engagement:
    """Take the question back before it is answered; the priority stays."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.WITHDRAW_DOWNGRADE, org=engagement.provider_id)
    proposal = lowering.lock_waiting(engagement)
    said = texts.text(reason, "reason", longest=300)
    rows = _decide(proposal, DowngradeOutcome.WITHDRAWN, said, by, at)
    _tell(engagement, "downgrade.withdrawn", f"The lower priority was taken back: {said}", rows, by, at)
    return engagement


def _pressing(engagement: Engagement, at: datetime) -> list[datetime]:
    return [one.due_at for one in queries.obligations(engagement, at) if one.is_open]


def _missed(engagement: Engagement, at: datetime) -> set[int]:
    late = [one.clock_id for one in queries.clock_history(engagement, at) if one.verdict is Verdict.MISSED]
    return {clock_id for clock_id in late if clock_id is not None}


def _missed_under(engagement: Engagement, at: datetime) -> list[Priority]:
    """The priorities under which promises were missed: changed circumstances leave them their verdict."""
    rows = Clock.objects.filter(engagement=engagement, pk__in=_missed(engagement, at))
    return [Priority(one) for one in rows.values_list("priority", flat=True)]


def _words(change: PriorityChange) -> str:
    return change.value.replace("_", " ")


def _decide(proposal: DowngradeProposal, outcome: DowngradeOutcome, note: str, by: Actor, at: datetime) -> list[Row]:
    proposal.outcome, proposal.note = outcome.value, note
    proposal.decided_at, proposal.decided_by_id = at, by.person_id
    proposal.save()
    return [proposal, *steps.close_end(proposal.engagement, EndKind.DOWNGRADE, at=at)]


def _overtake(engagement: Engagement, by: Actor, at: datetime) -> list[Row]:
    """A lower priority that waits is about one that it has no more."""
    rows: list[Row] = []
    for one in DowngradeProposal.objects.filter(engagement=engagement, decided_at=None):
        rows += _decide(one, DowngradeOutcome.WITHDRAWN, "The priority was changed meanwhile.", by, at)
    return rows


def _change(engagement: Engagement, to: Priority, change: PriorityChange, at: datetime) -> list[Row]:
    """Under the other priority from here on, or as if it had been so all along."""
    corrected, raised = change is PriorityChange.TRIAGE_CORRECTION, to < Priority(engagement.priority)
    engagement.priority = to.value
    engagement.late_classification = engagement.late_classification or (corrected and raised)
    engagement.save(update_fields=["priority", "late_classification"])
    rows: list[Row] = [engagement]
    rows += _recompute(engagement, at) if corrected else _replace_open(engagement, at)
    return rows + steps.refresh_next_step(engagement, at)


def _changed(was: Priority, now: Priority, change: PriorityChange, reason: str) -> tuple[str, dict[str, object]]:
    """What the log says of another priority, whoever decided it."""
    return f"Priority {was} to {now}, {_words(change)}: {reason}", {"from": was, "to": now, "change": change}


def _tell(
    engagement: Engagement,
    kind: str,
    line: str,
    rows: list[Row],
    by: Actor,
    at: datetime,
    facts: dict[str, object] | None = None,
) -> None:
    record(
        kind,
        subject=engagement,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts=facts,
        changed=rows,
    )


def _recompute(engagement: Engagement, at: datetime) -> list[Row]:
    """Triage correction: every clock again from submission, under the priority it should have had (ruling 23).

    Pauses are wall time and stay; they are measured anew in the new coverage. What was ended as not needed any more
    is missed if it was due before that, and stays void if not.
    """
    rows: list[Row] = []
    ended: list[Any] = []
    for clock in _counted(engagement):
        was_void, stopped_at = clock.void, clock.stopped_at
        clock.void, clock.stopped_at = True, stopped_at or at
        clock.save(update_fields=["void", "stopped_at"])
        kind, begun = ClockKind(clock.kind), _begun(engagement, clock)
        fresh = steps.start_clock(engagement, kind, at=begun, stopped_at=stopped_at)
        ended += fresh if was_void else []
        rows += [clock, *fresh]
    missed = _missed(engagement, at) if ended else set()
    for clock in ended:
        clock.void = clock.pk not in missed
        clock.save(update_fields=["void"])
    return rows


def _counted(engagement: Engagement) -> list[Clock]:
    """Every clock that another one has not taken the place of, oldest first; what became void last among them."""
    every = list(Clock.objects.filter(engagement=engagement).order_by("started_at", "id"))
    last = {one.kind: one.sequence for one in sorted(every, key=lambda one: one.sequence)}
    return [one for one in every if not one.void or one.sequence == last[one.kind]]


def _begun(engagement: Engagement, clock: Clock) -> datetime:
    """Where this promise began at first: changed circumstances may have started it anew since.

    What was complete only later is another diagnosis, after one that was given up. A round of updates stays a round.
    """
    match ClockKind(clock.kind):
        case ClockKind.UPDATE:
            return clock.started_at
        case ClockKind.QUOTE:
            return min(clock.started_at, engagement.diagnosis_completed_at or clock.started_at)
        case _:
            return engagement.submitted_at


def _replace_open(engagement: Engagement, at: datetime) -> list[Row]:
    """Changed circumstances: what is still open begins anew now; what was met or missed keeps its verdict."""
    missed = _missed(engagement, at)
    rows: list[Row] = []
    for clock in Clock.objects.filter(engagement=engagement, void=False, stopped_at=None).order_by("id"):
        if clock.pk in missed:
            continue
        clock.void, clock.stopped_at = True, at
        clock.save(update_fields=["void", "stopped_at"])
        rows += [clock, *steps.start_clock(engagement, ClockKind(clock.kind), at=at)]
    return rows
