"""A browser that subscribes to push messages, and reads them as RFC 8291 and RFC 8188 say, by code of its own."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from breakfix.outbox import actions
from breakfix.outbox.models import Device
from tests.makers import World


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Browser:
    """Its private key and its secret never leave it."""

    endpoint: str
    private: ec.EllipticCurvePrivateKey
    secret: bytes

    @property
    def public(self) -> bytes:
        form = serialization.PublicFormat.UncompressedPoint
        return self.private.public_key().public_bytes(serialization.Encoding.X962, form)

    def subscription(self) -> dict[str, str]:
        return {"endpoint": self.endpoint, "p256dh": b64(self.public), "auth": b64(self.secret)}

    def read(self, body: bytes) -> dict[str, Any]:
        """Decrypt one message: salt, record size, key length, the sender's key, one record with its delimiter."""
        salt, length = body[:16], body[20]
        assert int.from_bytes(body[16:20], "big") >= len(body) - 21 - length
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        curve = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self.private.exchange(ec.ECDH(), curve)
        material = _derived(shared, self.secret, b"WebPush: info\x00" + self.public + sender, 32)
        key = _derived(material, salt, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _derived(material, salt, b"Content-Encoding: nonce\x00", 12)
        plain = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\x00")
        assert plain[-1:] == b"\x02"
        found: dict[str, Any] = json.loads(plain[:-1])
        return found


def _derived(secret: bytes, salt: bytes, what: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, what).derive(secret)


def browser_of_someone(endpoint: str) -> Browser:
    return Browser(endpoint, ec.generate_private_key(ec.SECP256R1()), b"s" * 16)


def subscribed(world: World, who: str, browser: Browser | None = None, *, at: datetime) -> Device:
    """This person's browser gets messages from now on."""
    browser = browser or browser_of_someone("https://push.example/someone")
    return actions.subscribe_device(**browser.subscription(), label="Firefox", by=world.actor(who, at), at=at)
