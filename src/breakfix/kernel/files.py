"""Files that people hand in or the system renders: checked, hashed, kept by content outside the web root.

Nothing here unpacks or decodes what was handed in; what would harm whoever does is refused from its own figures.
"""

import hashlib
import io
import os
import re
import stat
import tempfile
import unicodedata
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet, Sum

from breakfix.kernel import fence
from breakfix.kernel.errors import Refused
from breakfix.kernel.models import File

# Ending, media type, and how the content must begin ("" = text without NUL bytes): what is not here is refused.
KINDS: dict[str, tuple[str, tuple[bytes, ...]]] = {
    ".pdf": ("application/pdf", (b"%PDF-",)),
    ".png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    ".jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".webp": ("image/webp", (b"RIFF",)),
    ".zip": ("application/zip", (b"PK\x03\x04", b"PK\x05\x06")),
    ".gz": ("application/gzip", (b"\x1f\x8b",)),
    ".txt": ("text/plain", ()),
    ".log": ("text/plain", ()),
    ".csv": ("text/csv", ()),
    ".json": ("application/json", ()),
    ".eml": ("message/rfc822", ()),
}


# What an honest archive or photo never is (reliability.md §2 row 14).
MOST_ENTRIES, LARGEST_UNPACKED, LARGEST_RATIO = 5_000, 2 * 2**30, 200
LARGEST_PICTURE = 100_000_000  # pixels


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was handed in: the name is what the sender claims, the content is what counts."""

    name: str
    content: bytes


def safe_name(name: str) -> str:
    """The claimed name without path, control or direction characters, at most 120 characters."""
    bare = PurePosixPath(name.replace("\\", "/")).name
    shown = "".join(c for c in bare if unicodedata.category(c)[0] != "C").strip()
    cleaned = re.sub(r'[<>:"|?*]', "_", shown)
    stem, dot, ending = cleaned.rpartition(".")
    return f"{stem[-110:]}{dot}{ending}" if dot else cleaned[-120:]


def media_type_of(upload: Upload, *, field: str = "evidence", bounded: bool = True) -> str:
    """The media type this content really has; refuses what is empty, too large, unknown or mislabelled."""
    if not upload.content:
        raise Refused("empty_file", "This file is empty; choose another.", field=field)
    largest = settings.BREAKFIX_MAX_UPLOAD_BYTES
    if bounded and len(upload.content) > largest:
        message = f"Files may be up to {largest // 2**20} MiB; split or compress this one."
        raise Refused("file_too_large", message, field=field)
    ending = PurePosixPath(safe_name(upload.name)).suffix.lower()
    if ending not in KINDS:
        allowed = ", ".join(sorted(KINDS))
        raise Refused("file_kind", f"This kind of file is not accepted; use one of {allowed}.", field=field)
    media_type, beginnings = KINDS[ending]
    fits = upload.content.startswith(beginnings) if beginnings else b"\x00" not in upload.content
    if not fits:
        raise Refused("file_mislabelled", f"The content of this file is not what {ending} says.", field=field)
    if bounded and ending == ".zip":
        _check_archive(upload.content, field)
    if ending == ".png":
        _check_picture(upload.content, field)
    return media_type


def _check_archive(content: bytes, field: str) -> None:
    """Refuse what is no archive, and one that would fill a disk or write outside its folder when unpacked."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as wrong:
        message = "This archive is damaged or incomplete; make it again."
        raise Refused("file_mislabelled", message, field=field) from wrong
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or unpacked > min(LARGEST_UNPACKED, LARGEST_RATIO * len(content) + 2**20):
        message = "This archive unpacks to far more than it is; hand in its files one by one."
        raise Refused("archive_too_large", message, field=field)
    for entry in entries:
        parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
        if ".." in parts or parts[:1] == ("/",) or ":" in entry.filename or stat.S_ISLNK(entry.external_attr >> 16):
            message = "This archive holds links or leads out of its own folder; pack plain files only."
            raise Refused("archive_escapes", message, field=field)


def _check_picture(content: bytes, field: str) -> None:
    """Refuse a picture of more pixels than any camera gives: a few bytes of it would fill a viewer's memory."""
    if content[12:16] == b"IHDR":
        width, height = int.from_bytes(content[16:20]), int.from_bytes(content[20:24])
        if width * height > LARGEST_PICTURE:
            raise Refused("picture_too_large", "This picture has too many pixels; make it smaller.", field=field)


def _check_room(topic: str, size: int, field: str) -> None:
    """Refuse what one engagement (or one organisation's papers) has no more room for."""
    base, room = topic.partition("@")[0], settings.BREAKFIX_MAX_TOPIC_BYTES
    with fence.as_machine():  # the other side's files fill it, too
        kept = File.objects.filter(Q(topic=base) | Q(topic__startswith=f"{base}@")).aggregate(sum=Sum("size"))["sum"]
    if (kept or 0) + size > room:
        message = f"Together its files may be up to {room // 2**20} MiB, and there is no room for this one."
        raise Refused("no_room", message, field=field)


def keep(upload: Upload, *, topic: str, at: datetime, bounded: bool = True) -> File:
    """Store the content under its SHA-256 and return its row; pass the row in `record(changed=...)`.

    `bounded` False is for what we made ourselves, such as a pack of many files.
    """
    media_type = media_type_of(upload, bounded=bounded)
    if bounded:
        _check_room(topic, len(upload.content), "evidence")
    digest = hashlib.sha256(upload.content).hexdigest()
    _write(path_of(digest), upload.content)
    return File.objects.create(
        sha256=digest,
        size=len(upload.content),
        name=safe_name(upload.name),
        media_type=media_type,
        topic=topic,
        kept_at=at,
    )


def find(token: UUID) -> File | None:
    """The file of this token, whoever asks: the caller decides by its topic who may have it."""
    return File.objects.filter(token=token).first()


def kept_on(topic: str) -> list[File]:
    """Everything that was kept on a topic, oldest first; the caller has checked that the reader may see it."""
    return list(File.objects.filter(topic=topic).order_by("kept_at", "pk"))


def kept_for(topic: str, side: str) -> QuerySet[File]:
    """As `kept_on`, with what only this side of the topic sees."""
    return File.objects.filter(topic__in=[topic, f"{topic}@{side}"]).order_by("kept_at", "pk")


def path_of(digest: str) -> Path:
    """Where content with this hash lies."""
    return Path(settings.BREAKFIX_FILES) / digest[:2] / digest


def read(file: File) -> bytes:
    """The stored bytes; raises when they are no longer what was hashed."""
    content = path_of(file.sha256).read_bytes()
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise RuntimeError(f"file {file.pk} is damaged: its content no longer has its hash")
    return content


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: a crash leaves no half file under a hash's name."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as fresh:
        fresh.write(content)
        fresh.flush()
        os.fsync(fresh.fileno())
    Path(fresh.name).replace(path)
