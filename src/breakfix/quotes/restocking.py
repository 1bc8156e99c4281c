"""What is due of an offer that was called off: also the parts that no supplier takes back (§11 ruling 26)."""

from dataclasses import replace

from breakfix.incidents.models import Engagement
from breakfix.kernel.money import Money
from breakfix.parts import queries as parts
from breakfix.quotes.models import Quote
from breakfix.quotes.rules.pricing import total
from breakfix.quotes.rules.settlement import TrancheBill, actual_lines, settle_cancelled
from breakfix.quotes.values import Actuals, TrancheKind


def called_off(quote: Quote, cap: Money, actuals: Actuals, *, least: Money) -> TrancheBill:
    """A cancelled offer's tranche: the work that was done, at least `least`, and what its parts cost for nothing."""
    lines, lost = actual_lines(quote.price, quote.tariff, actuals), kept_by_suppliers(quote.engagement, quote)
    bill = settle_cancelled(lines, least=least, restocking=lost, cap=cap)
    return replace(bill, kind=TrancheKind.CHANGE_ORDER) if quote.is_change_order else bill


def kept_by_suppliers(engagement: Engagement, quote: Quote) -> Money:
    """Units that were ordered, never built in, and that nobody takes back: at cost, without the markup.

    What a supplier keeps of a part that it does take back is recorded nowhere, so none of that is charged.
    """
    priced = {quote.line_ref(line.key): line for line in quote.price.parts if line.part and line.part.non_returnable}
    ordered = [priced[one.quote_line] for one in parts.undecided(engagement) if one.quote_line in priced]
    return total([line.unit_cost for line in ordered if line.unit_cost is not None], quote.currency)
