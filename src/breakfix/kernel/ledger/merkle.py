"""The Merkle tree of RFC 9162 §2.1 (SHA-256), the same as RFC 6962's.

Everywhere `leaves` are LEAF HASHES (32 bytes each, from `leaf_hash`), in order of position from 0.
The verifying functions return False for anything malformed; they never raise on hostile input.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(content: bytes) -> bytes:
    """H(0x00 || content): the prefix keeps a leaf from being passed off as an inner node."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """H(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """All a log must remember to grow: its size and the roots of its full subtrees, largest first.

    At most 64 hashes for any log; `append` costs at most that many hashings, one on average.
    Raises ValueError when the peaks do not fit the size.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if type(self.size) is not int or self.size < 0 or self.size.bit_count() != len(self.peaks):
            raise ValueError("a frontier holds one peak for each bit set in its size")
        if any(not _is_hash(peak) for peak in self.peaks):
            raise ValueError("a peak is a SHA-256 hash of 32 bytes")

    def append(self, leaf: bytes) -> Frontier:
        """The frontier after one more leaf hash; this one stays as it was."""
        peaks, carry = list(self.peaks), self.size
        node = leaf
        while carry & 1:
            node = node_hash(peaks.pop(), node)
            carry >>= 1
        return Frontier(self.size + 1, (*peaks, node))

    @property
    def root(self) -> bytes:
        """The tree head; SHA-256 of nothing when the log is empty."""
        if not self.peaks:
            return EMPTY_ROOT
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = node_hash(peak, node)
        return node

    def to_json(self) -> dict[str, object]:
        """`{"size": int, "peaks": [hex, ...]}`, the shape `from_json` takes back."""
        return {"size": self.size, "peaks": [peak.hex() for peak in self.peaks]}

    @classmethod
    def from_json(cls, value: object) -> Frontier:
        """Rebuild from `to_json`; ValueError when the shape, the count or a hash is wrong."""
        if not isinstance(value, dict) or set(value) != {"size", "peaks"}:
            raise ValueError("a stored frontier has a size and peaks")
        peaks = value["peaks"]
        if not isinstance(peaks, list) or not all(isinstance(peak, str) for peak in peaks):
            raise ValueError("the peaks of a stored frontier are hex strings")
        return cls(value["size"], tuple(bytes.fromhex(peak) for peak in peaks))


class Tree:
    """Every level of a tree, kept so that many proofs cost one hashing of the log, not one each.

    2n hashes of memory (about 130 MB per million leaves).
    """

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.size = len(leaves)
        self._levels = [list(leaves)]
        while len(self._levels[-1]) > 1:
            self._levels.append(_parents(self._levels[-1]))

    @property
    def root(self) -> bytes:
        return self._levels[-1][0] if self.size else EMPTY_ROOT

    def inclusion_proof(self, index: int) -> list[bytes]:
        """The hashes that lead from this leaf to the root; IndexError outside the tree."""
        if not 0 <= index < self.size:
            raise IndexError(f"no leaf {index} in a tree of {self.size}")
        return self._path(0, index)

    def consistency_proof(self, old_size: int) -> list[bytes]:
        """That the first `old_size` leaves are still the same; IndexError unless 1..size."""
        if not 1 <= old_size <= self.size:
            raise IndexError(f"no tree of {old_size} inside one of {self.size}")
        if old_size == self.size:
            return []
        # The proof starts at the old tree's smallest full subtree and climbs from there. When that
        # subtree is the whole old tree the verifier already holds its root: it is left out.
        level = (old_size & -old_size).bit_length() - 1
        index = (old_size >> level) - 1
        seed = [self._levels[level][index]] if index else []
        return seed + self._path(level, index)

    def _path(self, level: int, index: int) -> list[bytes]:
        path: list[bytes] = []
        for nodes in self._levels[level:-1]:
            sibling = index ^ 1
            if sibling < len(nodes):  # a lone last node has none and rises unchanged
                path.append(nodes[sibling])
            index >>= 1
        return path


def root(leaves: Sequence[bytes]) -> bytes:
    """The tree head over these leaf hashes, in O(n) time and memory."""
    nodes = list(leaves)
    while len(nodes) > 1:
        nodes = _parents(nodes)
    return nodes[0] if nodes else EMPTY_ROOT


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether this leaf hash is at `index` in the tree of `size` with this root (RFC 9162 §2.1.3.2)."""
    if type(index) is not int or type(size) is not int or not 0 <= index < size:
        return False
    if not all(_is_hash(item) for item in (leaf, root, *proof)):
        return False
    node, last = leaf, size - 1
    for sibling in proof:
        if last == 0:
            return False
        if index & 1 or index == last:
            node = node_hash(sibling, node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the newer tree only adds to the older one (RFC 9162 §2.1.4.2).

    An older size of 0 is refused: every tree extends the empty one, so a "proof" of it proves
    nothing and must not be mistaken for one.
    """
    if type(old_size) is not int or type(new_size) is not int or not 1 <= old_size <= new_size:
        return False
    if not all(_is_hash(item) for item in (old_root, new_root, *proof)):
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    if not proof:
        return False
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    shift = (old_size & -old_size).bit_length() - 1
    index, last = (old_size - 1) >> shift, (new_size - 1) >> shift
    old_node = new_node = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            old_node, new_node = node_hash(sibling, old_node), node_hash(sibling, new_node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            new_node = node_hash(new_node, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and old_node == old_root and new_node == new_root


def _parents(nodes: list[bytes]) -> list[bytes]:
    pairs = zip(nodes[::2], nodes[1::2], strict=False)
    above = [node_hash(left, right) for left, right in pairs]
    if len(nodes) & 1:
        above.append(nodes[-1])
    return above


def _is_hash(value: object) -> bool:
    return isinstance(value, bytes) and len(value) == HASH_SIZE
