"""One value, one sequence of bytes: RFC 8785 canonical JSON and the road to it.

Whatever is hashed, signed or approved passes through here. Two people who hold the same facts
must reach the same bytes, so nothing is converted silently: floats are refused everywhere, and
`canonical` takes JSON values only. `plain` is the one place where our own types become JSON.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import rfc8785

# RFC 8785 numbers are IEEE 754 doubles: past this, two readers may disagree about an integer.
LARGEST_INTEGER = 2**53 - 1
# Far above any real record, far below the recursion limit of any JSON reader.
DEEPEST = 100


def canonical(obj: object) -> bytes:
    """The RFC 8785 bytes of a JSON value made of str, int, bool, None, list and dict.

    Raises TypeError for any other type (subclasses included) and ValueError for an integer beyond
    2**53 - 1, a lone surrogate or nesting past 100; both name the path of the offending value.
    """
    _check(obj, "$", 0)
    return rfc8785.dumps(obj)  # type: ignore[arg-type]


def sha256_hex(obj: object) -> str:
    """The SHA-256 of the canonical bytes, in lower-case hex: what approvals show, bind and sign."""
    return hashlib.sha256(canonical(obj)).hexdigest()


def plain(value: object) -> Any:
    """Turn our own values into JSON values, recursively; the result is fit for `canonical`.

    Decimal becomes a plain-notation string, an aware instant RFC 3339 in UTC with `Z`, Money
    `{"amount", "currency"}`, tuples lists, dataclasses objects. Floats, naive instants, sets,
    bytes and anything unknown raise TypeError with the path; NaN and colliding keys ValueError.
    """
    return _plain(value, "$", 0)


def _check(obj: object, path: str, depth: int) -> None:
    if depth > DEEPEST:
        raise ValueError(f"{path}: nested deeper than {DEEPEST}")
    # Exact types: a subclass (StrEnum, SafeString) may print itself as something else elsewhere.
    kind = type(obj)
    if obj is None or kind is bool:
        return
    if kind is str or kind is int:
        _check_scalar(obj, path)
    elif kind is list:
        for index, item in enumerate(obj):  # type: ignore[var-annotated, arg-type]
            _check(item, f"{path}[{index}]", depth + 1)
    elif kind is dict:
        for key, item in obj.items():  # type: ignore[attr-defined]
            if type(key) is not str:
                raise TypeError(f"{path}: key {key!r} is {type(key).__name__}, not str")
            _check_scalar(key, path)
            _check(item, f"{path}.{key}", depth + 1)
    else:
        raise TypeError(f"{path}: {kind.__name__} has no canonical form")


def _check_scalar(value: object, path: str) -> None:
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise ValueError(f"{path}: {value} is beyond 2**53 - 1; write it as a string")
        return
    try:
        str(value).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(f"{path}: {value!r} holds a lone surrogate") from None


def _plain(value: object, path: str, depth: int) -> Any:
    if depth > DEEPEST:
        raise ValueError(f"{path}: nested deeper than {DEEPEST}")
    # Enum before str and int: a StrEnum is both, and only its value is a fact.
    if isinstance(value, Enum):
        return _plain(value.value, path, depth)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (str, int)):
        # Subclasses (Django's SafeString) lose their class here, not their content.
        return str.__str__(value) if isinstance(value, str) else int(value)
    if isinstance(value, (Decimal, date, UUID)):
        return _scalar(value, path)
    if isinstance(value, Mapping):
        return _plain_mapping(value, path, depth)
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(value)]
    members = _members(value)
    if members is None:
        raise TypeError(f"{path}: {type(value).__name__} cannot enter the ledger")
    return {name: _plain(getattr(value, name), f"{path}.{name}", depth + 1) for name in members}


def _scalar(value: Decimal | date | UUID, path: str) -> str:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{path}: {value} is not a number")
        # Minus zero equals zero, so it must not hash differently.
        return format(value.copy_abs() if value.is_zero() else value, "f")
    if isinstance(value, datetime):  # before date: every datetime is one
        if value.utcoffset() is None:
            raise TypeError(f"{path}: naive datetime {value.isoformat()}")
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    return value.isoformat() if isinstance(value, date) else str(value)


def _plain_mapping(value: Mapping[Any, Any], path: str, depth: int) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, item in value.items():
        name = key.value if isinstance(key, Enum) else key
        if isinstance(name, UUID):
            name = str(name)
        if not isinstance(name, str):
            raise TypeError(f"{path}: key {key!r} is {type(key).__name__}, not str")
        if name in result:
            raise ValueError(f"{path}: two keys become {name!r}")
        result[str.__str__(name)] = _plain(item, f"{path}.{name}", depth + 1)
    return result


def _members(value: object) -> list[str] | None:
    """The attribute names that make up a dataclass or a money amount; None for anything else."""
    if is_dataclass(value) and not isinstance(value, type):
        # A dataclass is never cut down to amount and currency: its other fields are facts too.
        return [field.name for field in fields(value)]
    if hasattr(value, "amount") and hasattr(value, "currency"):
        return ["amount", "currency"]
    return None
