"""Statements of work: the one that waits for the client, and the one that was accepted."""

from datetime import datetime

from django.db.models import QuerySet

from breakfix.incidents import qualifying, queries
from breakfix.incidents.models import Engagement, StatementOfWork
from breakfix.incidents.rules import outside
from breakfix.incidents.values import Status
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotFound


def statements(engagement: Engagement, by: Actor) -> QuerySet[StatementOfWork]:
    """Every statement put to the client, the latest first; for whoever sees the engagement."""
    seen = queries.visible_to(by).filter(pk=engagement.pk).values("pk")
    rows = StatementOfWork.objects.filter(engagement__in=seen).select_related("proposed_by", "decided_by")
    return rows.order_by("-proposed_at", "-id")


def waiting(engagement: Engagement, by: Actor) -> StatementOfWork | None:
    """The one that waits for the client's answer."""
    return statements(engagement, by).filter(decided_at=None).first()


def lock_waiting(engagement: Engagement) -> StatementOfWork:
    """The one that waits, held until the end of the deed, or NotFound; the engagement is locked before."""
    rows = StatementOfWork.objects.select_for_update(of=("self",)).filter(engagement=engagement, decided_at=None)
    found = rows.first()
    if found is None:
        raise NotFound("This statement of work")
    return found


def accepted(engagement: Engagement) -> StatementOfWork | None:
    """The latest that the client accepted: what `qualify` may rely on."""
    return StatementOfWork.objects.filter(engagement=engagement, accepted=True).order_by("-decided_at").first()


def exceptions_now(engagement: Engagement, at: datetime) -> list[str]:
    """What a statement would have to name; empty once it is decided whether to take it on."""
    if Status(engagement.status) not in outside.DECIDED:
        return []
    return outside.exceptions(qualifying.route_test(engagement, at))
