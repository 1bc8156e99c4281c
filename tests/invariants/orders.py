"""What people try about change orders: to propose one, and to put another version in its place."""

from datetime import timedelta
from typing import Any

from breakfix.approvals.models import Seat
from breakfix.quotes.actions import change_orders
from breakfix.quotes.models import Quote
from breakfix.quotes.values import Cause
from tests import makers_change_orders
from tests.invariants.promises import FILLED, promise
from tests.invariants.turns import MINUTES, rule

STANDING = ("ISSUED", "APPROVED", "SETTLED")


def signed_before(quote: Quote) -> bool:
    """Whether somebody signed another version of this change order that still stands."""
    same = Quote.objects.filter(engagement=quote.engagement_id, kind="CHANGE_ORDER", number=quote.number or "none")
    standing = [one.subject for one in same.filter(status__in=STANDING).exclude(pk=quote.pk)]
    return Seat.objects.filter(round__subject__in=standing, state__in=FILLED).exists()


@rule(
    who=["quinn", "quinn", "tom", "alice"],
    cause=[Cause.NEW_FAULT, Cause.NEW_FAULT, Cause.CLIENT_REQUEST, Cause.TOOK_LONGER],
    hours=["0.5", "2", "9"],
    minutes=MINUTES,
)
def propose_change_order(night: Any, who: str, cause: Cause, hours: str, minutes: int) -> None:
    night.later(minutes)
    given = makers_change_orders.typed(
        cause=cause, found_at=night.now - timedelta(minutes=1), tasks=[makers_change_orders.task(hours)]
    )
    by = night.actor(who)
    night.tried(
        "propose_change_order",
        lambda: change_orders.propose_change_order(night.key, **given, by=by, at=night.now),
    )


@rule(
    who=["quinn", "quinn", "quinn", "alice", "dana"],
    hours=["1", "3", "9"],
    minutes=MINUTES,
)
def revise_change_order(night: Any, who: str, hours: str, minutes: int) -> None:
    night.later(minutes)
    quote = night.latest("ISSUED")
    given = {"scope_in": "Replace the backplane and its cables", "tasks": [makers_change_orders.task(hours)]}
    by = night.actor(who)
    signed = Seat.objects.filter(round__subject=quote.subject, state__in=FILLED).exists()
    newer = night.tried(
        "revise_change_order",
        lambda: change_orders.revise_change_order(quote.pk, **given, by=by, at=night.now),
    )
    promise(not (newer and signed), "4: a change order was revised over a signature")
    if newer:
        stands = Quote.objects.get(pk=quote.pk).status
        promise((newer.number, stands) == (quote.number, "ISSUED"), "4: a draft took an offer from the client")
