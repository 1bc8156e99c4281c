"""An offer that nobody answered ends at its instant, and so does the wait for what is to follow it."""

from datetime import datetime
from typing import Any

from breakfix.jobs.plan import id_in, plan
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM
from breakfix.quotes import dispositions, queries
from breakfix.quotes.actions.afterwards import give_up_quote
from breakfix.quotes.actions.issuing import expire_quote


@handles("quote.expiry")
def plan_expiry(payload: dict[str, Any], at: datetime) -> None:
    """Plan the end of this offer for the instant it printed."""
    quote = queries.get_quote(id_in(payload["subject"]), by=SYSTEM)
    if quote.valid_until is not None:
        plan("quote.expire", key=f"expire:{quote.pk}", due_at=quote.valid_until, at=at, quote=quote.pk)


@handles("quote.expire")
def expire(payload: dict[str, Any], at: datetime) -> None:
    """End the offer; one that was decided, withdrawn or superseded meanwhile stays as it is."""
    expire_quote(payload["quote"], by=SYSTEM, at=at)


@handles("quote.unanswered")
def plan_end(payload: dict[str, Any], at: datetime) -> None:
    """Plan the day by which the client has to say what follows a rejection or an expiry."""
    quote = queries.get_quote(id_in(payload["subject"]), by=SYSTEM)
    if not quote.is_change_order:
        due_at = dispositions.given_up_at(quote)
        plan("quote.give_up", key=f"give-up:{quote.pk}", due_at=due_at, at=at, quote=quote.pk)


@handles("quote.give_up")
def give_up(payload: dict[str, Any], at: datetime) -> None:
    """End the wait; where somebody chose, or another version was written meanwhile, nothing happens."""
    give_up_quote(payload["quote"], by=SYSTEM, at=at)
