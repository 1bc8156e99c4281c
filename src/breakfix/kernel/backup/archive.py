"""What lies in the envelope: a tar that begins with what it is and ends with the hash of everything in it."""

import hashlib
import json
import os
import re
import tarfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from breakfix.kernel.errors import Refused

FORMAT = "breakfix-backup-1"
MANIFEST, SUMS = "manifest.json", "sums.json"
NAME = re.compile(r"(database|keys)/[A-Za-z0-9_.-]{1,120}|files/[0-9a-f]{64}|manifest\.json|sums\.json")


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: enough to refuse it before anything is touched, and to check it afterwards."""

    made_at: str
    version: str
    engine: str
    migrations: list[list[str]]
    tables: dict[str, int]
    columns: dict[str, list[str]]
    logs: dict[str, dict[str, Any]]
    files: int
    format: str = FORMAT


def write(out: IO[bytes], manifest: Manifest, members: Iterable[tuple[str, Path]]) -> None:
    """Write the tar as a stream; each member is hashed as it goes by."""
    sums: dict[str, str] = {}
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        _add(tar, MANIFEST, BytesIO(_json(asdict(manifest))), sums)
        for name, path in members:
            with path.open("rb") as content:
                _add(tar, name, content, sums)
        _add(tar, SUMS, BytesIO(_json(sums)), {})


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes], sums: dict[str, str]) -> None:
    sums[name] = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
    member = tarfile.TarInfo(name)
    member.size, member.mode = content.seek(0, os.SEEK_END), 0o600
    content.seek(0)
    tar.addfile(member, content)


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, indent=1).encode()


def unpack(plain: Path, folder: Path) -> Manifest:
    """Unpack into an empty folder, believing nothing: refused unless each member is expected, whole and unchanged."""
    found: dict[str, str] = {}
    try:
        with tarfile.open(plain, mode="r:") as tar:
            for member in tar:
                if not member.isreg() or not NAME.fullmatch(member.name) or member.name in found:
                    raise _damaged(f"unexpected member {member.name!r}")
                found[member.name] = _extract(tar, member, folder / member.name)
        sums = json.loads((folder / SUMS).read_bytes())
        told = json.loads((folder / MANIFEST).read_bytes())
    except (tarfile.TarError, OSError, ValueError) as error:
        raise _damaged(type(error).__name__) from error
    found.pop(SUMS)
    if found != sums:
        wrong = sorted(name for name in found.keys() | sums.keys() if found.get(name) != sums.get(name))
        raise _damaged(", ".join(wrong[:5]))
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        message = "This backup was made by another version of Breakfix; restore it with that version, then update."
        raise Refused("backup_format", message, format=str(told)[:40])
    manifest = Manifest(**told)
    if sum(name.startswith("files/") for name in found) != manifest.files:
        raise _damaged("files are missing")
    return manifest


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> str:
    content = tar.extractfile(member)
    if content is None:
        raise _damaged(member.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with path.open("xb") as out:
        path.chmod(0o600)
        while chunk := content.read(1 << 20):
            digest.update(chunk)
            out.write(chunk)
    if path.stat().st_size != member.size:
        raise _damaged(member.name)
    return digest.hexdigest()


def _damaged(what: str) -> Refused:
    return Refused("backup_damaged", f"This backup is damaged ({what}); nothing was restored. Take another one.")
