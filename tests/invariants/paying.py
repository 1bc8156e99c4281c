"""What people try about a repair that was paid for in part: to call it off, and to have the rest paid back."""

from decimal import Decimal
from typing import Any

from breakfix.billing import actions as billing
from breakfix.billing import queries
from breakfix.billing.models import Invoice
from breakfix.incidents.actions import course
from breakfix.quotes.models import Deposit, Quote
from tests.invariants.promises import promise
from tests.invariants.turns import rule


@rule(anytime=False, who=["rita", "rita", "dana", "cal"])
def cancel(night: Any, who: str) -> None:
    given = {"reason": "We buy a new one", "by": night.actor(who), "at": night.now}
    night.tried("cancel_engagement", lambda: course.cancel_engagement(night.key, **given))


@rule(anytime=False, who=["fay", "fay", "fay", "finn", "quinn"], more=["0", "0", "0.01", "-0.01", "3000"])
def pay_back(night: Any, who: str, more: str) -> None:
    quote = Quote.objects.filter(engagement=night.key, status__in=["APPROVED", "SETTLED"]).first() or night.latest()
    owed = queries.owed_of(quote, night.now).amount
    given = {"amount": owed + Decimal(more), "reference": "WIRE-90017", "by": night.actor(who), "at": night.now}
    done = night.tried("refund_deposit", lambda: billing.refund_deposit(quote.pk, **given))
    promise(not done or Decimal(more) == 0, "1: another sum went back than was owed")
    deposit = Deposit.objects.get(quote=quote)
    kept = deposit.amount_minor - deposit.refunded_minor
    promise(kept >= 0, "1: more of a deposit went back than was paid")
    billed = sum(one.total_minor for one in Invoice.objects.filter(engagement=night.key))
    promise(not done or not billed or kept == billed, "1: what was kept of a deposit is not what was billed")
