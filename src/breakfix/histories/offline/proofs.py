"""The log: its signed state, and that every entry of the pack stands in it (RFC 9162)."""

from __future__ import annotations

import hashlib
import re
import zipfile

from .container import CHECKPOINT, ENTRIES, lines_in, read
from .notes import Key, signed_text
from .strict_json import Failure, Json, canonical_text, unb64


def read_checkpoint(archive: zipfile.ZipFile, key: Key, origin: str) -> tuple[int, bytes, str]:
    lines = signed_text(read(archive, CHECKPOINT), key)[:-1].split("\n")
    if len(lines) != 3 or lines[0] != origin:
        raise Failure(f"the checkpoint is not one of the log {origin!r}")
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
        raise Failure("the checkpoint has no proper size")
    root = unb64(lines[2])
    if len(root) != 32:
        raise Failure("the checkpoint has no proper root")
    return int(lines[1]), root, origin


def check_entries(
    archive: zipfile.ZipFile, tree: tuple[int, bytes, str], facts: dict[str, Json]
) -> dict[int, dict[str, Json]]:
    leaves: dict[int, dict[str, Json]] = {}
    before = -1
    for number, row in lines_in(archive, ENTRIES, {"position", "leaf", "proof"}):
        where = f"{ENTRIES} line {number}"
        if row["position"] <= before:
            raise Failure(f"{where}: positions do not rise")
        before = row["position"]
        leaf = canonical_text(row["leaf"], where)
        content = row["leaf"].encode("utf-8")
        if not included(before, tree[0], content, [unb64(item) for item in row["proof"]], tree[1]):
            raise Failure(f"{where}: entry {before} is not in the log as the checkpoint has it")
        if not isinstance(leaf, dict) or leaf.get("position", before) != before:
            raise Failure(f"{where}: not the entry of position {before}")
        leaves[before] = leaf
    if not leaves:
        raise Failure("the pack holds no entries")
    facts["entries"] = len(leaves)
    return leaves


def included(index: int, size: int, content: bytes, proof: list[bytes], root: bytes) -> bool:
    """RFC 9162 §2.1.3.2."""
    if not 0 <= index < size or any(len(item) != 32 for item in proof):
        return False
    node, last = hashlib.sha256(b"\x00" + content).digest(), size - 1
    for sibling in proof:
        if last == 0:
            return False
        if index & 1 or index == last:
            node = hashlib.sha256(b"\x01" + sibling + node).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + sibling).digest()
        index, last = index >> 1, last >> 1
    return last == 0 and node == root
