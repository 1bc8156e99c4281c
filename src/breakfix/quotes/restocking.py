"""Reads of what the parts of a cancelled repair cost the provider that no supplier gives back (§11 ruling 26)."""

from breakfix.incidents.models import Engagement
from breakfix.kernel.money import Money
from breakfix.parts import queries as parts
from breakfix.quotes.models import Quote
from breakfix.quotes.rules.pricing import total


def kept_by_suppliers(engagement: Engagement, quote: Quote) -> Money:
    """Units that were ordered, never built in, and that nobody takes back: at cost, without the markup.

    What a supplier keeps of a part that it does take back is recorded nowhere, so none of that is charged.
    """
    priced = {quote.line_ref(line.key): line for line in quote.price.parts if line.part and line.part.non_returnable}
    ordered = [priced[one.quote_line] for one in parts.undecided(engagement) if one.quote_line in priced]
    return total([line.unit_cost for line in ordered if line.unit_cost is not None], quote.currency)
