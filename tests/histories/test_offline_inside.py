"""What the key's own holder, who can sign any manifest, still cannot change unnoticed."""

import base64
import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from breakfix.kernel.ledger.canonical import canonical
from breakfix.kernel.ledger.merkle import leaf_hash
from breakfix.kernel.ledger.notes import sign_checkpoint, sign_note
from tests.histories.packs import (
    CHECKPOINT,
    CLOCKS,
    CONTENTS,
    ENTRIES,
    FILES,
    KEY,
    LEAVES,
    ORIGIN,
    PERSONAL,
    PERSONAL_ROW,
    SALT,
    TREE,
    check,
    failed,
    leaf_of,
    log_of,
    pack,
    resigned,
)


def with_entries(change: Callable[[list[dict[str, Any]]], object]) -> dict[str, bytes]:
    rows = deepcopy(ENTRIES)
    change(rows)
    return {"log/entries.jsonl": b"".join(json.dumps(row).encode() + b"\n" for row in rows)}


def with_personal(**change: Any) -> dict[str, bytes]:
    return {"log/personal.jsonl": json.dumps({**PERSONAL_ROW, **change}).encode() + b"\n"}


def with_clock(number: int, **change: Any) -> dict[str, bytes]:
    clocks = deepcopy(CLOCKS)
    clocks[number].update(change)
    return {"clocks/incident-1.json": json.dumps(clocks).encode()}


def with_stretch(number: int, **change: Any) -> dict[str, bytes]:
    stretches = deepcopy(CLOCKS[0]["stretches"])
    stretches[number].update(change)
    return with_clock(0, stretches=stretches)


def note(origin: str = ORIGIN, size: int = TREE.size, root: bytes = TREE.root) -> dict[str, bytes]:
    return {"log/checkpoint.txt": sign_checkpoint(origin, size, root, KEY).encode()}


def signed(text: str) -> dict[str, bytes]:
    return {"log/checkpoint.txt": sign_note(text, KEY).encode()}


def respell(rows: list[dict[str, Any]]) -> None:
    """Write a hash with other spare bits in its last character: the same 32 bytes, another text."""
    first: str = rows[1]["proof"][0]
    rows[1]["proof"][0] = first[:-2] + chr(ord(first[-2]) + 1) + "="


def only_the_first(rows: list[dict[str, Any]]) -> None:
    del rows[1:]


BACKWARDS = {
    "stretches": [{"start": "2026-12-01T14:00:00Z", "end": "2026-12-01T13:00:00Z", "counted": False, "reason": ""}],
    "elapsed_seconds": 0,
}
ROOT64 = base64.b64encode(TREE.root).decode()
LATER_LEAF = LEAVES[2].replace("work.started", "work.stopped")
SPACED_LEAF = json.dumps(leaf_of(2))
INSIDE = {
    "leaf changed": ("entries", with_entries(lambda rows: rows[1].update(leaf=LATER_LEAF))),
    "leaf not canonical": ("entries", with_entries(lambda rows: rows[1].update(leaf=SPACED_LEAF))),
    "leaf not JSON": ("entries", with_entries(lambda rows: rows[1].update(leaf="{"))),
    "leaf with a fraction": ("entries", with_entries(lambda rows: rows[1].update(leaf='{"a":1.5}'))),
    "leaf with a key twice": ("entries", with_entries(lambda rows: rows[1].update(leaf='{"a":1,"a":1}'))),
    "leaf with a lone surrogate": ("entries", with_entries(lambda rows: rows[1].update(leaf='"\\ud800"'))),
    "leaf of endless depth": ("entries", with_entries(lambda rows: rows[1].update(leaf="[" * 10**5))),
    "positions swapped": ("entries", with_entries(lambda rows: rows.insert(0, rows.pop(1)))),
    "position changed": ("entries", with_entries(lambda rows: rows[1].update(position=3))),
    "position past the log": ("entries", with_entries(lambda rows: rows[4].update(position=11))),
    "position negative": ("entries", with_entries(lambda rows: rows[0].update(position=-1))),
    "position true": ("entries", with_entries(lambda rows: rows[1].update(position=True))),
    "proofs swapped": ("entries", with_entries(lambda rows: rows[1].update(proof=rows[2]["proof"]))),
    "proof cut": ("entries", with_entries(lambda rows: rows[1]["proof"].pop())),
    "proof longer": ("entries", with_entries(lambda rows: rows[1]["proof"].append(ROOT64))),
    "proof of short hashes": ("entries", with_entries(lambda rows: rows[1].update(proof=["AAAA"]))),
    "proof spelt otherwise": (
        "entries",
        with_entries(respell),
    ),
    "proof that stops short": (
        "entries",
        with_entries(only_the_first) | note(size=17),
    ),
    "proof not base64": ("entries", with_entries(lambda rows: rows[1].update(proof=["!"]))),
    "entry with more to it": ("entries", with_entries(lambda rows: rows[1].update(remark="x"))),
    "entries doubled": ("entries", with_entries(lambda rows: rows.append(rows[-1]))),
    "no entries": ("entries", with_entries(lambda rows: rows.clear())),
    "checkpoint of another size": ("entries", note(size=TREE.size + 6)),
    "checkpoint of another root": ("entries", note(root=leaf_hash(b""))),
    "checkpoint of another log": ("checkpoint", note(origin="log.example/organisation-8")),
    "checkpoint with a leading zero": ("checkpoint", signed(f"{ORIGIN}\n011\n{ROOT64}\n")),
    "checkpoint without root": ("checkpoint", signed(f"{ORIGIN}\n11\n")),
    "checkpoint with a short root": ("checkpoint", signed(f"{ORIGIN}\n11\nAAAA\n")),
    "checkpoint unsigned": ("checkpoint", {"log/checkpoint.txt": CHECKPOINT.split("—")[0].encode()}),
    "personal content": ("personal", with_personal(content=PERSONAL.decode().replace("0100", "0101"))),
    "personal salt": ("personal", with_personal(salt=bytes(32).hex())),
    "personal image": ("personal", with_personal(image=0)),
    "personal image missing": ("personal", with_personal(image=2)),
    "personal image from the end": ("personal", with_personal(image=-1)),
    "personal of an entry not here": ("personal", with_personal(position=3)),
    "personal of another entry": ("personal", with_personal(position=2)),
    "personal salt moved": ("personal", with_personal(salt="", content=SALT.decode() + PERSONAL.decode())),
    "document JSON": ("documents", {"documents/quote-1.json": b'{"cap":"9900.00"}'}),
    "document PDF": ("documents", {"documents/quote-1.pdf": b"%PDF-1.7 other"}),
    "document never recorded": ("documents", {"documents/quote-2.json": b"{}"}),
    "evidence changed": ("evidence", {"evidence/5-slots.png": b"other"}),
    "evidence never recorded": ("evidence", {"evidence/6-x.png": b"x"}),
    "clock due ahead": ("clocks", with_clock(1, due_at="2026-12-01T14:20:00Z")),
    "clock due never reached": ("clocks", with_clock(1, target_seconds=1200)),
    "clock elapsed": ("clocks", with_clock(0, elapsed_seconds=19799)),
    "clock due": ("clocks", with_clock(0, due_at="2026-12-02T09:30:00Z")),
    "clock due missing": ("clocks", with_clock(0, due_at=None)),
    "clock due without zone": ("clocks", with_clock(0, due_at="2026-12-02T09:00:00")),
    "clock target": ("clocks", with_clock(0, target_seconds=7200)),
    "clock stretch counted": ("clocks", with_stretch(1, counted=True)),
    "clock due earlier": ("clocks", with_clock(0, due_at="2026-12-02T08:30:00Z")),
    "clock stretch perhaps counted": ("clocks", with_stretch(0, counted=1)),
    "clock stretch backwards, uncounted": ("clocks", with_clock(0, **BACKWARDS)),
    "clock stretch earlier": ("clocks", with_stretch(1, start="2026-12-01T16:00:00Z")),
    "clock stretch backwards": ("clocks", with_stretch(2, end="2026-12-02T07:00:00Z")),
    "clock file cut": ("clocks", {"clocks/incident-1.json": FILES["clocks/incident-1.json"][:-5]}),
}


@pytest.mark.parametrize(("name", "change"), INSIDE.values(), ids=INSIDE)
def test_a_change_signed_by_the_key_itself_is_found(name: str, change: dict[str, bytes]) -> None:
    assert list(failed(check(resigned({**CONTENTS, **change})))) == [name]


MANIFESTS = {
    "format": ("manifest", {"format": "breakfix-pack-2"}),
    "log without key": ("manifest", {"log": {"origin": ORIGIN}}),
    "log of another type": ("manifest", {"log": {"origin": 7, "verifier_key": KEY.verifier_key}}),
    "other origin": ("checkpoint", {"log": {"origin": "log.example", "verifier_key": KEY.verifier_key}}),
    "files twice": ("manifest", {"files": [{"path": "a", "sha256": "", "size": 0}] * 2}),
    "no files": ("files", {"files": []}),
    "files of another type": ("manifest", {"files": 7}),
}


@pytest.mark.parametrize(("name", "change"), MANIFESTS.values(), ids=MANIFESTS)
def test_a_manifest_that_says_something_else_is_found(name: str, change: dict[str, Any]) -> None:
    assert name in failed(check(resigned(CONTENTS, **change)))


def test_an_erased_person_leaves_a_pack_that_holds() -> None:
    erased = pack(files={name: raw for name, raw in FILES.items() if name != "log/personal.jsonl"})
    assert check(erased)["ok"] is True


def test_a_document_left_out_is_no_fault_of_the_others() -> None:
    report = check(pack(files={name: raw for name, raw in FILES.items() if not name.endswith(".pdf")}))
    assert report["ok"] is True


def logged(leaf: str, personal: dict[str, Any] | None = None) -> dict[str, Any]:
    """The report on a pack whose log truly holds this leaf at position 1, as its key's holder wrote it."""
    files = {"log/personal.jsonl": canonical(personal) + b"\n"} if personal else {}
    return check(pack(**log_of([LEAVES[0], leaf, LEAVES[2]]), files=files))


@pytest.mark.parametrize(
    ("leaf", "why"),
    [
        ('{"a": 1}', "canonical"),
        ('{"b":1,"a":1}', "canonical"),
        ('{"a":-0}', "canonical"),
        ('{"a":"\\u0041"}', "canonical"),
        ('{"\ufb33":1,"\U0001f600":1}', "canonical"),
        ('{"a":1,"a":1}', "twice"),
        ('{"a":1.5}', "number"),
        ('{"a":1e3}', "number"),
        ('{"a":NaN}', "number"),
        ('{"a":9007199254740992}', "canonical form"),
        ('{"position":2}', "position 1"),
        ("[1]", "position 1"),
    ],
)
def test_an_entry_that_readers_could_read_differently_is_refused_though_logged(leaf: str, why: str) -> None:
    assert why in failed(logged(leaf))["entries"]


def test_an_entry_in_canonical_form_is_accepted_where_it_is_logged() -> None:
    assert logged('{"a":[true,false,null,-7,"\\u0007\\n€"],"\U0001f600":1,"\ufb33":2}')["ok"] is True


@pytest.mark.parametrize(("size", "ok"), [(15, False), (16, True)])
def test_a_salt_that_could_be_guessed_is_refused(size: int, ok: bool) -> None:
    salt, content = bytes(size), canonical({"name": "Zoe"})
    leaf = {"images": [{"personal": hashlib.sha256(salt + content).hexdigest()}]}
    row = {"position": 1, "image": 0, "salt": salt.hex(), "content": content.decode()}
    report = logged(canonical(leaf).decode(), row)
    assert report["ok"] is ok
    assert ok or "salt" in failed(report)["personal"]


def test_a_document_without_an_entry_is_named() -> None:
    report = check(resigned({**CONTENTS, "documents/quote-2.json": b"{}"}))
    assert failed(report)["documents"] == "no entry of the log speaks of documents/quote-2.json"


def rendering(raw: bytes) -> str:
    digest = hashlib.sha256(raw).hexdigest()
    facts = {"path": "documents/a.pdf", "json_sha256": "", "pdf_sha256": digest}
    return canonical({"kind": "document.rendered", "facts": facts}).decode()


@pytest.mark.parametrize(("raw", "ok"), [(b"%PDF first", False), (b"%PDF second", True)])
def test_the_last_rendering_of_a_document_is_the_one_that_counts(raw: bytes, ok: bool) -> None:
    log = log_of([rendering(b"%PDF first"), rendering(b"%PDF second")])
    assert check(pack(**log, files={"documents/a.pdf": raw}))["ok"] is ok
