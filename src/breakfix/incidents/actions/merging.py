"""One failure, reported twice: the later report goes into the earlier one."""

from datetime import datetime

from django.db import transaction

from breakfix.incidents import alike, duties, ladder, queries, steps
from breakfix.incidents.models import Engagement, Escalation, Obligation
from breakfix.incidents.rules import words
from breakfix.incidents.rules.merging import MERGED
from breakfix.incidents.values import Status
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import rules as texts

# What of a dated duty goes with it; whose it is and of which report is new.
_DUTY = (
    *("name", "source", "owner", "triggered_at", "deadline_at", "met_at", "ends_with_restoration"),
    *("harm_minor", "harm_per_day_minor", "currency", "warned_percent"),
)
# What of each step of its ladder does.
_STEP = (
    *("kind", "help_reason", "why", "rung", "asks", "organisation_id", "role", "reachable", "asked_at", "until"),
    *("acknowledged_by_id", "acknowledged_at", "advanced_at", "advanced_because"),
)


@transaction.atomic
def merge_engagement(engagement_id: int, *, into_id: int, reason: str, by: Actor, at: datetime) -> Engagement:
    """End a report as one more of an earlier one, before anybody was sent: its open clocks become void.

    The earlier one keeps its clocks as they ran, and takes over each dated duty that it does not have, and the
    number to call back if it has none. What was missed on the later one stays on record there. Whoever had not
    answered yet about such a duty is asked again on the earlier one.
    """
    # In one order, whichever is merged into which: two who press at once never wait for each other.
    held = {key: queries.lock_engagement(key, by) for key in sorted({engagement_id, into_id})}
    engagement, into = held[engagement_id], held[into_id]
    require(by, Deed.MERGE_ENGAGEMENT, org=engagement.provider_id)
    alike.check_can_merge(engagement, into)
    reason = words.check_no_amount(texts.text(reason, "reason", longest=400), "reason")
    _keep_number(engagement, into)
    carried, walked = _carry_duties(engagement, into, at)
    engagement.merged_into = into
    rows = steps.move(engagement, Status.CANCELLED, by=by, at=at, reason=MERGED)
    earlier = _carry_reports(engagement, into)
    line = f"Merged into {into.number}, its open clocks are void: {reason}"
    facts: dict[str, object] = {"into": into.number, "into_id": into.pk}
    _tell(engagement, "engagement.merged", line, rows, by, at, facts)
    taken = f" Taken over: {'; '.join(duty.name for duty in carried)}." if carried else ""
    line = f"{engagement.number}, reported later, was merged into this one: {reason}{taken}"
    facts = {"merged": engagement.number, "merged_id": engagement.pk, "duties": len(carried)}
    facts["steps"] = [one.pk for one in walked if one.is_open]
    _tell(into, "engagement.joined", line, [into, *carried, *walked, *earlier], by, at, facts)
    return engagement


def _keep_number(engagement: Engagement, into: Engagement) -> None:
    """The requester's number, where the earlier report has none; after an acknowledgement it is the desk's own."""
    if not into.callback and Status(engagement.status) is Status.SUBMITTED:
        into.callback = engagement.callback
        into.save(update_fields=["callback"])


def _carry_reports(engagement: Engagement, into: Engagement) -> list[Engagement]:
    """What was merged into this one before belongs to the one that goes on: nobody's words are lost in a chain."""
    found = list(Engagement.objects.filter(merged_into=engagement).select_for_update().order_by("pk"))
    for one in found:
        one.merged_into = into
        one.save(update_fields=["merged_into"])
    return found


def _carry_duties(
    engagement: Engagement, into: Engagement, at: datetime
) -> tuple[list[Obligation], list[Escalation]]:
    """Each dated duty that the earlier report does not have yet, with its ladder; told twice it is one."""
    known = list(Obligation.objects.filter(engagement=into))
    carried: list[Obligation] = []
    walked: list[Escalation] = []
    for duty in Obligation.objects.filter(engagement=engagement).order_by("deadline_at", "id"):
        if not any(duties.is_same(duty, other) for other in known):
            copy = {name: getattr(duty, name) for name in _DUTY}
            carried.append(Obligation.objects.create(engagement=into, **copy))
            known.append(carried[-1])
            walked += _carry_steps(duty, carried[-1], at)
    return carried, walked


def _carry_steps(duty: Obligation, copy: Obligation, at: datetime) -> list[Escalation]:
    """How far its ladder was walked; who has not answered has the usual time again, and is told where."""
    walked = []
    for step in Escalation.objects.filter(obligation=duty).order_by("id"):
        same = {name: getattr(step, name) for name in _STEP}
        walked.append(Escalation(engagement=copy.engagement, obligation=copy, **same))
        if step.is_open:
            walked[-1].asked_at, walked[-1].until = at, ladder.answer_by(walked[-1], at)
        walked[-1].save()
    return walked


def _tell(
    engagement: Engagement,
    kind: str,
    line: str,
    rows: list[Row],
    by: Actor,
    at: datetime,
    facts: dict[str, object],
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
