"""Signed notes: published ones verify, ours verify, and nothing that is off by one character does."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from breakfix.histories.offline import notes as offline
from breakfix.histories.offline.strict_json import Failure
from breakfix.kernel.ledger.merkle import leaf_hash
from breakfix.kernel.ledger.notes import (
    BadNote,
    Checkpoint,
    SigningKey,
    VerifierKey,
    parse_checkpoint,
    sign_checkpoint,
    sign_note,
    verify_checkpoint,
    verify_note,
)

# The example in the documentation of golang.org/x/mod/sumdb/note, the format's first implementation.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_BLOB = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
GO_SIGNATURE = f"— PeterNeumann {GO_BLOB}\n"
# The key of Go's public checksum database: its id is computed as ours is.
SUMDB_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
KEY = SigningKey.generate("log.example/north")
STRANGER = SigningKey.generate("witness.example")
ROOT = leaf_hash(b"x")
NOTE = sign_checkpoint("log.example/north", 7, ROOT, KEY)
TEXT, SIGNATURE = NOTE.split("\n\n")


def test_a_published_note_verifies() -> None:
    assert verify_note(f"{GO_TEXT}\n{GO_SIGNATURE}", GO_KEY) == GO_TEXT


@pytest.mark.parametrize("text", [GO_KEY, SUMDB_KEY])
def test_published_keys_are_read_and_written_alike(text: str) -> None:
    key = VerifierKey.parse(text)
    assert str(key) == text
    assert key.fingerprint.replace(" ", "").startswith(text.split("+")[1])
    assert offline.parse_key(text) == (key.name, key.key_id, key.public, key.fingerprint)


def test_a_checkpoint_has_exactly_the_published_form() -> None:
    assert TEXT.split("\n") == ["log.example/north", "7", base64.b64encode(ROOT).decode()]
    assert SIGNATURE.startswith("— log.example/north ")
    blob = base64.b64decode(SIGNATURE.split(" ")[2])
    assert len(blob) == 68
    assert blob[:4].hex() == KEY.verifier_key.split("+")[1]
    assert verify_checkpoint(NOTE, KEY.verifier_key) == Checkpoint("log.example/north", 7, ROOT)
    assert parse_checkpoint(NOTE) == Checkpoint("log.example/north", 7, ROOT)


def signature_by(key: SigningKey, text: str = TEXT + "\n") -> str:
    return sign_note(text, key).split("\n\n")[1]


@pytest.mark.parametrize("first", [True, False])
def test_other_keys_signatures_are_passed_over(first: bool) -> None:
    witness = signature_by(STRANGER)
    lines = witness + SIGNATURE if first else SIGNATURE + witness
    note = f"{TEXT}\n\n{lines}"
    assert verify_checkpoint(note, KEY.verifier_key).size == 7
    assert verify_checkpoint(note, STRANGER.verifier_key).size == 7


def test_a_key_of_the_same_name_is_another_key() -> None:
    imposter = SigningKey.generate(KEY.name)
    with pytest.raises(BadNote, match="no signature by"):
        verify_checkpoint(sign_checkpoint("log.example/north", 7, ROOT, imposter), KEY.verifier_key)


def test_a_wrong_signature_is_not_saved_by_a_right_one() -> None:
    wrong = signature_by(KEY, "another text\n")
    with pytest.raises(BadNote, match="is wrong"):
        verify_checkpoint(f"{TEXT}\n\n{SIGNATURE}{wrong}", KEY.verifier_key)


ROOT_TEXT = base64.b64encode(ROOT).decode()
BAD_TEXTS = {
    "no origin": f"\n7\n{ROOT_TEXT}\n",
    "origin missing": f"7\n{ROOT_TEXT}\n",
    "no size": f"log.example/north\n{ROOT_TEXT}\n",
    "no root": "log.example/north\n7\n",
    "leading zero": f"log.example/north\n07\n{ROOT_TEXT}\n",
    "double zero": f"log.example/north\n00\n{ROOT_TEXT}\n",
    "negative": f"log.example/north\n-7\n{ROOT_TEXT}\n",
    "plus": f"log.example/north\n+7\n{ROOT_TEXT}\n",
    "spaces": f"log.example/north\n 7\n{ROOT_TEXT}\n",
    "other digits": f"log.example/north\n٧\n{ROOT_TEXT}\n",
    "huge": f"log.example/north\n{'9' * 20}\n{ROOT_TEXT}\n",
    "short root": f"log.example/north\n7\n{base64.b64encode(ROOT[:-1]).decode()}\n",
    "root not base64": "log.example/north\n7\n!!!!\n",
    "root spelt otherwise": f"log.example/north\n7\n{ROOT_TEXT[:-2]}{chr(ord(ROOT_TEXT[-2]) + 1)}=\n",
    "extension line": f"log.example/north\n7\n{ROOT_TEXT}\nmore\n",
    "blank extension": f"log.example/north\n7\n{ROOT_TEXT}\n\n",
    "origin with trailing space": f"log.example/north \n7\n{ROOT_TEXT}\n",
}


@pytest.mark.parametrize("text", BAD_TEXTS.values(), ids=BAD_TEXTS)
def test_a_signed_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    note = sign_note(text, KEY)
    with pytest.raises(BadNote):
        parse_checkpoint(note)
    with pytest.raises(BadNote):
        verify_checkpoint(note, KEY.verifier_key)


BAD_NOTES = {
    "empty": "",
    "no signature": f"{TEXT}\n",
    "no signature line": f"{TEXT}\n\n",
    "no final newline": NOTE[:-1],
    "trailing garbage": NOTE + "garbage",
    "trailing line": NOTE + "garbage\n",
    "trailing blank line": NOTE + "\n",
    "hyphen": NOTE.replace("—", "-"),
    "en dash": NOTE.replace("—", "\u2013"),
    "no dash": NOTE.replace("— ", ""),
    "no name": NOTE.replace("— log.example/north ", "—  "),
    "two spaces": NOTE.replace("— log", "—  log"),
    "carriage returns": NOTE.replace("\n", "\r\n"),
    "control character": NOTE.replace("north\n", "north\x07\n", 1),
    "signature not base64": NOTE[:-6] + "!!!!!\n",
    "signature without padding": NOTE.rstrip("=\n") + "\n",
    "signature too short": f"{TEXT}\n\n— log.example/north AAAA\n",
    "one blank line missing": NOTE.replace("\n\n", "\n"),
    "too many signatures": f"{TEXT}\n\n" + SIGNATURE * 101,
    "a plus in a name": f"{TEXT}\n\n{SIGNATURE}— a+b AAAAAAAA\n",
}


@pytest.mark.parametrize("note", BAD_NOTES.values(), ids=BAD_NOTES)
def test_a_malformed_note_is_refused(note: str) -> None:
    with pytest.raises(BadNote):
        verify_checkpoint(note, KEY.verifier_key)
    with pytest.raises((Failure, ValueError)):
        offline.signed_text(note.encode(), offline.parse_key(KEY.verifier_key))


def test_a_note_too_long_to_be_ours_is_refused() -> None:
    assert verify_note(sign_note("x" * 999_000 + "\n", KEY), KEY.verifier_key)
    with pytest.raises(BadNote, match="this long"):
        verify_note(sign_note("x" * 1_000_000 + "\n", KEY), KEY.verifier_key)


def test_every_flipped_character_is_noticed() -> None:
    for place in range(len(NOTE)):
        flipped = NOTE[:place] + ("A" if NOTE[place] != "A" else "B") + NOTE[place + 1 :]
        with pytest.raises(BadNote):
            verify_checkpoint(flipped, KEY.verifier_key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000",
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY.replace("c74f20a3", "C74F20A3"),
        GO_KEY.replace("PeterNeumann", "PeterNewman"),
        GO_KEY.replace("+ARpc", "+Arpc"),
        GO_KEY[:-4],
        GO_KEY.replace("+ARpc2Q", "+AhpcQ2"),
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_a_malformed_key_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        VerifierKey.parse(text)
    with pytest.raises((Failure, ValueError)):
        offline.parse_key(text)


@pytest.mark.parametrize("text", ["", "\n", "no newline", "bell\x07\n", "tab\there\n", "\ud800\n"])
def test_a_text_that_a_note_cannot_carry_is_not_signed(text: str) -> None:
    with pytest.raises(BadNote):
        sign_note(text, KEY)


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [("", 1, ROOT), ("a\nb", 1, ROOT), ("a", -1, ROOT), ("a", True, ROOT), ("a", 1, b"x")],
)
def test_a_checkpoint_that_nobody_could_read_is_not_signed(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(BadNote):
        sign_checkpoint(origin, size, root, KEY)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "line\nbreak", "\u2003"])
def test_a_key_name_without_place_in_a_note_is_refused(name: str) -> None:
    with pytest.raises(BadNote):
        SigningKey.generate(name)


def test_a_key_file_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    made = SigningKey.load_or_create(path, "north")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SigningKey.load_or_create(path, "north").verifier_key == made.verifier_key
    assert SigningKey.load(path).verifier_key == made.verifier_key
    assert list(tmp_path.iterdir()) == [path]


def test_keys_made_at_the_same_time_are_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: SigningKey.load_or_create(tmp_path / "log.key", "north"), range(8)))
    assert len({key.verifier_key for key in made}) == 1


def test_a_key_file_of_another_name_is_refused(tmp_path: Path) -> None:
    SigningKey.load_or_create(tmp_path / "log.key", "north")
    with pytest.raises(BadNote, match="of 'north', not of 'south'"):
        SigningKey.load_or_create(tmp_path / "log.key", "south")


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.key"
    SigningKey.load_or_create(path, "north")
    path.chmod(0o640)
    with pytest.raises(PermissionError, match="0600"):
        SigningKey.load(path)


@pytest.mark.parametrize(
    "spoil", [lambda text: "x" + text, lambda text: text.replace("north", "south"), lambda _: ""]
)
def test_a_damaged_key_file_is_refused(tmp_path: Path, spoil: object) -> None:
    path = tmp_path / "log.key"
    SigningKey.load_or_create(path, "north")
    path.write_text(spoil(path.read_text()))  # type: ignore[operator]
    with pytest.raises(BadNote):
        SigningKey.load(path)


def test_a_missing_key_file_is_not_replaced_silently(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SigningKey.load(tmp_path / "log.key")


def test_the_private_key_is_not_printed() -> None:
    assert repr(KEY) == "SigningKey(name='log.example/north')"
