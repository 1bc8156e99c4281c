"""How the provider's own estimates turned out: the figures of the page Calibration, and the offers behind them."""

from typing import Any

from ninja import Field, Schema
from pydantic.json_schema import SkipJsonSchema

from breakfix.agreements.values import Domain
from breakfix.api.door import Call
from breakfix.api.lists import Filters, Listed, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Amount, Case, Exact, Instant, Number, told, word
from breakfix.quotes import calibration
from breakfix.quotes.values import QuoteKind


class ShareOut(Schema):
    """How many of how many settled offers; `share` is null while they are too few to say."""

    stated: int = Field(description="Percent that were foretold.", examples=[90])
    count: int
    of: int
    share: Exact | None
    low: Exact = Field(description="Lower end of the 95 % interval (Wilson), 0 to 1.")
    high: Exact
    verdict: str = Field(examples=["in_line"])


class AccuracyOut(Schema):
    """What the work came to over Q, before any reduction to N: the median, and where eight of ten lie."""

    median: Exact
    p10: Exact
    p90: Exact


class FactorOut(Schema):
    """What hours would have to be multiplied with; a suggestion where `advised`, applied by nobody."""

    value: Exact | None
    advised: bool
    after: list[ShareOut] = Field(description="The shares within P50, P80 and P90 had the hours been multiplied.")
    derivation: list[str]


class ReadingOut(Schema):
    """One class: `curve` at P50, P80 and P90; `hits` are quotes that came above N."""

    name: str = Field(examples=["HW-RAID"])
    count: int
    curve: list[ShareOut]
    hits: ShareOut
    accuracy: AccuracyOut | None
    factor: FactorOut


class LeftOutOut(Schema):
    """Settled offers that say nothing about a simulation, and why."""

    reason: str = word(calibration.LeftOut)
    count: int


class CalibrationOut(Schema):
    """Of the latest `read` of `settled` offers; below `least` of a class nothing is said of it."""

    least: int
    read: int
    settled: int
    whole: ReadingOut
    domains: list[ReadingOut]
    failures: list[ReadingOut]
    left_out: list[LeftOutOut]


class SettledOfferOut(Schema):
    """One settled offer: its frozen figures, and what it came to before any reduction to N."""

    id: int
    engagement: Case
    kind: str = word(QuoteKind)
    number: Number
    version: int
    settled_at: Instant
    q: Amount
    p50: Amount
    p80: Amount
    p90: Amount
    n: Amount
    actual: Amount
    within: str = Field(description="The lowest mark it stayed within; empty where it does not count.")
    left_out: str | None = Field(description="Why it says nothing about its simulation; null where it counts.")


class SettledFilters(Filters):
    domain: Domain | SkipJsonSchema[None] = Field(None, description="Of this service domain.")


@detail(router, "/calibration", CalibrationOut, summary="Calibration")
def calibrated(call: Call) -> Any:
    """How often work stayed within P50, P80 and P90: for whoever estimates at the provider, about its own offers."""
    found = calibration.calibration(call.by)
    return {
        "least": calibration.LEAST,
        "read": len(found.offers),
        "settled": found.settled,
        "whole": found.whole,
        "domains": found.domains,
        "failures": found.failures,
        "left_out": [{"reason": reason, "count": count} for reason, count in found.left_out],
    }


@listing(router, "/calibration/offers", SettledOfferOut, filters=SettledFilters, summary="Settled offers")
def settled_offers(call: Call, filters: SettledFilters) -> Any:
    """One's own provider's settled offers, latest first, counted or not."""
    rows = calibration.settled_offers(call.by)
    if filters.domain is not None:
        rows = rows.filter(engagement__domain=filters.domain.value)
    return Listed(rows, lambda offers: [_shown(one) for one in calibration.counted(offers)])


def _shown(one: calibration.Counted) -> dict[str, Any]:
    offer = one.offer
    known = {name: getattr(offer, name) for name in ("id", "kind", "number", "version", "settled_at", "q")}
    case = told(Case, offer.engagement)
    return {**known, "engagement": case, **one.marks, "within": one.within, "left_out": one.left_out}
