"""A dated duty that nobody thought of when the failure was reported."""

from datetime import datetime

from django.db import transaction

from breakfix.incidents import duties, queries
from breakfix.incidents.models import Engagement, Obligation
from breakfix.incidents.rules import closing, harm, intake, words
from breakfix.incidents.values import ObligationInput, Status
from breakfix.kernel.access import Actor, Deed, Side, require
from breakfix.kernel.ledger.record import record
from breakfix.kernel.worktime.zones import zone_of
from breakfix.parties import rules as texts


@transaction.atomic
def add_obligation(
    engagement_id: int,
    *,
    duty: ObligationInput,
    told_by: str = "",
    missed: bool = False,
    by: Actor,
    at: datetime,
) -> Engagement:
    """Note a dated duty found out after the report: its clock counts from its own trigger and warns as any other.

    The desk says who of the client told it (`told_by`). A deadline that has passed needs `missed`. Answers and scores
    stay as reported; less than twelve hours away it raises the priority to P2, as it would have at the report.
    """
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.ADD_OBLIGATION, org=engagement.party_ids)
    closing.check_open(Status(engagement.status))
    deadline = intake.deadline_of(duty, "duty")
    told_by = texts.text(told_by, "told_by", longest=120, required=by.side is Side.PROVIDER)
    words.check_no_amount(told_by, "told_by")
    row = duties.drawn_up(engagement, duty, deadline, "duty")
    _fulfil_if_back(engagement, row)
    harm.check_can_add(
        deadline,
        known=duties.is_known(engagement, row),
        missed=missed,
        began_at=engagement.outage_started_at,
        until=row.met_at or at,
    )
    row.save()
    _tell(engagement, row, told_by, missed, by, at)
    return engagement


def _fulfil_if_back(engagement: Engagement, row: Obligation) -> None:
    """What the restoration fulfils was fulfilled by it, if the service is back; a dispute lets it run again."""
    back_at = engagement.restored_at
    if row.ends_with_restoration and back_at is not None:
        harm.check_restoration_fulfils(row.triggered_at, back_at)
        row.met_at, row.met_by_restoration = back_at, True


def _tell(engagement: Engagement, row: Obligation, told_by: str, missed: bool, by: Actor, at: datetime) -> None:
    due = row.deadline_at.astimezone(zone_of(engagement.zone)).strftime("%Y-%m-%d %H:%M")
    how = f"missed, it was due {due}" if missed else f"due {due}"
    line = f"Obligation added, {how}: {row.name} ({row.source}){f'; told by {told_by}' if told_by else ''}."
    record(
        "obligation.added",
        subject=engagement,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts={
            "obligation_id": row.pk,
            "triggered_at": row.triggered_at,
            "deadline_at": row.deadline_at,
            "told_by": told_by,
            "missed": missed,
        },
        changed=[row],
    )
