"""One request to a machine outside: a deadline for all of it, a small reply, no redirect, and no second address."""

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult

from breakfix.outbox import addresses
from breakfix.outbox.addresses import Unreachable

DEADLINE = 15.0  # seconds for everything: name, connection, reply
LARGEST_REPLY = 64 * 1024  # bytes
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; `retry_after` in seconds where the other side asked for patience."""

    status: int
    body: bytes
    retry_after: int | None = None

    @property
    def is_success(self) -> bool:
        """Redirects are none: the address that was checked is the only one that is called."""
        return 200 <= self.status < 300


def post(url: str, body: bytes, headers: Mapping[str, str], *, within: float = DEADLINE) -> Reply:
    """Send to an address that somebody else named; Forbidden where it leads inside, Unreachable where it fails."""
    parts = addresses.check_url(url)
    port = parts.port or PORTS[parts.scheme]
    return _post(parts, port, addresses.resolve(parts.hostname or "", port), body, headers, within)


def post_trusted(url: str, body: bytes, headers: Mapping[str, str], *, within: float = DEADLINE) -> Reply:
    """As `post`, to an address from our own settings: the operator may well have it inside their network."""
    parts = addresses.urlsplit(url)
    port = parts.port or PORTS[parts.scheme]
    return _post(parts, port, addresses.look_up(parts.hostname or "", port)[0], body, headers, within)


def _post(
    parts: SplitResult, port: int, address: str, body: bytes, headers: Mapping[str, str], within: float
) -> Reply:
    host, path = parts.hostname or "", (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with _connected(parts.scheme, host, address, port, within) as sock:
            connection = http.client.HTTPConnection(host, port)
            connection.sock = sock
            shown = host if port == PORTS[parts.scheme] else f"{host}:{port}"
            shown = f"[{host}]{shown[len(host) :]}" if ":" in host else shown
            connection.request("POST", path, body=body, headers={"Host": shown, "Connection": "close", **headers})
            return _reply(connection.getresponse())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(f"{host} did not answer ({type(error).__name__})") from None


@contextmanager
def _connected(scheme: str, host: str, address: str, port: int, within: float) -> Iterator[socket.socket]:
    """A connection to exactly this address, cut off at the deadline however slowly the other side drips."""
    sock = socket.create_connection((address, port), timeout=within)
    cut_off = threading.Event()
    cut = threading.Timer(within, _shut, [sock, cut_off])
    try:
        cut.daemon = True
        cut.start()
        if sock.getpeername()[0] != address:
            raise OSError("another address answered")
        if scheme == "https":
            secure = ssl.create_default_context().wrap_socket(
                sock, server_hostname=host, do_handshake_on_connect=False
            )
            sock, cut.args = secure, [secure, cut_off]
            secure.do_handshake()
        yield sock
        # Cut short in the middle of its headers, a reply looks like a whole one.
        if cut_off.is_set():
            raise TimeoutError
    finally:
        cut.cancel()
        sock.close()


def _shut(sock: socket.socket, cut_off: threading.Event) -> None:
    cut_off.set()
    try:
        # Past the TLS layer: it would wait for the other side's goodbye.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        return


def _reply(response: http.client.HTTPResponse) -> Reply:
    body = response.read(LARGEST_REPLY + 1)
    if len(body) > LARGEST_REPLY:
        raise Unreachable("the reply was larger than 64 kB")
    asked = response.getheader("Retry-After") or ""
    return Reply(response.status, body, int(asked) if asked.isdecimal() and len(asked) < 7 else None)
