"""Rows of a form: the lists among a deed's arguments, as stored or as typed, with empty ones to fill in."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from breakfix.kernel.money import trimmed
from breakfix.web.door import Typed

Row = dict[str, Any]


def rows_of(
    typed: Typed, deed: str, name: str, stored: Iterable[Any] = (), *, spare: int = 1, least: int = 1
) -> list[Row]:
    """One row per entry, each with its `base` (`tasks-0`), the values stored for it, and `spare` empty ones behind.

    After a refusal there are as many rows as were typed; the fields themselves show what was typed.
    """
    kept = [_plain(entry) for entry in stored]
    if typed.refusal is not None and typed.deed == deed:
        count = max(least, *(number + 1 for number in _typed_numbers(typed, name)), 0)
        kept = kept[:count]
    else:
        count = max(least, len(kept) + spare)
    return [{**(kept[n] if n < len(kept) else {}), "base": f"{name}-{n}", "number": n + 1} for n in range(count)]


def _typed_numbers(typed: Typed, name: str) -> Iterable[int]:
    for key, value in typed.values.items():
        first, _, rest = key.partition("-")
        number = rest.partition("-")[0]
        if first == name and value and number.isdecimal() and len(number) < 4:
            yield int(number)


def _plain(entry: Any) -> Row:
    """The values of one entry as a form shows them; what equals nothing stays empty."""
    if is_dataclass(entry) and not isinstance(entry, type):
        entry = asdict(entry)
    if isinstance(entry, Mapping):
        return {key: _shown(value) for key, value in entry.items()}
    return {"value": _shown(entry)}


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _shown(inner) for key, inner in value.items()}
    if isinstance(value, Decimal):
        return _in_field(value)
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value
    return "" if value is None else value


def _in_field(value: Decimal) -> str:
    """A decimal as people type it; very small ones keep their exponent."""
    return f"{value:e}" if value and abs(value) < Decimal("0.0001") else trimmed(value)


def field_words(name: str) -> str:
    """`parts-0-cost` as a person would say where it is: "Part 1, cost"."""
    first, *rest = name.split("-")
    words = first.replace("_", " ")
    if rest and rest[0].isdecimal():
        words = f"{words.removesuffix('s')} {int(rest[0]) + 1}"
        rest = rest[1:]
    return ", ".join([words.capitalize(), *(part.replace("_", " ") for part in rest)])
