"""The words of an offer: what a quoting engineer types, what the rules make of it, what work reports back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from breakfix.agreements.values import TaxCategory
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.tiers import Tier
from breakfix.quotes.continuity import ContinuityWay
from breakfix.roster.taxonomy import RiskKind as RiskKind


class Status(StrEnum):
    """Life of a quote (domain.md §3.2)."""

    DRAFT = "DRAFT"
    REVIEWED = "REVIEWED"
    ISSUED = "ISSUED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"
    SUPERSEDED = "SUPERSEDED"
    SETTLED = "SETTLED"


class Mode(StrEnum):
    """How the price binds: a ceiling over the actual work, or one price whatever the effort (R1).

    NTE_SHARED: as NTE, but below the price the provider keeps an agreed share of the saving.
    """

    NTE = "NTE"
    FIXED = "FIXED"
    NTE_SHARED = "NTE_SHARED"


class TrancheKind(StrEnum):
    FORENSIC = "FORENSIC"
    BASE = "BASE"
    CHANGE_ORDER = "CHANGE_ORDER"
    EXTENSION = "EXTENSION"
    DISPOSITION = "DISPOSITION"
    # Nothing the client agreed to pay: its cap is zero, so only negative lines fit in it.
    SERVICE_CREDIT = "SERVICE_CREDIT"


class QuoteKind(StrEnum):
    """The offer of the repair, or an offer for what came to it after it was approved."""

    QUOTE = "QUOTE"
    CHANGE_ORDER = "CHANGE_ORDER"


class Cause(StrEnum):
    """Why more is asked for. Only the first two raise the maximum; the others are refused by rule (§4.10)."""

    NEW_FAULT = "new_fault"
    CLIENT_REQUEST = "client_request"
    TOOK_LONGER = "took_longer"
    UNDERESTIMATED = "underestimated"


class RejectionReason(StrEnum):
    PRICE = "price"
    RISK = "risk"
    REPLACE_INSTEAD = "replace_instead"
    OTHER_PROVIDER = "other_provider"
    INTERNAL = "internal"
    OTHER = "other"


class Option(StrEnum):
    """What the client wants after it rejected an offer, or let it expire (domain.md §3.2).

    RETURN and DESTROY are about what is in custody, at a price that the provider named before; these and NOTHING end
    the engagement without a repair.
    """

    REVISE = "revise"
    SECOND_OPINION = "second_opinion"
    RETURN = "return"
    DESTROY = "destroy"
    NOTHING = "nothing"


class Condition(StrEnum):
    NEW = "new"
    OEM_REFURB = "oem_refurb"
    TESTED_USED = "tested_used"


class ChargeKind(StrEnum):
    FREIGHT = "freight"
    TRAVEL = "travel"
    EMERGENCY_DISPATCH = "emergency_dispatch"
    LOANER = "loaner"
    OTHER = "other"


class LineKind(StrEnum):
    LABOUR = "labour"
    PART = "part"
    CHARGE = "charge"
    UNITS = "units"
    SUCCESS_FEE = "success_fee"
    CONTINGENT = "contingent"
    CREDIT = "credit"


# ------------------------------------------------------------------------------- what the engineer types
@dataclass(frozen=True)
class TaskLine:
    """One task: optimistic, most likely and pessimistic hours, and the tier it is planned in."""

    name: str
    level: int
    optimistic: Decimal
    likely: Decimal
    pessimistic: Decimal
    tier: Tier = Tier.BUSINESS


@dataclass(frozen=True)
class PartLine:
    """One part at the supplier's unit cost; `currency` empty means the agreement's own.

    `exchange_rate` is agreement currency per unit of `currency`, frozen with the line.
    """

    part_number: str
    description: str
    condition: Condition
    quantity: int
    cost: Decimal
    supplier: str
    supplier_valid_until: datetime
    warranty_days: int = 90
    lead_hours: Decimal = Decimal(0)
    alternates: str = ""
    data_bearing: bool = False
    non_returnable: bool = False
    currency: str = ""
    exchange_rate: Decimal = Decimal(1)


@dataclass(frozen=True)
class ChargeLine:
    """Something beside labour and parts; trip and emergency dispatch take their price from the agreement."""

    kind: ChargeKind
    description: str
    quantity: Decimal = Decimal(1)
    unit: Decimal | None = None
    category: TaxCategory | None = None


@dataclass(frozen=True)
class ContingentLine:
    """Priced now, billed at this flat amount only if used; never part of Q (domain.md §11 ruling 29)."""

    description: str
    probability: Decimal
    amount: Decimal
    maximum: int = 1
    category: TaxCategory = TaxCategory.PARTS
    part_number: str = ""


@dataclass(frozen=True)
class UnitLine:
    """Something that the agreement prices by the piece, by its name there, e.g. "purge"."""

    item: str
    quantity: int
    description: str = ""


@dataclass(frozen=True)
class SuccessFeeLine:
    """A fee for data that comes back: `wanted` is how many entries the client's must-have list has (§4.13)."""

    description: str
    fee: Decimal
    wanted: int


@dataclass(frozen=True)
class RaidInput:
    """A degraded array about to be read in full: what the data-loss figure is computed from (§4.12)."""

    drives: int
    drive_tb: Decimal
    failed: int = 1
    bit_error_rate: Decimal = Decimal("1e-15")
    annual_failure_rate: Decimal = Decimal("0.04")
    hours: Decimal = Decimal(18)
    stress: Decimal = Decimal(2)
    import_failure: Decimal = Decimal("0.03")


@dataclass(frozen=True)
class RiskInput:
    """One row of the risk table: either a judged probability or the facts to compute it from."""

    kind: RiskKind
    severity: int
    basis: str
    probability: Decimal | None = None
    raid: RaidInput | None = None
    mitigations: str = ""
    residual_likelihood: int | None = None


@dataclass(frozen=True)
class Draft:
    """Everything a quote is computed from."""

    tasks: tuple[TaskLine, ...] = ()
    parts: tuple[PartLine, ...] = ()
    charges: tuple[ChargeLine, ...] = ()
    contingents: tuple[ContingentLine, ...] = ()
    risks: tuple[RiskInput, ...] = ()
    scope_in: str = ""
    scope_out: str = ""
    assumptions: str = ""
    continuity: str = ""
    image_first: bool = False
    mode: Mode = Mode.NTE
    band_reason: str = ""
    backup_tested_at: datetime | None = None
    no_backup_waiver: bool = False
    units: tuple[UnitLine, ...] = ()
    success_fees: tuple[SuccessFeeLine, ...] = ()
    ways: tuple[ContinuityWay, ...] = ()
    way: int = 0  # which of them is put forward

    @property
    def is_catalogue(self) -> bool:
        """Whether it is work by the piece at one price, which needs no root cause (ruling 36)."""
        return self.mode is Mode.FIXED and bool(self.units) and not (self.parts or self.success_fees)


# ------------------------------------------------------------------------------------ what prices it
@dataclass(frozen=True)
class PieceRate:
    """An agreed price by the piece: from how many units on each of them costs what."""

    words: str
    steps: tuple[tuple[int, Decimal], ...]
    category: TaxCategory

    def price_of(self, units: int) -> Decimal:
        """What one unit costs where there are this many: all at the step reached (ruling 36)."""
        return next(price for least, price in reversed(self.steps) if least <= max(units, 1))


@dataclass(frozen=True)
class Tariff:
    """The prices of one engagement, taken from the agreement in force when it was opened; frozen on the quote.

    `rates` per hour by "L1".."L4"; `multipliers` by tier; `tax_rates` as fractions by category.
    """

    currency: str
    rates: Mapping[str, Decimal]
    multipliers: Mapping[str, Decimal]
    increment_hours: Decimal
    band: tuple[Decimal, Decimal]
    markup_bands: tuple[tuple[Decimal | None, Decimal], ...]
    markup_cap: Decimal
    fx_uplift: Decimal
    trip: Decimal
    trip_included_miles: Decimal
    per_mile: Decimal
    emergency_dispatch: Decimal
    labour_category: TaxCategory
    jurisdiction: str
    tax_rates: Mapping[str, Decimal]
    credit_pct: Decimal
    step: Decimal
    floor: Decimal
    ceiling: Decimal
    quantile: Decimal
    samples: int
    reviewer_above: Decimal
    change_order_factor: Decimal = Decimal("1.10")
    # The provider's part of a saving below Q; nothing: the agreement shares none.
    saving_share: Decimal = Decimal(0)
    pieces: Mapping[str, PieceRate] = field(default_factory=dict)
    # Shares of the must-have list as fractions: from the first the whole success fee, below the second nothing.
    fee_whole_from: Decimal = Decimal("0.9")
    fee_nothing_below: Decimal = Decimal("0.5")
    deposit_above: Decimal = Decimal(0)
    deposit_share: Decimal = Decimal(0)

    def rate(self, level: int) -> Decimal:
        """Price per hour of this level, before the tier's multiplier."""
        return self.rates[f"L{level}"]


@dataclass(frozen=True)
class Line:
    """One priced line. `unit` is exact and may be finer than a cent; `amount` was rounded once."""

    key: str
    kind: LineKind
    description: str
    quantity: Decimal
    unit: Decimal
    amount: Money
    category: TaxCategory
    derivation: str
    level: int | None = None
    tier: Tier | None = None
    charge: ChargeKind | None = None
    probability: Decimal | None = None
    maximum: int | None = None
    wanted: int | None = None
    part: PartLine | None = None
    unit_cost: Money | None = None
    unit_markup: Money | None = None


@dataclass(frozen=True)
class Price:
    """Q and what it is made of; contingent lines are listed and not in Q."""

    labour: tuple[Line, ...]
    parts: tuple[Line, ...]
    charges: tuple[Line, ...]
    contingents: tuple[Line, ...]
    credit: Line | None
    blended_rate: Money | None
    in_band: bool
    q: Money
    units: tuple[Line, ...] = ()
    success_fees: tuple[Line, ...] = ()

    @property
    def firm(self) -> tuple[Line, ...]:
        """The lines whose sum is Q, in the order they are printed."""
        priced = (*self.labour, *self.units, *self.success_fees, *self.parts, *self.charges)
        return (*priced, *((self.credit,) if self.credit else ()))

    @property
    def is_recovery(self) -> bool:
        """Whether success fees are all that is paid: there is an outcome or none, and no other work."""
        return bool(self.success_fees) and not (self.labour or self.parts or self.units or self.charges)


# -------------------------------------------------------------------------------- what work reports back
@dataclass(frozen=True)
class LabourUse:
    """Billable hours of one work order, level and tier, already rounded as the agreement says (ruling 14)."""

    level: int
    tier: Tier
    hours: Decimal
    work_order: str = ""


@dataclass(frozen=True)
class LineUse:
    """How much of a quoted line (by its key, e.g. "P1", "C2", "X1") was really used."""

    key: str
    quantity: Decimal = Decimal(1)


@dataclass(frozen=True)
class Recovered:
    """How many entries of the must-have list came back under a success fee, as the client verified them."""

    key: str
    count: int


@dataclass(frozen=True)
class Actuals:
    """What was really done under the base quote; the forensic credit is the quote's and is not repeated here.

    `ordered` is what was done under each approved change order, by its id: never mixed with the base.
    """

    labour: tuple[LabourUse, ...] = ()
    parts: tuple[LineUse, ...] = ()
    charges: tuple[LineUse, ...] = ()
    contingents: tuple[LineUse, ...] = ()
    units: tuple[LineUse, ...] = ()
    recovered: tuple[Recovered, ...] = ()
    ordered: "Mapping[int, Actuals]" = field(default_factory=dict)
