"""Reads of service reports, and what the guarantee on the work will be."""

from datetime import datetime

from django.db.models import QuerySet

from breakfix.assets import queries as assets
from breakfix.assets.values import FlagKind
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotFound
from breakfix.parts import queries as parts
from breakfix.quotes import queries as quotes
from breakfix.quotes.values import Condition, Line
from breakfix.reports import rules
from breakfix.reports.models import ServiceReport
from breakfix.reports.values import Expected


def visible_to(by: Actor) -> QuerySet[ServiceReport]:
    """The reports on engagements this actor was let in on, latest first."""
    seen = incidents.visible_to(by).order_by().select_related(None).values("pk")
    rows = ServiceReport.objects.filter(engagement__in=seen)
    related = ("engagement__client", "engagement__provider", "author", "accepted_by", "disputed_by")
    return rows.select_related(*related).order_by("-issued_at", "-id")


def get_report(report_id: int, by: Actor) -> ServiceReport:
    """This report, or NotFound."""
    found = visible_to(by).filter(pk=report_id).first()
    if found is None:
        raise NotFound("This report")
    return found


def reports_of(engagement: Engagement) -> list[ServiceReport]:
    """Every version for whoever already may see the engagement, latest first."""
    rows = ServiceReport.objects.filter(engagement=engagement)
    return list(rows.select_related("author", "accepted_by", "disputed_by").order_by("-version"))


def latest_report(engagement: Engagement) -> ServiceReport | None:
    """The version with the highest number, whatever became of it."""
    return next(iter(reports_of(engagement)), None)


def installed_lines(engagement: Engagement) -> list[Line]:
    """The part lines of the quote and of its change orders of which at least one unit was built in."""
    quote = quotes.binding_quote(engagement)
    if quote is None:
        return []
    counts = parts.installed(engagement)
    return [
        line
        for one in (quote, *quotes.bound_orders(engagement))
        for line in one.price.parts
        if counts.get(one.line_ref(line.key))
    ]


def expected_guarantee(engagement: Engagement, at: datetime) -> Expected:
    """How long the work would be guaranteed if it were accepted at `at`, and why."""
    quote = quotes.binding_quote(engagement)
    if quote is not None and quote.price.is_recovery:
        return rules.NO_OUTCOME
    legacy = ""
    if engagement.asset is not None:
        flags = assets.flags_of(engagement.asset, at)
        legacy = next((flag.reason for flag in flags if flag.kind is FlagKind.LEGACY), "")
    used = [
        line.part.part_number
        for line in installed_lines(engagement)
        if line.part is not None and line.part.condition is Condition.TESTED_USED
    ]
    return rules.expected(incidents.terms(engagement).guarantee, legacy=legacy, used_parts=used)
