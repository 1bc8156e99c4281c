"""Restoring into an empty place: everything is checked before anything is touched, and proved afterwards."""

import shutil
import tempfile
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from breakfix.kernel import files
from breakfix.kernel.backup import archive, envelope, postgresql, sqlite
from breakfix.kernel.backup.archive import Manifest
from breakfix.kernel.backup.taking import keys
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.ledger.rebuild import differences

WHY = "restored from the backup of {made_at}: what was sent after it must not be sent again"


def restore(path: Path, opener: envelope.Opener, at: datetime) -> tuple[Manifest, list[str]]:
    """Bring back what the backup holds; what is wrong with it afterwards, in sentences, is the second value.

    Refused, with nothing touched: a place that is not empty, a file that is damaged, cut short or under another key,
    another kind of database, a schema that this version does not know yet.
    """
    _check_place()
    Path(settings.VAR).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.VAR, prefix="restore-") as scratch:
        folder = Path(scratch, "unpacked")
        plain = Path(scratch, "plain.tar")
        envelope.unseal(path, plain, opener)
        manifest = archive.unpack(plain, folder)
        plain.unlink()
        _check_fits(manifest, folder)
        _put_in(manifest, folder, at)
    wrong = _miscounted(manifest)
    call_command("migrate", verbosity=0, interactive=False)
    return manifest, [*wrong, *_unproved(manifest), *differences()]


def _check_place() -> None:
    taken = []
    if not (postgresql.is_empty() if connection.vendor == "postgresql" else sqlite.is_empty()):
        taken.append("the database has tables")
    if any(Path(settings.BREAKFIX_FILES).glob("*")):
        taken.append("the folder of files is not empty")
    if keys():
        taken.append("there are keys")
    if taken:
        message = f"A backup is restored into an empty place only: {', '.join(taken)}."
        raise Refused("place_not_empty", message)


def _check_fits(manifest: Manifest, folder: Path) -> None:
    if manifest.engine != connection.vendor:
        message = f"This backup is of {manifest.engine}; DATABASE_URL names {connection.vendor}."
        raise Refused("backup_engine", message)
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations or {}
    newer = [f"{app}.{name}" for app, name in manifest.migrations if (app, name) not in known]
    if newer:
        message = f"This backup is of a newer Breakfix ({newer[0]} is not known here); update first."
        raise Refused("backup_newer", message)
    if manifest.engine == "sqlite":
        copy = folder / "database" / sqlite.COPY
        wrong = sqlite.faults(copy) if copy.exists() else ["it is missing"]
        if wrong:
            raise Refused("backup_damaged", f"The database in this backup is damaged: {wrong[0]}.")


def _put_in(manifest: Manifest, folder: Path, at: datetime) -> None:
    """Keys, files, then the database: what names something comes after what it names."""
    for key in sorted((folder / "keys").glob("*")):
        log = Path(settings.BREAKFIX_LEDGER_KEY)
        target = log if key.name == "ledger.key" else Path(settings.VAR, "keys", key.name)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.move(key, target)
    for file in sorted((folder / "files").glob("*")):
        target = files.path_of(file.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(file, target)
    why = WHY.format(made_at=manifest.made_at)
    if manifest.engine == "postgresql":
        postgresql.put_in(folder / "database", manifest.migrations, manifest.columns, why=why, at=at)
    else:
        sqlite.put_in(folder / "database" / sqlite.COPY, why=why, at=at)


def _miscounted(manifest: Manifest) -> list[str]:
    """Tables that hold another number of rows than the backup says; the pause that we set ourselves apart."""
    wrong = []
    with connection.cursor() as cursor:
        for table, expected in manifest.tables.items():
            if table in {"kernel_pause", postgresql.MIGRATIONS}:
                continue
            cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - names of tables
            [found] = cursor.fetchone()
            if found != expected:
                wrong.append(f"{table} holds {found} rows instead of {expected}")
    return wrong


def _unproved(manifest: Manifest) -> list[str]:
    """What every log's own check finds, and heads that are not those of the backup."""
    wrong = []
    heads = ledger.heads()
    for owner, told in manifest.logs.items():
        if heads.pop(int(owner), None) != (told["size"], told["root"]):
            wrong.append(f"the log of organisation {owner} is not the one that was backed up")
        wrong += [f"log of organisation {owner}: {fault}" for fault in ledger.check_log(int(owner))]
        wrong += [f"log of organisation {owner}: {fault}" for fault in ledger.check_signed(int(owner))]
    return wrong + [f"a log of organisation {owner} came from nowhere" for owner in heads]
