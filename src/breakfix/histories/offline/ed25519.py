"""Ed25519 verification (RFC 8032 §5.1) in plain integers: slow, short, and without a library to trust."""

from __future__ import annotations

import hashlib

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
TWICE_D = 2 * D % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]  # X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z
NEUTRAL: Point = (0, 1, 1, 0)


def ed25519_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether R == [S]B - [k]A byte for byte, refusing S >= order and keys of small order."""
    if len(public) != 32 or len(signature) != 64:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    point = decode_point(public)
    if point is None or scalar >= ORDER:
        return False
    if _encode_point(_twice(_twice(_twice(point)))) == _encode_point(NEUTRAL):
        return False
    challenge = hashlib.sha512(signature[:32] + public + message).digest()
    k = int.from_bytes(challenge, "little") % ORDER
    negated = (P - point[0], point[1], point[2], P - point[3])
    return _encode_point(_sum_of_products(scalar, BASE, k, negated)) == signature[:32]


def decode_point(raw: bytes) -> Point | None:
    number = int.from_bytes(raw, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def _encode_point(point: Point) -> bytes:
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _plus(left: Point, right: Point) -> Point:
    a = (left[1] - left[0]) * (right[1] - right[0]) % P
    b = (left[1] + left[0]) * (right[1] + right[0]) % P
    c = left[3] * right[3] * TWICE_D % P
    d = 2 * left[2] * right[2] % P
    return ((b - a) * (d - c) % P, (d + c) * (b + a) % P, (d - c) * (d + c) % P, (b - a) * (b + a) % P)


def _twice(point: Point) -> Point:
    x, y, z, _ = point
    a, b = x * x % P, y * y % P
    e, g = (x + y) * (x + y) - a - b, b - a
    f, h = g - 2 * z * z, -a - b
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _sum_of_products(left: int, one: Point, right: int, other: Point) -> Point:
    """left * one + right * other; both share their doublings, which is most of the work."""
    added = (NEUTRAL, one, other, _plus(one, other))
    total = NEUTRAL
    for bit in range(max(left, right).bit_length() - 1, -1, -1):
        total = _twice(total)
        if which := (left >> bit & 1) + 2 * (right >> bit & 1):
            total = _plus(total, added[which])
    return total


BASE = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or NEUTRAL
