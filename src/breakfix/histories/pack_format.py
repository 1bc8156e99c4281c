"""How an evidence pack is laid out: a zip that proves itself, with Python and nothing of Breakfix installed.

The same facts give the same bytes: names are sorted, timestamps fixed, nothing is compressed (the
output of a compressor changes with its version).
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from breakfix.kernel.ledger.canonical import canonical, plain
from breakfix.kernel.ledger.notes import SigningKey, sign_note, verify_checkpoint

FORMAT = "breakfix-pack-1"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first instant a zip can hold
REGULAR_FILE = 0o100644 << 16
VERIFIER = Path(__file__).with_name("offline")
# Python runs a zip that holds this file: the pack is its own program.
START = b"""\
import sys

from verifier.main import main

sys.exit(main(inside=sys.argv[0]))
"""
READ_ME = """\
This pack holds the record of one engagement and the proof that nothing in it was changed.

To verify it, with Python 3.9 or later and no network:

    python3 THIS-PACK.zip --key YOUR-COPY-OF-THE-KEY

Use the key you were given when the agreement was signed, not one found here. A forged pack could carry a
forged program, so let a program that you trust judge it: that of an earlier pack,

    python3 EARLIER-PACK.zip THIS-PACK.zip --key YOUR-COPY-OF-THE-KEY

or the Breakfix source code, where the folder verifier/ is src/breakfix/histories/offline/.

manifest.json        every file with its SHA-256; manifest.sig signs it
log/checkpoint.txt   the signed state of the log
log/entries.jsonl    the entries, each with its proof (RFC 9162)
log/personal.jsonl   personal parts, bound to entries by salted hashes
documents/           what was approved (JSON) and how it was printed (PDF)
evidence/            what was handed in, under its SHA-256
clocks/              each clock, stretch by stretch
verifier/            the program, a few hundred lines to read
"""


def build_pack(
    *,
    manifest_facts: dict[str, Any],
    files: dict[str, bytes],
    entries: list[dict[str, Any]],
    checkpoint: str,
    key: SigningKey,
    read_me: str = READ_ME,
) -> bytes:
    """The bytes of a signed pack.

    `manifest_facts` holds `engagement`, `made_at` and `log` with its `origin`; `files` everything
    but the log's entries and checkpoint (`log/personal.jsonl`, `documents/...`, `clocks/...`);
    an entry is `{"position": 0-based int, "leaf": canonical JSON text, "proof": [base64, ...]}`.
    Raises ValueError when a name is already taken, a fact is missing or the checkpoint is not of
    this log and key.
    """
    facts = plain(manifest_facts)
    if not {"engagement", "made_at", "log"} <= set(facts) or "files" in facts or "format" in facts:
        raise ValueError("a manifest states engagement, made_at and log; format and files are added here")
    origin = facts["log"]["origin"]
    if verify_checkpoint(checkpoint, key.verifier_key).origin != origin:
        raise ValueError(f"the checkpoint is not one of the log {origin!r}")
    own = {
        "READ-ME.txt": read_me.encode(),
        "__main__.py": START,
        **{f"verifier/{path.name}": path.read_bytes() for path in VERIFIER.glob("*.py")},
        "log/checkpoint.txt": checkpoint.encode(),
        "log/entries.jsonl": entry_lines(entries),
    }
    taken = set(files) & {*own, "manifest.json", "manifest.sig"}
    if taken:
        raise ValueError(f"names already taken: {', '.join(sorted(taken))}")
    contents = {**files, **own}
    log = {**facts["log"], "verifier_key": key.verifier_key}
    manifest = canonical({**facts, "log": log, "format": FORMAT, "files": _listing(contents)})
    signature = sign_note(f"{FORMAT}\n{hashlib.sha256(manifest).hexdigest()}\n", key)
    return zip_bytes({**contents, "manifest.json": manifest, "manifest.sig": signature.encode()})


def entry_lines(entries: Iterable[Mapping[str, Any]]) -> bytes:
    """`log/entries.jsonl`: one canonical JSON object per entry, in order of position."""
    rows = []
    for entry in sorted(entries, key=lambda entry: entry["position"]):
        row = {name: entry[name] for name in ("position", "leaf", "proof")}
        rows.append(canonical(row) + b"\n")
    return b"".join(rows)


def zip_bytes(contents: Mapping[str, bytes]) -> bytes:
    """A zip of these files whose bytes depend on nothing else."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(contents):
            member = zipfile.ZipInfo(name, date_time=EARLIEST)
            member.create_system, member.external_attr = 3, REGULAR_FILE
            archive.writestr(member, contents[name])
    return stream.getvalue()


def _listing(contents: Mapping[str, bytes]) -> list[dict[str, object]]:
    return [
        {"path": name, "sha256": hashlib.sha256(contents[name]).hexdigest(), "size": len(contents[name])}
        for name in sorted(contents)
    ]
