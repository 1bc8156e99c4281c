"""Reads of what came back of data recoveries; each begins at the engagements that somebody may see."""

from django.db.models import QuerySet

from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotFound
from breakfix.quotes import queries as quotes
from breakfix.quotes.rules.pricing import fee_share
from breakfix.quotes.values import Line, Recovered
from breakfix.work.models import Recovery
from breakfix.work.rules.recovery import MAY_REPORT


def visible_to(by: Actor) -> QuerySet[Recovery]:
    """Every list of what came back, oldest first."""
    seen = incidents.visible_to(by).order_by().select_related(None).values("pk")
    return _whole(Recovery.objects.filter(engagement__in=seen))


def _whole(rows: QuerySet[Recovery]) -> QuerySet[Recovery]:
    related = ("engagement", "reported_by__organisation", "decided_by__organisation", "listing")
    return rows.select_related(*related).order_by("reported_at", "id")


def get_recovery(recovery_id: int, by: Actor) -> Recovery:
    """This list, or NotFound."""
    found = visible_to(by).filter(pk=recovery_id).first()
    if found is None:
        raise NotFound("This result")
    return found


def lock_recovery(recovery_id: int, by: Actor) -> Recovery:
    """This list with its engagement, both held until the end of the deed, the engagement first; or NotFound."""
    engagement = incidents.lock_engagement(get_recovery(recovery_id, by).engagement_id, by)
    found = Recovery.objects.select_for_update().get(pk=recovery_id)
    found.engagement = engagement
    return found


def recoveries_of(engagement: Engagement) -> list[Recovery]:
    """Every list of what came back on an engagement, oldest first."""
    return list(_whole(Recovery.objects.filter(engagement=engagement)))


def latest(engagement: Engagement, key: str) -> Recovery | None:
    """The list that counts for this success fee."""
    return Recovery.objects.filter(engagement=engagement, line=key).order_by("-pk").first()


def fees_of(engagement: Engagement) -> tuple[Line, ...]:
    """The success fees that the client approved."""
    quote = quotes.binding_quote(engagement)
    return quote.price.success_fees if quote is not None else ()


def verified(engagement: Engagement) -> tuple[Recovered, ...]:
    """How much came back under each success fee, as the client verified it; without its word there is no result."""
    counts = {one.line: one for one in Recovery.objects.filter(engagement=engagement).order_by("pk")}
    return tuple(Recovered(key, one.recovered) for key, one in sorted(counts.items()) if one.agreed)


def unverified(engagement: Engagement) -> list[str]:
    """The success fees whose result the client has still to verify."""
    done = {one.key for one in verified(engagement)}
    return [fee.key for fee in fees_of(engagement) if fee.key not in done]


def may_report(engagement: Engagement) -> bool:
    """Whether a page offers to report what came back."""
    return EngagementStatus(engagement.status) in MAY_REPORT and bool(fees_of(engagement))


def is_lost(engagement: Engagement) -> bool:
    """Whether a recovery was all that was agreed, and too little came back for any of it to be paid."""
    quote = quotes.binding_quote(engagement)
    if quote is None or not quote.price.is_recovery or unverified(engagement):
        return False
    counts = {one.key: one.count for one in verified(engagement)}
    shares = [fee_share(counts[fee.key], fee.wanted or 1, quote.tariff) for fee in quote.price.success_fees]
    return not any(shares)
