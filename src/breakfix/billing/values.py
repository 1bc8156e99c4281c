"""The words of billing (domain.md §3.8)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from breakfix.agreements.values import TaxCategory
from breakfix.kernel.money import Money


class InvoiceStatus(StrEnum):
    """DRAFT exists only inside the deed that issues; CHECKED has passed every check; ISSUED never changes."""

    DRAFT = "DRAFT"
    CHECKED = "CHECKED"
    ISSUED = "ISSUED"


@dataclass(frozen=True)
class Billable:
    """One invoice line before it is written: always a part of one tranche."""

    tranche_id: int
    tranche: str
    key: str
    description: str
    quantity: Decimal
    amount: Money
    category: TaxCategory


@dataclass(frozen=True)
class TaxLine:
    """Tax of one (jurisdiction, rate) group, rounded once."""

    jurisdiction: str
    rate: Decimal
    base: Money
    tax: Money


@dataclass(frozen=True)
class TrancheBox:
    """What the client sees of one tranche: quoted, cap, actual, billed, absorbed by the provider.

    `name` is the quote or change order that agreed it; empty for the forensic fee.
    """

    kind: str
    name: str
    quoted: Money | None
    cap: Money
    actual: Money
    billed: Money
    absorbed: Money
    derivation: str


@dataclass(frozen=True)
class Bill:
    """A whole invoice before it has a number."""

    lines: tuple[Billable, ...]
    boxes: tuple[TrancheBox, ...]
    taxes: tuple[TaxLine, ...]
    subtotal: Money
    tax: Money
    total: Money
    # Paid before the parts were ordered; it is a payment and no line, so it changes neither sum nor tax.
    deposit: Money | None = None


@dataclass(frozen=True)
class Letterhead:
    """Who bills whom, for what, and until when it is to be paid."""

    number: str
    issued_at: datetime
    due_on: date
    engagement: str
    title: str
    agreement: str
    provider: dict[str, str]
    client: dict[str, str]
    terms: str
