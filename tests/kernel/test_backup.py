"""A backup that is not whole, not ours or not for this place is refused before anything is touched."""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyrage
import pytest
from django.db import connection

from breakfix.kernel.backup import archive, envelope, restoring
from breakfix.kernel.backup.archive import Manifest
from breakfix.kernel.backup.envelope import Opener
from breakfix.kernel.errors import Refused

IDENTITY = pyrage.x25519.Identity.generate()
TO, FROM = Opener(key=str(IDENTITY.to_public())), Opener(key=str(IDENTITY))
WORDS = Opener(passphrase="a passphrase of a test")
CONTENT = b"evidence " * 20_000
DIGEST = "ab" * 32
MADE = Manifest(
    made_at="2026-12-02T00:00:00+00:00",
    version="0.1.0",
    engine="sqlite",
    migrations=[["kernel", "0001_initial"]],
    tables={"kernel_entry": 0},
    columns={},
    logs={},
    files=1,
)


@contextmanager
def refuses(code: str) -> Iterator[pytest.ExceptionInfo[Refused]]:
    """As tests.refusals, where there is no database to compare."""
    with pytest.raises(Refused) as no:
        yield no
    assert no.value.code == code


def written(folder: Path, to: Opener = TO) -> Path:
    (folder / "content").write_bytes(CONTENT)
    path = folder / "backup.age"
    members = [(f"files/{DIGEST}", folder / "content"), ("keys/ledger.key", folder / "content")]
    envelope.seal(lambda out: archive.write(out, MADE, members), path, to)
    return path


def opened(path: Path, opener: Opener) -> Manifest:
    envelope.unseal(path, path.with_name("plain.tar"), opener)
    return archive.unpack(path.with_name("plain.tar"), path.with_name("unpacked"))


@pytest.mark.parametrize(("to", "opener"), [(TO, FROM), (WORDS, WORDS)], ids=["key", "passphrase"])
def test_what_was_sealed_comes_out_as_it_went_in(to: Opener, opener: Opener, tmp_path: Path) -> None:
    path = written(tmp_path, to)
    assert path.stat().st_mode & 0o077 == 0
    assert CONTENT[:30] not in path.read_bytes()
    assert opened(path, opener) == MADE
    assert (tmp_path / "unpacked" / "files" / DIGEST).read_bytes() == CONTENT
    assert sorted(one.name for one in tmp_path.iterdir()) == ["backup.age", "content", "plain.tar", "unpacked"]


@pytest.mark.parametrize("cut", [0, 10, 200, 70_000, -1, -17])
def test_a_file_cut_short_is_refused(cut: int, tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(path.read_bytes()[:cut])
    with refuses("backup_unreadable"):
        opened(path, FROM)


@pytest.mark.parametrize("place", [30, 150, 70_000, -1])
def test_a_changed_byte_is_refused(place: int, tmp_path: Path) -> None:
    path = written(tmp_path)
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with refuses("backup_unreadable"):
        opened(path, FROM)


def test_another_key_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    with refuses("backup_unreadable"):
        opened(path, Opener(key=str(pyrage.x25519.Identity.generate())))
    with refuses("backup_key"):
        opened(path, Opener(key="age1nonsense"))


def test_another_passphrase_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, WORDS)
    with refuses("backup_unreadable"):
        opened(path, Opener(passphrase="another passphrase"))
    with refuses("backup_key"):
        opened(path, Opener(key="age1nonsense"))


def test_a_writer_that_fails_leaves_no_backup(tmp_path: Path) -> None:
    def fails(out: Any) -> None:
        out.write(b"x" * 100_000)
        raise OSError("No space left on device")

    for to in (TO, WORDS):
        with pytest.raises(OSError, match="No space left"):
            envelope.seal(fails, tmp_path / "backup.age", to)
    assert list(tmp_path.iterdir()) == []


def tar_of(path: Path, members: list[tuple[str, bytes]], link: str = "") -> Path:
    with tarfile.open(path, "w") as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        if link:
            member = tarfile.TarInfo(link)
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(member)
    return path


def good(folder: Path) -> list[tuple[str, bytes]]:
    """The members of a good one, to be spoilt."""
    (folder / "content").write_bytes(CONTENT)
    with (folder / "good.tar").open("wb") as out:
        archive.write(out, MADE, [(f"files/{DIGEST}", folder / "content")])
    with tarfile.open(folder / "good.tar") as tar:
        return [(one.name, tar.extractfile(one).read()) for one in tar]  # type: ignore[union-attr]


Members = list[tuple[str, bytes]]
SPOILT: list[Callable[[Members], Members]] = [
    lambda good: [*good, ("../outside", b"x")],
    lambda good: [*good, ("/etc/cron.d/x", b"x")],
    lambda good: [*good, ("files/short", b"x")],
    lambda good: [*good, good[1]],
    lambda good: [*good, ("keys/extra.key", b"x")],
    lambda good: good[:1] + good[2:],
    lambda good: good[:-1],
    lambda good: good[1:],
    lambda good: [good[0], (good[1][0], CONTENT[:-1] + b"!"), good[2]],
]


@pytest.mark.parametrize("spoil", SPOILT)
def test_members_that_are_not_exactly_those_are_refused(spoil: Callable[[Members], Members], tmp_path: Path) -> None:
    path = tar_of(tmp_path / "spoilt.tar", spoil(good(tmp_path)))
    with refuses("backup_damaged"):
        archive.unpack(path, tmp_path / "unpacked")
    assert not (tmp_path / "outside").exists()


def test_a_link_is_refused(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "spoilt.tar", good(tmp_path), link="keys/ledger.key")
    with refuses("backup_damaged"):
        archive.unpack(path, tmp_path / "unpacked")


def test_another_format_is_refused(tmp_path: Path) -> None:
    manifest, file, _ = good(tmp_path)
    later = (manifest[0], manifest[1].replace(b"breakfix-backup-1", b"breakfix-backup-2"))
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in (later, file)}
    path = tar_of(tmp_path / "later.tar", [later, file, ("sums.json", json.dumps(sums).encode())])
    with refuses("backup_format"):
        archive.unpack(path, tmp_path / "unpacked")


def test_a_newer_schema_and_another_database_are_refused(tmp_path: Path) -> None:
    other = "postgresql" if connection.vendor == "sqlite" else "sqlite"
    with refuses("backup_engine"):
        restoring._check_fits(replace(MADE, engine=other), tmp_path)
    newer = [["kernel", "0001_initial"], ["kernel", "9999_later"]]
    with refuses("backup_newer"):
        restoring._check_fits(replace(MADE, engine=connection.vendor, migrations=newer), tmp_path)


@pytest.mark.django_db
def test_a_place_with_files_or_keys_is_not_empty(settings: Any, tmp_path: Path) -> None:
    settings.VAR, settings.BREAKFIX_LEDGER_KEY = tmp_path, tmp_path / "keys" / "ledger.key"
    settings.BREAKFIX_FILES = tmp_path / "files"
    (tmp_path / "files" / "ab").mkdir(parents=True)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "ledger.key").touch()
    with refuses("place_not_empty") as no:
        restoring._check_place()
    assert "the folder of files is not empty" in str(no.value)
    assert "there are keys" in str(no.value)
