"""JSON in which one text has one meaning: no key twice, no fractions, and its RFC 8785 bytes."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

Json = Any
DEEPEST = 100
LARGEST_INTEGER = 2**53 - 1
ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class Failure(Exception):
    """One check does not hold; the message says what and where."""


def parse(raw: bytes | str) -> Json:
    text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
    return json.loads(text, object_pairs_hook=_members, parse_float=_refuse, parse_constant=_refuse)


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Failure("a JSON object has the same key twice")
    return members


def _refuse(text: str) -> Json:
    raise Failure(f"the number {text[:40]} has no place in a record")


def canonical_text(text: str, where: str) -> Json:
    obj = parse(text)
    if canonical(obj) != text.encode("utf-8"):
        raise Failure(f"{where}: not in canonical form")
    return obj


def canonical(obj: Json, depth: int = 0) -> bytes:
    """The RFC 8785 bytes of str, int, bool, None, list and dict; Failure for anything else."""
    if depth > DEEPEST:
        raise Failure(f"nested deeper than {DEEPEST}")
    if obj is None or isinstance(obj, bool):
        return {None: b"null", True: b"true", False: b"false"}[obj]
    if isinstance(obj, int) and abs(obj) <= LARGEST_INTEGER:
        return str(obj).encode("ascii")
    if isinstance(obj, str):
        return re.sub(r'[\x00-\x1f"\\]', _escape, obj).join('""').encode("utf-8")
    if isinstance(obj, list):
        return b"[" + b",".join(canonical(item, depth + 1) for item in obj) + b"]"
    if isinstance(obj, dict):
        ordered = sorted(obj.items(), key=lambda member: member[0].encode("utf-16-be"))
        members = (canonical(name) + b":" + canonical(item, depth + 1) for name, item in ordered)
        return b"{" + b",".join(members) + b"}"
    raise Failure("a value without canonical form")


def _escape(match: re.Match[str]) -> str:
    return ESCAPES.get(match[0]) or f"\\u{ord(match[0]):04x}"


def unb64(text: str) -> bytes:
    raw = base64.b64decode(text.encode("ascii"), validate=True)
    if base64.b64encode(raw).decode("ascii") != text:
        raise Failure("base64 in another spelling than the standard one")
    return raw
