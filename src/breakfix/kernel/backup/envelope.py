"""The envelope of a backup: the age format, so that the `age` program opens it without Breakfix.

A recipient's key encrypts in a stream, whatever the size; a passphrase is for small installations, because its
envelope is made in memory. The format notices every changed, missing or added byte.
"""

import io
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyrage

from breakfix.kernel.errors import Refused

Writer = Callable[[IO[bytes]], None]


@dataclass(frozen=True)
class Opener:
    """What closes or opens an envelope: a passphrase, or the recipient's key, public to close and secret to open."""

    passphrase: str = ""
    key: str = ""


def seal(write: Writer, path: Path, opener: Opener) -> None:
    """Write what `write` writes into an encrypted file of this name: whole, or not there at all."""
    recipient = _key(pyrage.x25519.Recipient.from_str, opener.key) if opener.key else None
    part = path.with_name(f"{path.name}.part")
    out = os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    try:
        with out:
            if recipient is None:
                plain = io.BytesIO()
                write(plain)
                out.write(pyrage.passphrase.encrypt(plain.getvalue(), opener.passphrase))
            else:
                _stream(write, out, recipient)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _stream(write: Writer, out: IO[bytes], recipient: Any) -> None:
    """Encrypt while it is written; an error of the writer becomes ours, and the file is never finished."""
    reading, writing = os.pipe()
    wrong: list[BaseException] = []

    def fill() -> None:
        try:
            with os.fdopen(writing, "wb") as pipe:
                write(pipe)
        except BaseException as error:  # raised again below, in the thread that was asked
            wrong.append(error)

    filler = threading.Thread(target=fill)
    filler.start()
    try:
        with os.fdopen(reading, "rb") as pipe:
            pyrage.encrypt_io(pipe, out, [recipient])
    finally:
        filler.join()
    if wrong:
        raise wrong[0]


def unseal(path: Path, plain: Path, opener: Opener) -> None:
    """Decrypt the whole file to `plain` (readable by us alone); refused when it is damaged, cut short or not ours."""
    identity = _key(pyrage.x25519.Identity.from_str, opener.key) if opener.key else None
    try:
        with path.open("rb") as sealed, os.fdopen(os.open(plain, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out:
            if identity is None:
                out.write(pyrage.passphrase.decrypt(sealed.read(), opener.passphrase))
            else:
                pyrage.decrypt_io(sealed, out, [identity])
    except (pyrage.DecryptError, OSError, ValueError) as error:
        message = "This backup cannot be opened: the key is not its key, or the file is damaged or cut short."
        raise Refused("backup_unreadable", message, reason=type(error).__name__) from error


def _key(parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except (pyrage.RecipientError, pyrage.IdentityError) as error:
        raise Refused("backup_key", "This is no age key: it begins with age1 or AGE-SECRET-KEY-1.") from error
