"""No amount is ever communicated in passing: only quotes, change orders and invoices name one (domain.md R4)."""

import re

from breakfix.kernel.errors import Refused

_SYMBOL = r"[$€£¥₹]"
_CODE = r"(?:usd|eur|gbp|chf|cad|aud|nzd|jpy|inr|sek|nok|dkk|pln)"
_WORD = r"(?:us dollars?|dollars?|euros?|bucks?|quid|cents?|grand|pounds sterling|francs?)"
# Bounded, and runs squeezed before: in a long text of digits and blanks the search would never end otherwise.
_NUMBER = r"\d[\d.,'\u00a0 ]{0,24}"
_RUN = re.compile(r"([\s.,'])[\s.,']+")
AMOUNT = re.compile(
    rf"{_SYMBOL}\s?\d"
    rf"|{_NUMBER}(?:k|m)?\s?{_SYMBOL}"
    rf"|\b{_CODE}\s?{_NUMBER}"
    rf"|{_NUMBER}(?:k|m)?\s?(?:{_CODE}|{_WORD})\b",
    re.IGNORECASE,
)


def amount_in(text: str) -> str:
    """The first amount of money that a text names, or ""."""
    found = AMOUNT.search(_RUN.sub(r"\1", text))
    return found.group().strip() if found else ""


def check_no_amount(text: str, field: str) -> str:
    """The text itself; refuses a promise about money outside a quote, a change order or an invoice."""
    if found := amount_in(text):
        message = f"This names an amount ({found}); amounts go into a quote, a change order or an invoice only."
        raise Refused("verbal_promise", message, field=field, amount=found)
    return text
