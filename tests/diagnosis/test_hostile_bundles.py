"""Bundles that somebody with the key made by hand: refused as a whole, whatever stands in them."""

import hashlib
import hmac
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from breakfix.diagnosis import collecting
from breakfix.diagnosis.collector import collect
from breakfix.diagnosis.models import Collection
from breakfix.diagnosis.rules import bundle as bundles
from breakfix.incidents.models import Engagement
from tests import makers_quotes as make
from tests import snapshots
from tests.diagnosis.test_collecting import allowed, handed_in
from tests.makers import World
from tests.refusals import refused


@pytest.fixture(name="case")
def _case(world: World) -> Engagement:
    return make.awaiting_quote(world)


def forged(collection: Collection, output: dict[str, Any], **manifest: Any) -> bytes:
    """A bundle with its right HMAC, of one output that says of itself what it likes."""
    content = b"two drives show amber\n"
    one = {
        "name": "says",
        "command": ["says"],
        "started_at": "2026-03-02T08:00:00Z",
        "seconds": "0.1",
        "exit_code": 0,
        "outcome": "ran",
        "cut": False,
        "file": "output/says.txt",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    body = {
        "format": bundles.FORMAT,
        "engagement": collection.engagement.number,
        "collection": collection.pk,
        "system": "linux",
        "machine": "db-1",
        "started_at": "2026-03-02T08:00:00Z",
        "ended_at": "2026-03-02T08:00:00Z",
        "outputs": [{**one, **output}],
    }
    said = json.dumps({**body, **manifest}).encode()
    key = bytes.fromhex(collecting.key_of(collection))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr("output/says.txt", content)
        new.writestr("manifest.json", said)
        new.writestr("manifest.hmac", hmac.new(key, said, hashlib.sha256).hexdigest())
    return packed.getvalue()


@pytest.mark.parametrize(
    "output",
    [
        {"started_at": "2026-03-02T08:00:00"},
        {"started_at": "0001-01-01T00:00:00+14:00"},
        {"started_at": "9999-12-31T23:59:59-14:00"},
        {"exit_code": -(2**32)},
        {"name": "../../etc/passwd"},
        {"name": "a/"},
        {"name": "x" * 100_000},
        {"name": ""},
        {"command": ["lsblk\u202e"]},
        {"size": 10**4000},
        {"seconds": "NaN"},
    ],
    ids=lambda output: f"{next(iter(output))} {str(*output.values())[:20]}",
)
def test_manifest_with_the_right_key_that_the_collector_never_writes_is_refused(
    world: World, case: Engagement, output: dict[str, Any]
) -> None:
    collection = allowed(world, case)
    before = snapshots.state()
    with refused("bundle_altered", field="bundle"):
        handed_in(world, case, forged(collection, output))
    assert snapshots.state() == before
    assert handed_in(world, case, forged(collection, {})).handed_in_at is not None


def test_clock_of_the_machine_may_be_wrong_by_decades(world: World, case: Engagement) -> None:
    collection = allowed(world, case)
    done = handed_in(world, case, forged(collection, {"started_at": "1970-01-01T00:00:00+14:00"}))
    assert done.outputs.get().started_at.year == 1969


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=["bzip2", "lzma"])
def test_bundle_packed_otherwise_is_not_even_unpacked(
    world: World, case: Engagement, method: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand bytes of bzip2 are a gigabyte in one step, so a limit on what is read comes too late."""
    collection = allowed(world, case)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as new:
        new.writestr("manifest.json", b"\0" * 2**19)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("it was unpacked"))
    with refused("bundle_altered", field="bundle"):
        handed_in(world, case, packed.getvalue())
    assert collection.is_open


def test_bundle_is_a_zip_by_name_and_content(world: World, case: Engagement) -> None:
    content = b"%PDF-" + forged(allowed(world, case), {})
    with refused("bundle_damaged", field="bundle"):
        handed_in(world, case, content, name="bundle.pdf")


@pytest.mark.parametrize("seconds", [0.0, 4_500_000_000.0], ids=["1970", "2112"])
def test_machine_whose_clock_no_zip_can_hold_still_writes_its_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setattr("time.time", lambda: seconds)
    setup = {"engagement": "E-2026-0001", "collection": 1, "key": "00" * 32}
    path = tmp_path / "bundle.zip"
    collect.write(str(path), setup, {"system": "linux"}, [({"name": "says"}, b"two drives show amber")])
    with zipfile.ZipFile(path) as written:
        assert written.read("output/says.txt") == b"two drives show amber"
        assert {one.compress_type for one in written.infolist()} == {zipfile.ZIP_DEFLATED}
