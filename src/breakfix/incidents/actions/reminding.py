"""A question that the client has not answered is asked again, as often as the agreement says (domain.md §4.3)."""

from datetime import datetime

from django.db import transaction

from breakfix.incidents import queries, reminding
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import holding
from breakfix.incidents.values import HoldReason
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.ledger.record import record


@transaction.atomic
def ask_again(engagement_id: int, *, by: Actor, at: datetime) -> Engagement:
    """Put the open question to the client once more; the log says the how many-th time it was."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.ASK_AGAIN)
    held = queries.open_hold(engagement)
    reason = HoldReason(held.reason) if held else None
    holding.check_can_ask_again(reason, due_at=reminding.asked_again_at(engagement), at=at)
    assert held is not None  # noqa: S101 - the rule has just refused that
    held.reminders, held.reminded_at = held.reminders + 1, at
    held.save(update_fields=["reminders", "reminded_at"])
    again = "again" if held.reminders == 1 else f"again, for the {held.reminders}. time"
    record(
        "question.repeated",
        subject=engagement,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=f"The client was asked {again}: {held.question}",
        facts={"hold": held.pk, "reminders": held.reminders},
        changed=[held],
    )
    return engagement
