"""What a service credit is computed from: missed promises, labour of the engagement and of the month (§4.5)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from breakfix.agreements.values import TaxCategory
from breakfix.billing.models import Invoice
from breakfix.billing.rules import credits as credit_rules
from breakfix.billing.rules.credits import GUARANTEED, TRANCHE, WITHIN, month_of
from breakfix.billing.rules.invoicing import bill_of, tax_lines
from breakfix.billing.values import Bill, Billable, InvoiceStatus, Miss, MonthSoFar, ServiceCredit
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Clock, Engagement
from breakfix.incidents.values import Priority, Verdict
from breakfix.kernel import fence
from breakfix.kernel.money import Money
from breakfix.quotes.models import Tranche
from breakfix.quotes.rules.settlement import TrancheBill
from breakfix.quotes.rules.tax import taxed
from breakfix.quotes.values import Tariff


def misses(engagement: Engagement, at: datetime) -> list[Miss]:
    """Every response promise that was not kept, also by a clock that a later priority replaced and that had missed.

    A clock that still runs counts as far as it is over by `at`.
    """
    late = [one for one in incidents.clock_history(engagement, at) if one.kind in GUARANTEED]
    late = [one for one in late if one.verdict is Verdict.MISSED]
    if not late:
        return []
    counted = Clock.objects.filter(engagement=engagement).values_list("kind", "sequence", "priority")
    priorities = {(kind, sequence): priority for kind, sequence, priority in counted}
    agreed = incidents.terms(engagement).credits
    found = []
    for one in late:
        priority = priorities[one.kind.value, one.sequence]
        percent = credit_rules.percent_for(priority, one.target, one.elapsed, agreed)
        spans = (int(one.target.total_seconds()), int(one.elapsed.total_seconds()))
        found.append(Miss(one.kind.value, one.sequence, priority, *spans, percent))
    return found


def with_credit(
    engagement: Engagement,
    bill: Bill,
    due: Sequence[TrancheBill],
    ids: dict[int, int],
    tariff: Tariff,
    at: datetime,
) -> Bill:
    """The same bill less what missed promises cost; unchanged where none was missed or nothing is due."""
    labour = bill.labour or Money.zero(engagement.currency)
    credit = _credit(engagement, bill, labour, at) if not bill.subtotal.is_zero else None
    if credit is None or (credit.amount + credit.withheld).is_zero:
        return bill
    if credit.amount.is_zero:
        return replace(bill, credit=credit)
    words = credit_rules.line_words(credit.miss, credit.percent)
    lines = credit_rules.credit_lines(credit.amount, bill, tranche=_tranche(engagement), words=words)
    return replace(bill_of(due, ids, tariff, lines), deposit=bill.deposit, credit=credit)


def note_for(invoice: Invoice, tariff: Tariff, at: datetime) -> Bill | None:
    """The credit note for what the month's cap kept of this invoice's credit; None where there is no room.

    Only of a month that has ended: until then more labour may still make room. Tax at the invoice's own rates.
    """
    start, end = month_of(invoice.issued_at, invoice.provider.zone)
    if at < end or invoice.withheld.is_zero:
        return None
    engagement = invoice.engagement
    month = _month(engagement, start, end)
    amount = credit_rules.released(invoice.withheld, month, incidents.terms(engagement).credits)
    # What is left of the invoice: nobody is given back more than was asked for.
    amount = min(amount, invoice.subtotal)
    if amount.is_zero:
        return None
    words = f"Service credit withheld on {invoice.number}, released"
    lines = credit_rules.credit_lines(amount, _billed(invoice), tranche=_tranche(engagement), words=words)
    tax = taxed([(line.category, line.amount) for line in lines], tariff)
    return Bill(tuple(lines), (), tax_lines(tax), tax.net, tax.tax, tax.gross)


def missed_lately(provider_id: int, client_id: int, at: datetime) -> int:
    """How many response promises of the highest priority were used up in the last 90 days between the two.

    From three on the client may end the agreement (§4.5); counted as a whole, also where the reader is not let in.
    """
    since = at - WITHIN
    with fence.as_machine():
        counting = Clock.objects.filter(kind__in=GUARANTEED, priority=Priority.P1, void=False, started_at__lte=at)
        counting = counting.filter(Q(stopped_at__isnull=True) | Q(stopped_at__gt=since))
        between = Engagement.objects.filter(provider_id=provider_id, client_id=client_id)
        found = list(between.filter(pk__in=counting.values("engagement")).select_related("agreement_version"))
        highest = set(counting.filter(engagement__in=found).values_list("pk", flat=True))
        read = incidents.clock_histories(found, at) if found else {}
    late = [one for each in read.values() for one in each if one.clock_id in highest]
    return sum(1 for one in late if one.verdict is Verdict.MISSED and one.due_at and since < one.due_at <= at)


def _credit(engagement: Engagement, bill: Bill, labour: Money, at: datetime) -> ServiceCredit | None:
    miss = credit_rules.largest(misses(engagement, at))
    if miss is None:
        return None
    zero = Money.zero(engagement.currency)
    # Without the notes: what they released was counted as withheld.
    before = Invoice.objects.filter(engagement=engagement, status=InvoiceStatus.ISSUED.value, corrects=None)
    sums = before.aggregate(hours=Sum("labour_minor"), given=Sum("credit_minor"), kept=Sum("withheld_minor"))
    start, end = month_of(at, engagement.provider.zone)
    month = _month(engagement, start, end)
    return credit_rules.service_credit(
        miss,
        incidents.terms(engagement).credits,
        labour=labour + Money.from_minor(sums["hours"] or 0, zero.currency),
        earlier=Money.from_minor((sums["given"] or 0) + (sums["kept"] or 0), zero.currency),
        month=replace(month, labour=month.labour + labour),
        at_most=bill.subtotal,
    )


def _month(engagement: Engagement, start: datetime, end: datetime) -> MonthSoFar:
    """All that was invoiced between the two in that month, and what was given for it since, by credit notes, too."""
    mine = Q(provider=engagement.provider_id, engagement__client=engagement.client_id, currency=engagement.currency)
    issued = Invoice.objects.filter(mine, status=InvoiceStatus.ISSUED.value)
    # Also of engagements that the reader is not let in on: the cap is the client's as a whole.
    with fence.as_machine():
        inside = issued.filter(corrects=None, issued_at__gte=start, issued_at__lt=end)
        sums = inside.aggregate(labour=Sum("labour_minor"), given=Sum("credit_minor"))
        later = issued.filter(corrects__in=inside).aggregate(given=Sum("credit_minor"))
    currency = engagement.currency
    given = (sums["given"] or 0) + (later["given"] or 0)
    return MonthSoFar(Money.from_minor(sums["labour"] or 0, currency), Money.from_minor(given, currency))


def _tranche(engagement: Engagement) -> int:
    """0 before there is one: it is shown before it is made, as the fee's is."""
    found = Tranche.objects.filter(engagement=engagement, kind=TRANCHE).values_list("pk", flat=True).first()
    return found or 0


def _billed(invoice: Invoice) -> Bill:
    """What was billed, less the credit that it already gave, line by line in the categories that it lowered."""
    bill, nothing = invoice.content["bill"], Money.zero(invoice.currency)
    every = [_line(one) for one in bill["lines"]]
    hours = tuple(bill.get("hours", ()))
    given: dict[TaxCategory, Money] = {}
    for one in every:
        if one.tranche == TRANCHE:
            given[one.category] = given.get(one.category, nothing) - one.amount
    lines = []
    for one in sorted((one for one in every if one.tranche != TRANCHE), key=lambda one: one.name not in hours):
        taken = max(min(given.get(one.category, nothing), one.amount), nothing)
        given[one.category] = given.get(one.category, nothing) - taken
        lines.append(replace(one, amount=one.amount - taken))
    return Bill(tuple(lines), (), (), nothing, nothing, nothing, hours=hours)


def _line(stored: dict[str, Any]) -> Billable:
    return Billable(
        tranche_id=stored["tranche_id"],
        tranche=stored["tranche"],
        key=stored["key"],
        description=stored["description"],
        quantity=Decimal(stored["quantity"]),
        amount=Money.of(stored["amount"]["amount"], stored["amount"]["currency"]),
        category=TaxCategory(stored["category"]),
    )
