"""An OpenID provider on loopback: vouches for whatever a test tells it to, and remembers what it was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from breakfix.kernel import clock

CLIENT_ID, CLIENT_SECRET = "breakfix-test", "a secret that both sides know"


@dataclass
class Provider:
    """What it says of whoever comes with a code, and what it was sent."""

    issuer: str
    claims: dict[str, Any]
    asked: list[dict[str, str]] = field(default_factory=list)
    broken: bool = False
    key: Any = field(default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def answer(self, path: str) -> dict[str, Any]:
        now = int(clock.real_now().timestamp())
        if path.endswith("/openid-configuration"):
            places = ("authorization", "token", "userinfo")
            where = {f"{name}_endpoint": f"{self.issuer}/{name}" for name in places}
            return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks", **where}
        if path == "/token":
            token = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 60, **self.claims}
            signed = jwt.encode(token, self.key, algorithm="RS256", headers={"kid": "one"})
            return {"access_token": "opaque", "token_type": "Bearer", "expires_in": 60, "id_token": signed}
        if path == "/userinfo":
            return self.claims
        raise AssertionError(f"nobody asks a provider for {path}")


def _speaker(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Speaker(BaseHTTPRequestHandler):
        def _speak(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            provider.asked.append(dict(parse_qsl(self.rfile.read(length).decode())))
            body = json.dumps(provider.answer(self.path)).encode()
            self.send_response(500 if provider.broken else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _speak

        def log_message(self, *_words: Any) -> None:
            """A test's output is about the test."""

    return Speaker


@contextmanager
def running(**claims: Any) -> Iterator[Provider]:
    """The provider, for as long as the block lasts."""
    provider = Provider("", claims)
    with ThreadingHTTPServer(("127.0.0.1", 0), _speaker(provider)) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
