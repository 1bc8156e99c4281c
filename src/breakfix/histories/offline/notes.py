"""Keys and signed notes (C2SP): whose key it is, and that its signature on a text holds."""

from __future__ import annotations

import hashlib
import re

from .ed25519 import ed25519_verify
from .strict_json import Failure, unb64

Key = tuple[str, bytes, bytes, str]  # name, key id, public key, fingerprint


def parse_key(text: str) -> Key:
    """Read `name+hexkeyid+base64(0x01 || public key)`; Failure unless all three agree."""
    parts = text.split("+", 2)
    blob = unb64(parts[2]) if len(parts) == 3 else b""
    if len(blob) != 33 or blob[0] != 1 or not parts[0] or re.search(r"\s", parts[0]):
        raise Failure("a verifier key is written name+hexkeyid+base64 and is an Ed25519 key")
    digest = hashlib.sha256(parts[0].encode("utf-8") + b"\n" + blob).digest()
    if parts[1] != digest[:4].hex():
        raise Failure("the key id does not belong to this key and name")
    groups = [digest.hex()[start : start + 4] for start in range(0, 64, 4)]
    return parts[0], digest[:4], blob[1:], " ".join(groups)


def choose_key(in_pack: str, given: str | None) -> Key:
    if given is not None and given != in_pack:
        raise Failure("the pack names another key than the one you gave")
    return parse_key(in_pack)


def signed_text(note: bytes, key: Key) -> str:
    """The text of a note once this key's signature on it holds; other keys' lines are passed over."""
    text, gap, tail = note.decode("utf-8").rpartition("\n\n")
    text += "\n"
    if not gap or not tail.endswith("\n") or text == "\n" or re.search(r"[\x00-\x09\x0b-\x1f]", text):
        raise Failure("not a signed note")
    lines = tail[:-1].split("\n")
    if len(lines) > 100:
        raise Failure("too many signatures")
    signatures = []
    for line in lines:
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014" or not parts[1] or "+" in parts[1]:
            raise Failure("a malformed signature line")
        blob = unb64(parts[2])
        if len(blob) < 5:
            raise Failure("a malformed signature line")
        if parts[1] == key[0] and blob[:4] == key[1]:
            signatures.append(blob[4:])
    if not signatures:
        raise Failure(f"no signature by {key[0]}")
    if not all(ed25519_verify(key[2], text.encode("utf-8"), signature) for signature in signatures):
        raise Failure(f"the signature by {key[0]} is wrong")
    return text
