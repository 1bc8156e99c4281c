"""Secrets that have to be read again (the seeds of second factors) are kept sealed with a key outside the database.

Without the key nothing is opened and nothing new is sealed: whoever copied the database has no factor, and whoever
lost the key has to enrol anew instead of getting in without.
"""

import base64
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

VERSION, NONCE = "v1:", 12  # bytes of a nonce; random, for far fewer secrets than 2**32 under one key


class Unreadable(Exception):
    """The key is missing, or it is not the one with which this was sealed."""


def key_path() -> Path:
    """Where the key lies: 32 random bytes, readable by the installation's user only."""
    return Path(settings.BREAKFIX_FACTOR_KEY)


def make_key(*, needed: bool) -> None:
    """Make the key on the first start; where secrets are sealed already (`needed`) a missing key stops the start."""
    path = key_path()
    if path.exists():
        return
    if needed:
        raise Unreadable(f"{path} is missing, and second factors are sealed with it. Restore it from the backup.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as fresh:
        fresh.write(AESGCM.generate_key(256))


def _cipher() -> AESGCM:
    try:
        return AESGCM(key_path().read_bytes())
    except (OSError, ValueError) as wrong:
        raise Unreadable(f"{key_path()} holds no key of 32 bytes") from wrong


def seal(text: str) -> str:
    """The text as only this installation reads it."""
    nonce = os.urandom(NONCE)
    return VERSION + base64.b64encode(nonce + _cipher().encrypt(nonce, text.encode(), b"breakfix")).decode()


def unseal(sealed: str) -> str:
    """The text again; raises Unreadable for anything that was not sealed with this key."""
    if not sealed.startswith(VERSION):
        raise Unreadable("this was never sealed")
    try:
        held = base64.b64decode(sealed.removeprefix(VERSION), validate=True)
        return _cipher().decrypt(held[:NONCE], held[NONCE:], b"breakfix").decode()
    except (InvalidTag, ValueError) as wrong:
        raise Unreadable("this was sealed with another key") from wrong


def derived(purpose: str) -> bytes:
    """A key of 32 bytes for one purpose, the same at every call and of no use for any other; or Unreadable."""
    try:
        whole = key_path().read_bytes()
    except OSError as wrong:
        raise Unreadable(f"{key_path()} holds no key of 32 bytes") from wrong
    if len(whole) != 32:
        raise Unreadable(f"{key_path()} holds no key of 32 bytes")
    return HKDF(SHA256(), 32, None, f"breakfix {purpose}".encode()).derive(whole)
