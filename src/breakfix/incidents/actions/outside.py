"""Statements of work for what is outside the agreement, or owed by somebody else: the client answers the desk."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from breakfix.incidents import outside, qualifying, queries, steps
from breakfix.incidents.models import Engagement, StatementOfWork
from breakfix.incidents.rules import outside as rules
from breakfix.incidents.rules import words
from breakfix.incidents.values import EndKind, FeeAccepted, SowAnswer, SowOutcome
from breakfix.kernel.access import Actor, Deed, Role, check_confirmed, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.kernel.money import Money, format_money
from breakfix.parties import rules as texts


@transaction.atomic
def propose_sow(
    engagement_id: int, *, scope: str, exclusion: str = "", fee: Decimal | None = None, by: Actor, at: datetime
) -> StatementOfWork:
    """Put to the client what would be done although the agreement does not cover it, or somebody else owes it.

    `fee`: the flat price of the diagnosis, only where the agreement names none. `exclusion`: which of the agreement's
    own exclusions this failure falls under, word for word; from then on it stands in the way until it is accepted.
    Until an approver of the client has accepted it, nothing can be taken on; the rest is as the agreement says.
    """
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.PROPOSE_SOW, org=engagement.provider_id)
    if outside.waiting(engagement, by) is not None:
        raise Refused("one_at_a_time", "The client has not answered the last one yet.")
    found = qualifying.route_test(engagement, at)
    cover = rules.naming(found, exclusion, queries.terms(engagement).scope.exclusions)
    rules.check_can_propose(outside.standing(engagement), cover, fee, stated=outside.is_fee_stated(engagement))
    stated = None if fee is None else _exactly(fee, engagement.currency)
    statement = StatementOfWork.objects.create(
        engagement=engagement,
        scope=words.check_no_amount(texts.text(scope, "scope", longest=4000), "scope"),
        because=rules.exceptions(cover),
        outside=bool(rules.beside_agreement(cover)),
        waives=cover.covered_elsewhere,
        fee_minor=None if stated is None else stated.minor,
        currency=engagement.currency,
        proposed_by_id=by.person_id,
        proposed_at=at,
    )
    rows: list[Row] = [statement]
    rows += steps.open_end(
        engagement,
        EndKind.SOW,
        f"Accept or refuse a statement of work, because {'; '.join(statement.because)}",
        organisation_id=engagement.client_id,
        role=Role.APPROVER,
        blocks_close=False,
        at=at,
    )
    line = f"The client is asked to accept a statement of work, because {'; '.join(statement.because)}."
    _tell("sow.proposed", engagement, line, rows, by, at, stated)
    return statement


@transaction.atomic
def answer_sow(
    engagement_id: int, *, statement_id: int, answer: SowAnswer, note: str = "", by: Actor, at: datetime
) -> Engagement:
    """Accept the statement of work that one read, or refuse it; accepted, the desk may take the failure on.

    A fee that it states becomes the fee of the diagnosis, and is put to the approvers as any other.
    """
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.ANSWER_SOW, org=engagement.client_id)
    check_confirmed(by, at)
    standing, requester_id = outside.standing(engagement), engagement.requester_id
    outside.check_is_of(engagement, statement_id)
    rules.check_open(standing)  # where it ended meanwhile, what was read was withdrawn with it
    statement = outside.lock_waiting(engagement)
    rules.check_can_answer(statement.pk == statement_id, standing, requester_id=requester_id, by=by)
    said = texts.text(note, "note", longest=300, required=answer is SowAnswer.REFUSE)
    outcome = SowOutcome.ACCEPTED if answer is SowAnswer.ACCEPT else SowOutcome.REFUSED
    rows = _decide(statement, outcome, said, by, at)
    if outcome is SowOutcome.ACCEPTED and statement.fee is not None:
        rows += _state_fee(engagement, statement.fee, at)
    word = "accepts" if outcome is SowOutcome.ACCEPTED else "refuses"
    line = f"The client {word} the statement of work{f': {said}' if said else '.'}"
    _tell("sow.answered", engagement, line, rows, by, at, statement.fee)
    return engagement


@transaction.atomic
def withdraw_sow(engagement_id: int, *, reason: str, by: Actor, at: datetime) -> Engagement:
    """Take the statement back before it is answered, to put another one or to decline."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.WITHDRAW_SOW, org=engagement.provider_id)
    statement = outside.lock_waiting(engagement)
    said = texts.text(reason, "reason", longest=300)
    rows = _decide(statement, SowOutcome.WITHDRAWN, said, by, at)
    _tell("sow.withdrawn", engagement, f"The statement of work was taken back: {said}", rows, by, at)
    return engagement


def _exactly(fee: Decimal, currency: str) -> Money:
    """The amount as it was typed: nothing is rounded into a price that nobody wrote."""
    exact = Money.of(fee, currency)
    if exact.amount != fee:
        raise Refused("too_precise", f"{currency} has no unit that small; write the amount exactly.", field="fee")
    return exact


def _decide(statement: StatementOfWork, outcome: SowOutcome, note: str, by: Actor, at: datetime) -> list[Row]:
    statement.outcome, statement.decided_at, statement.decided_by_id = outcome.value, at, by.person_id
    statement.note = note
    statement.save()
    return [statement, *steps.close_end(statement.engagement, EndKind.SOW, at=at)]


def _state_fee(engagement: Engagement, fee: Money, at: datetime) -> list[Row]:
    """It is put to the approvers as every fee that the agreement does not accept in advance."""
    row = queries.fee(engagement)
    if outside.is_fee_stated(engagement):  # the approvers are asked about it, or have accepted it
        raise Refused("fee_is_agreed", "The diagnosis fee is agreed; it stays as it is.")
    multiplier = queries.terms(engagement).forensic.after_hours_multiplier
    row.base_minor, row.ceiling_minor = fee.minor, (fee * multiplier).minor
    row.save(update_fields=["base_minor", "ceiling_minor"])
    if fee.is_zero:
        return [row, *steps.accept_fee(engagement, FeeAccepted.APPROVED, at=at)]
    refused = steps.close_end(engagement, EndKind.FEE, at=at)
    return [*refused, *steps.ask_fee(engagement, row, at=at)]


def _tell(
    kind: str, engagement: Engagement, line: str, rows: list[Row], by: Actor, at: datetime, fee: Money | None = None
) -> None:
    to, topic = engagement.party_ids, engagement.topic
    facts: dict[str, object] = {} if fee is None else {"money": fee, "money_label": "Diagnosis fee"}
    line += "" if fee is None else f" It states {format_money(fee)} for the diagnosis."
    record(kind, subject=engagement, by=by, at=at, to=to, topic=topic, line=line, facts=facts, changed=rows)
