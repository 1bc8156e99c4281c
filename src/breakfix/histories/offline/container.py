"""The zip and its manifest: safe names, exactly the listed files, signed by the key."""

from __future__ import annotations

import hashlib
import re
import stat
import zipfile
from collections.abc import Iterator

from .notes import Key, signed_text
from .strict_json import Failure, Json, parse

FORMAT = "breakfix-pack-1"
MOST_FILES = 10_000
MOST_BYTES = 2 * 1024**3
LONGEST_TEXT = 64 * 1024**2  # a manifest, a clock file or one line of entries
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
CHECKPOINT, ENTRIES, PERSONAL = "log/checkpoint.txt", "log/entries.jsonl", "log/personal.jsonl"


def safe_names(archive: zipfile.ZipFile) -> list[str]:
    members = archive.infolist()
    if len(members) > MOST_FILES:
        raise Failure(f"more than {MOST_FILES} files")
    if sum(member.file_size for member in members) > MOST_BYTES:
        raise Failure("more than 2 GB when unpacked")
    for member in members:
        _safe_member(member)
    names = [member.filename for member in members]
    # Two names that differ by case only would overwrite each other on some systems.
    if len({name.casefold() for name in names}) != len(names):
        raise Failure("a name comes twice")
    for name in (MANIFEST, SIGNATURE, CHECKPOINT, ENTRIES):
        if name not in names:
            raise Failure(f"{name} is missing")
    return names


def _safe_member(member: zipfile.ZipInfo) -> None:
    # orig_filename is the name before Python tidies it: a NUL or a backslash must not hide.
    name, kind = member.orig_filename, stat.S_IFMT(member.external_attr >> 16)
    if name != member.filename or not re.fullmatch(r"[^\x00-\x1f\\:/]+(/[^\x00-\x1f\\:/]+)*", name):
        raise Failure(f"unsafe name {name!r}")
    if any(part in (".", "..") for part in name.split("/")):
        raise Failure(f"unsafe name {name!r}")
    if kind not in (0, stat.S_IFREG):
        raise Failure(f"{name!r} is a link or another special file")
    if member.flag_bits & 0x1:
        raise Failure(f"{name!r} is encrypted")


def read(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > LONGEST_TEXT:
        raise Failure(f"{name} is too long")
    return archive.read(name)


def lines_in(archive: zipfile.ZipFile, name: str, keys: set[str]) -> Iterator[tuple[int, dict[str, Json]]]:
    with archive.open(name) as stream:
        for number, line in enumerate(iter(lambda: stream.readline(LONGEST_TEXT), b""), start=1):
            try:
                row = parse(line)
            except ValueError as error:
                raise Failure(f"{name} line {number}: {error}") from None
            if not isinstance(row, dict) or set(row) != keys or type(row["position"]) is not int:
                raise Failure(f"{name} line {number}: expected {', '.join(sorted(keys))}")
            yield number, row


def read_manifest(archive: zipfile.ZipFile) -> dict[str, Json]:
    manifest: dict[str, Json] = parse(read(archive, MANIFEST))
    log, files = manifest["log"], manifest["files"]
    if manifest["format"] != FORMAT:
        raise Failure(f"format {manifest['format']!r} is not {FORMAT}")
    if not all(isinstance(value, str) for value in (log["origin"], log["verifier_key"])):
        raise Failure("the log has no origin or key")
    if "made_at" not in manifest or "engagement" not in manifest:
        raise Failure("no engagement or time of making")
    paths = [entry["path"] for entry in files]
    if len(set(paths)) != len(paths):
        raise Failure("a path is listed twice")
    return manifest


def check_signature(archive: zipfile.ZipFile, key: Key) -> str:
    text = signed_text(read(archive, SIGNATURE), key)
    digest = hashlib.sha256(read(archive, MANIFEST)).hexdigest()
    if text != f"{FORMAT}\n{digest}\n":
        raise Failure("the signature is for another manifest")
    return text


def check_files(archive: zipfile.ZipFile, listed: list[dict[str, Json]], facts: dict[str, Json]) -> dict[str, str]:
    expected = {entry["path"]: (entry["sha256"], entry["size"]) for entry in listed}
    present = set(archive.NameToInfo) - {MANIFEST, SIGNATURE}
    problems = [f"{name} is missing" for name in sorted(set(expected) - present)]
    problems += [f"{name} is not in the manifest" for name in sorted(present - set(expected))]
    digests: dict[str, str] = {}
    for name in sorted(present & set(expected)):
        try:
            digests[name], size = _digest(archive, name)
        except Exception as error:  # as in checks.py: unreadable is a failure, and goes on to the next
            problems.append(f"{name} is damaged ({type(error).__name__})")
            continue
        if (digests[name], size) != expected[name]:
            problems.append(f"{name} was changed")
    facts["files"] = len(present)
    if problems:
        raise Failure("; ".join(problems))
    return digests


def _digest(archive: zipfile.ZipFile, name: str) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with archive.open(name) as stream:
        for chunk in iter(lambda: stream.read(1 << 20), b""):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size
