"""The words of the register: what a thing is, and what is to be said about its age."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class FlagKind(StrEnum):
    OUT_OF_WARRANTY = "out_of_warranty"
    END_OF_LIFE = "end_of_life"
    LEGACY = "legacy"


LABELS = {
    FlagKind.OUT_OF_WARRANTY: "Out of warranty",
    FlagKind.END_OF_LIFE: "End of life",
    FlagKind.LEGACY: "Legacy",
}
REGISTER = "the client's register"
ENDOFLIFE = "endoflife.date"


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing to know before anybody touches it: why, and who says so."""

    kind: FlagKind
    reason: str
    source: str

    @property
    def label(self) -> str:
        return LABELS[self.kind]


@dataclass(frozen=True, slots=True)
class DeviceType:
    """A model of device as its maker sells it, from the packaged catalogue."""

    maker: str
    model: str
    part_number: str
    kind: str
    u_height: Decimal | None
    interfaces: int | None
    power_ports: int | None
    max_draw_w: int | None

    def __str__(self) -> str:
        return f"{self.maker} {self.model}"


@dataclass(frozen=True, slots=True)
class Cycle:
    """One release of a product; the end of its support is a date, or only known to have come or not."""

    product: str
    title: str
    category: str
    cycle: str
    label: str
    released_on: date
    eol_on: date | None
    ended: bool | None

    def __str__(self) -> str:
        return self.label or f"{self.title} {self.cycle}"


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """What the flags are computed from. `legacy` overrides what the dates say; None leaves it to them."""

    installed_on: date | None = None
    warranty_until: date | None = None
    useful_life_years: int | None = None
    eol_on: date | None = None
    cycle: Cycle | None = None
    legacy: bool | None = None


@dataclass(frozen=True, slots=True)
class Raid:
    """How the drives of an array are arranged, for the risk figures (domain.md §4.12)."""

    level: int
    drives: int
    drive_tb: Decimal
    failed: int = 0


class CoverKind(StrEnum):
    """What somebody else has promised the client already, or what its own people can do by themselves."""

    VENDOR_WARRANTY = "vendor_warranty"
    VENDOR_CONTRACT = "vendor_contract"
    MANAGED_SERVICE = "managed_service"
    OWN_PEOPLE = "own_people"


@dataclass(frozen=True, slots=True)
class CoverFacts:
    """One cover as far as the route test goes: whom to ask first, and until when (that local day included)."""

    kind: CoverKind
    holder: str
    reference: str
    phone: str
    valid_from: date
    valid_until: date | None
    ended_on: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it covers that local day; one without an end covers every day until it is ended."""
        if day < self.valid_from or (self.ended_on is not None and day >= self.ended_on):
            return False
        return self.valid_until is None or day <= self.valid_until

    def __str__(self) -> str:
        return f"{COVER_WORDS[self.kind]}{':' if self.is_own else ' of'} {self.named}"

    @property
    def is_own(self) -> bool:
        """Whether nobody else owes it: the client's own people can repair it."""
        return self.kind is CoverKind.OWN_PEOPLE

    @property
    def named(self) -> str:
        """Whom to ask, by which contract, until when, at which number."""
        words = self.holder + (f" ({self.reference})" if self.reference else "")
        words += f" until {self.valid_until.isoformat()}" if self.valid_until else ""
        return words + (f", {self.phone}" if self.phone else "")


COVER_WORDS = {
    CoverKind.VENDOR_WARRANTY: "warranty",
    CoverKind.VENDOR_CONTRACT: "support contract",
    CoverKind.MANAGED_SERVICE: "managed service",
    CoverKind.OWN_PEOPLE: "own people",
}
