"""Reads of what follows a rejection or an expiry: prices named, choices made, and when nobody answers any more."""

from datetime import datetime

from breakfix.agreements.values import TaxCategory
from breakfix.custody import queries as custody
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import NotFound
from breakfix.kernel.money import Money
from breakfix.quotes import queries
from breakfix.quotes.models import Choice, Disposition, Quote
from breakfix.quotes.rules import afterwards
from breakfix.quotes.rules.tax import taxed
from breakfix.quotes.values import Option, Status


def dispositions_of(engagement: Engagement) -> list[Disposition]:
    """Every price that was named, oldest first; the client sees each of them."""
    rows = Disposition.objects.filter(engagement=engagement)
    return list(rows.select_related("evidence", "ordered_by").order_by("offered_at", "id"))


def latest_for(engagement: Engagement, option: Option) -> Disposition | None:
    """The price that holds for it: the one that was named last."""
    return Disposition.objects.filter(engagement=engagement, option=option.value).order_by("-pk").first()


def find(engagement: Engagement, disposition_id: int) -> Disposition:
    """This price of an engagement that the caller holds, or NotFound; an older one for the same is none any more."""
    found = Disposition.objects.filter(engagement=engagement, pk=disposition_id).first()
    if found is None or latest_for(engagement, Option(found.option)) != found:
        raise NotFound("This price")
    found.engagement = engagement
    return found


def choices_of(engagement: Engagement) -> list[Choice]:
    """What the client wanted, oldest first."""
    rows = Choice.objects.filter(quote__engagement=engagement)
    return list(rows.select_related("quote", "chosen_by", "disposition").order_by("chosen_at", "id"))


def with_tax(price: Disposition) -> Money:
    """The price with its tax."""
    return taxed([(TaxCategory(price.category), price.price)], queries.tariff_for(price.engagement)).gross


def check_is_over(quote: Quote) -> None:
    """Refuse unless what follows this offer can be chosen now."""
    engagement = quote.engagement
    latest = queries.latest_version(engagement)
    afterwards.check_is_over(
        Status(quote.status),
        EngagementStatus(engagement.status),
        given_up=incidents.is_given_up(engagement),
        latest=latest == quote,
        drafted=queries.open_draft(engagement) is not None,
    )


def held(engagement: Engagement) -> int:
    """How many things of the client the provider holds."""
    return len(custody.held(engagement))


def given_up_at(quote: Quote) -> datetime:
    """When an unanswered rejection or expiry counts as the client's last word."""
    engagement = quote.engagement
    return afterwards.given_up_at(
        quote.decided_at or quote.drafted_at,
        incidents.terms(engagement).quotes.close_unapproved_after,
        zone=engagement.zone,
        calendar=engagement.hours,
    )


def is_open(quote: Quote, by: Actor) -> bool:
    """Whether a page shows this reader what may follow: it was the last offer, was not approved, and nobody chose."""
    engagement = quote.engagement
    return bool(
        by.roles
        and Status(quote.status) in afterwards.NOT_APPROVED
        and engagement.status == EngagementStatus.AWAITING_APPROVAL
        and not incidents.is_given_up(engagement)
        and queries.latest_version(engagement) == quote
    )
