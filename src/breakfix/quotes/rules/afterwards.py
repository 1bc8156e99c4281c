"""What may follow once an offer was rejected or has expired (domain.md §3.1, §3.2, §11 rulings 19 and 27)."""

from datetime import datetime

from breakfix.agreements.values import Target
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money, format_money
from breakfix.kernel.worktime.calendars import Calendar
from breakfix.quotes.rules import states
from breakfix.quotes.values import Option, Status

NOT_APPROVED = frozenset({Status.REJECTED, Status.EXPIRED})
OF_THINGS = frozenset({Option.RETURN, Option.DESTROY})
# After these nothing is repaired: what is due is invoiced, what is held goes back, and it is closed.
FINAL = OF_THINGS | {Option.NOTHING}
MOST_MONEY = 10_000_000


def check_is_over(
    status: Status, engagement: EngagementStatus, *, given_up: bool, latest: bool, drafted: bool = False
) -> None:
    """Refuse unless this offer was the last one, was not approved, and nothing was decided about the end yet.

    `drafted`: the provider is writing another one, so that the client has not seen the last word.
    """
    if status not in NOT_APPROVED:
        message = f"This quote is {status}; what follows a rejection or an expiry is chosen after one."
        raise Refused(f"quote_{status.lower()}", message, status=status.value)
    if given_up or engagement is not EngagementStatus.AWAITING_APPROVAL:
        message = f"What becomes of this was decided; the engagement is {engagement}."
        raise Refused("already_chosen", message, status=engagement.value)
    if not latest or drafted:
        message = "There is a newer version of this quote; decide on that one, or ask the provider to withdraw it."
        raise Refused("newer_version", message)


def check_price(option: Option, price: Money, *, proven: bool, held: int) -> None:
    """Refuse a price for nothing, and one above cost: without a receipt or an offer nobody sees what the cost is."""
    if option not in OF_THINGS:
        raise Refused("no_disposition", "A price is for handing back or destroying what is held.", field="option")
    if not 0 <= price.amount <= MOST_MONEY:
        raise Refused("out_of_range", f"A price lies between 0 and {MOST_MONEY}.", field="price")
    if not price.is_zero and not proven:
        raise Refused("evidence_missing", "Attach the carrier's or the plant's own offer.", field="evidence")
    check_held(held)


def check_held(held: int) -> None:
    """Refuse what is about things where none are in custody."""
    if not held:
        raise Refused("nothing_in_custody", "Nothing of this engagement is in custody.", field="option")


def check_choice(option: Option, *, named: bool, held: int, note: str) -> None:
    """Refuse a choice that leaves things without an end, or one without what it needs."""
    if option in OF_THINGS:
        check_held(held)
        if not named:
            message = "The provider names the price first; then it is ordered at exactly that price."
            raise Refused("not_priced", message, field="disposition_id")
    elif named:
        raise Refused("no_disposition", "Only a return or a destruction is ordered.", field="disposition_id")
    if option is Option.NOTHING and held:
        message = f"{held} of your items are in custody: have them handed back or destroyed."
        raise Refused("items_in_custody", message, field="option", held=held)
    if option in (Option.REVISE, Option.SECOND_OPINION) and not note:
        raise Refused("missing_field", "Say in a few words what is to be different, or in doubt.", field="note")


def check_ordered(
    option: Option, offered: Option, price: Money, shown: object, *, gross: Money, limit: Money | None
) -> None:
    """Refuse an order of something else than was shown, or above what this person may agree to."""
    if option is not offered:
        raise Refused("other_option", "This price is for something else.", field="disposition_id")
    if shown != price.amount:
        message = f"The price is {format_money(price)}; open it again and read it."
        raise Refused("stale_offer", message, field="shown_amount", price=str(price))
    if not price.is_zero and (limit is None or gross > limit):
        message = f"{format_money(gross)} incl. tax is above what you may agree to."
        raise Refused("over_authority", message, limit=str(limit) if limit else "")


def given_up_at(since: datetime, promised: Target, *, zone: str, calendar: Calendar) -> datetime:
    """When nobody is expected to answer any more: the agreed business days after the rejection or the expiry."""
    return states.span_after(since, promised, zone, calendar)


def check_may_give_up(since: datetime, due: datetime, *, at: datetime) -> None:
    """Refuse before the time is over."""
    if at < due:
        raise Refused("not_yet", "The client may still choose what comes next.", since=since, due_at=due)
