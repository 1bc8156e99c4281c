"""Taking a backup while Breakfix runs: the database first, as of one instant, then the files that it names.

Files are kept by their content's hash and written before their row, so what the copy of the database names is there.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from breakfix.kernel import files
from breakfix.kernel.backup import archive, envelope, postgresql, sqlite
from breakfix.kernel.backup.archive import Manifest
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.merkle import Frontier

Ask = Callable[[str], list[tuple[Any, ...]]]


def keys() -> dict[str, Path]:
    """Every key of this installation, by the name under which a backup holds it."""
    log = Path(settings.BREAKFIX_LEDGER_KEY)
    beside = Path(settings.VAR, "keys")
    found = {path.name: path for path in (sorted(beside.iterdir()) if beside.is_dir() else ()) if path.is_file()}
    return {**found, **({"ledger.key": log} if log.exists() else {})}


def take(path: Path, opener: envelope.Opener, at: datetime) -> Manifest:
    """Write an encrypted backup to `path`, which must not be there yet; refused when anything it names is missing."""
    if path.exists():
        raise Refused("backup_exists", f"{path.name} is already there; a backup never replaces another one.")
    Path(settings.VAR).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.VAR, prefix="backup-") as scratch:
        folder = Path(scratch)
        if connection.vendor == "postgresql":
            with postgresql.snapshot():
                columns = postgresql.copy_out(folder)
                manifest, digests = _facts(postgresql.ask, [*columns, postgresql.MIGRATIONS], columns, at)
        else:
            copy = sqlite.copy_out(folder)
            manifest, digests = _facts(lambda question: sqlite.rows(copy, question), sqlite.tables(copy), {}, at)
        _check_files(digests)
        members = [*_members(folder), *((f"files/{one}", files.path_of(one)) for one in digests)]
        members += [(f"keys/{name}", key) for name, key in keys().items()]
        envelope.seal(lambda out: archive.write(out, manifest, members), path, opener)
    return manifest


def _members(folder: Path) -> Iterator[tuple[str, Path]]:
    return ((f"database/{path.name}", path) for path in sorted(folder.iterdir()))


def _facts(ask: Ask, tables: list[str], columns: dict[str, list[str]], at: datetime) -> tuple[Manifest, list[str]]:
    """What the copy holds, asked of the copy itself: a role that sees only part of the rows is found out here."""
    counts = {table: ask(f'SELECT COUNT(*) FROM "{table}"')[0][0] for table in tables}  # noqa: S608 - names of tables
    logs = {}
    held: dict[int, int] = dict(ask("SELECT organisation_id, COUNT(*) FROM kernel_entry GROUP BY organisation_id"))
    for organisation_id, size, peaks in ask("SELECT organisation_id, size, peaks FROM kernel_chain"):
        if held.pop(organisation_id, 0) != size:
            raise _partial()
        logs[str(organisation_id)] = {"size": size, "root": root_of(size, peaks)}
    if held:
        raise _partial()
    digests = sorted({digest for (digest,) in ask("SELECT sha256 FROM kernel_file")})
    migrations = [list(row) for row in ask("SELECT app, name FROM django_migrations ORDER BY id")]
    return (
        Manifest(
            made_at=at.isoformat(),
            version=version("breakfix"),
            engine=connection.vendor,
            migrations=migrations,
            tables=counts,
            columns=columns,
            logs=logs,
            files=len(digests),
        ),
        digests,
    )


def root_of(size: int, peaks: Any) -> str:
    """The root of a log as its head has it."""
    told = json.loads(peaks) if isinstance(peaks, str) else peaks
    return Frontier.from_json({"size": size, "peaks": told}).root.hex()


def _partial() -> Refused:
    message = "The copy does not hold every entry of the log. Take it as the role that owns the tables."
    return Refused("backup_partial", message)


def _check_files(digests: list[str]) -> None:
    wrong = [digest for digest in digests if not _is_whole(digest)]
    if wrong:
        message = f"{len(wrong)} of {len(digests)} files are missing or damaged, the first is {wrong[0]}."
        raise Refused("backup_files", f"{message} Bring them back from an earlier backup first.")


def _is_whole(digest: str) -> bool:
    path = files.path_of(digest)
    if not path.is_file():
        return False
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == digest
