"""What work, diagnosis, parts, tax and payment cost (domain.md §4.7 to §4.10)."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from breakfix.agreements.clauses.base import (
    WORKDAYS,
    Amount,
    Block,
    D,
    Factor,
    Hours,
    Percent,
    Share,
    Step,
    Target,
    TaxCategory,
    TimeOfDay,
    Weekday,
    check_rising,
    span,
)
from breakfix.roster.values import Domain


# ----------------------------------------------------------------------- rate card, domain.md §4.8
class Levels(Block):
    """Hourly base rates by skill level."""

    L1: Amount = D("125")
    L2: Amount = D("185")
    L3: Amount = D("245")
    L4: Amount = D("310")


class Tiers(Block):
    """Which local minutes cost what: business hours, other hours of working days, rest days and holidays."""

    business_days: tuple[Weekday, ...] = WORKDAYS
    opens: TimeOfDay = "08:00"
    closes: TimeOfDay = "18:00"
    rest_days: tuple[Weekday, ...] = ("sun",)
    business: Factor = D("1.0")
    after_hours: Factor = D("1.5")
    sunday: Factor = D("2.0")


class EmergencyDispatch(Block):
    """Flat charge, once per engagement."""

    P1: Amount = D("250")
    P2: Amount = D("0")
    P3: Amount = D("0")
    P4: Amount = D("0")


class RateCard(Block):
    levels: Levels = Levels()
    band_low: Amount = D("175")
    band_high: Amount = D("250")
    tiers: Tiers = Tiers()
    increment_hours: Annotated[Decimal, Field(ge=D("0.01"), le=8, decimal_places=4)] = D("0.25")
    minimum_onsite: Hours = D("2.0")
    minimum_remote: Hours = D("0.5")
    minimum_remote_after_hours: Hours = D("1.0")
    emergency_dispatch: EmergencyDispatch = EmergencyDispatch()
    trip: Amount = D("95")
    trip_included_miles: Amount = D("25")
    per_mile: Amount = D("0.70")

    def rate(self, level: int) -> Decimal:
        """The base rate per hour of level 1 to 4."""
        return Decimal(getattr(self.levels, f"L{level}"))


# -------------------------------------------------------------------- forensic fees, domain.md §4.7
class Fee(Block):
    fee: Amount
    included_hours: Hours


FEES = {
    one: Fee(fee=one.described.forensic.fee, included_hours=one.described.forensic.included_hours) for one in Domain
}
CREDITS = {one: credit for one in Domain if (credit := one.described.forensic.credit_pct) is not None}


class ForensicFees(Block):
    """Flat, whatever the diagnosis takes. `preauthorised`: no approval up to the approvals' limit."""

    fees: dict[Domain, Fee] = FEES
    after_hours_multiplier: Factor = D("1.5")
    credit_pct: Percent = D("50")
    credit_pct_by_domain: dict[Domain, Percent] = CREDITS
    preauthorised: bool = False

    def credit_for(self, domain: Domain) -> Decimal:
        """Percent of the fee credited when the quote is approved in time."""
        return self.credit_pct_by_domain.get(domain, self.credit_pct)


# ----------------------------------------------------------------------------- parts, domain.md §4.9
class MarkupBand(Block):
    """Progressive: `percent` of the part of the unit cost up to `up_to` (None: the rest)."""

    up_to: Amount | None
    percent: Percent


class PartsMarkup(Block):
    bands: tuple[MarkupBand, ...] = (
        MarkupBand(up_to=D("500"), percent=D("25")),
        MarkupBand(up_to=D("2500"), percent=D("18")),
        MarkupBand(up_to=D("10000"), percent=D("12")),
        MarkupBand(up_to=None, percent=D("8")),
    )
    cap_per_unit: Amount = D("2500")
    fx_uplift: Factor = D("1.02")
    core_days: Annotated[int, Field(ge=1, le=365)] = 30

    @model_validator(mode="after")
    def _rising(self) -> Self:
        check_rising([band.up_to for band in self.bands], "bands")
        return self


# ---------------------------------------------------- quote, domain.md §3.2, §4.10 and §11 ruling 12
class Validity(Block):
    """How long an issued quote binds; supplier holds may shorten it."""

    P1: Target = span("24 h")
    P2: Target = span("3 d")
    P3: Target = span("14 d")
    P4: Target = span("14 d")


class QuotePolicy(Block):
    """How the binding maximum follows from the estimate, and who looks before a quote leaves."""

    step: Step = D("25")
    floor: Factor = D("1.05")
    ceiling: Factor = D("1.35")
    quantile: Share = D("0.90")
    samples: Annotated[int, Field(ge=20_000, le=1_000_000)] = 20_000
    change_order_factor: Factor = D("1.10")
    # What the provider keeps of a saving below the price, where a quote says so; None: that is not agreed (R1).
    saving_share: Share | None = None
    reviewer_above: Amount = D("5000")
    validity: Validity = Validity()
    close_unapproved_after: Target = span("10 bd")

    @model_validator(mode="after")
    def _room(self) -> Self:
        if self.floor > self.ceiling:
            raise ValueError("the floor of the maximum is not above its ceiling")
        return self


# ------------------------------------------- unit prices and success fees, domain.md §4.13, ruling 36
class UnitStep(Block):
    """From `units` units on, every one of them costs `price`: not only those above the step."""

    units: Annotated[int, Field(ge=1, le=1_000_000)]
    price: Amount


class UnitPrice(Block):
    """One thing that is charged by the piece, and what it is taxed as."""

    words: Annotated[str, Field(min_length=1, max_length=120)]
    steps: Annotated[tuple[UnitStep, ...], Field(min_length=1, max_length=20)]
    category: TaxCategory = TaxCategory.FEES

    @model_validator(mode="after")
    def _from_the_first(self) -> Self:
        counts = [step.units for step in self.steps]
        if counts[0] != 1 or counts != sorted(set(counts)):
            raise ValueError("the steps begin at 1 unit and rise")
        return self

    def price_of(self, units: int) -> Decimal:
        """What one unit costs where there are this many."""
        return next(step.price for step in reversed(self.steps) if step.units <= max(units, 1))


def _by_piece(words: str, *steps: tuple[int, str]) -> UnitPrice:
    return UnitPrice(words=words, steps=tuple(UnitStep(units=units, price=D(price)) for units, price in steps))


UNIT_PRICES = {
    "purge": _by_piece("Purge of one drive", (1, "14.00"), (100, "11.50"), (500, "9.00")),
    "destroy": _by_piece("Destruction of one drive", (1, "18.00")),
    "collection": _by_piece("Collection and custody, for one site", (1, "380.00")),
}


class UnitPrices(Block):
    """What is priced by the piece, by its short name."""

    prices: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")], UnitPrice] = UNIT_PRICES


class SuccessFees(Block):
    """Which share of the client's must-have list, in percent, earns the whole fee, and below which nothing is due."""

    whole_from: Percent = D("90")
    nothing_below: Percent = D("50")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.nothing_below > self.whole_from:
            raise ValueError("nothing is due below a share that is not above the one that earns the whole fee")
        return self


# ------------------------------------------------------------------- tax and payment, domain.md §4.10
class TaxRates(Block):
    """Percent by what is billed; the default says nothing about any law (domain.md R11)."""

    parts: Percent = D("0")
    hw_labour: Percent = D("0")
    professional_labour: Percent = D("0")
    data_recovery: Percent = D("0")
    freight: Percent = D("0")
    travel: Percent = D("0")
    fees: Percent = D("0")


class TaxTable(Block):
    jurisdiction: str = "not set"
    rates: TaxRates = TaxRates()

    def rate(self, category: TaxCategory | str) -> Decimal:
        """Percent for this category."""
        return Decimal(getattr(self.rates, str(category)))


class Payment(Block):
    """Terms that quote and invoice print."""

    net_days: Annotated[int, Field(ge=0, le=365)] = 30
    late_fee_pct_month: Percent = D("1.5")
    late_fee_grace_days: Annotated[int, Field(ge=0, le=365)] = 5
    deposit_parts_above: Amount = D("5000")
    deposit_pct: Percent = D("50")
