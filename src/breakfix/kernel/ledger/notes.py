"""Signed notes and checkpoints: what the log publishes, in formats others can verify.

The C2SP `signed-note` and `tlog-checkpoint` formats with Ed25519: text, a blank line, then lines of
`— name base64(key id || signature)`. A checkpoint's text is the origin, the size and the root.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from breakfix.kernel.ledger.merkle import HASH_SIZE

ED25519 = b"\x01"
PRIVATE_PREFIX = "PRIVATE+KEY+"
# Bounds for hostile input, those of the reference verifiers: a checkpoint is under 1 kB.
LONGEST_NOTE = 1_000_000
MOST_SIGNATURES = 100
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class BadNote(ValueError):
    """A note, checkpoint or key that is malformed, or not signed by the key it must be signed by."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under a name, as a third party holds it; written `name+hexkeyid+base64`."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.public) != 32:
            raise BadNote("an Ed25519 public key has 32 bytes")

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys apart in a note; not a security boundary."""
        return self.digest[:4]

    @property
    def fingerprint(self) -> str:
        """The full hash in groups of four hex digits, to be compared with one held on paper."""
        text = self.digest.hex()
        return " ".join(text[start : start + 4] for start in range(0, len(text), 4))

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_b64(ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read `name+hexkeyid+base64(0x01 || key)`; BadNote unless the id is that of the key."""
        key = cls(*_parse_key(text))
        if str(key) != text:
            raise BadNote("the key id does not belong to this key and name")
        return key


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The log's private key and the name it signs under. Never logged: repr shows the name only."""

    name: str
    private: Ed25519PrivateKey = field(repr=False)

    def __post_init__(self) -> None:
        _check_name(self.name)

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self.private.public_key().public_bytes_raw())

    @property
    def verifier_key(self) -> str:
        """The public half as text, safe to publish."""
        return str(self.verifier)

    @classmethod
    def generate(cls, name: str) -> SigningKey:
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: Path | str) -> SigningKey:
        """Read a key file; FileNotFoundError when absent, PermissionError when others may read it."""
        path = Path(path)
        if path.stat().st_mode & 0o077:
            raise PermissionError(f"{path} must be readable by its owner only (mode 0600)")
        text = path.read_text("utf-8").removesuffix("\n")
        if not text.startswith(PRIVATE_PREFIX):
            raise BadNote(f"{path} is not a signing key")
        name, seed = _parse_key(text.removeprefix(PRIVATE_PREFIX))
        key = cls(name, Ed25519PrivateKey.from_private_bytes(seed))
        if key._text() != text:
            raise BadNote(f"{path}: the key id does not belong to this key and name")
        return key

    @classmethod
    def load_or_create(cls, path: Path | str, name: str) -> SigningKey:
        """The key at `path`, made on first use; BadNote when the file holds another name's key.

        Losing or replacing this file means that no later checkpoint verifies with the published key.
        """
        path = Path(path)
        if not path.exists():
            cls.generate(name)._write_new(path)
        key = cls.load(path)
        if key.name != name:
            raise BadNote(f"{path} holds the key of {key.name!r}, not of {name!r}")
        return key

    def _text(self) -> str:
        seed = self.private.private_bytes_raw()
        return f"{PRIVATE_PREFIX}{self.name}+{self.verifier.key_id.hex()}+{_b64(ED25519 + seed)}"

    def _write_new(self, path: Path) -> None:
        # Written whole under another name and then linked: of two processes that start at once one
        # wins, the other reads the winner's key, and nobody ever reads half a file.
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(self._text() + "\n")
                out.flush()
                os.fsync(out.fileno())
            os.link(draft, path)
        except FileExistsError:
            return
        finally:
            draft.unlink()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's promise: at this size, its root was this."""

    origin: str
    size: int
    root_hash: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{_b64(self.root_hash)}\n"


def sign_note(text: str, key: SigningKey) -> str:
    """The text, a blank line and one signature line; BadNote for text a note cannot carry."""
    _check_text(text)
    signature = key.private.sign(text.encode())
    return f"{text}\n— {key.name} {_b64(key.verifier.key_id + signature)}\n"


def verify_note(note: str, verifier_key: str) -> str:
    """The text of a note signed by this key; signatures of unknown keys are passed over.

    BadNote when malformed, when this key did not sign, or when a signature in its name is wrong.
    """
    key = VerifierKey.parse(verifier_key)
    text, signatures = split_note(note)
    own = [blob[4:] for name, blob in signatures if name == key.name and blob[:4] == key.key_id]
    if not own:
        raise BadNote(f"no signature by {key.name!r} ({key.key_id.hex()})")
    public = Ed25519PublicKey.from_public_bytes(key.public)
    for signature in own:
        try:
            public.verify(signature, text.encode())
        except InvalidSignature:
            raise BadNote(f"the signature by {key.name!r} is wrong") from None
    return text


def split_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text and the (name, key id || signature) pairs, unverified; BadNote when malformed."""
    if len(note) > LONGEST_NOTE:
        raise BadNote("a note this long is refused")
    text, gap, tail = note.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise BadNote("no blank line before the signatures, or no newline after them")
    text += "\n"
    _check_text(text)
    lines = tail[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise BadNote("too many signatures")
    return text, [_parse_signature(line) for line in lines]


def sign_checkpoint(origin: str, size: int, root_hash: bytes, key: SigningKey) -> str:
    """The signed checkpoint of a log. The caller answers for never signing two that disagree."""
    if type(size) is not int or size < 0:
        raise BadNote("a log has 0 or more entries")
    note = sign_note(Checkpoint(origin, size, root_hash).text, key)
    parse_checkpoint(note)
    return note


def parse_checkpoint(note: str) -> Checkpoint:
    """Read a checkpoint without verifying its signatures; BadNote when malformed.

    Stricter than C2SP in one point: extension lines are refused, our logs write none.
    """
    return _parse_checkpoint_text(split_note(note)[0])


def verify_checkpoint(note: str, verifier_key: str) -> Checkpoint:
    """The checkpoint, once its signature by this key holds; BadNote otherwise."""
    return _parse_checkpoint_text(verify_note(note, verifier_key))


def _parse_checkpoint_text(text: str) -> Checkpoint:
    lines = text[:-1].split("\n")
    if len(lines) != 3:
        raise BadNote("a checkpoint has three lines: origin, size and root")
    origin, size, root = lines
    if not origin or origin != origin.strip():
        raise BadNote("a checkpoint begins with its log's origin")
    if not _SIZE.fullmatch(size):
        raise BadNote("the size of a checkpoint is a decimal number without leading zeros")
    root_hash = _unb64(root)
    if len(root_hash) != HASH_SIZE:
        raise BadNote("the root of a checkpoint has 32 bytes")
    return Checkpoint(origin, int(size), root_hash)


def _parse_signature(line: str) -> tuple[str, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—":
        raise BadNote("a signature line is an em dash, a name and base64")
    _check_name(parts[1])
    blob = _unb64(parts[2])
    if len(blob) < 5:
        raise BadNote("a signature line holds a key id and a signature")
    return parts[1], blob


def _parse_key(text: str) -> tuple[str, bytes]:
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise BadNote("a key is written name+hexkeyid+base64")
    blob = _unb64(parts[2])
    if len(blob) != 33 or blob[:1] != ED25519:
        raise BadNote("only Ed25519 keys (0x01 and 32 bytes) are known")
    return parts[0], blob[1:]


def _check_name(name: str) -> None:
    if not name or "+" in name or not name.isprintable() or any(char.isspace() for char in name):
        raise BadNote("a key name is printable, without spaces or plus signs")


def _check_text(text: str) -> None:
    if not text.endswith("\n") or text == "\n":
        raise BadNote("the text of a note is not empty and ends with a newline")
    if any((char < " " and char != "\n") or "\ud800" <= char <= "\udfff" for char in text):
        raise BadNote("a note holds no control characters")


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _unb64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise BadNote("not base64") from None
    # Python forgives stray bits in the last character; two spellings of one hash would follow.
    if _b64(raw) != text:
        raise BadNote("base64 in another spelling than the standard one")
    return raw
