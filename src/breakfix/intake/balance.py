"""Whether what monitoring sent is all accounted for: two counts of each source that were made apart."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, F, OuterRef, QuerySet, Subquery, Sum

from breakfix.agreements import queries as agreements
from breakfix.intake import queries
from breakfix.intake.models import AlertCount, AlertSource, AlertTally, Delivery
from breakfix.intake.values import Outcome, TurnedAway
from breakfix.kernel.access import Actor

OUTCOMES = tuple(one.value for one in (Outcome.TICKET, Outcome.UPDATE, Outcome.IGNORED, Outcome.QUARANTINE))


def marked_for(by: Actor, at: datetime) -> QuerySet[AlertSource]:
    """Every source that this actor may see, `read` saying whether they may know how much it told.

    `agreed` says whether its client and its provider do business at this time.
    """
    read = queries.told_to(by, "") & queries.told_in_time(by, "", at)
    told = ExpressionWrapper(read, output_field=BooleanField())
    agreed = agreements.agreed_between("client", "provider", at)
    return queries.sources_visible_to(by).annotate(read=told, agreed=agreed)


def weighed(sources: QuerySet[AlertSource]) -> QuerySet[AlertSource]:
    """The same, each with what is kept of it and what it told: for `of_sources`, in one question."""
    kept = Delivery.objects.filter(source=OuterRef("pk")).order_by()
    told = AlertCount.objects.filter(alert__source=OuterRef("pk")).order_by().annotate(of=F("alert__source"))
    became = {
        f"of_{outcome}": Subquery(kept.filter(outcome=outcome).values("source").annotate(n=Count("pk")).values("n"))
        for outcome in OUTCOMES
    }
    counted = Subquery(told.values("of").annotate(n=Sum("told")).values("n"))
    return sources.select_related("tally", "client", "provider", "site", "added_by").annotate(
        **became, counted=counted
    )


def of_sources(sources: Iterable[AlertSource]) -> list[dict[str, Any]]:
    """Of each source that was `weighed`: its messages and alerts, what became of them, and whether it adds up.

    messages = ticket + update + ignored + quarantine + refused; alerts = counted + unmatched.
    """
    return [_of(one) for one in sources]


def _of(source: AlertSource) -> dict[str, Any]:
    tally = getattr(source, "tally", None) or AlertTally()  # nothing was sent yet
    outcomes = {outcome: getattr(source, f"of_{outcome}") or 0 for outcome in OUTCOMES}
    turned_away = {why.value: getattr(tally, why.value) for why in TurnedAway}
    refused, counted = sum(turned_away.values()), getattr(source, "counted", None) or 0
    adds_up = tally.messages == sum(outcomes.values()) + refused and tally.alerts == counted + tally.unmatched
    named = {"id": source.pk, "name": source.name, "client_id": source.client_id, "closed_at": source.closed_at}
    alerts = {"alerts": tally.alerts, "counted": counted, "unmatched": tally.unmatched}
    sums = {"messages": tally.messages, **outcomes, "refused": refused, **turned_away, **alerts}
    return {"source": source, **named, **sums, "adds_up": adds_up}
