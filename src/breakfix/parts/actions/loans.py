"""The pool of loaners: offered for an engagement, handed over, back. Free where the provider caused the need."""

from datetime import datetime
from typing import Any

from django.db import transaction

from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.rules import transitions, words
from breakfix.incidents.values import EndKind
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import Actor, Deed, Role, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.record import record
from breakfix.parties import queries as parties
from breakfix.parties import rules as texts
from breakfix.parts import queries, rules
from breakfix.parts.models import Loan, Loaner
from breakfix.parts.values import LoanStatus


@transaction.atomic
def add_loaner(provider_id: int, *, tag: str, description: str, by: Actor, at: datetime) -> Loaner:
    """Another machine for the pool, under a tag of its own."""
    parties.lock_organisation(provider_id, by=by)
    require(by, Deed.ADD_LOANER, org=provider_id)
    name = texts.text(tag, "tag", longest=60)
    if Loaner.objects.filter(provider_id=provider_id, tag=name).exists():
        raise Refused("tag_taken", "There is a loaner with this tag already.", field="tag")
    loaner = Loaner.objects.create(
        provider_id=provider_id,
        tag=name,
        description=texts.text(description, "description", longest=200),
        added_at=at,
    )
    line = f"The loaner {loaner} joined the pool."
    topic = f"organisation/{provider_id}"
    record("loaner.added", subject=loaner, by=by, at=at, to=[provider_id], topic=topic, line=line, changed=[loaner])
    return loaner


@transaction.atomic
def offer_loaner(engagement_id: int, *, loaner_id: int, due_at: datetime, by: Actor, at: datetime) -> Loan:
    """Offer a loaner for as long as the repair takes: free where a part that was delivered is faulty.

    Otherwise it costs what the approved quote lists for a loaner.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.OFFER_LOANER, org=engagement.provider_id)
    transitions.check_status(EngagementStatus(engagement.status), *sorted(rules.MAY_LEND))
    loaner = queries.lock_loaner(loaner_id, by)
    rules.check_can_offer_loaner(free=queries.is_free(loaner), due_at=due_at, at=at)
    faults = [queries.fault_of(part) for part in queries.owed(engagement)]
    loan = Loan.objects.create(
        loaner=loaner,
        engagement=engagement,
        free_reason="; ".join(faults)[:300],
        offered_at=at,
        due_at=due_at,
    )
    price = f"free of charge: {loan.free_reason}" if loan.free_reason else "at the price that the quote lists"
    record("loaner.offered", changed=[loan], **_told(loan, f"{loaner} was offered, {price}.", by, at))
    return loan


@transaction.atomic
def lend_loaner(loan_id: int, *, condition: str, by: Actor, at: datetime) -> Loan:
    """It is handed over; from now on it is to be fetched back."""
    loan = queries.lock_loan(loan_id, by)
    require(by, Deed.LEND_LOANER, org=loan.engagement.provider_id)
    rules.check_loan_transition(LoanStatus(loan.status), LoanStatus.LENT)
    transitions.check_status(EngagementStatus(loan.engagement.status), *sorted(rules.MAY_LEND))
    loan.status, loan.lent_at = LoanStatus.LENT.value, at
    loan.condition = words.check_no_amount(texts.text(condition, "condition", longest=200), "condition")
    loan.save()
    ends = incident_steps.open_end(
        loan.engagement,
        EndKind.PARTS,
        f"Fetch back the loaner {loan.loaner}",
        organisation_id=loan.engagement.provider_id,
        role=Role.DISPATCHER,
        due_at=loan.due_at,
        subject=loan.subject,
        at=at,
    )
    line = f"{loan.loaner} was handed over: {loan.condition}"
    record("loaner.lent", changed=[loan, *ends], **_told(loan, line, by, at))
    return loan


@transaction.atomic
def return_loaner(loan_id: int, *, condition: str, by: Actor, at: datetime) -> Loan:
    """It is back in the pool, or was never needed."""
    loan = queries.lock_loan(loan_id, by)
    require(by, Deed.RETURN_LOANER, org=loan.engagement.provider_id)
    lent = loan.status == LoanStatus.LENT
    to = LoanStatus.RETURNED if lent else LoanStatus.WITHDRAWN
    rules.check_loan_transition(LoanStatus(loan.status), to)
    said = words.check_no_amount(texts.text(condition, "condition", longest=190), "condition")
    loan.status, loan.ended_at = to.value, at
    loan.condition = f"{loan.condition} Back: {said}" if lent else said
    loan.save()
    ends = incident_steps.close_end(loan.engagement, EndKind.PARTS, subject=loan.subject, at=at)
    line = f"{loan.loaner} is {'back' if lent else 'not needed'}: {said}"
    record("loaner.returned", changed=[loan, *ends], **_told(loan, line, by, at))
    return loan


def _told(loan: Loan, line: str, by: Actor, at: datetime) -> dict[str, Any]:
    return {
        "subject": loan,
        "by": by,
        "at": at,
        "to": loan.engagement.party_ids,
        "topic": loan.engagement.topic,
        "line": line,
        "facts": {"loaner": str(loan.loaner), "status": loan.status, "free_reason": loan.free_reason},
    }
