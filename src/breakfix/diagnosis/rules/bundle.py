"""A bundle that the collector wrote: whose it says it is, and whether every byte of it is as the script left it.

The HMAC shows that it was made with the key of this one collection and not changed since. It is no proof against the
client itself, whose people hold the script and with it the key.
"""

import hashlib
import hmac
import io
import re
import unicodedata
import zipfile
import zlib
from datetime import datetime
from typing import NoReturn

from pydantic import TypeAdapter, ValidationError

from breakfix.diagnosis.values import Manifest, Output
from breakfix.kernel.errors import Refused

FORMAT = "breakfix-collection/1"
MANIFEST, MAC = "manifest.json", "manifest.hmac"
LARGEST_MANIFEST, LARGEST_OUTPUT, MOST_OUTPUTS = 2**20, 2**20, 200
AGAIN = "Hand in the zip as the collector wrote it, or run the collector again."
# What the collector packs with. Of the other methods a few bytes unpack to gigabytes at once, whatever was asked for.
PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
# A machine's clock may be wrong by decades, but the instant has to be one in every time zone.
YEARS = range(1900, 9999)
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}")
_MANIFEST = TypeAdapter(Manifest)


def refuse(code: str, message: str) -> NoReturn:
    """Say no to the bundle as a whole."""
    raise Refused(code, message, remedy=AGAIN, field="bundle")


def opened(content: bytes) -> dict[str, bytes]:
    """Its files by name, none unpacked beyond its limit."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = packed.infolist()
            if len({one.filename for one in entries}) < len(entries) or len(entries) > MOST_OUTPUTS + 2:
                refuse("bundle_altered", "This bundle holds files twice, or more of them than the collector writes.")
            if any(one.compress_type not in PACKED for one in entries):
                refuse("bundle_altered", "This bundle was packed in a way that the collector does not use.")
            return {one.filename: _unpacked(packed, one) for one in entries}
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError, OSError):
        refuse("bundle_damaged", "This is no zip that can be read, or it was damaged on the way.")


def _unpacked(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    most = LARGEST_MANIFEST if entry.filename == MANIFEST else LARGEST_OUTPUT
    with packed.open(entry) as file:
        read = file.read(most + 1)
    if len(read) > most:
        refuse("bundle_too_large", f"{entry.filename[:80]} is larger than anything the collector writes.")
    return read


def manifest_of(files: dict[str, bytes]) -> Manifest:
    """What the bundle says of itself; nothing of it is proved yet."""
    if MANIFEST not in files or MAC not in files:
        refuse("not_a_bundle", "This zip is no bundle of the collector: its manifest is missing.")
    try:
        found = _MANIFEST.validate_json(files[MANIFEST])
    except ValidationError:
        refuse("bundle_altered", "The manifest of this bundle is not as the collector writes it.")
    said = [found.system, found.machine, *(word for one in found.outputs for word in (one.name, one.outcome))]
    said += [word for one in found.outputs for word in one.command]
    codes = [one.exit_code for one in found.outputs if one.exit_code is not None]
    instants = [found.started_at, found.ended_at, *(one.started_at for one in found.outputs)]
    # It is shown to people, and no form has looked at it before.
    if (
        any(unicodedata.category(c)[0] == "C" for text in said for c in text)
        or any(abs(n) >= 2**32 for n in codes)
        or not all(_NAME.fullmatch(one.name) for one in found.outputs)
        or not all(_is_dated(one) for one in instants)
    ):
        refuse("bundle_altered", "The manifest of this bundle holds what the collector never writes.")
    if found.format != FORMAT:
        refuse("bundle_altered", "This bundle was written by another version of the collector.")
    return found


def _is_dated(instant: datetime) -> bool:
    """Whether it says its time zone, and can be shown in any other."""
    return instant.utcoffset() is not None and instant.year in YEARS


def check_genuine(files: dict[str, bytes], key: str) -> None:
    """Refuse a manifest that was not made with this key, or was changed since."""
    mac = hmac.new(bytes.fromhex(key), files[MANIFEST], hashlib.sha256).hexdigest()
    if not hmac.compare_digest(mac.encode(), files[MAC].strip()):
        refuse("bundle_forged", "This bundle was not made with the key of this collector, or was changed since.")


def outputs_of(files: dict[str, bytes], manifest: Manifest) -> list[tuple[Output, bytes]]:
    """Each output with its bytes; refuses one that differs from the manifest, is missing, or is one too many."""
    named = [one for one in manifest.outputs if one.file]
    if {one.file for one in named} | {MANIFEST, MAC} != set(files) or len({one.file for one in named}) < len(named):
        refuse("bundle_altered", "This bundle holds other files than its manifest names.")
    for one in named:
        content = files[one.file]
        if len(content) != one.size or hashlib.sha256(content).hexdigest() != one.sha256:
            refuse("bundle_altered", f"{one.file[:80]} is not what the collector wrote.")
    return [(one, files[one.file]) for one in named]
