"""Writes that several deeds of work share: beginning the next steps, ending an order, noting the cap's marks.

Each returns the rows it changed; `order.engagement` and `change.engagement` are the locked instance.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from breakfix.agreements.values import Domain
from breakfix.changes import rules as change_rules
from breakfix.changes import steps as changes
from breakfix.changes.models import Change
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import preserving
from breakfix.kernel.models import Row
from breakfix.work import queries
from breakfix.work.models import MeterNotice, WorkOrder, WorkStep
from breakfix.work.rules import conduct, metering
from breakfix.work.values import Status, StepStatus


def advance(order: WorkOrder, *, at: datetime) -> list[Row]:
    """Begin what comes next, unless the client stopped it or the point of no return no longer fits the window."""
    if queries.is_stopped(order.engagement):
        return []
    facts = queries.facts_of(order)
    begun = {step.position for step in conduct.next_steps(facts)}
    rows: list[Row] = []
    for step in order.steps.all():
        if step.position in begun and _fits(step, order, at):
            move_step(step, StepStatus.STARTED)
            step.started_at = at
            step.save()
            rows.append(step)
    return rows


def _fits(step: WorkStep, order: WorkOrder, at: datetime) -> bool:
    if step.destroys and not preserving.may_wipe(Domain(order.engagement.domain), order.engagement.preserved):
        return False  # until the security officer agrees, and under no legal hold
    if not step.point_of_no_return or order.change is None:
        return True
    order.change.engagement = order.engagement
    return queries.guard(order, order.change, at).holds


def check_guard(order: WorkOrder, change: Change, at: datetime) -> None:
    """Refuse to pass the point of no return when there would be no time left to go back."""
    change_rules.check_guard(queries.guard(order, change, at))


def move_step(step: WorkStep, to: StepStatus) -> None:
    """Take a step to another state along the table; the caller saves it."""
    conduct.check_step_transition(StepStatus(step.status), to)
    step.status = to.value


def stop_open(order: WorkOrder, *, begun_too: bool) -> list[Row]:
    """Mark what will not be done any more; with `begun_too` also what was begun."""
    rows: list[Row] = []
    for step in order.steps.all():
        if step.status == StepStatus.PLANNED or (begun_too and step.status == StepStatus.STARTED):
            move_step(step, StepStatus.STOPPED)
            step.save()
            rows.append(step)
    return rows


def end(order: WorkOrder, to: Status, *, ending: str, at: datetime) -> list[Row]:
    """End an order for good."""
    conduct.check_transition(Status(order.status), to)
    order.status, order.ended_at, order.ending = to.value, at, ending
    order.save()
    return [order]


def end_change(change: Change | None, *, back: bool, at: datetime) -> list[Row]:
    """Tell the change how it ended; from here on its review is owed."""
    if change is None:
        return []
    return changes.rolled_back(change, at=at) if back else changes.implemented(change, at=at)


def note_marks(engagement: Engagement, *, at: datetime) -> list[MeterNotice]:
    """Note each mark of each cap that was newly reached, with the figures of this moment."""
    tranches, found = queries.tranches_by_offer(engagement), queries.meters(engagement, at)
    known = {(notice.tranche_id, notice.percent) for notice in queries.notices_of(engagement)}
    return [
        MeterNotice.objects.create(
            engagement=engagement,
            tranche=tranches[meter.bill.of],
            percent=percent,
            actual_minor=meter.actual.minor,
            cap_minor=meter.cap.minor,
            currency=engagement.currency,
            reached_at=at,
        )
        for meter in found
        for percent in meter.reached
        if (tranches[meter.bill.of].pk, percent) not in known
    ]


def marks_to_tell(engagement: Engagement, notices: Sequence[MeterNotice]) -> list[dict[str, Any]]:
    """What to record: one entry a tranche for all its marks reached at once; the highest is what people read."""
    found: list[dict[str, Any]] = []
    for tranche in dict.fromkeys(notice.tranche for notice in notices):
        mine = [notice for notice in notices if notice.tranche == tranche]
        last, quote = mine[-1], tranche.quote
        named = str(quote) if quote is not None and quote.is_change_order else ""
        facts = {
            "percent": last.percent,
            "marks": [notice.percent for notice in mine],
            "money": last.actual,
            "money_label": "change order so far" if named else "repair so far",
            "cap": last.cap,
        }
        line = metering.words_at(last.percent, last.actual, last.cap, change_order=named)
        found.append({"subject": last, "line": line, "facts": facts, "changed": mine})
    return [{"to": engagement.party_ids, "topic": engagement.topic, **one} for one in found]
