"""From plain words to a deed's typed arguments: the same for stories, pages and the API.

An action's own annotations are the form: pydantic reads them, so a field is declared once, where it is used.
"""

import dataclasses
import inspect
import json
import re
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from breakfix.kernel.errors import Refused

GIVEN_BY_THE_DOOR = frozenset({"by", "at"})
# What no deed means: refused before any rule, because such values end a computation instead of an answer. A deed's
# own limits are narrower.
LONGEST_TEXT = 100_000  # characters
LARGEST_INTEGER = 10**15  # fits every table, and RFC 8785 keeps it exactly
MOST_DIGITS, MOST_DECIMALS = 15, 20  # before and after the point
FIRST_YEAR, LAST_YEAR = 1900, 2999  # an instant stays an instant in every zone
DEEPEST = 8  # levels of a form's names
# Control characters but for line breaks and tabs, halves of characters, and what turns the direction of all that
# follows: a sum behind a turned text would read otherwise than it is signed.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


@lru_cache(maxsize=512)
def arguments(action: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The arguments a person fills in: everything but who and when."""
    inner = inspect.unwrap(action)
    hints = typing.get_type_hints(inner)
    found = inspect.signature(inner).parameters
    return {
        name: parameter.replace(annotation=hints[name])
        for name, parameter in found.items()
        if name not in GIVEN_BY_THE_DOOR
    }


@lru_cache(maxsize=1024)
def adapter(annotation: Any) -> TypeAdapter[Any]:
    """What checks values of this type, and describes them."""
    try:
        return TypeAdapter(annotation, config=ConfigDict(arbitrary_types_allowed=True))
    except PydanticUserError:
        return TypeAdapter(annotation)


def bind(action: Callable[..., Any], values: Mapping[str, Any], *, zone: str, strict: bool = False) -> dict[str, Any]:
    """Typed keyword arguments for `action` from plain words; local times without a zone are read in `zone`.

    Refuses, naming the field, what is missing, unknown or of the wrong kind. In a form everything is text: an empty
    one means "not given" wherever the argument has a default. `strict` takes values as JSON types them.
    """
    wanted = arguments(action)
    for name in values:
        if name not in wanted:
            known = ", ".join(sorted(wanted))
            raise Refused("unknown_field", f"There is no field {name[:80]!r}; known are: {known}.", field=name[:80])
    bound: dict[str, Any] = {}
    for name, parameter in wanted.items():
        if strict and name in values:
            bound[name] = _typed(name, parameter.annotation, values[name], zone, strict=True)
            continue
        given = values.get(name)
        optional = parameter.default is not inspect.Parameter.empty
        if given is None or (given == "" and (optional or takes_none(parameter.annotation))):
            if optional:
                continue
            if parameter.annotation is bool and not strict:
                bound[name] = False
                continue
            if not takes_none(parameter.annotation):
                raise Refused("missing_field", f"Please fill in {name.replace('_', ' ')}.", field=name)
        bound[name] = _typed(name, parameter.annotation, given, zone)
    return bound


def _typed(name: str, annotation: Any, given: Any, zone: str, *, strict: bool = False) -> Any:
    if given == "" and not strict and takes_none(annotation):
        given = None
    _check_known(name, annotation, given)
    try:
        value = _as_json(annotation, given) if strict else adapter(annotation).validate_python(given)
    except ValidationError as refusal:
        first = refusal.errors(include_url=False)[0]
        path = "-".join([name, *[str(step) for step in first["loc"]]])[:200]
        words = first["msg"].removeprefix("Value error, ").rstrip(".")
        where = _place(path)
        message = f"{where[:1].upper()}{where[1:]}: {words[:1].lower()}{words[1:]}."
        if first["type"] == "missing":
            message = f"Please fill in {where}."
        raise Refused("invalid_field", message, field=path) from None
    _check_sane(name, value)
    return _in_zone(value, ZoneInfo(zone))


def _as_json(annotation: Any, given: Any) -> Any:
    """As JSON types it: the text "5" is no number there, and 1 is no yes. Files come as files."""
    if dataclasses.is_dataclass(given):
        return adapter(annotation).validate_python(given)
    return adapter(annotation).validate_json(json.dumps(given), strict=True)


def _check_sane(path: str, value: Any) -> None:
    """Refuse, wherever it sits, what neither a table nor a calculation could hold."""
    if isinstance(value, list | tuple):
        for number, item in enumerate(value):
            _check_sane(f"{path}-{number}", item)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_sane(path, key)
            _check_sane(f"{path}-{key}", item)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        if isinstance(getattr(value, "content", None), bytes):
            return  # a file: what its name may hold is decided where it is kept
        for field in dataclasses.fields(value):
            _check_sane(f"{path}-{field.name}", getattr(value, field.name))
    elif words := _insane(value):
        where = _place(path)
        raise Refused("invalid_field", f"{where[:1].upper()}{where[1:]}: {words}.", field=path)


def _insane(value: Any) -> str:
    """What is wrong with one plain value; empty when nothing is."""
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            return f"shorten this to at most {LONGEST_TEXT:,} characters"
        if UNPRINTABLE.search(value):
            return "remove the unprintable characters"
    elif isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            return "this number is too large"
    elif isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int) or value.adjusted() >= MOST_DIGITS or exponent < -MOST_DECIMALS:
            return "give an ordinary number"
    elif isinstance(value, date) and not FIRST_YEAR <= value.year <= LAST_YEAR:
        return f"choose a year from {FIRST_YEAR} to {LAST_YEAR}"
    return ""


def _check_known(path: str, annotation: Any, given: Any) -> None:
    """Refuse a misspelt field inside a row: pydantic would pass over it in silence."""
    inner = [part for part in typing.get_args(annotation) if part is not type(None)]
    if isinstance(given, list) and inner:
        for number, item in enumerate(given):
            _check_known(f"{path}-{number}", inner[0], item)
    elif isinstance(given, dict):
        shape = (
            annotation
            if dataclasses.is_dataclass(annotation)
            else next(filter(dataclasses.is_dataclass, inner), None)
        )
        if shape is None:
            return
        hints = typing.get_type_hints(shape)
        for key, item in given.items():
            if key not in hints:
                known = ", ".join(sorted(hints))
                raise Refused(
                    "unknown_field", f"There is no field {key!r}; known are: {known}.", field=f"{path}-{key}"
                )
            _check_known(f"{path}-{key}", hints[key], item)


def _place(path: str) -> str:
    """Where a field is, for people: `tasks-0-name` is "name in row 1 of tasks"."""
    *above, last = path.split("-")
    place = last.replace("_", " ") if not _is_row(last) else f"row {int(last) + 1}"
    for step in reversed(above):
        place += f" in row {int(step) + 1}" if _is_row(step) else f" of {step.replace('_', ' ')}"
    return place


def takes_none(annotation: Any) -> bool:
    """Whether an argument may be given as nothing."""
    origin = typing.get_origin(annotation)
    return origin in (typing.Union, types.UnionType) and type(None) in typing.get_args(annotation)


def _in_zone(value: Any, zone: ZoneInfo) -> Any:
    """Give naive instants the zone of the site, wherever they sit."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=zone) if value.tzinfo is None else value
    if isinstance(value, list):
        return [_in_zone(item, zone) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fresh = {f.name: _in_zone(getattr(value, f.name), zone) for f in dataclasses.fields(value) if f.init}
        return dataclasses.replace(value, **fresh)
    return value


def nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Flat form names to nested values: `tasks-0-name` becomes {"tasks": [{"name": ...}]}; empty rows vanish."""
    tree: dict[str, Any] = {}
    for name, value in flat.items():
        *path, last = name.split("-")
        if len(path) > DEEPEST:
            raise Refused("invalid_field", "This form has a field that belongs nowhere.", field=name[:80])
        at = tree
        for step in path:
            at = at.setdefault(step, {})
            if not isinstance(at, dict):
                raise Refused("invalid_field", "This form has two fields of one name.", field=name)
        at[last] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(item) for name, item in value.items()}
    if not all(_is_row(name) for name in inner):
        return {name: item for name, item in inner.items() if item not in ("", {})}
    rows = [inner[name] for name in sorted(inner, key=int)]
    return [row for row in rows if not _blank(row)]


def _is_row(name: str) -> bool:
    """Whether this step of a field's name counts rows; "²" is a digit too, but no number."""
    return name.isdecimal() and len(name) < 7


def _blank(row: Any) -> bool:
    return row == "" or (isinstance(row, dict) and not any(item not in ("", [], {}) for item in row.values()))
