"""Signatures between us and the gateway (Standard Webhooks 1.0.0), with a second secret while one is replaced.

The instant is real time, also in a demo: the other side looks at its own clock.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from django.conf import settings
from standardwebhooks import Webhook

TOLERANCE = timedelta(minutes=5)
MOST_SIGNATURES = 10


class BadSignature(Exception):
    """Nobody who holds a secret of ours said this, or not now."""


def secrets() -> list[str]:
    """The secrets shared with the gateway: the first signs, all of them are believed."""
    return list(settings.BREAKFIX_GATEWAY_SECRETS)


def headers_for(message_id: str, body: str, at: datetime, keys: Sequence[str]) -> dict[str, str]:
    """Signed by every secret, so that the receiver may change over whenever it likes."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(_signature(key, message_id, at, body) for key in keys),
    }


def _signature(key: str, message_id: str, at: datetime, body: str) -> str:
    return Webhook(key).sign(message_id, at.astimezone(UTC), body)


def check(headers: Mapping[str, str], body: str, at: datetime, keys: Sequence[str]) -> str:
    """The id of a message that a holder of a secret signed within five minutes; BadSignature otherwise."""
    message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or len(message_id) > 120 or not stamp.isdecimal() or len(stamp) > 12:
        raise BadSignature("id and time are missing")
    signed_at = datetime.fromtimestamp(int(stamp), UTC)
    if abs(signed_at - at) > TOLERANCE:
        raise BadSignature("this was signed too long ago, or is yet to come")
    given = headers.get("webhook-signature", "").split(" ")[:MOST_SIGNATURES]
    expected = [_signature(key, message_id, signed_at, body) for key in keys]
    # Every pair is compared: how long it takes says nothing about which secret was nearly right.
    hits = [hmac.compare_digest(one.encode(), mine.encode()) for one in given for mine in expected]
    if not any(hits):
        raise BadSignature("no signature of ours")
    return message_id
