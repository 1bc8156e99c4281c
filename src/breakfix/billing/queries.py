"""Every read of invoices, beginning with who is reading."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import F, Q, QuerySet, Sum

from breakfix.billing import crediting
from breakfix.billing.models import Invoice, InvoiceLine
from breakfix.billing.rules.credits import TOO_MANY, month_of
from breakfix.billing.rules.invoicing import BILLABLE, bill_of
from breakfix.billing.values import Bill
from breakfix.diagnosis.models import ForensicExtension
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement, ForensicFee
from breakfix.incidents.rules.closing import NOT_APPROVED
from breakfix.incidents.values import Status
from breakfix.kernel.access import Actor, Role
from breakfix.kernel.errors import NotFound
from breakfix.kernel.money import Money
from breakfix.quotes import deposits
from breakfix.quotes import queries as quotes
from breakfix.quotes.models import Quote, Tranche
from breakfix.quotes.queries import Settlement
from breakfix.quotes.values import Tariff, TrancheKind
from breakfix.work import queries as work

# Who reads all invoices of their organisation at once.
FINANCE = frozenset({Role.PROVIDER_FINANCE, Role.PROVIDER_ADMIN, Role.DIRECTOR, Role.CLIENT_FINANCE})
READERS = FINANCE | {Role.APPROVER, Role.CLIENT_ADMIN, Role.AUDITOR, Role.SERVICE_OWNER, Role.REQUESTER}


def visible_to(by: Actor) -> QuerySet[Invoice]:
    """Invoices of the engagements this actor was let in on, newest first."""
    seen = incidents.visible_to(by).order_by().select_related(None).values("pk")
    rows = Invoice.objects.filter(engagement__in=seen).select_related("engagement__client", "provider")
    return rows.order_by("-issued_at", "-id")


def get_invoice(invoice_id: int, by: Actor) -> Invoice:
    """This invoice, or NotFound."""
    found = visible_to(by).filter(pk=invoice_id).first()
    if found is None:
        raise NotFound("This invoice")
    return found


def invoices_of(engagement: Engagement) -> list[Invoice]:
    """The invoices of an engagement that the caller already may see, oldest first."""
    return list(Invoice.objects.filter(engagement=engagement).order_by("issued_at", "id"))


def lines_of(invoice: Invoice) -> list[InvoiceLine]:
    """An invoice's lines in order."""
    return list(InvoiceLine.objects.filter(invoice=invoice).select_related("tranche").order_by("position"))


@dataclass(frozen=True)
class Unbilled:
    """An engagement that may be invoiced, and the most that can still be billed on it, before tax."""

    engagement: Engagement
    at_most: Money


def unbilled(by: Actor) -> list[Unbilled]:
    """What was accepted, cancelled or given up and is not invoiced yet, the longest waiting first; three queries."""
    ended = Q(status__in=[state.value for state in BILLABLE])
    given_up = Q(status=Status.AWAITING_APPROVAL.value, ending=NOT_APPROVED)
    billable = incidents.visible_to(by).filter(ended | given_up)
    rows = list(billable.exclude(pk__in=Invoice.objects.values("engagement")).order_by("accepted_at", "id"))
    left = Tranche.objects.filter(engagement__in=rows).order_by().values("engagement")
    sums = {row["engagement"]: row["left"] for row in left.annotate(left=Sum(F("cap_minor") - F("billed_minor")))}
    for key, charged in _fees_without_tranche(rows):
        sums[key] = sums.get(key, 0) + charged
    return [Unbilled(one, Money.from_minor(sums.get(one.pk, 0), one.currency)) for one in rows]


def _fees_without_tranche(engagements: list[Engagement]) -> list[tuple[int, int]]:
    """Fees that fell due without a decision on a quote, as (engagement, amount); the bill makes their tranche."""
    agreed = Tranche.objects.filter(kind=TrancheKind.FORENSIC).values("engagement")
    due = ForensicFee.objects.filter(engagement__in=engagements, charged_minor__gt=0).exclude(engagement__in=agreed)
    begun = Tranche.objects.filter(kind=TrancheKind.EXTENSION).values("extension")
    further = ForensicExtension.objects.filter(engagement__in=engagements, begun_at__isnull=False)
    fees = due.values_list("engagement", "charged_minor")
    both = fees.union(further.exclude(pk__in=begun).values_list("engagement", "amount_minor"), all=True)
    return [(key, charged or 0) for key, charged in both]


def bill_for(engagement: Engagement, settled: Settlement, at: datetime) -> Bill:
    """The invoice that is due now: each tranche's settlement less what was billed of it before, and service credits.

    A fee without a tranche yet (id 0) gets one from the deed that issues the invoice.
    """
    rows = quotes.tranches(engagement)
    ids = {0: 0} | {row.of: row.pk for row in rows}
    billed_before = {row.of for row in rows if not row.billed.is_zero}
    due = [bill for bill in settled.tranches if bill.of not in billed_before]
    # As the fee's: an extension without a tranche yet is shown before it has one.
    ids = dict.fromkeys((bill.of for bill in due), 0) | ids
    tariff = tariff_of(engagement)
    bill = crediting.with_credit(engagement, bill_of(due, ids, tariff), due, ids, tariff, at)
    paid = deposits.paid_on(engagement)
    # Once, on the invoice of the repair that it was paid for.
    repaired = any(one.kind is TrancheKind.BASE for one in due)
    return replace(bill, deposit=paid) if repaired and not paid.is_zero else bill


def tariff_of(engagement: Engagement) -> Tariff:
    """The prices and tax rates that bind it: those of its quote, before one those of its agreement."""
    quote = quotes.binding_quote(engagement)
    return quote.tariff if quote else quotes.tariff_for(engagement)


def owed_back(engagement: Engagement, at: datetime) -> Money:
    """What of the deposits is the client's again: what the repair came to in the end is less than was paid before.

    The invoice settles it. Where the engagement was cancelled it is known at once, by the invoice that would follow;
    until the end of any other nothing is: its parts may still be ordered.
    """
    paid, nothing = deposits.paid_on(engagement), Money.zero(engagement.currency)
    if paid.is_zero:
        return nothing
    invoiced = next((one for one in invoices_of(engagement) if one.content["bill"].get("deposit")), None)
    if invoiced is not None:
        return max(paid - invoiced.total, nothing)
    if engagement.status != Status.CANCELLED:
        return nothing
    bill = bill_for(engagement, quotes.settlement(engagement, work.actuals(engagement, at)), at)
    if bill.credit is not None:
        # How much of a service credit its month lets through is only known with the invoice, which then settles it.
        return nothing
    return max(paid - bill.total, nothing)


def owed_of(quote: Quote, at: datetime) -> Money:
    """The part of it that lies in the deposit on this offer."""
    deposit = deposits.deposit_of(quote)
    left = deposits.left_of(deposit) if deposit is not None else Money.zero(quote.currency)
    return left if left.is_zero else min(left, owed_back(quote.engagement, at))


def billed(engagement: Engagement) -> Money:
    """Everything invoiced on an engagement so far, with tax."""
    totals = [invoice.total for invoice in invoices_of(engagement)]
    return sum(totals, Money.zero(engagement.currency))


def month_ends(invoice: Invoice) -> datetime:
    """When the month of this invoice is complete, in its provider's zone: what was withheld is released then."""
    return month_of(invoice.issued_at, invoice.provider.zone)[1]


def may_release(invoice_id: int, at: datetime) -> bool:
    """Whether something of this invoice's credit is left to give back; for machines."""
    invoice = Invoice.objects.select_related("engagement", "provider").get(pk=invoice_id)
    if Invoice.objects.filter(corrects=invoice).exists():
        return False
    return crediting.note_for(invoice, tariff_of(invoice.engagement), at) is not None


def right_to_end(provider_id: int, client_id: int, at: datetime) -> int:
    """The missed promises that let the client end the agreement; 0 while they are too few for that."""
    missed = crediting.missed_lately(provider_id, client_id, at)
    return missed if missed >= TOO_MANY else 0
