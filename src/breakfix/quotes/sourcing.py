"""Suppliers side by side: when each one's part would be there, and what the client would pay for it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from breakfix.incidents.models import Engagement
from breakfix.kernel.access import Actor
from breakfix.kernel.money import Money
from breakfix.kernel.pert import quantile
from breakfix.parts import queries as parts
from breakfix.parts.models import SupplierOffer
from breakfix.quotes import queries
from breakfix.quotes.rules.pricing import markup


@dataclass(frozen=True)
class Compared:
    """One offer as the client would meet it, if it were ordered now: `p50` and `p90` are instants of arrival.

    `markup` is the agreement's progressive one; freight is passed on at cost.
    """

    offer: SupplierOffer
    markup: Money
    sell: Money
    p50: datetime
    p90: datetime
    expired: bool

    @property
    def percent(self) -> str:
        """The markup in percent of the cost, one decimal."""
        return f"{100 * self.markup.minor / self.offer.cost_minor:.1f}"

    @property
    def delivered(self) -> Money:
        """Sell price and freight of one unit."""
        return self.sell + self.offer.freight


def compared(engagement: Engagement, by: Actor, at: datetime) -> list[Compared]:
    """Every offer by what is wanted, the one that most likely arrives first on top; nothing for the client's side."""
    offers = parts.offers_of(engagement, by)
    if not offers:
        return []
    tariff = queries.tariff_for(engagement)
    found = []
    for offer in offers:
        added = markup(offer.cost, tariff)
        p50, p90 = (_arrival(offer, share, at) for share in (0.5, 0.9))
        found.append(Compared(offer, added, offer.cost + added, p50, p90, expired=offer.valid_until <= at))
    return sorted(found, key=lambda one: (one.offer.wanted, one.expired, one.p50, one.sell.minor, one.offer.pk))


def _arrival(offer: SupplierOffer, share: float, at: datetime) -> datetime:
    lead = offer.lead
    hours = quantile(lead.optimistic, lead.likely, lead.pessimistic, share)
    return at.astimezone(UTC) + timedelta(minutes=round(hours * 60))
