"""Work that cannot go on before the client has decided on more of it."""

from datetime import datetime

from django.db import transaction

from breakfix.dispatch import queries as dispatch
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import words
from breakfix.incidents.values import HoldReason, Status
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.ledger.record import record
from breakfix.parties import rules as texts
from breakfix.work import queries
from breakfix.work.rules import extra


@transaction.atomic
def wait_for_change_order(engagement_id: int, *, note: str, by: Actor, at: datetime) -> Engagement:
    """Hold the agreed work until the client has decided; the restore objective pauses as while a quote is decided on.

    `note` says what cannot be done meanwhile. It ends by itself at the instant of the answer, or when the offer
    expires or is withdrawn; nobody ends it by hand (domain.md §11 ruling 20).
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.WAIT_FOR_CHANGE_ORDER, org=engagement.provider_id)
    if by.field_only:
        dispatch.ready_booking(engagement, by=by, at=at)
    waiting, order = queries.orders_waiting(engagement, at), queries.live_order(engagement)
    people = queries.on_the_clock(order) if order else 0
    extra.check_can_wait(Status(engagement.status), asked=bool(waiting), on_the_clock=people)
    said = words.check_no_amount(texts.text(note, "note", longest=2000), "note")
    names = ", ".join(waiting)
    record(
        "change_order.waited_for",
        subject=engagement,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=f"Work waits for the decision on {names}: {said}",
        facts={"orders": waiting, "note": said},
        changed=incident_steps.wait(engagement, HoldReason.AWAITING_CLIENT_APPROVAL, note=said, by=by, at=at),
    )
    return engagement
