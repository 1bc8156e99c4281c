"""The key by which push services know this installation (RFC 8292): made once; browsers subscribe to its public half.

Losing it means that every device has to subscribe again.
"""

import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from webpush.vapid import VAPID


@dataclass(frozen=True, slots=True)
class Keys:
    """Both halves as PEM, and the public one as browsers take it."""

    private: bytes
    public: bytes
    application_server_key: str

    def __repr__(self) -> str:
        return f"Keys({self.application_server_key})"


def keys() -> Keys:
    """The keys of this installation, made on first use."""
    path = Path(settings.BREAKFIX_VAPID_KEY)
    if not path.exists():
        _make(path)
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(path: Path, _changed: int) -> Keys:
    private = path.read_bytes()
    loaded = serialization.load_pem_private_key(private, None)
    if not isinstance(loaded, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path} holds no key for push messages")
    half = loaded.public_key()
    public = half.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Keys(private, public, VAPID.get_application_server_key(half))


def _make(path: Path) -> None:
    # Whole under another name, then linked: of two processes that start at once one wins, and nobody reads half.
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(VAPID.generate_keys()[0])
            out.flush()
            os.fsync(out.fileno())
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
