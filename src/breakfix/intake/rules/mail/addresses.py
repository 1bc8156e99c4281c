"""Addresses: who wrote, and the signed address under which one person answers about one engagement.

`help+<engagement>-<person>-<signature>@provider.example`, in letters and digits that survive lower case.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import getaddresses

MOST = 50  # addresses of one mail that are looked at
LONGEST = 254
SEARCHED = 2 * 1024 * 1024  # bytes of a mail
_SIGNED = 20  # characters of a signature: 100 bits
_ADDRESS = re.compile(r"[^@\s<>\",;:()\x00-\x1f\x7f]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?")
# An encoded word stands for a name. What it holds is no address, and no mark that divides one from the next.
_ENCODED = re.compile(r"(?<![^\s,])=\?[^?\s]{1,80}\?[bBqQ]\?[^?]{0,400}\?=(?=[\s<,]|$)")
_WORD = "=?="
_DIVIDES = re.compile(r"[<>]|[,;:].*@|@.*[,;:]", re.DOTALL)
_ANGLED = re.compile(r"<([^<>\s]{1,320})>")
# A name that was not quoted as it has to be ("IT @ Desk <it@x.example>") before the one address.
_NAMED = re.compile(r"[^<>,:;\"()]*<([^<>\s]{1,320})>\s*")
_TAG = re.compile(rb"\+([0-9a-z]{1,13}-[0-9a-z]{1,13}-[a-z2-7]{20})@")
_TOKEN = re.compile(rf"([0-9a-z]{{1,13}})-([0-9a-z]{{1,13}})-([a-z2-7]{{{_SIGNED}}})")


@dataclass(frozen=True)
class Meant:
    """What a signed address says: about which engagement it was given to whom."""

    engagement_id: int
    person_id: int


def addresses_in(headers: Iterable[str]) -> list[str]:
    """The addresses in these headers, lower case, in their order, each once; what is none is left out.

    The headers are as they came: once it is decoded, whatever somebody calls themselves could be an address.
    """
    found = (address.strip().lower() for one in list(headers)[:MOST] for address in _bare(one[:4000]))
    return list(dict.fromkeys(one for one in found if _ADDRESS.fullmatch(one) and len(one) <= LONGEST))[:MOST]


def _bare(header: str) -> list[str]:
    """Its addresses for who knows encoded words; if there are any, also those for who knows none.

    A mark within an encoded word divides nothing for the first and divides for the second: then there are several.
    """
    found = [one for one in _addresses(_ENCODED.sub(_WORD, header)) if _ADDRESS.fullmatch(one.strip().lower())]
    divided = any(_DIVIDES.search(one) for one in _ENCODED.findall(header))
    return [*found, *_addresses(header), *_ANGLED.findall(header)] if found and divided else found


def _addresses(header: str) -> list[str]:
    if named := _NAMED.fullmatch(header):
        return [named[1]]
    try:
        return [address for _, address in getaddresses([header])]
    except (RecursionError, ValueError, IndexError):  # comments within comments within comments
        return []


def is_address(text: str) -> bool:
    """Whether this is one bare address, as a mailbox has."""
    return len(text) <= 120 and _ADDRESS.fullmatch(text) is not None and "+" not in text


def split(address: str) -> tuple[str, str]:
    """The address without what stands behind a plus, and that."""
    local, _, domain = address.rpartition("@")
    bare, _, tag = local.partition("+")
    return f"{bare}@{domain}", tag


def signed(mailbox: str, meant: Meant, key: bytes) -> str:
    """The address at which this person answers about this engagement."""
    local, _, domain = mailbox.rpartition("@")
    first, second = _base36(meant.engagement_id), _base36(meant.person_id)
    return f"{local}+{first}-{second}-{_signature(first, second, key)}@{domain}"


def tags_in(raw: bytes) -> list[str]:
    """Whatever looks like the tag of a signed address, wherever it stands: in a header, or in a mail within it."""
    found = dict.fromkeys(one.decode() for one in _TAG.findall(raw[:SEARCHED].lower()))
    return list(found)[:MOST]


def read(tag: str, key: bytes) -> Meant | None:
    """What a tag says that we signed; None for any other."""
    found = _TOKEN.fullmatch(tag)
    if found is None:
        return None
    first, second, signature = found.groups()
    if not hmac.compare_digest(signature, _signature(first, second, key)):
        return None
    return Meant(int(first, 36), int(second, 36))


def _signature(first: str, second: str, key: bytes) -> str:
    digest = hmac.new(key, f"reply:{first}:{second}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower()[:_SIGNED]


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"
