"""Packs that hold, and what a stranger without the key can do to one: nothing unnoticed."""

import io
import json
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from breakfix.histories.offline import container
from breakfix.histories.offline.checks import verify
from breakfix.histories.offline.main import main
from breakfix.histories.pack_format import VERIFIER, zip_bytes
from breakfix.kernel.ledger.notes import sign_checkpoint
from tests.histories.packs import (
    CONTENTS,
    ENTRIES,
    FACTS,
    FILES,
    KEY,
    ORIGIN,
    OTHER_KEY,
    PACK,
    TREE,
    check,
    contents_of,
    failed,
    pack,
    resigned,
)


def test_a_pack_that_holds_passes_every_check() -> None:
    report = check(PACK)
    assert report["ok"] is True
    names = "container names manifest key signature files checkpoint entries personal documents evidence clocks"
    assert [line["name"] for line in report["checks"]] == names.split()
    assert (report["entries"], report["files"]) == (5, len(CONTENTS) - 2)
    assert (report["engagement"], report["origin"]) == ("NW-2026-0007", ORIGIN)
    assert report["key"]["from_pack"] is False


def test_the_same_facts_give_the_same_bytes() -> None:
    assert pack(files=dict(reversed(FILES.items())), entries=ENTRIES[::-1]) == PACK
    with zipfile.ZipFile(io.BytesIO(PACK)) as archive:
        assert archive.namelist() == sorted(archive.namelist())


def test_the_pack_verifies_itself_with_the_standard_library_alone(tmp_path: Path) -> None:
    (tmp_path / "pack.zip").write_bytes(PACK)
    command = [sys.executable, "-I", "-S", "pack.zip"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"ok    5 entries proved in the log of {ORIGIN}" in done.stdout
    assert "THE KEY WAS TAKEN FROM THE PACK ITSELF" in done.stdout
    assert KEY.verifier.fingerprint in done.stdout


def test_a_trusted_pack_judges_another(tmp_path: Path) -> None:
    (tmp_path / "trusted.zip").write_bytes(PACK)
    (tmp_path / "other.zip").write_bytes(zip_bytes({**CONTENTS, "documents/quote-1.pdf": b"%PDF-1.7 other"}))
    command = [sys.executable, "-I", "-S", "trusted.zip", "other.zip", "--key", KEY.verifier_key]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "documents/quote-1.pdf was changed" in done.stdout


def test_the_program_can_be_read_and_run_from_the_source(tmp_path: Path) -> None:
    (tmp_path / "pack.zip").write_bytes(PACK)
    command = [sys.executable, "-m", "offline.main", str(tmp_path / "pack.zip"), "--json"]
    done = subprocess.run(command, cwd=VERIFIER.parent, capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)["ok"] is True


def test_the_command_says_the_same_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(PACK)
    assert main([str(path), "--key", KEY.verifier_key, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == verify(str(path), KEY.verifier_key)
    assert main([str(path), "--key", OTHER_KEY.verifier_key]) == 1
    printed = capsys.readouterr().out
    assert "FAIL  key" in printed
    assert "rely on nothing in it" in printed


@pytest.mark.parametrize("arguments", [[], ["missing.zip"], ["--key", "nonsense", __file__], ["--what", __file__]])
def test_wrong_usage_is_neither_yes_nor_no(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2


# --- a stranger without the key -------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(name for name, raw in CONTENTS.items() if raw))
def test_a_flipped_byte_in_any_file_is_found(name: str) -> None:
    raw = CONTENTS[name]
    for place in sorted({0, len(raw) // 3, len(raw) // 2, len(raw) - 1}):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert failed(check(zip_bytes({**CONTENTS, name: changed})))


@pytest.mark.parametrize("name", sorted(CONTENTS))
def test_a_missing_file_is_found(name: str) -> None:
    assert failed(check(zip_bytes({other: raw for other, raw in CONTENTS.items() if other != name})))


@pytest.mark.parametrize("name", ["extra.txt", "documents/quote-2.json", "log/entries2.jsonl", "manifest.sig2"])
def test_an_added_file_is_found(name: str) -> None:
    assert f"{name} is not in the manifest" in failed(check(zip_bytes({**CONTENTS, name: b"x"})))["files"]


def lines(name: str) -> list[bytes]:
    return CONTENTS[name].splitlines(keepends=True)


ENTRY_LINES = lines("log/entries.jsonl")
REARRANGED = {
    "swapped": [ENTRY_LINES[1], ENTRY_LINES[0], *ENTRY_LINES[2:]],
    "first removed": ENTRY_LINES[1:],
    "last removed": ENTRY_LINES[:-1],
    "half a line removed": [*ENTRY_LINES[:-1], ENTRY_LINES[-1][:40]],
    "one doubled": [*ENTRY_LINES, ENTRY_LINES[-1]],
    "all removed": [],
}


@pytest.mark.parametrize("rows", REARRANGED.values(), ids=REARRANGED)
def test_rearranged_entries_are_found(rows: list[bytes]) -> None:
    changed = {**CONTENTS, "log/entries.jsonl": b"".join(rows)}
    assert "log/entries.jsonl was changed" in failed(check(zip_bytes(changed)))["files"]


def test_another_key_is_found() -> None:
    forged = pack(key=OTHER_KEY, checkpoint=sign_checkpoint(ORIGIN, TREE.size, TREE.root, OTHER_KEY))
    assert "another key" in failed(check(forged))["key"]
    # Nobody can tell without a key of their own; the report says so and shows what to compare.
    report = check(forged, None)
    assert report["ok"] is True
    assert report["key"]["from_pack"] is True
    assert report["key"]["fingerprint"] != KEY.verifier.fingerprint


def test_another_key_under_the_right_name_is_found() -> None:
    assert "no signature by log.example" in failed(check(resigned(CONTENTS, OTHER_KEY)))["signature"]


def test_a_manifest_and_signature_of_another_pack_are_found() -> None:
    other = contents_of(pack(manifest_facts=FACTS | {"engagement": "NW-2026-0008"}, entries=ENTRIES[:2]))
    parts = {name: other[name] for name in ("manifest.json", "manifest.sig")}
    assert "was changed" in failed(check(zip_bytes({**CONTENTS, **parts})))["files"]
    assert failed(check(zip_bytes({**CONTENTS, "manifest.json": other["manifest.json"]})))["signature"]


# --- the zip itself ---------------------------------------------------------------------------


def zipped(name: str, raw: bytes = b"x", mode: int = 0o100644) -> bytes:
    stream = io.BytesIO(PACK)
    with zipfile.ZipFile(stream, "a") as archive:
        member = zipfile.ZipInfo("placeholder")
        member.filename, member.create_system, member.external_attr = name, 3, mode << 16
        archive.writestr(member, raw)
    return stream.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../up.txt",
        "a/../../up.txt",
        "a\\b.txt",
        "C:/x",
        "./x",
        "a//b",
        "dir/",
        "bell\x07",
        "nul\x00.txt",
    ],
)
def test_an_unsafe_name_is_refused(name: str) -> None:
    assert "unsafe name" in failed(check(zipped(name)))["names"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["log/entries.jsonl", "LOG/entries.jsonl"])
def test_a_name_that_comes_twice_is_refused(name: str) -> None:
    assert "twice" in failed(check(zipped(name)))["names"]


def test_a_link_is_refused() -> None:
    assert "a link" in failed(check(zipped("link", b"/etc/passwd", stat.S_IFLNK | 0o777)))["names"]


def test_too_many_files_and_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MOST_FILES", len(CONTENTS) - 1)
    assert "files" in failed(check(PACK))["names"]
    monkeypatch.setattr(container, "MOST_FILES", len(CONTENTS))
    assert check(PACK)["ok"] is True
    monkeypatch.setattr(container, "MOST_BYTES", sum(map(len, CONTENTS.values())) - 1)
    assert "2 GB" in failed(check(PACK))["names"]
    assert (container.LONGEST_TEXT, 10_000) == (64 * 1024**2, 10_000)


@pytest.mark.parametrize("raw", [b"", b"not a zip", PACK[: len(PACK) // 2], PACK[:-30]])
def test_something_else_than_a_pack_is_refused(raw: bytes) -> None:
    assert failed(check(raw))["container"]


def test_a_byte_flipped_in_the_container_never_passes_with_other_content() -> None:
    directory = PACK.index(b"PK\x01\x02")
    for place in [*range(0, directory, 499), *range(directory, len(PACK), 13)]:
        changed = PACK[:place] + bytes([PACK[place] ^ 0x40]) + PACK[place + 1 :]
        report = check(changed)
        # What is not content (dates, attributes of the zip) may differ; the files may not.
        assert report["ok"] is False or contents_of(changed) == CONTENTS


def test_an_encrypted_file_is_refused() -> None:
    # Bit 0 of the flags, 8 bytes into the first entry of the central directory.
    place = PACK.index(b"PK\x01\x02") + 8
    changed = PACK[:place] + bytes([PACK[place] | 1]) + PACK[place + 1 :]
    assert "is encrypted" in failed(check(changed))["names"]


# --- what is not made in the first place --------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["manifest.json", "manifest.sig", "__main__.py", "verifier/main.py", "log/entries.jsonl"]
)
def test_a_file_that_would_replace_the_packs_own_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"already taken: {name}"):
        pack(files={name: b"x"})


def test_a_checkpoint_of_another_log_or_key_makes_no_pack() -> None:
    with pytest.raises(ValueError, match="not one of the log"):
        pack(checkpoint=sign_checkpoint("log.example/organisation-8", TREE.size, TREE.root, KEY))
    with pytest.raises(ValueError, match="no signature by"):
        pack(checkpoint=sign_checkpoint(ORIGIN, TREE.size, TREE.root, OTHER_KEY))


@pytest.mark.parametrize(
    "facts", [{"engagement": "x", "made_at": "y"}, FACTS | {"files": []}, FACTS | {"format": "x"}]
)
def test_a_manifest_with_facts_missing_or_too_many_is_refused(facts: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="a manifest states"):
        pack(manifest_facts=facts)
