"""Carries an engagement through the states that later modules own, by the very steps that they call."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from breakfix.incidents import queries, steps
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import Status
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from tests.makers import World, local
from tests.makers_incidents import qualified

S = Status


def told(engagement_id: int, step: Callable[[Engagement], list[Row]], at: datetime) -> Engagement:
    """One deed of a later module: lock, step, record."""
    with transaction.atomic():
        engagement = queries.lock_engagement(engagement_id, SYSTEM)
        rows = step(engagement)
        record(
            "test.stepped",
            subject=engagement,
            by=SYSTEM,
            at=at,
            to=engagement.party_ids,
            topic=engagement.topic,
            line="A later module did something.",
            changed=rows or [engagement],
        )
    return engagement


def moved(engagement_id: int, to: Status, at: datetime) -> Engagement:
    return told(engagement_id, lambda e: steps.move(e, to, by=SYSTEM, at=at), at)


def diagnosing(world: World) -> Engagement:
    """S1 until the engineer has spoken with the requester (20:16)."""
    engagement = qualified(world)
    moved(engagement.pk, S.DISPATCHED, local("2026-12-01 20:06"))
    at = local("2026-12-01 20:16")
    return told(engagement.pk, lambda e: steps.contacted(e, at) + steps.move(e, S.DIAGNOSING, by=SYSTEM, at=at), at)


def offered(world: World) -> Engagement:
    """S1 until the quote is out: arrival 22:40, diagnosis complete 00:40, quote 01:15."""
    engagement = diagnosing(world)
    arrival, complete = local("2026-12-01 22:40"), local("2026-12-02 00:40")
    told(engagement.pk, lambda e: steps.arrived(e, arrival), arrival)
    told(engagement.pk, lambda e: steps.diagnosis_completed(e, complete), complete)
    moved(engagement.pk, S.QUOTE_PENDING, local("2026-12-02 00:55"))
    return moved(engagement.pk, S.AWAITING_APPROVAL, local("2026-12-02 01:15"))


def restored(world: World) -> Engagement:
    """S1 until the service is back: approved 01:47, restored 06:25."""
    engagement = offered(world)
    moved(engagement.pk, S.APPROVED, local("2026-12-02 01:47"))
    moved(engagement.pk, S.SCHEDULED, local("2026-12-02 01:58"))
    moved(engagement.pk, S.IN_PROGRESS, local("2026-12-02 02:05"))
    return moved(engagement.pk, S.RESTORED, local("2026-12-02 06:25"))
