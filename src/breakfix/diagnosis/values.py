"""The words of diagnosis: protocol items and their readings, and what a root cause is made of."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class ReadingKind(StrEnum):
    """What an item is answered with; DONE leaves nothing to read off."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    SLOT_NUMBERS = "slot_numbers"
    SLOT_CHOICES = "slot_choices"
    DONE = "done"


class Required(StrEnum):
    """When an item may not be left out."""

    ALWAYS = "always"
    PRIOR_ATTEMPT = "prior_attempt"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class Item:
    """One step of a protocol; `after` names the items that must be on record before it."""

    id: str
    what: str
    why: str
    reading: ReadingKind
    minutes: int
    unit: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    choices: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    required: Required = Required.ALWAYS
    evidence: bool = False
    note: bool = False
    after: tuple[str, ...] = ()

    def is_required(self, *, prior_attempt: bool) -> bool:
        """Whether this diagnosis is incomplete without it."""
        return self.required is Required.ALWAYS or (self.required is Required.PRIOR_ATTEMPT and prior_attempt)

    @property
    def limits(self) -> str:
        """What a reading is held against, for people."""
        if self.good:
            return " or ".join(self.good)
        low = f"at least {self.minimum}" if self.minimum is not None else ""
        high = f"at most {self.maximum}" if self.maximum is not None else ""
        words = " and ".join(word for word in (low, high) if word)
        return f"{words} {self.unit}".strip() if words else ""


@dataclass(frozen=True, slots=True)
class Protocol:
    """What is looked at in one domain, in order; `name` with its version goes with every reading."""

    domain: str
    version: str
    title: str
    rule: str
    items: tuple[Item, ...]

    @property
    def name(self) -> str:
        return f"{self.domain}/{self.version}"

    @property
    def minutes(self) -> int:
        """Time box of the whole."""
        return sum(item.minutes for item in self.items)

    def find(self, item_id: str) -> Item | None:
        """The item of this id."""
        return next((item for item in self.items if item.id == item_id), None)


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading as understood: tidy text, per slot where it is one per bay, and whether it is within the limits.

    `within` is None where there are no limits to hold it against.
    """

    text: str
    slots: tuple[tuple[str, str], ...] = ()
    within: bool | None = None
    outside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What is on record for one item."""

    item: str
    has_evidence: bool
    has_note: bool


# ------------------------------------------------------------------------------------------ root cause


class RootCauseStatus(StrEnum):
    """Where a root cause stands (domain.md §3.7, as far as it is built)."""

    DRAFT = "DRAFT"
    PEER_REVIEW = "PEER_REVIEW"
    ISSUED = "ISSUED"


class ReviewVerdict(StrEnum):
    """What the peer says."""

    AGREE = "agree"
    SEND_BACK = "send_back"


class WayKind(StrEnum):
    """What could be done now."""

    REPAIR = "repair"
    REPLACE = "replace"
    WORKAROUND = "workaround"


@dataclass(frozen=True)
class ExcludedCause:
    """A cause that was looked at and ruled out, and by what."""

    cause: str
    why: str


@dataclass(frozen=True)
class Moment:
    """One point of the failure's timeline."""

    at: datetime
    what: str


@dataclass(frozen=True)
class Way:
    """One option for the client, without a price: prices are the quote's."""

    kind: WayKind
    what: str


@dataclass(frozen=True)
class FindingInput:
    """What was found, and the protocol items whose readings and files show it."""

    what: str
    items: list[str]


class FeeVerdict(StrEnum):
    """What the client says to the forensic fee, or to a further sum for a diagnosis that takes longer."""

    APPROVE = "approve"
    REJECT = "reject"


class ExtensionStatus(StrEnum):
    """Where the question about a forensic extension stands; everything but ASKED is final."""

    ASKED = "ASKED"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


class DossierKind(StrEnum):
    """What an entry of the client's environment dossier is about (domain.md §1E E2)."""

    ACCESS = "access"
    CONTACTS = "contacts"
    HAZARDS = "hazards"
    NETWORK = "network"
    DEPENDENCIES = "dependencies"
    BACKUPS = "backups"
    CHANGES = "changes"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Output:
    """One command of a bundle as the collector ran it; without output `file` is empty."""

    name: str
    command: tuple[str, ...]
    started_at: datetime
    seconds: Decimal
    exit_code: int | None
    outcome: str
    cut: bool
    file: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle of the collector says of itself; `collection` names the key that it was made with."""

    format: str
    engagement: str
    collection: int
    system: str
    machine: str
    started_at: datetime
    ended_at: datetime
    outputs: tuple[Output, ...]
