"""Another priority: what was promised changes with it, from the beginning or from now on."""

from datetime import datetime

from django.db import transaction

from breakfix.agreements.values import Priority
from breakfix.incidents import queries, steps
from breakfix.incidents.models import Clock, Engagement
from breakfix.incidents.rules import closing, words
from breakfix.incidents.rules import priority as priorities
from breakfix.incidents.values import ClockKind, PriorityChange, Status, Verdict
from breakfix.kernel.access import Actor, Deed, require
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

    A triage correction recomputes every clock from where it started and marks a late classification; changed
    circumstances replace only the clocks still open. The machine may only raise for a pressing obligation.
    """
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.RAISE_PRIORITY, org=engagement.party_ids)
    now = Priority(engagement.priority)
    closing.check_open(Status(engagement.status))
    pressing = [one.due_at for one in queries.obligations(engagement, at) if one.is_open]
    priorities.check_can_change(now, priority, by=by, deadlines=pressing, at=at)
    reason = words.check_no_amount(texts.text(reason, "reason", longest=400), "reason")
    corrected = change is PriorityChange.TRIAGE_CORRECTION
    engagement.priority = priority.value
    engagement.late_classification = engagement.late_classification or (corrected and priority < now)
    engagement.save(update_fields=["priority", "late_classification"])
    rows: list[Row] = [engagement]
    rows += _recompute(engagement, at) if corrected else _replace_open(engagement, at)
    rows += steps.refresh_next_step(engagement, at)
    line = f"Priority {now} to {priority}, {change.value.replace('_', ' ')}: {reason}"
    facts: dict[str, object] = {"from": now, "to": priority, "change": change}
    record(
        "engagement.reprioritised",
        subject=engagement,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts=facts,
        changed=rows,
    )
    return engagement


def _recompute(engagement: Engagement, at: datetime) -> list[Row]:
    """Triage correction: every clock again from where it began, under the priority it should have had (ruling 23).

    Pauses are wall time and stay; they are measured anew in the new coverage.
    """
    rows: list[Row] = []
    for clock in Clock.objects.filter(engagement=engagement, void=False).order_by("started_at", "id"):
        stopped_at = clock.stopped_at
        clock.void, clock.stopped_at = True, stopped_at or at
        clock.save(update_fields=["void", "stopped_at"])
        fresh = steps.start_clock(engagement, ClockKind(clock.kind), at=clock.started_at, stopped_at=stopped_at)
        rows += [clock, *fresh]
    return rows


def _replace_open(engagement: Engagement, at: datetime) -> list[Row]:
    """Changed circumstances: what is still open begins anew now; what was met or missed keeps its verdict."""
    missed = {one.clock_id for one in queries.clock_history(engagement, at) if one.verdict is Verdict.MISSED}
    rows: list[Row] = []
    for clock in Clock.objects.filter(engagement=engagement, void=False, stopped_at=None).order_by("id"):
        if clock.pk in missed:
            continue
        clock.void, clock.stopped_at = True, at
        clock.save(update_fields=["void", "stopped_at"])
        rows += [clock, *steps.start_clock(engagement, ClockKind(clock.kind), at=at)]
    return rows
