"""Reads of deposits: whether one is due, was paid, or need not be."""

from breakfix.incidents.models import Engagement
from breakfix.kernel.money import Money
from breakfix.quotes.models import Deposit, Quote


def due_with(quote: Quote) -> Money:
    """What an issued offer asks for before its parts are ordered; nothing in offers of before."""
    asked = quote.content.get("deposit")
    return Money.of(asked["amount"], asked["currency"]) if asked else Money.zero(quote.currency)


def deposit_of(quote: Quote) -> Deposit | None:
    """The deposit of an approved offer; None where it needs none."""
    return Deposit.objects.filter(quote=quote).select_related("quote", "settled_by__organisation").first()


def lock_deposit(quote: Quote) -> Deposit | None:
    """The same, held until the end of the deed; the caller holds the quote."""
    return Deposit.objects.select_for_update().filter(quote=quote).first()


def is_due(quote: Quote) -> bool:
    """Whether parts have to wait for it."""
    return Deposit.objects.filter(quote=quote, settled_at=None).exists()


def paid_on(engagement: Engagement) -> Money:
    """What the client paid in advance on an engagement, less what was paid back of it."""
    rows = Deposit.objects.filter(quote__engagement=engagement, settled_at__isnull=False).exclude(reference="")
    return sum((left_of(one) for one in rows), Money.zero(engagement.currency))


def left_of(deposit: Deposit) -> Money:
    """What the provider holds of a deposit: nothing before it is paid, or where it was waived."""
    return deposit.amount - deposit.refunded if deposit.reference else Money.zero(deposit.currency)
