"""The description of what is sent to a deed, made from the action itself: its annotations and its docstring."""

import dataclasses
import inspect
import re
import types
import typing
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from breakfix.api.bodies import takes_file
from breakfix.kernel.access import ROLES_FOR, Deed
from breakfix.kernel.binding import adapter, arguments, takes_none
from breakfix.parties.values import Scope

REF = "#/components/schemas/{model}"
COLLECTIONS = frozenset(
    {"sites", "people", "technicians", "certificates", "clearances", "insurance", "shifts", "agreements"}
    | {"authorities", "delegations", "services", "assets", "engagements", "packs", "updates", "bookings", "checks"}
    | {
        "root-causes",
        "handovers",
        "vendor-cases",
        "drills",
        "statements-of-work",
        "credit-holds",
        "downgrades",
        "credit-overrides",
        "contacts",
        "claims",
        "letters",
        "quotes",
        "dispositions",
        "recoveries",
        "questions",
        "invitations",
        "supplier-evidence",
        "past-incidents",
        "change-orders",
        "changes",
        "work-orders",
        "reports",
        "invoices",
        "catalogue-parts",
        "fits",
        "alternates",
        "collections",
    }
)
FILE = {
    "type": "object",
    "title": "Small file",
    "description": "A file inside of JSON, up to 2 MB in all; larger ones are sent as multipart/form-data.",
    "properties": {"name": {"type": "string"}, "content": {"type": "string", "contentEncoding": "base64"}},
    "required": ["name", "content"],
    "additionalProperties": False,
}
# Shared by all deeds: filled while their descriptions are made, published in `components`.
definitions: dict[str, Any] = {"SmallFile": FILE}


def ids_in(path: str) -> list[str]:
    """The ids that an address carries."""
    return re.findall(r"{int:(\w+)}", path)


def declined(*, edits: bool) -> list[int]:
    """How a deed may be declined."""
    return [400, 401, 403, 404, 409, *([412] if edits else []), 413, 415, 422, *([428] if edits else []), 429]


def description(action: Callable[..., Any], deed: Deed, scope: Scope) -> str:
    """What the deed comes to, who may do it, and what the token has to be for."""
    roles = ", ".join(sorted(role.value for role in ROLES_FOR[deed] if role.value not in {"system", "operator"}))
    return f"{inspect.getdoc(inspect.unwrap(action)) or ''}\n\nRoles: {roles}. Scope: `{scope.value}`."


def sent_to(action: Callable[..., Any], left_out: set[str], *, edits: bool) -> dict[str, Any]:
    """What OpenAPI says of a deed's body and headers."""
    wanted = {name: given for name, given in arguments(action).items() if name not in left_out}
    body = _object(wanted)
    example = {name: example_of(name, given.annotation) for name, given in wanted.items() if _is_needed(given)}
    content = {"application/json": {"schema": body, "example": example}}
    files = [name for name, given in wanted.items() if takes_file(given.annotation)]
    if files:
        parts = {**body["properties"], **{name: {"type": "string", "format": "binary"} for name in files}}
        content["multipart/form-data"] = {"schema": {**body, "properties": parts}}
    extra: dict[str, Any] = {"parameters": [_KEY, _CONFIRM, *([_IF_MATCH] if edits else [])]}
    if wanted:
        extra["requestBody"] = {"required": bool(body.get("required")), "content": content}
    return extra


def _is_needed(given: inspect.Parameter) -> bool:
    return given.default is inspect.Parameter.empty and not takes_none(given.annotation)


def _object(wanted: dict[str, inspect.Parameter]) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}
    for name, given in wanted.items():
        found["properties"][name] = _described(name, given)
    needed = [name for name, given in wanted.items() if _is_needed(given)]
    return {**found, "required": needed} if needed else found


def _described(name: str, given: inspect.Parameter) -> dict[str, Any]:
    if takes_file(given.annotation):
        ref = {"$ref": REF.format(model="SmallFile")}
        return {"anyOf": [ref, {"type": "null"}]} if takes_none(given.annotation) else ref
    schema = adapter(given.annotation).json_schema(ref_template=REF)
    for model, inner in schema.pop("$defs", {}).items():
        if definitions.setdefault(model, inner) != inner:
            raise RuntimeError(f"two kinds of input are called {model}")
    words = name.removesuffix("_id").replace("_", " ").capitalize()
    if schema.get("format") == "date-time" or any(p.get("format") == "date-time" for p in schema.get("anyOf", ())):
        words += "; an instant without an offset is read in your organisation's zone"
    if name == "shown_sha256":
        words = "SHA-256 of the document that you read and decide on; an outdated one is refused"
    return {**schema, "description": f"{words}."} if "$ref" not in schema else schema


def example_of(name: str, annotation: Any) -> Any:
    """Some value of this type, as JSON."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return example_of(name, next(part for part in inner if part is not type(None)))
    if takes_file(annotation):
        return {"name": "photo.png", "content": "iVBORw0KGgo="}
    if origin is list:
        return [example_of(name, inner[0])]
    if dataclasses.is_dataclass(annotation):
        hints = typing.get_type_hints(annotation)
        return {part.name: example_of(part.name, hints[part.name]) for part in needed_parts(annotation)}
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return next(iter(annotation)).value
    plain = {str: name.replace("_", " "), bool: True, int: 1, Decimal: "120.00"}
    plain |= {datetime: "2026-12-01T21:30:00-05:00", date: "2026-12-01"}
    return plain.get(annotation, {})


def needed_parts(annotation: Any) -> Iterable["dataclasses.Field[Any]"]:
    """The fields of a dataclass that have to be given."""
    missing = dataclasses.MISSING
    return [p for p in dataclasses.fields(annotation) if p.default is missing and p.default_factory is missing]


_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "description": "A fresh key for each thing you want done, such as a UUID: sent again, it does nothing again.",
}
_CONFIRM = {
    "in": "header",
    "name": "Breakfix-Confirm",
    "required": False,
    "schema": {"type": "string", "contentEncoding": "base64"},
    "description": "Your password, base64-encoded: what binds money asks for it (code `reauthenticate`).",
}
_IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
    "description": "The ETag of the record as you read it.",
}
