"""Every read of changes; each begins at the engagements that somebody may see."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet

from breakfix.approvals import queries as approvals
from breakfix.approvals.models import Round
from breakfix.changes import rules
from breakfix.changes.models import Change
from breakfix.changes.values import Guard, Status
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotFound


def visible_to(by: Actor) -> QuerySet[Change]:
    """The changes of the engagements this actor was let in on, latest first."""
    seen = incidents.visible_to(by).order_by().select_related(None).values("pk")
    rows = Change.objects.filter(engagement__in=seen)
    related = ("client", "provider", "site", "asset", "requester", "agreement_version__agreement")
    rows = rows.select_related(*(f"engagement__{name}" for name in related), "proposed_by", "reviewed_by")
    return rows.order_by("-proposed_at", "-id")


def get_change(change_id: int, by: Actor) -> Change:
    """This change, or NotFound."""
    found = visible_to(by).filter(pk=change_id).first()
    if found is None:
        raise NotFound("This change")
    return found


def lock_change(change_id: int, by: Actor) -> Change:
    """This change with its engagement, both held until the end of the deed, the engagement first."""
    engagement = incidents.lock_engagement(get_change(change_id, by).engagement_id, by)
    change = visible_to(by).select_for_update(of=("self",)).get(pk=change_id)
    change.engagement = engagement
    return change


def changes_of(engagement: Engagement) -> list[Change]:
    """Every change of an engagement, latest first, each tied to this very instance of it."""
    rows = Change.objects.filter(engagement=engagement).select_related("proposed_by", "reviewed_by")
    found = list(rows.order_by("-proposed_at", "-id"))
    for change in found:
        change.engagement = engagement
    return found


def live_change(engagement: Engagement) -> Change | None:
    """The one change that is proposed, decided or under way; None where there is none."""
    return live_of(changes_of(engagement))


def live_of(every: Iterable[Change]) -> Change | None:
    """The same out of the changes of an engagement that were read."""
    return next((one for one in every if Status(one.status) in rules.LIVE), None)


def approved_change(engagement: Engagement) -> Change | None:
    """The change under which work may be planned and done."""
    return next((one for one in changes_of(engagement) if Status(one.status) in rules.DECIDED), None)


def round_of(change: Change) -> Round | None:
    """The approval of this change, with its seats; None before it is assessed."""
    return approvals.latest_round_for(change.subject)


def guard(change: Change, at: datetime, *, forward: timedelta | None = None) -> Guard:
    """Whether what is left (all of it, unless `forward` says less) and going back still fit into the window."""
    left = change.forward if forward is None else forward
    return rules.window_guard(at, left, change.back, change.ends_at, zone=change.engagement.zone)
