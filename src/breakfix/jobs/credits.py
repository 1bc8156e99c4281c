"""When a month has ended, what its cap kept back of service credits goes to the client without being claimed."""

from datetime import datetime
from typing import Any

from breakfix.billing import queries as billing
from breakfix.billing.actions import release_credit
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import Status
from breakfix.jobs.plan import id_in, plan
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM


@handles("credit.plan")
def plan_release(payload: dict[str, Any], at: datetime) -> None:
    """After an invoice that withheld something: look again when its month is complete."""
    invoice = billing.get_invoice(id_in(payload["subject"]), SYSTEM)
    if invoice.withheld.is_zero:
        return
    due = max(billing.month_ends(invoice), at)
    key = f"credit:{invoice.pk}"
    plan("credit.release", key=key, due_at=due, at=at, topic=payload["topic"], invoice=invoice.pk)


@handles("credit.release")
def release(payload: dict[str, Any], at: datetime) -> None:
    """Give back what the month leaves room for, in the order of the invoices; nothing where it leaves none."""
    if billing.may_release(payload["invoice"], at):
        release_credit(payload["invoice"], by=SYSTEM, at=at)


@handles("credit.seal")
def seal_again(payload: dict[str, Any], at: datetime) -> None:
    """The note usually follows the end: what was sealed then does not hold it, so it is sealed once more."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    if engagement.status == Status.CLOSED:
        plan("pack.seal", key=f"pack.seal:{payload['deed']}", due_at=at, at=at, **payload)
