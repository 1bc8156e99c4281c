"""The deposit on parts that nobody takes back: paid, or waived for a client whose credit is good."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from breakfix.incidents import steps as incident_steps
from breakfix.incidents.rules import words
from breakfix.incidents.values import EndKind
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.errors import NotAllowed, Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.money import Money, format_money
from breakfix.parties import rules as texts
from breakfix.quotes import deposits, queries
from breakfix.quotes.models import Deposit, Quote
from breakfix.quotes.rules import inputs, states
from breakfix.quotes.values import Status

E = EngagementStatus


@transaction.atomic
def note_deposit(quote_id: int, *, amount: Decimal, reference: str, by: Actor, at: datetime) -> Deposit:
    """All of the deposit has arrived, by the bank's own reference: the parts may be ordered and the work planned."""
    quote = queries.lock_quote(quote_id, by)
    require(by, Deed.NOTE_DEPOSIT, org=quote.engagement.provider_id)
    deposit = _open(quote)
    inputs.check_amount("amount", amount, quote.currency)
    states.check_deposit(Money(amount, quote.currency), deposit.amount)
    deposit.reference = texts.text(reference, "reference", longest=120)
    line = f"The deposit of {format_money(deposit.amount)} on {quote} has arrived."
    return _settle(deposit, "deposit.paid", line, by, at)


@transaction.atomic
def waive_deposit(quote_id: int, *, reason: str, by: Actor, at: datetime) -> Deposit:
    """Order without the deposit, because the client's credit is good: the provider carries the parts until then."""
    quote = queries.lock_quote(quote_id, by)
    require(by, Deed.WAIVE_DEPOSIT, org=quote.engagement.provider_id)
    deposit = _open(quote)
    said = texts.text(reason, "reason", longest=400)
    deposit.waived_because = words.check_no_amount(said, "reason")
    line = f"The deposit on {quote} was waived: {deposit.waived_because}"
    return _settle(deposit, "deposit.waived", line, by, at)


def _open(quote: Quote) -> Deposit:
    """The deposit that is still due; refuses where there is none."""
    deposit = deposits.lock_deposit(quote)
    states.check_can_settle_deposit(
        Status(quote.status),
        asked=deposit is not None,
        settled=deposit is not None and deposit.settled_at is not None,
    )
    assert deposit is not None  # noqa: S101 - the check above refuses without one
    deposit.quote = quote
    return deposit


def _settle(deposit: Deposit, kind: str, line: str, by: Actor, at: datetime) -> Deposit:
    quote, engagement = deposit.quote, deposit.quote.engagement
    if by.person_id is None:
        raise NotAllowed("A deposit is noted or waived by a person.", code="needs_person")
    waits = engagement.status == E.AWAITING_APPROVAL
    if not waits and not quote.is_change_order:
        message = f"The engagement is {engagement.status}; its deposit is not waited for any more."
        raise Refused("wrong_state", message, status=engagement.status)
    deposit.settled_at, deposit.settled_by_id = at, by.person_id
    deposit.save()
    rows: list[Row] = [
        deposit,
        *incident_steps.close_end(engagement, EndKind.DEPOSIT, subject=quote.subject, at=at),
    ]
    if not quote.is_change_order:
        rows += incident_steps.move(engagement, E.APPROVED, by=by, at=at)
    record(
        kind,
        subject=quote,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts={
            "reference": deposit.reference,
            "money": deposit.amount,
            "money_label": "deposit",
        },
        changed=rows,
    )
    return deposit
