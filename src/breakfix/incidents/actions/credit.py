"""A P1 of a client on credit hold: finance is asked, and lets it pass or not."""

from datetime import datetime

from django.db import transaction

from breakfix.agreements.values import Priority
from breakfix.incidents import credit, outside, queries, steps
from breakfix.incidents.models import CreditOverride, Engagement
from breakfix.incidents.rules import credit as rules
from breakfix.incidents.rules import words
from breakfix.incidents.values import ClockKind, EndKind
from breakfix.kernel.access import Actor, Deed, Role, person_behind, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import rules as texts

NEEDS_PERSON = "A credit hold is overridden by somebody who answers for it."


@transaction.atomic
def override_credit_hold(engagement_id: int, *, reason: str, by: Actor, at: datetime) -> CreditOverride:
    """Let this one P1 be taken on although its client is on credit hold; every other engagement still waits.

    It counts for the hold that stands, and only as long as this is a P1: a later hold asks again.
    """
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.OVERRIDE_CREDIT_HOLD, org=engagement.provider_id)
    found = credit.held(engagement)
    rules.check_can_override(
        outside.standing(engagement),
        Priority(engagement.priority),
        held=found.hold is not None,
        overridden=found.override is not None,
    )
    assert found.hold is not None  # noqa: S101 - the rule has just refused that
    reason = words.check_no_amount(texts.text(reason, "reason", longest=300), "reason")
    person_id = person_behind(by, NEEDS_PERSON)
    override = CreditOverride.objects.create(
        engagement=engagement, hold=found.hold, reason=reason, given_by_id=person_id, given_at=at
    )
    rows: list[Row] = [override, *steps.close_end(engagement, EndKind.CREDIT, at=at)]
    line = f"The provider's finance lets this P1 be taken on although the client is on credit hold: {reason}"
    _tell("credit_hold.overridden", engagement, line, rows, by, at)
    return override


@transaction.atomic
def follow_credit_hold(engagement_id: int, *, by: Actor, at: datetime) -> Engagement:
    """Ask finance for an override, or stop asking, as hold and priority stand by now."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.FOLLOW_CREDIT_HOLD)
    wanted, asked = credit.wants_finance(engagement, credit.held(engagement)), credit.is_asked(engagement)
    if wanted == asked:
        raise Refused("nothing_to_follow", "Finance is asked already, or need not be.")
    if not wanted:
        rows = steps.close_end(engagement, EndKind.CREDIT, at=at)
        line = "The provider's finance need not override a credit hold any more."
        _tell("credit_hold.settled", engagement, line, rows, by, at)
        return engagement
    rows = steps.open_end(
        engagement,
        EndKind.CREDIT,
        "Override the credit hold for this P1, or say why not",
        organisation_id=engagement.provider_id,
        role=Role.PROVIDER_FINANCE,
        due_at=next((one.due_at for one in queries.readings(engagement, at) if one.kind is ClockKind.ENGAGE), None),
        blocks_close=False,
        at=at,
    )
    line = "The client is on credit hold: the provider's finance is asked to let this P1 be taken on."
    _tell("credit_hold.asked", engagement, line, rows, by, at)
    return engagement


def _tell(kind: str, engagement: Engagement, line: str, rows: list[Row], by: Actor, at: datetime) -> None:
    to, topic = engagement.party_ids, engagement.topic
    record(kind, subject=engagement, by=by, at=at, to=to, topic=topic, line=line, changed=rows)
