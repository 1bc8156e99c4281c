"""Writes that billing needs inside its own deed, and what binding an offer leaves behind."""

from datetime import datetime

from breakfix.diagnosis import queries as diagnosis
from breakfix.diagnosis.models import ForensicExtension
from breakfix.incidents import queries as incidents
from breakfix.incidents import steps as incident_steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import EndKind, HoldReason
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import Actor, Role
from breakfix.kernel.models import Row
from breakfix.kernel.money import Money, format_money
from breakfix.quotes import deposits, queries
from breakfix.quotes.models import Deposit, Disposition, Quote, Tranche
from breakfix.quotes.queries import Settlement
from breakfix.quotes.rules import states
from breakfix.quotes.rules.offer import Offer
from breakfix.quotes.rules.settlement import tranche_key
from breakfix.quotes.values import Actuals, Status, TrancheKind


def settle(engagement: Engagement, actuals: Actuals, *, at: datetime) -> Settlement:
    """What is due, with the tranches held until the end of the deed so that no second invoice slips past a cap.

    A fee that fell due without any decision on a quote, as by a cancellation, gets its tranche here.
    """
    forensic_tranche(engagement, at=at)
    list(Tranche.objects.select_for_update().filter(engagement=engagement).order_by("id"))
    return queries.settlement(engagement, actuals)


def mark_settled(engagement: Engagement, settlement: Settlement, *, at: datetime) -> list[Row]:
    """The invoice is issued: keep what it really came to, which quote accuracy is computed from."""
    quote = queries.binding_quote(engagement)
    if quote is None or quote.status == Status.SETTLED:
        return []
    actual = {bill.of: bill.actual.minor for bill in settlement.tranches}
    settled: list[Row] = []
    for one in (quote, *queries.bound_orders(engagement)):
        states.check_transition(Status(one.status), Status.SETTLED)
        one.status, one.settled_at, one.actual_minor = Status.SETTLED, at, actual[one.pk]
        one.save(update_fields=["status", "settled_at", "actual_minor"])
        settled.append(one)
    return settled


def forensic_tranche(engagement: Engagement, *, at: datetime) -> list[Row]:
    """The charged forensic fee as a tranche of its own; due whatever becomes of the quote. Once.

    Beside it every extension that was approved and begun, each in its own: outside N (domain.md §11 ruling 27).
    """
    rows: list[Row] = []
    known = {one.of for one in queries.tranches(engagement)}
    fee = queries.charged_fee(engagement)
    if not fee.is_zero and 0 not in known:
        rows.append(_tranche(engagement, TrancheKind.FORENSIC, None, fee.minor, at))
    for one in diagnosis.due_extensions(engagement):
        if tranche_key(TrancheKind.EXTENSION, one.pk) not in known:
            rows.append(_tranche(engagement, TrancheKind.EXTENSION, None, one.amount_minor, at, extension=one))
    return rows


def credit_tranche(engagement: Engagement, *, at: datetime) -> Tranche:
    """The tranche that takes service credits: capped at zero, so it can lower a bill and never raise one. Once."""
    found = Tranche.objects.filter(engagement=engagement, kind=TrancheKind.SERVICE_CREDIT).first()
    return found or _tranche(engagement, TrancheKind.SERVICE_CREDIT, None, 0, at)


def agreed_tranche(quote: Quote, *, at: datetime) -> list[Row]:
    """N of an approved quote or change order as a tranche: the ceiling that every invoice is held against."""
    if quote.n_minor is None:
        raise ValueError(f"{quote} has no maximum to bind")
    kind = TrancheKind.CHANGE_ORDER if quote.is_change_order else TrancheKind.BASE
    return [_tranche(quote.engagement, kind, quote, quote.n_minor, at)]


def ask_for_deposit(quote: Quote, *, at: datetime) -> list[Row]:
    """An approved offer with a deposit: the client's finance pays it before anything is ordered."""
    asked = deposits.due_with(quote)
    if asked.is_zero:
        return []
    engagement = quote.engagement
    deposit = Deposit.objects.create(quote=quote, amount_minor=asked.minor, currency=quote.currency, asked_at=at)
    ends = incident_steps.open_end(
        engagement,
        EndKind.DEPOSIT,
        f"Pay the deposit on {quote.number}: {format_money(asked)}",
        organisation_id=engagement.client_id,
        role=Role.CLIENT_FINANCE,
        subject=quote.subject,
        blocks_close=False,
        at=at,
    )
    return [deposit, *ends]


def pay_back(deposit: Deposit, amount: Money, *, reference: str, by: int, at: datetime) -> Deposit:
    """Note that this much of a paid deposit went back; the database refuses more than was paid."""
    deposit.refunded_minor, deposit.refunded_at, deposit.refund_reference = amount.minor, at, reference
    deposit.refunded_by_id = by
    deposit.save(update_fields=["refunded_minor", "refunded_at", "refunded_by", "refund_reference"])
    return deposit


def disposition_tranche(ordered: Disposition, *, at: datetime) -> list[Row]:
    """The confirmed price of a disposition as a tranche; none where it costs nothing."""
    if not ordered.price_minor:
        return []
    return [_tranche(ordered.engagement, TrancheKind.DISPOSITION, None, ordered.price_minor, at, disposition=ordered)]


def go_on(order: Quote, *, by: Actor, at: datetime) -> list[Row]:
    """This change order is decided or gone: work that waited for it goes on, unless it waits for another one, too."""
    engagement = order.engagement
    held = incidents.open_hold(engagement)
    if not order.is_change_order or held is None or held.reason != HoldReason.AWAITING_CLIENT_APPROVAL:
        return []
    asked = Quote.objects.filter(engagement=engagement, kind=order.kind, status=Status.ISSUED.value)
    if asked.exclude(pk=order.pk).exists():
        return []
    return incident_steps.move(engagement, EngagementStatus(engagement.hold_from), by=by, at=at)


def _tranche(
    engagement: Engagement,
    kind: TrancheKind,
    quote: Quote | None,
    cap: int,
    at: datetime,
    *,
    extension: ForensicExtension | None = None,
    disposition: Disposition | None = None,
) -> Tranche:
    return Tranche.objects.create(
        engagement=engagement,
        kind=kind,
        quote=quote,
        extension=extension,
        disposition=disposition,
        cap_minor=cap,
        currency=engagement.currency,
        agreed_at=at,
    )


def ask_for_review(quote: Quote, made: Offer, at: datetime) -> list[Row]:
    """A second person's turn where the rule wants one; what was asked about an older wording is closed."""
    engagement = quote.engagement
    rows = incident_steps.close_end(engagement, EndKind.REVIEW, subject=quote.subject, at=at)
    if not made.second_person:
        return rows
    return rows + incident_steps.open_end(
        engagement,
        EndKind.REVIEW,
        f"Review {quote.title[0].lower()}{quote.title[1:]}: {made.second_person}",
        organisation_id=engagement.provider_id,
        role=Role.REVIEWER,
        subject=quote.subject,
        blocks_close=False,
        at=at,
    )
