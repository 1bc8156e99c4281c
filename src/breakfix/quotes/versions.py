"""Reads of the versions of one offer: which of them the client is asked about, and who signed it already."""

from django.db.models import QuerySet

from breakfix.approvals import queries as approvals
from breakfix.approvals.values import SeatState
from breakfix.incidents.models import Engagement
from breakfix.quotes import queries
from breakfix.quotes.models import Quote
from breakfix.quotes.rules import change_orders
from breakfix.quotes.values import QuoteKind, Status

_STANDING = (Status.ISSUED.value, Status.APPROVED.value, Status.SETTLED.value)
_DECIDED = (Status.APPROVED.value, Status.REJECTED.value, Status.SETTLED.value)  # by somebody of the client
_FILLED = (SeatState.APPROVED, SeatState.BYPASSED_EMERGENCY)


def signed_seats(quote: Quote) -> list[str]:
    """The seats of its open round that somebody filled, in words."""
    asked = approvals.open_round_for(quote.subject)
    return [seat.name.replace("_", " ") for seat in asked.seats.all() if seat.state in _FILLED] if asked else []


def standing(quote: Quote) -> Quote | None:
    """The offer that this version would take the place of: open or agreed; None where there is none."""
    if not quote.is_change_order:
        return queries.current_quote(quote.engagement)
    rows = _versions(quote.engagement, quote.number).exclude(pk=quote.pk)
    return rows.filter(status__in=_STANDING).first()


def issued_before(order: Quote) -> Quote | None:
    """The version of this change order that the client was asked about before."""
    rows = _versions(order.engagement, order.number).filter(version__lt=order.version, issued_at__isnull=False)
    return rows.first()


def latest_of(order: Quote) -> Quote:
    """The version of this change order with the highest number, whatever became of it."""
    return _versions(order.engagement, order.number).first() or order


def bound_versions(engagement: Engagement) -> dict[int, int]:
    """Every version of each approved change order, by id: the id of the one that binds.

    What was done for an earlier version, such as protective steps, was done for the one that came of it, unless the
    client said no to that one: protective steps are free then.
    """
    bound = {one.number: one.pk for one in queries.bound_orders(engagement)}
    rows = Quote.objects.filter(engagement=engagement, kind=QuoteKind.CHANGE_ORDER.value, number__in=bound)
    rows = rows.exclude(status=Status.REJECTED.value)
    return {pk: bound[number] for pk, number in rows.values_list("pk", "number")}


def latency_minutes(quote: Quote) -> int | None:
    """How long the client took to decide, by the wall clock; None before, and where nobody did."""
    if quote.issued_at is None or quote.decided_at is None or quote.status not in _DECIDED:
        return None
    return int((quote.decided_at - quote.issued_at).total_seconds() // 60)


def check_can_issue(quote: Quote) -> None:
    """Refuse what was not reviewed, what the engagement cannot take now, and a change order over a signed one."""
    queries.check_can_issue(quote)
    older = standing(quote) if quote.is_change_order else None
    if older is not None:
        change_orders.check_unanswered(Status(older.status), signed_seats(older))


def _versions(engagement: Engagement, number: str) -> QuerySet[Quote]:
    rows = Quote.objects.filter(engagement=engagement, kind=QuoteKind.CHANGE_ORDER.value, number=number)
    return rows.order_by("-version")
