"""A pack made by an enemy: the command answers with a sentence and its exit code, and drives no terminal."""

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from breakfix.cli.verify import verify
from breakfix.kernel.ledger.notes import sign_note
from tests.histories.packs import KEY, contents_of, pack, zip_bytes


def saying(**manifest: object) -> bytes:
    """A pack whose manifest says this in whatever JSON Python can write, rightly signed."""
    contents = contents_of(pack())
    raw = json.dumps(json.loads(contents["manifest.json"]) | manifest).encode()
    note = sign_note(f"breakfix-pack-1\n{hashlib.sha256(raw).hexdigest()}\n", KEY)
    return zip_bytes({**contents, "manifest.json": raw, "manifest.sig": note.encode()})


def run(folder: Path, raw: bytes, *options: str) -> Result:
    path = folder / "pack.zip"
    path.write_bytes(raw)
    return CliRunner().invoke(verify, [str(path), *options])


def test_pack_that_holds_says_whose_key_it_trusted(tmp_path: Path) -> None:
    alone = run(tmp_path, pack())
    assert alone.exit_code == 0
    assert "THE KEY WAS TAKEN FROM THE PACK ITSELF" in alone.output
    assert "WARN" not in run(tmp_path, pack(), "--key", KEY.verifier_key).output


@pytest.mark.parametrize("title", ["\ud800 half a character", "\x1b]0;owned\x07\x1b[2J", "\u202ekcap doog"])
def test_words_of_a_pack_never_break_or_drive_the_terminal(tmp_path: Path, title: str) -> None:
    raw = saying(engagement=title)
    for options in ((), ("--json",)):
        outcome = run(tmp_path, raw, *options)
        assert outcome.exit_code in (0, 1)
        assert outcome.exception is None or isinstance(outcome.exception, SystemExit)
        assert all(" " <= char <= "~" or char == "\n" for char in outcome.output)


@pytest.mark.parametrize("key", ["nonsense", "a+b+c", "\u00e9+00000000+AAAA", ""])
def test_key_that_is_none_is_wrong_usage(tmp_path: Path, key: str) -> None:
    outcome = run(tmp_path, pack(), "--key", key)
    assert outcome.exit_code == 2
    assert "--key" in outcome.output


@pytest.mark.parametrize(
    "manifest",
    [
        {"log": []},
        {"log": {"origin": 1, "verifier_key": 2}},
        {"files": 7},
        {"files": [["path"]]},
        {"engagement": {"a": [1, {"b": None}]}},
        {"made_at": 10**400},
        {"format": None},
    ],
)
def test_manifest_of_the_wrong_shape_gets_a_sentence(tmp_path: Path, manifest: dict[str, object]) -> None:
    outcome = run(tmp_path, saying(**manifest))
    assert outcome.exit_code in (0, 1)
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit)
    assert "Traceback" not in outcome.output
