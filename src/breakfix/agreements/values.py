"""What an agreement says, as one frozen tree: `Terms`. Every figure is a default that a version may change.

The defaults are those of domain.md §3.3 and §4.2 to §4.11. Amounts are in the agreement's currency, exact
decimals (strings in JSON); percentages are 0 to 100.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from pydantic import ValidationInfo, model_validator

from breakfix.agreements.clauses.base import (
    Block,
    Coverage,
    PauseEffect,
    Priority,
    Target,
    TaxCategory,
    Unit,
    VersionStatus,
)
from breakfix.agreements.clauses.policies import (
    ApprovalBand,
    ApprovalPolicy,
    DispatchTerms,
    Guarantee,
    InsuranceTerms,
    Liability,
    ProtocolPack,
    Scope,
)
from breakfix.agreements.clauses.prices import (
    ForensicFees,
    PartsMarkup,
    Payment,
    QuotePolicy,
    RateCard,
    SuccessFees,
    TaxTable,
    UnitPrice,
    UnitPrices,
)
from breakfix.agreements.clauses.promises import (
    CalendarTerms,
    Commitment,
    Commitments,
    HolidaySource,
    PauseRules,
    ServiceCredits,
    SiteCalendar,
)
from breakfix.agreements.clauses.wording import (
    Channel,
    Communication,
    Duration,
    Entities,
    Matrix,
    Statements,
    Triage,
    Wording,
)
from breakfix.roster.values import Domain

__all__ = [
    "ApprovalBand",
    "ApprovalPolicy",
    "CalendarTerms",
    "Channel",
    "Commitment",
    "Commitments",
    "Coverage",
    "Difference",
    "DispatchTerms",
    "Domain",
    "ForensicFees",
    "Guarantee",
    "HolidaySource",
    "HolidaysHeld",
    "InsuranceTerms",
    "Liability",
    "Matrix",
    "PartsMarkup",
    "PauseEffect",
    "PauseRules",
    "Payment",
    "Priority",
    "ProtocolPack",
    "QuotePolicy",
    "RateCard",
    "Scope",
    "ServiceCredits",
    "SiteCalendar",
    "SuccessFees",
    "Target",
    "TaxCategory",
    "TaxTable",
    "Terms",
    "Triage",
    "Unit",
    "UnitPrice",
    "UnitPrices",
    "VersionStatus",
]


class Terms(Block):
    """The whole agreement. `Terms.model_validate` takes only what differs: groups are laid over the defaults,
    lists replace them; an error names its field."""

    scope: Scope = Scope()
    rates: RateCard = RateCard()
    forensic: ForensicFees = ForensicFees()
    parts: PartsMarkup = PartsMarkup()
    units: UnitPrices = UnitPrices()
    recovery: SuccessFees = SuccessFees()
    quotes: QuotePolicy = QuotePolicy()
    tax: TaxTable = TaxTable()
    payment: Payment = Payment()
    commitments: Commitments = Commitments()
    calendar: CalendarTerms = CalendarTerms()
    pauses: PauseRules = PauseRules()
    credits: ServiceCredits = ServiceCredits()
    approvals: ApprovalPolicy = ApprovalPolicy()
    dispatch: DispatchTerms = DispatchTerms()
    guarantee: Guarantee = Guarantee()
    liability: Liability = Liability()
    insurance: InsuranceTerms = InsuranceTerms()
    protocol: ProtocolPack = ProtocolPack()
    entities: Entities = Entities()
    duration: Duration = Duration()
    triage: Triage = Triage()
    communication: Communication = Communication()
    wording: Wording = Wording()
    statements: Statements = Statements()

    @model_validator(mode="before")
    @classmethod
    def _over_the_defaults(cls, given: Any, info: ValidationInfo) -> Any:
        under = _with_empty_maps() if info.context == _STORED else _defaults()
        return laid_over(under, given) if isinstance(given, dict) else given

    @classmethod
    def stored(cls, terms: Any) -> "Terms":
        """What a version agreed on: of every map, exactly the entries stored, whatever is shipped or added since."""
        return cls.model_validate(terms, context=_STORED)

    def to_json(self) -> dict[str, Any]:
        """As stored and signed: plain JSON, decimals as strings, every default written out."""
        return self.model_dump(mode="json")


# Maps whose keys grow with domain files and releases: laid over today's, an old agreement would gain entries.
MAPS = (
    "forensic.fees",
    "forensic.credit_pct_by_domain",
    "units.prices",
    "dispatch.required_certifications",
    "dispatch.accepted_versions",
    "pauses.holds",
)
_STORED = "stored"


# Enough to draft the next version, to read it on both sides and to sign it.
HOLIDAYS_AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class HolidaysHeld:
    """Through which year a calendar lists its holidays; from `ends_at` on each of them counts as a working day.

    `site` is empty for the calendar of every site without one of its own.
    """

    site: str
    through: int
    ends_at: datetime

    @property
    def last_day(self) -> date:
        return date(self.through, 12, 31)

    @property
    def tell_at(self) -> datetime:
        """From when on both sides hear that the next version has to bring further years."""
        return self.ends_at - HOLIDAYS_AHEAD


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that a version changes; None where the other version has nothing there."""

    path: str
    before: str | None
    after: str | None


@lru_cache(maxsize=1)
def _defaults() -> dict[str, Any]:
    return Terms.model_construct().model_dump(mode="json")


@lru_cache(maxsize=1)
def _with_empty_maps() -> dict[str, Any]:
    """The defaults for blocks that a version written before them lacks, with nothing in the maps."""
    tree = dict(_defaults())
    for path in MAPS:
        group, name = path.split(".")
        tree[group] = {**tree[group], name: {}}
    return tree


def laid_over(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`under` with the values of `over`: groups are merged, the rest is replaced; neither is changed."""
    merged = dict(under)
    for name, value in over.items():
        below = merged.get(name)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[name] = laid_over(below, value) if both else value  # type: ignore[arg-type]
    return merged
