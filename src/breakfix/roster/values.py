"""The words of the roster, and the facts of certificates, clearances and policies that rules decide on."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from breakfix.kernel.money import Money
from breakfix.roster import taxonomy


class Domain(StrEnum):
    """What can be broken, and what a technician is skilled in (domain.md §1C).

    The names are for the few places that mean one domain; what there is, with everything about it, is in the files of
    `taxonomy`. An operator's own domains are members like the shipped ones (decision 0023).
    """

    HW_SRV = "HW-SRV"
    HW_RAID = "HW-RAID"
    HW_SAN = "HW-SAN"
    HW_LEG = "HW-LEG"
    DR = "DR"
    SW_AD = "SW-AD"
    SW_DB = "SW-DB"
    SW_HV = "SW-HV"
    NET_CORE = "NET-CORE"
    NET_UC = "NET-UC"
    SEC = "SEC"
    LIAISON = "LIAISON"
    SURGE = "SURGE"
    vars().update({code.replace("-", "_"): code for code in taxonomy.domains() if code.startswith(taxonomy.OWN)})

    @property
    def described(self) -> taxonomy.Description:
        """Everything that its file says."""
        return taxonomy.domains()[self.value]


class Validity(StrEnum):
    """How long a certification counts (domain.md R13)."""

    FIXED_TERM = "fixed_term"
    LIFETIME = "lifetime"
    VERSION_BOUND = "version_bound"


class ClearanceKind(StrEnum):
    BACKGROUND = "background"
    NDA = "nda"
    CLIENT_CLEARANCE = "client_clearance"


class InsuranceKind(StrEnum):
    GENERAL_LIABILITY = "general_liability"
    PROFESSIONAL = "professional"
    CYBER = "cyber"
    WORKERS_COMP = "workers_comp"


# Days before an end at which somebody is told (domain.md R22, §4.11).
CERTIFICATION_ALERTS = (90, 60, 30, 7, 1)
INSURANCE_ALERTS = (60, 30, 14, 7, 1)


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One certification as the packaged catalogue has it; `basis` says how far to trust the row."""

    code: str
    name: str
    vendor: str
    level: str
    domain: str
    validity: Validity
    months: int | None
    validity_because: str
    renewal: str
    basis: str
    source: str

    @property
    def unverified(self) -> bool:
        """True where a part of the row was never read anywhere: shown wherever somebody sees it."""
        return "memory" in f"{self.basis} {self.source}"


@dataclass(frozen=True, slots=True)
class Held:
    """One certificate in a technician's hands. Dates are civil days; an end day still counts (ruling 30)."""

    code: str
    validity: Validity
    issued_on: date
    valid_until: date | None = None
    version: str = ""
    verified_on: date | None = None


@dataclass(frozen=True, slots=True)
class Clear:
    """One clearance of a technician for one client; without an end it holds until withdrawn."""

    kind: ClearanceKind
    client_id: int
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """One insurance policy as its certificate states it."""

    kind: InsuranceKind
    insurer: str
    named_insured: str
    per_claim: Money
    aggregate: Money
    valid_from: date
    valid_until: date
    retro_date: date | None = None


@dataclass(frozen=True, slots=True)
class Working:
    """A planned presence: [starts_at, ends_at); on call counts as available, not as duty."""

    starts_at: datetime
    ends_at: datetime
    on_call: bool = False


class LeastCover(Protocol):
    """The least a policy must pay, in the agreement's currency."""

    @property
    def per_claim(self) -> Decimal: ...
    @property
    def aggregate(self) -> Decimal: ...


class CoverTerms(Protocol):
    """What the insurance clause of an agreement says; the agreement's own terms fit as they are."""

    @property
    def general_liability(self) -> LeastCover: ...
    @property
    def professional(self) -> LeastCover: ...
    @property
    def cyber(self) -> LeastCover: ...
    @property
    def cyber_domains(self) -> Collection[str]: ...
    @property
    def workers_comp(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Expiry:
    """Something of the roster that ends soon: `key` names this alert once and for all."""

    key: str
    what: str
    provider_id: int
    ends_on: date
    days_left: int
    threshold: int
