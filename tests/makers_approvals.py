"""Who may approve how much in the demo world, and rounds carried through S1's night.

A round is opened and decided by steps inside a deed of a later module; `asked` and `decided` stand for such a
deed: they do what it does around the step, in one transaction with its record.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from breakfix.approvals import queries, steps
from breakfix.approvals.actions import authority, ratification, reachout
from breakfix.approvals.models import Round, Seat
from breakfix.approvals.rules import policy
from breakfix.approvals.values import Purpose, RatifyVerdict, SeatNeed, Verdict
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import OPERATOR, SYSTEM
from breakfix.kernel.ledger.record import record
from breakfix.kernel.money import Money
from tests.makers import World, local
from tests.snapshots import remembered

AUTHORITIES = (
    ("alice", "it", "25000"),
    ("cora", "finance", "50000"),
    ("erin", "executive", "250000"),
    ("charlie", "it", "25000"),
)
SHA = "5a" * 32
# Of S1: 5,400 x 1.08875 (domain.md §8).
EXPOSURE = Money.of("5879.25", "USD")
OPENED_AT = local("2026-12-02 01:15")


def name_authorities(world: World) -> None:
    """Called by `tests.makers.world()`."""
    for key, seat, limit in AUTHORITIES:
        authority.name_authority(world.people[key].pk, seat=seat, limit=Decimal(limit), by=OPERATOR, at=world.at)


def s1_needs(engagement: Engagement, exposure: Money = EXPOSURE) -> list[SeatNeed]:
    """The seats of S1's quote: by exposure, and the data owner for a risk of score 15."""
    agreed = incidents.terms(engagement).approvals
    return policy.seats_for(exposure, agreed) + policy.acknowledgements_for(agreed, data=True, security=False)


@remembered
@transaction.atomic
def asked(
    engagement: Engagement,
    *,
    needs: Sequence[SeatNeed] | None = None,
    exposure: Money | None = EXPOSURE,
    subject: str = "quote/1",
    purpose: Purpose = Purpose.QUOTE,
    quorum: int | None = None,
    at: datetime = OPENED_AT,
) -> Round:
    """A round about a document with the hash SHA, S1's unless said otherwise."""
    held = incidents.lock_engagement(engagement.pk, by=SYSTEM)
    wanted = s1_needs(held, exposure or EXPOSURE) if needs is None else needs
    approval, rows = steps.open_round(
        held,
        subject=subject,
        sha256=SHA,
        purpose=purpose,
        needs=wanted,
        exposure=exposure,
        quorum=quorum,
        at=at,
    )
    _record(approval, "quote.issued", SYSTEM, at, rows)
    return queries.get_round(approval.pk, by=SYSTEM)


@transaction.atomic
def decided(
    world: World,
    approval: Round,
    who: str,
    at: datetime,
    *,
    verdict: Verdict = Verdict.APPROVE,
    seat: str | None = None,
    shown: str = SHA,
    reason: str = "",
    confirmed: bool = True,
) -> tuple[Round, Seat]:
    """One person's decision at their seat."""
    by = world.actor(who, confirmed_at=at if confirmed else None)
    incidents.lock_engagement(approval.engagement_id, by=by)
    approval, filled, rows = steps.decide(
        approval, seat, verdict=verdict, shown_sha256=shown, reason=reason, by=by, at=at
    )
    _record(approval, "quote.decided", by, at, rows)
    return approval, filled


@transaction.atomic
def bypassed(
    world: World,
    approval: Round,
    at: datetime,
    *,
    who: str = "mona",
    shown: str = SHA,
    reason: str = "The archive gap closes at 19:40; the CFO does not answer.",
    confirmed: bool = True,
) -> tuple[Round, list[Seat]]:
    """The duty manager's emergency decision."""
    by = world.actor(who, confirmed_at=at if confirmed else None)
    incidents.lock_engagement(approval.engagement_id, by=by)
    approval, seats, rows = steps.decide_emergency(approval, shown_sha256=shown, reason=reason, by=by, at=at)
    _record(approval, "quote.approved_in_emergency", by, at, rows)
    return approval, seats


@transaction.atomic
def closed(approval: Round, status: Any, at: datetime) -> Round:
    """A round ended by its document: withdrawn or expired."""
    incidents.lock_engagement(approval.engagement_id, by=SYSTEM)
    approval = queries.relock(approval, SYSTEM)
    _record(approval, "quote.ended", SYSTEM, at, steps.close_round(approval, status, at))
    return approval


def climbed(approval: Round, until: datetime) -> Round:
    """Every rung of the ladder that falls due up to an instant, each at its own, as the worker does it."""
    for rung in queries.ladder_of(approval):
        if rung.at <= until:
            reachout.log_attempt(approval.pk, rung=rung.name, by=SYSTEM, at=rung.at)
    return queries.get_round(approval.pk, by=SYSTEM)


@remembered
def night(world: World, engagement: Engagement) -> Round:
    """S1 until 01:47: IT approved, nobody of finance answered, the data owner acknowledged, mona decided."""
    approval = climbed(asked(engagement), local("2026-12-02 01:20"))
    decided(world, approval, "alice", local("2026-12-02 01:22"))
    climbed(approval, local("2026-12-02 01:45"))
    decided(world, approval, "sol", local("2026-12-02 01:46"), verdict=Verdict.ACKNOWLEDGE)
    bypassed(world, approval, local("2026-12-02 01:47"))
    return queries.get_round(approval.pk, by=SYSTEM)


def ratified(
    world: World, approval: Round, at: datetime, who: str = "cora", *, confirmed: bool = True, **words: Any
) -> Round:
    """The holder's answer to a bypassed seat."""
    asked_for = {"verdict": RatifyVerdict.ACCEPT} | words
    by = world.actor(who, confirmed_at=at if confirmed else None)
    return ratification.ratify(approval.pk, by=by, at=at, **asked_for)


def _record(approval: Round, kind: str, by: Any, at: datetime, rows: list[Any]) -> None:
    engagement = approval.engagement
    record(
        kind,
        subject=approval,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=f"{kind} in a test",
        changed=rows,
    )
