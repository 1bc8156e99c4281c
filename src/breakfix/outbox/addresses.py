"""Where a message may be sent to on the word of a browser: public addresses by TLS, and nowhere else.

`ipaddress.is_global` is no filter by itself: it calls NAT64, 6to4 and multicast global. What it lets pass is held
against the list below, and the very address that was checked is the one that is called (outbox/calls.py).
"""

import base64
import binascii
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from breakfix.kernel.errors import Refused

LONGEST = 1000
NEVER = tuple(
    ip_network(net)
    for net in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32"),
        *("2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
)


class Forbidden(Exception):
    """This place is never called, however often it is asked for."""


class Unreachable(Exception):
    """This place did not answer as it should; another time it may."""


def is_public(text: str) -> bool:
    """Whether this address belongs to the public internet and to nothing inside it."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return address.is_global and not any(_within(address, net) for net in NEVER)


def _within(address: IPv4Address | IPv6Address, net: object) -> bool:
    return address in net  # type: ignore[operator]  # of another version: simply not in it


def is_loopback(text: str) -> bool:
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False


def check_url(url: str) -> SplitResult:
    """The parts of an address that may be called at all; Forbidden for another scheme, port, or for a user in it."""
    if len(url) > LONGEST or any(ord(character) <= 32 or ord(character) == 127 for character in url):
        raise Forbidden("an address has no blanks and at most 1000 characters")
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise Forbidden("this is no address") from None
    if not host or "@" in parts.netloc or "\\" in url or parts.fragment:
        raise Forbidden("an address has a host and no user")
    inside = settings.OUTBOX_ALLOWS_LOOPBACK and is_loopback(host)
    if not inside and (parts.scheme != "https" or port not in {None, 443}):
        raise Forbidden("only https on its own port is called")
    if inside and parts.scheme not in {"http", "https"}:
        raise Forbidden("only http and https are called")
    return parts


def resolve(host: str, port: int) -> str:
    """The one address to call; Forbidden when the name leads to any place that is not public."""
    found = look_up(host, port)
    allowed = is_public if not settings.OUTBOX_ALLOWS_LOOPBACK else lambda one: is_public(one) or is_loopback(one)
    # A name with one foot inside is somebody's trick: all of its addresses have to be outside.
    if not all(allowed(address) for address in found):
        raise Forbidden("this name leads inside a network")
    return found[0]


def look_up(host: str, port: int) -> list[str]:
    """Every address of a name, as the system resolves it; Unreachable when it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{host} cannot be found ({type(error).__name__})") from None
    if not found:
        raise Unreachable(f"{host} cannot be found")
    return [str(one[4][0]) for one in found]


def check_endpoint(endpoint: str) -> None:
    """Refuse an address for push messages that could lead anywhere but to a push service."""
    try:
        host = check_url(endpoint).hostname or ""
    except Forbidden as no:
        raise Refused("bad_endpoint", f"This browser's address cannot be used: {no}.", field="endpoint") from None
    literal = _literal(host)
    if literal is not None and not is_public(literal):
        if settings.OUTBOX_ALLOWS_LOOPBACK and is_loopback(literal):
            return
        raise Refused("bad_endpoint", "This browser's address leads inside a network.", field="endpoint")


def _literal(host: str) -> str | None:
    """The address that is written as such, in any of the spellings that systems take for one; else None."""
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None


def check_key(given: str, length: int, *, field: str) -> None:
    """Refuse what is no base64url of exactly so many bytes."""
    try:
        decoded = base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if len(decoded) != length:
        raise Refused("bad_key", "This browser sent a key that is none.", field=field)
