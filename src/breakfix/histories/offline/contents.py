"""What the entries vouch for: personal parts, documents, evidence, and clocks that add up."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta

from .container import PERSONAL, lines_in, read
from .strict_json import Failure, Json, canonical_text, parse

SHORTEST_SALT = 16  # bytes; a shorter one could be found by guessing


def check_personal(archive: zipfile.ZipFile, leaves: dict[int, dict[str, Json]]) -> int:
    count = 0
    for number, row in lines_in(archive, PERSONAL, {"position", "image", "salt", "content"}):
        where = f"{PERSONAL} line {number}"
        position, image, salt = row["position"], row["image"], bytes.fromhex(row["salt"])
        if position not in leaves:
            raise Failure(f"{where}: entry {position} is not in the pack")
        images = leaves[position].get("images", [])
        if type(image) is not int or not 0 <= image < len(images):
            raise Failure(f"{where}: entry {position} has no image {image}")
        if len(salt) < SHORTEST_SALT:
            raise Failure(f"{where}: the salt is shorter than {SHORTEST_SALT} bytes")
        canonical_text(row["content"], where)
        digest = hashlib.sha256(salt + row["content"].encode("utf-8")).hexdigest()
        if digest != images[image].get("personal"):
            raise Failure(f"{where}: not the personal part of entry {position}")
        count += 1
    return count


def check_documents(documents: dict[str, str], leaves: dict[int, dict[str, Json]]) -> int:
    vouched: dict[str, Json] = {}
    for leaf in leaves.values():  # in order of position: a later rendering replaces an earlier one
        if leaf.get("kind") == "document.rendered":
            facts = leaf["facts"]
            stem = "documents/" + re.sub(r"^documents/|\.(json|pdf)$", "", facts["path"])
            vouched[stem + ".json"], vouched[stem + ".pdf"] = facts["json_sha256"], facts["pdf_sha256"]
    for name, digest in documents.items():
        if name not in vouched:
            raise Failure(f"no entry of the log speaks of {name}")
        if vouched[name] != digest:
            raise Failure(f"{name} is not the document that the log recorded")
    return len(documents)


def check_evidence(archive: zipfile.ZipFile, digests: dict[str, str], leaves: dict[int, dict[str, Json]]) -> int:
    """Every file of evidence has a hash that an entry recorded for a kept file, or that a recorded document names."""
    images = [image for leaf in leaves.values() for image in leaf.get("images", [])]
    known = {image["fields"]["sha256"] for image in images if str(image.get("row")).startswith("kernel.file/")}
    for name in digests:
        if name.startswith("documents/") and name.endswith(".json"):
            known |= set(_named_hashes(parse(read(archive, name))))
    files = [name for name in digests if name.startswith("evidence/")]
    for name in files:
        if digests[name] not in known:
            raise Failure(f"no entry of the log speaks of {name}")
    return len(files)


def _named_hashes(obj: Json) -> Iterator[str]:
    if isinstance(obj, dict):
        for key, value in obj.items():
            if key == "sha256" and isinstance(value, str):
                yield value
            yield from _named_hashes(value)
    elif isinstance(obj, list):
        for item in obj:
            yield from _named_hashes(item)


def check_clocks(archive: zipfile.ZipFile, names: list[str]) -> int:
    count = 0
    for name in names:
        for clock in parse(read(archive, name)):
            _check_clock(clock, f"{name} {clock['kind']}")
            count += 1
    return count


def _check_clock(clock: dict[str, Json], where: str) -> None:
    """Elapsed is the sum of the counted stretches; due is the first instant at which it reaches the target.

    `ahead` is how the stretches would go on: it leads to a due instant that had not come yet.
    """
    target, used, before = timedelta(seconds=clock["target_seconds"]), timedelta(0), None
    elapsed, due = timedelta(0), None
    past, ahead = clock["stretches"], clock.get("ahead", [])
    for number, stretch in enumerate([*past, *ahead]):
        start, end = _instant(stretch["start"]), _instant(stretch["end"])
        if end < start or (before is not None and start < before):
            raise Failure(f"{where}: stretches overlap or run backwards at {stretch['start']}")
        before = end
        if type(stretch["counted"]) is not bool:
            raise Failure(f"{where}: a stretch is counted or it is not")
        if stretch["counted"]:
            if due is None and used + (end - start) >= target:
                due = start + (target - used)
            used += end - start
        if number < len(past):
            elapsed = used
    if elapsed // timedelta(seconds=1) != clock["elapsed_seconds"]:
        raise Failure(f"{where}: stretches add up to {elapsed}, not {clock['elapsed_seconds']} s")
    stated = _instant(clock["due_at"]) if clock["due_at"] else None
    if due is not None and (stated is None or abs(stated - due) >= timedelta(seconds=1)):
        raise Failure(f"{where}: due at {due.isoformat()}, not {clock['due_at']}")
    if due is None and stated is not None and ahead:
        raise Failure(f"{where}: the target is not reached at {clock['due_at']}")


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(re.sub("Z$", "+00:00", text))
    if instant.utcoffset() is None:
        raise Failure(f"{text} has no time zone")
    return instant
