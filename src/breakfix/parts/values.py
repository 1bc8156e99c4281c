"""The words of a part on its way: from the order to the place it is built into, or back."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Status(StrEnum):
    """Life of one ordered unit (the part of domain.md §3.6 that is built)."""

    ORDERED = "ORDERED"
    RECEIVED = "RECEIVED"
    INSTALLED = "INSTALLED"
    RETURNED_UNUSED = "RETURNED_UNUSED"


class Disposition(StrEnum):
    """What became of the part that was taken out."""

    NOTHING_REMOVED = "nothing_removed"
    LEFT_WITH_CLIENT = "left_with_client"
    RETURNED_TO_SUPPLIER = "returned_to_supplier"


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
