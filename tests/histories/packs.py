"""A small pack with one of everything, and what a test needs to spoil and check it."""

import base64
import hashlib
import io
import json
import tempfile
import zipfile
from typing import Any

from breakfix.histories.offline.checks import verify
from breakfix.histories.pack_format import build_pack, zip_bytes
from breakfix.kernel.ledger.canonical import canonical
from breakfix.kernel.ledger.merkle import Tree, leaf_hash
from breakfix.kernel.ledger.notes import SigningKey, sign_checkpoint, sign_note

ORIGIN = "log.example/organisation-7"
KEY = SigningKey.generate("log.example")
OTHER_KEY = SigningKey.generate("log.example")
SALT = bytes(range(32))
PERSONAL = canonical({"name": "Zoë \U0001f600", "phone": "+1 555 0100"})
PHOTO = b"\x89PNG slots"
QUOTE_JSON, QUOTE_PDF = b'{"cap":"9000.00"}', b"%PDF-1.7 quote"
CLOCKS: list[dict[str, Any]] = [
    {
        "kind": "restore",
        "target_seconds": 14400,
        "stretches": [
            {
                "start": "2026-12-01T14:00:00Z",
                "end": "2026-12-01T17:00:00Z",
                "counted": True,
                "reason": "open",
            },
            {
                "start": "2026-12-01T17:00:00Z",
                "end": "2026-12-02T08:00:00Z",
                "counted": False,
                "reason": "closed",
            },
            {
                "start": "2026-12-02T03:00:00-05:00",
                "end": "2026-12-02T10:30:00Z",
                "counted": True,
                "reason": "open",
            },
        ],
        "elapsed_seconds": 19800,
        "due_at": "2026-12-02T09:00:00Z",
    },
    {
        "kind": "respond",
        "target_seconds": 900,
        "stretches": [
            {
                "start": "2026-12-01T14:00:00Z",
                "end": "2026-12-01T14:10:00.500000Z",
                "counted": True,
                "reason": "",
            }
        ],
        "ahead": [
            {
                "start": "2026-12-01T14:10:00.500000Z",
                "end": "2026-12-01T14:15:00Z",
                "counted": True,
                "reason": "",
            }
        ],
        "elapsed_seconds": 600,
        "due_at": "2026-12-01T14:15:00Z",
    },
]


def leaf_of(position: int) -> dict[str, Any]:
    leaf: dict[str, Any] = {"kind": "work.started", "position": position, "facts": {}, "images": []}
    if position == 4:
        personal = hashlib.sha256(SALT + PERSONAL).hexdigest()
        leaf["images"] = [{"row": "a:1"}, {"row": "person:3", "personal": personal}]
    if position == 2:
        kept = {"sha256": hashlib.sha256(PHOTO).hexdigest(), "name": "slots.png"}
        leaf["images"] = [{"row": "kernel.file/5", "fields": kept}]
    if position == 6:
        digests = {name: hashlib.sha256(raw).hexdigest() for name, raw in (("json", QUOTE_JSON), ("pdf", QUOTE_PDF))}
        facts = {
            "path": "documents/quote-1.pdf",
            "json_sha256": digests["json"],
            "pdf_sha256": digests["pdf"],
        }
        leaf |= {"kind": "document.rendered", "facts": facts}
    return leaf


def entry(tree: Tree, position: int, leaf: str) -> dict[str, Any]:
    proof = [base64.b64encode(item).decode() for item in tree.inclusion_proof(position)]
    return {"position": position, "leaf": leaf, "proof": proof}


def log_of(leaves: list[str]) -> dict[str, Any]:
    """All the entries of a log with these leaves, and its checkpoint, as `pack` takes them."""
    tree = Tree([leaf_hash(leaf.encode()) for leaf in leaves])
    entries = [entry(tree, position, leaf) for position, leaf in enumerate(leaves)]
    return {"entries": entries, "checkpoint": sign_checkpoint(ORIGIN, tree.size, tree.root, KEY)}


LEAVES = [canonical(leaf_of(position)).decode() for position in range(11)]
TREE = Tree([leaf_hash(leaf.encode()) for leaf in LEAVES])
CHECKPOINT = sign_checkpoint(ORIGIN, TREE.size, TREE.root, KEY)
ENTRIES = [entry(TREE, position, LEAVES[position]) for position in (0, 2, 4, 6, 10)]
PERSONAL_ROW = {"position": 4, "image": 1, "salt": SALT.hex(), "content": PERSONAL.decode()}
FILES = {
    "documents/quote-1.json": QUOTE_JSON,
    "documents/quote-1.pdf": QUOTE_PDF,
    "evidence/5-slots.png": PHOTO,
    "clocks/incident-1.json": json.dumps(CLOCKS).encode(),
    "log/personal.jsonl": canonical(PERSONAL_ROW) + b"\n",
}
FACTS = {"engagement": "NW-2026-0007", "made_at": "2026-12-03T09:00:00Z", "log": {"origin": ORIGIN}}


def pack(**change: Any) -> bytes:
    arguments: dict[str, Any] = {
        "manifest_facts": FACTS,
        "files": FILES,
        "entries": ENTRIES,
        "checkpoint": CHECKPOINT,
        "key": KEY,
    }
    return build_pack(**{**arguments, **change})


PACK = pack()


def contents_of(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


CONTENTS = contents_of(PACK)


def resigned(contents: dict[str, bytes], key: SigningKey = KEY, **manifest: Any) -> bytes:
    """The pack as the key's holder would sign it after changing files."""
    listed = {name: raw for name, raw in contents.items() if name not in ("manifest.json", "manifest.sig")}
    facts = json.loads(contents["manifest.json"]) | {
        "files": [
            {"path": name, "sha256": hashlib.sha256(raw).hexdigest(), "size": len(raw)}
            for name, raw in listed.items()
        ]
    }
    raw = canonical(facts | manifest)
    note = sign_note(f"breakfix-pack-1\n{hashlib.sha256(raw).hexdigest()}\n", key)
    return zip_bytes({**listed, "manifest.json": raw, "manifest.sig": note.encode()})


def check(raw: bytes, key: str | None = KEY.verifier_key) -> dict[str, Any]:
    """What the verifier says about these bytes to somebody who holds this key."""
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        file.write(raw)
        file.flush()
        return verify(file.name, key)


def failed(report: dict[str, Any]) -> dict[str, str]:
    """The checks that failed, with what each said; the pack as a whole must have failed too."""
    assert report["ok"] is False
    return {line["name"]: line["detail"] for line in report["checks"] if not line["ok"]}
