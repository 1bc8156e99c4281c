"""Drafts, prices and tariffs back from the JSON in which they were stored: exact, as they were frozen."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from breakfix.quotes.values import Draft, Price, Tariff


@lru_cache(maxsize=16)
def _adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def draft_from_json(stored: Mapping[str, Any]) -> Draft:
    """The draft that was stored as JSON; decimals were text there and are exact again here."""
    draft: Draft = _adapter(Draft).validate_python(dict(stored))
    return draft


def price_from_json(stored: Mapping[str, Any]) -> Price:
    """The price that was frozen in an issued quote."""
    price: Price = _adapter(Price).validate_python(dict(stored))
    return price


def tariff_from_json(stored: Mapping[str, Any]) -> Tariff:
    """The prices that were frozen in an issued quote."""
    tariff: Tariff = _adapter(Tariff).validate_python(dict(stored))
    return tariff
