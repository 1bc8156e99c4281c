"""The words of what the provider holds of the client: what, under which seal, and what becomes of it (§3.12)."""

from dataclasses import dataclass
from enum import StrEnum


class ItemStatus(StrEnum):
    """Life of one item in the provider's hands."""

    IN_CUSTODY = "IN_CUSTODY"
    RETURNED = "RETURNED"
    DESTROYED = "DESTROYED"


class Direction(StrEnum):
    """Which way items change hands: to the provider, or back to the client."""

    TAKEN = "taken"
    HANDED_BACK = "handed_back"


class Decision(StrEnum):
    """What is to become of an item, as somebody of the client decided it."""

    RETURN = "return"
    DESTROY = "destroy"


@dataclass(frozen=True)
class ItemGiven:
    """One item as it is taken over: what it is, its serial, and the seal that is put on it."""

    description: str
    serial: str
    seal: str
    maker: str = ""
    model: str = ""
    position: str = ""
    condition: str = ""


@dataclass(frozen=True)
class SealRead:
    """One item as it is handed back: the serial and the seal that are read from it now."""

    serial: str
    seal: str
