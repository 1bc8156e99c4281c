"""The words of what is kept for good: documents, packs, the asset's passport (domain.md §6)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class DocumentKind(StrEnum):
    """What is printed; the composer of each kind bears the same name."""

    AGREEMENT = "agreement"
    ROOT_CAUSE = "root_cause"
    QUOTE = "quote"
    CHANGE_PLAN = "change_plan"
    SERVICE_REPORT = "service_report"
    INVOICE = "invoice"
    PASSPORT = "passport"
    LETTER_OF_AUTHORITY = "letter_of_authority"
    VENDOR_CLAIM = "vendor_claim"


TITLES = {
    DocumentKind.AGREEMENT: "Agreement",
    DocumentKind.ROOT_CAUSE: "Root cause analysis",
    DocumentKind.QUOTE: "Quote",
    DocumentKind.CHANGE_PLAN: "Change plan",
    DocumentKind.SERVICE_REPORT: "Service report",
    DocumentKind.INVOICE: "Invoice",
    DocumentKind.PASSPORT: "Asset passport",
    DocumentKind.LETTER_OF_AUTHORITY: "Letter of authority",
    DocumentKind.VENDOR_CLAIM: "Claim against a vendor",
}


@dataclass(frozen=True)
class Printable:
    """One version of a document before it is printed.

    `content` is the canonical JSON that was issued, approved or signed, `sha256` its hash; `beside` is what else
    is known when it is printed (who decided, whom the ids name). `to` are the logs that hear of it; with `own_topic`
    the organisations in `to` are let in on the topic.
    """

    kind: DocumentKind
    subject: str
    topic: str
    number: str
    version: int
    content: dict[str, Any]
    sha256: str
    to: tuple[int, ...]
    beside: dict[str, Any]
    own_topic: bool = False

    @property
    def title(self) -> str:
        return f"{TITLES[self.kind]} {self.number}"

    @property
    def stem(self) -> str:
        """Its name in a pack, without ending."""
        return f"{self.kind.value.replace('_', '-')}-{self.number}-v{self.version}"


@dataclass(frozen=True)
class Missing:
    """A document that was issued but is not printed yet: `subject` and `topic` say where to find it."""

    kind: DocumentKind
    subject: str
    topic: str
    number: str
    version: int

    def __str__(self) -> str:
        return f"{TITLES[self.kind]} {self.number} version {self.version}"
