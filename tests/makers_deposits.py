"""S1's offer with a shelf that nobody takes back: approved at 01:46, its deposit of 3,452.50 paid at 02:00."""

from decimal import Decimal
from typing import Any

from breakfix.incidents.models import Engagement
from breakfix.kernel.access import SYSTEM
from breakfix.quotes import queries
from breakfix.quotes.actions import issuing
from breakfix.quotes.actions.deposits import note_deposit
from breakfix.quotes.models import Deposit, Quote
from tests import makers_diagnosis
from tests import makers_quotes as make
from tests.makers import World, local
from tests.quotes.cases import part
from tests.snapshots import remembered

PAID = local("2026-12-02 02:00")
# cost 6,000: sell 125 + 360 + 420 on top
BIG = {"description": "Storage shelf", "non_returnable": True}


@remembered
def approved(world: World, engagement: Engagement | None = None) -> Quote:
    """Approved by all, with a shelf that no supplier takes back."""
    quote = make.reviewed(world, engagement, parts=[part("SHELF-1", "6000", **BIG)])
    issuing.issue_quote(quote.pk, by=world.actor("quinn"), at=make.ISSUED)
    quote.refresh_from_db()
    for who in ("alice", "cora"):
        make.signed(world, quote, who, local("2026-12-02 01:22"))
    make.acknowledged(world, quote, local("2026-12-02 01:46"))
    return queries.get_quote(quote.pk, SYSTEM)


def noted(world: World, quote: Quote, who: str = "fay", **given: Any) -> Deposit:
    """All of it has arrived."""
    typed = {"amount": Decimal("3452.50"), "reference": "WIRE-88120", **given}
    return note_deposit(quote.pk, **typed, by=world.actor(who), at=PAID)


@remembered
def prepaid(world: World) -> Quote:
    """Diagnosed for a fee, approved, and paid for in part."""
    quote = approved(world, makers_diagnosis.diagnosed(world))
    noted(world, quote)
    return queries.get_quote(quote.pk, SYSTEM)
