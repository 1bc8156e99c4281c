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


class InvoiceKind(StrEnum):
    """A credit note is a counter-document: it corrects an invoice that itself never changes."""

    INVOICE = "INVOICE"
    CREDIT_NOTE = "CREDIT_NOTE"


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

    @property
    def name(self) -> str:
        """A key is only unique within its tranche."""
        return f"{self.tranche}/{self.tranche_id}/{self.key}"


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
class Miss:
    """A response promise that was not kept: how long it took in its own coverage, and the percentage for that."""

    clock: str
    sequence: int
    priority: str
    target_seconds: int
    elapsed_seconds: int
    percent: Decimal


@dataclass(frozen=True)
class MonthSoFar:
    """Labour invoiced between provider and client in one calendar month, and the credits given on it."""

    labour: Money
    given: Money


@dataclass(frozen=True)
class ServiceCredit:
    """What a missed promise earned the client: `amount` is on this invoice, `withheld` waits for the month's end."""

    miss: Miss
    percent: Decimal
    base: Money
    earned: Money
    amount: Money
    withheld: Money
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
    # Hourly labour on these lines, before credits and tax, and which lines it is: service credits are a share of it.
    labour: Money | None = None
    hours: tuple[str, ...] = ()
    credit: ServiceCredit | None = None

    @property
    def due(self) -> Money:
        """What is billed before a service credit: with nothing due there is no invoice to take one off."""
        return self.subtotal + self.credit.amount if self.credit else self.subtotal


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
