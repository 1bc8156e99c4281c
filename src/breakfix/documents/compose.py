"""Which composer makes the sheet of which kind of document."""

from collections.abc import Callable, Mapping
from typing import Any

from breakfix.documents.composing import (
    agreement,
    change_plan,
    invoice,
    letter,
    passport,
    quote,
    report,
    root_cause,
    vendor_claim,
)
from breakfix.documents.sheet import Sheet

Composer = Callable[[Mapping[str, Any], str, Mapping[str, Any]], Sheet]

COMPOSERS: dict[str, Composer] = {
    "agreement": agreement.compose,
    "root_cause": root_cause.compose,
    "quote": quote.compose,
    "change_plan": change_plan.compose,
    "service_report": report.compose,
    "invoice": invoice.compose,
    "passport": passport.compose,
    "letter_of_authority": letter.compose,
    "vendor_claim": vendor_claim.compose,
}


def compose(kind: str, content: Mapping[str, Any], sha256: str, beside: Mapping[str, Any] | None = None) -> Sheet:
    """The sheet of one document: `content` is what was issued and `sha256` its hash.

    `beside` is what is known when it is printed and not part of what was signed: names behind ids, decisions.
    Raises KeyError for a kind that has no composer.
    """
    return COMPOSERS[kind](content, sha256, beside or {})
