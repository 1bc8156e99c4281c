"""S1's quote rejected by its approver with two drives in custody, and what is priced and chosen after that."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from breakfix.incidents.models import Engagement
from breakfix.kernel.files import Upload
from breakfix.quotes.actions.afterwards import choose_option, price_disposition
from breakfix.quotes.actions.deciding import reject_quote
from breakfix.quotes.models import Choice, Disposition, Quote
from breakfix.quotes.values import Option, RejectionReason
from tests import makers_custody, makers_diagnosis, makers_quotes
from tests.makers import World, local
from tests.snapshots import remembered

REJECTED, PRICED, CHOSEN = local("2026-12-02 01:30"), local("2026-12-02 01:40"), local("2026-12-02 01:50")
OFFER = Upload("carrier.txt", b"Insured freight, 120.00")


@remembered
def rejected(world: World, *, drives: int = 2) -> Quote:
    """With `drives` of the client in the provider's hands."""
    case: Engagement = makers_diagnosis.diagnosed(world)
    if drives:
        at = makers_quotes.DRAFTED
        makers_custody.signed(world, makers_custody.taken(world, case, drives, at=at), at=at)
    return reject(world, makers_quotes.issued(world, case))


def reject(world: World, quote: Quote) -> Quote:
    """By the approver, who buys a new one."""
    by = world.actor("alice", confirmed_at=REJECTED)
    reason = RejectionReason.REPLACE_INSTEAD
    return reject_quote(quote.pk, shown_sha256=quote.sha256, reason=reason, by=by, at=REJECTED)


def priced(world: World, quote: Quote, at: datetime = PRICED, who: str = "quinn", **given: Any) -> Disposition:
    """The freight of everything, at cost."""
    typed = {"option": Option.RETURN, "description": "Insured freight", "price": Decimal("120.00"), "evidence": OFFER}
    return price_disposition(quote.pk, **{**typed, **given}, by=world.actor(who), at=at)


def chosen(
    world: World, quote: Quote, option: Option, at: datetime = CHOSEN, who: str = "alice", **given: Any
) -> Choice:
    """By the approver, who has just confirmed who they are."""
    by = world.actor(who, confirmed_at=given.pop("confirmed_at", at))
    return choose_option(quote.pk, option=option, **given, by=by, at=at)


def ordered(world: World, quote: Quote, price: Disposition, **given: Any) -> Choice:
    """At the price that was shown."""
    typed = {"option": Option(price.option), "disposition_id": price.pk, "shown_amount": price.price.amount, **given}
    return chosen(world, quote, **typed)
