"""The words of a part on its way: from the need to the place it is built into, or back to who sold it."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from breakfix.kernel.money import Money


class Status(StrEnum):
    """Life of one unit (domain.md §3.6)."""

    NEEDED = "NEEDED"
    SOURCING = "SOURCING"
    QUOTED = "QUOTED"
    RESERVED = "RESERVED"
    ORDERED = "ORDERED"
    IN_TRANSIT = "IN_TRANSIT"
    RECEIVED = "RECEIVED"
    INSPECTED = "INSPECTED"
    ISSUED = "ISSUED"
    INSTALLED = "INSTALLED"
    RETURNED_UNUSED = "RETURNED_UNUSED"
    DOA = "DOA"
    FAILED_IN_WARRANTY = "FAILED_IN_WARRANTY"
    RMA_OPEN = "RMA_OPEN"
    REPLACED = "REPLACED"
    REFUNDED = "REFUNDED"
    CORE_DUE = "CORE_DUE"
    CORE_SHIPPED = "CORE_SHIPPED"
    CORE_CREDITED = "CORE_CREDITED"
    CORE_RETAINED_BY_CLIENT = "CORE_RETAINED_BY_CLIENT"


BEFORE_ORDER = frozenset({Status.NEEDED, Status.SOURCING, Status.QUOTED, Status.RESERVED})
AWAITED = frozenset({Status.ORDERED, Status.IN_TRANSIT})
AT_HAND = frozenset({Status.RECEIVED, Status.INSPECTED, Status.ISSUED})
# Bought, and neither built in nor given back nor found dead.
UNDECIDED = AWAITED | AT_HAND
# What the client has in the machine, and what is billed of the parts; what becomes of the core changes nothing of it.
BUILT_IN = frozenset(
    {Status.INSTALLED, Status.CORE_DUE, Status.CORE_SHIPPED, Status.CORE_CREDITED, Status.CORE_RETAINED_BY_CLIENT}
)
# Units of which the supplier owes another one, or the money.
FAULTY = frozenset({Status.DOA, Status.FAILED_IN_WARRANTY, Status.RMA_OPEN, Status.REPLACED, Status.REFUNDED})


class Disposition(StrEnum):
    """What became of the part that was taken out. CORE_EXCHANGE: owed to the supplier, who charges for it else."""

    NOTHING_REMOVED = "nothing_removed"
    LEFT_WITH_CLIENT = "left_with_client"
    RETURNED_TO_SUPPLIER = "returned_to_supplier"
    CORE_EXCHANGE = "core_exchange"


class Custody(StrEnum):
    """What the client decided about a core: it may leave the site, or the client keeps it and pays its charge."""

    RELEASE = "release"
    KEEP = "keep"


class LoanStatus(StrEnum):
    """Life of a loan: offered for an engagement, at the client's, back. WITHDRAWN: never handed over."""

    OFFERED = "OFFERED"
    LENT = "LENT"
    RETURNED = "RETURNED"
    WITHDRAWN = "WITHDRAWN"


class Grade(StrEnum):
    """How new a unit is."""

    NEW = "new"
    OEM_REFURB = "oem_refurb"
    TESTED_USED = "tested_used"


class Category(StrEnum):
    """What kind of part it is."""

    BOARD = "board"
    CONTROLLER = "controller"
    PROCESSOR = "processor"
    MEMORY = "memory"
    DRIVE = "drive"
    POWER = "power"
    COOLING = "cooling"
    NETWORK = "network"
    CABLE = "cable"
    OTHER = "other"


class Basis(StrEnum):
    """What a statement of the catalogue rests on."""

    VENDOR_MATRIX = "vendor_matrix"
    TESTED = "tested_by_us"


class Verdict(StrEnum):
    """What the catalogue says of a part in one machine as it stands. FITS_AFTER: once its firmware is newer."""

    FITS = "fits"
    FITS_AFTER = "fits_after_firmware"
    NOT_KNOWN = "not_known"
    DOES_NOT_FIT = "does_not_fit"


@dataclass(frozen=True)
class Said:
    """One statement about a part in one model of machine; empty ends of the range are open, both are included."""

    fits: bool
    firmware_from: str
    firmware_until: str
    basis: Basis
    source: str


@dataclass(frozen=True)
class Judged:
    """A verdict, and in words what it rests on."""

    verdict: Verdict
    words: str


@dataclass(frozen=True)
class Quoted:
    """What an approved line promised of a unit; `cost_minor` is the supplier's, in the engagement's currency."""

    part_number: str
    condition: str
    cost_minor: int | None


@dataclass(frozen=True)
class Lead:
    """Hours from the order to the door: optimistic, most likely, pessimistic."""

    optimistic: Decimal
    likely: Decimal
    pessimistic: Decimal


@dataclass(frozen=True)
class Need:
    """What an approved line asks to be bought. `ref` names the line, e.g. "quote/5/P1"."""

    ref: str
    part_number: str
    description: str
    quantity: int
    supplier: str
    lead_hours: Decimal
    data_bearing: bool
    condition: Grade
    cost: Money
