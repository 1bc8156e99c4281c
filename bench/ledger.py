"""How fast the evidence log grows and is proved, beside the bare hashing it cannot do without.

    python bench/ledger.py [--entries 100000] [--json]

Everything is measured in one run on one core, without a database: the ratios travel between
machines, the rates do not. The bare floor is two SHA-256 of the same lengths per entry.
Targets (reliability.md §2 row 21): 1,000,000 entries verified within 60 s, a proof within 2 kB.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from machine import machine, show

from breakfix.histories.offline import checks, ed25519, strict_json
from breakfix.histories.pack_format import build_pack
from breakfix.kernel.ledger.canonical import canonical
from breakfix.kernel.ledger.merkle import Frontier, Tree, leaf_hash, verify_consistency, verify_inclusion
from breakfix.kernel.ledger.notes import SigningKey, sign_checkpoint

ORIGIN = "bench.example/organisation-1"
MILLION = 1_000_000


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = perf_counter()
    value = work()
    return perf_counter() - start, value


def deed(position: int) -> dict[str, Any]:
    """An entry about as long as a real one (some 400 bytes)."""
    image = {
        "row": f"quote:{position % 997}",
        "fields": {"status": "approved", "cap_minor": 900000 + position},
    }
    return {
        "kind": "quote.approved",
        "position": position,
        "at": "2026-12-01T19:40:00Z",
        "by": {"person": position % 41, "role": "client_approver"},
        "facts": {
            "price": {"amount": "8400.00", "currency": "USD"},
            "cap": {"amount": "9000.00", "currency": "USD"},
        },
        "images": [image],
    }


def grown(contents: list[bytes]) -> Frontier:
    frontier = Frontier()
    for content in contents:
        frontier = frontier.append(leaf_hash(content))
    return frontier


def floor(contents: list[bytes]) -> None:
    node = bytes(32)
    for content in contents:
        node = hashlib.sha256(b"\x01" + node + hashlib.sha256(b"\x00" + content).digest()).digest()


def measure_log(contents: list[bytes]) -> dict[str, float]:
    count = len(contents)
    bare, _ = timed(lambda: floor(contents))
    append, frontier = timed(lambda: grown(contents))
    leaves = [leaf_hash(content) for content in contents]
    build, tree = timed(lambda: Tree(leaves))
    assert tree.root == frontier.root
    chosen = range(0, count, max(1, count // 5000))
    prove, proofs = timed(lambda: [tree.inclusion_proof(index) for index in chosen])
    pairs = list(zip(chosen, proofs, strict=True))
    check, held = timed(lambda: all(verify_inclusion(i, count, leaves[i], proof, tree.root) for i, proof in pairs))
    old = max(1, count * 2 // 3)
    consistency = tree.consistency_proof(old)
    assert held
    assert verify_consistency(old, count, Tree(leaves[:old]).root, tree.root, consistency)
    return {
        "append per s": count / append,
        "append / bare hashing (time)": append / bare,
        "whole log re-hashed: s per million": append / count * MILLION,
        "tree build / append (time)": build / append,
        "inclusion proofs made per s": len(pairs) / prove,
        "inclusion proofs verified per s": len(pairs) / check,
        "longest inclusion proof, bytes": max(len(proof) for proof in proofs) * 32,
        "consistency proof, bytes": len(consistency) * 32,
        "longest inclusion proof of a million, bytes": (MILLION - 1).bit_length() * 32,
    }


def measure_forms(contents: list[bytes], deeds: list[dict[str, Any]]) -> dict[str, float]:
    ours, _ = timed(lambda: [canonical(item) for item in deeds])
    plain, _ = timed(lambda: [json.dumps(item, sort_keys=True) for item in deeds])
    offline, again = timed(lambda: [strict_json.canonical(item) for item in deeds])
    assert again == contents
    return {
        "canonical per s": len(deeds) / ours,
        "canonical / json.dumps (time)": ours / plain,
        "offline canonical / ours (time)": offline / ours,
    }


def measure_signatures(rounds: int = 50) -> dict[str, float]:
    key, message = SigningKey.generate("bench"), b"breakfix-pack-1\n"
    signature, public = key.private.sign(message), key.verifier.public
    fast = Ed25519PublicKey.from_public_bytes(public)
    library, _ = timed(lambda: [fast.verify(signature, message) for _ in range(rounds)])
    own, held = timed(lambda: all(ed25519.ed25519_verify(public, message, signature) for _ in range(rounds)))
    assert held
    return {
        "offline signatures verified per s": rounds / own,
        "offline / library signature (time)": own / library,
    }


def measure_pack(contents: list[bytes], entries: int = 2000) -> dict[str, float]:
    key, tree = SigningKey.generate("bench"), Tree([leaf_hash(content) for content in contents])
    chosen = range(0, tree.size, max(1, tree.size // entries))
    rows = [
        {
            "position": index,
            "leaf": contents[index].decode(),
            "proof": [base64.b64encode(item).decode() for item in tree.inclusion_proof(index)],
        }
        for index in chosen
    ]
    facts = {"engagement": "bench", "made_at": "2026-12-03T09:00:00Z", "log": {"origin": ORIGIN}}
    checkpoint = sign_checkpoint(ORIGIN, tree.size, tree.root, key)
    build, raw = timed(
        lambda: build_pack(manifest_facts=facts, files={}, entries=rows, checkpoint=checkpoint, key=key)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pack.zip"
        path.write_bytes(raw)
        check, report = timed(lambda: checks.verify(str(path), key.verifier_key))
    assert report["ok"], report
    return {
        "pack entries built per s": len(rows) / build,
        "pack entries verified offline per s": len(rows) / check,
        "pack bytes per entry": len(raw) / len(rows),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the evidence log.")
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    deeds = [deed(position) for position in range(options.entries)]
    contents = [canonical(item) for item in deeds]
    figures = {
        "entries": options.entries,
        "bytes per entry": sum(map(len, contents)) / len(contents),
        **measure_log(contents),
        **measure_forms(contents, deeds),
        **measure_signatures(),
        **measure_pack(contents),
    }
    show("Evidence log", figures, machine(), as_json=options.json)


if __name__ == "__main__":
    main()
