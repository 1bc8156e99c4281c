"""Reads of what the client pays beside N, each a tranche of its own (domain.md §11 ruling 27).

Forensic extensions, and what was ordered after a quote was not approved.
"""

from breakfix.agreements.values import TaxCategory
from breakfix.diagnosis import queries as diagnosis
from breakfix.incidents.models import Engagement
from breakfix.kernel.money import Money
from breakfix.quotes.models import Disposition
from breakfix.quotes.rules.pricing import total
from breakfix.quotes.rules.settlement import TrancheBill, disposition_bill, extension_bill


def further_due(engagement: Engagement) -> Money:
    """What forensic extensions come to: due beside the fee, and never credited."""
    return total([one.amount for one in diagnosis.due_extensions(engagement)], engagement.currency)


def settled_extensions(engagement: Engagement) -> list[TrancheBill]:
    """Each that was approved and begun, at its flat sum."""
    due = diagnosis.due_extensions(engagement)
    return [extension_bill(one.amount, of=one.pk, words=str(one)) for one in due]


def ordered_dispositions(engagement: Engagement) -> list[Disposition]:
    """What the client ordered after it did not approve a quote, at the price it confirmed."""
    rows = Disposition.objects.filter(engagement=engagement, ordered_at__isnull=False, price_minor__gt=0)
    return list(rows.order_by("ordered_at", "id"))


def settled_dispositions(engagement: Engagement) -> list[TrancheBill]:
    """Each of them, at that price."""
    ordered = ordered_dispositions(engagement)
    return [
        disposition_bill(one.price, TaxCategory(one.category), of=one.pk, words=one.description) for one in ordered
    ]
