"""How many requests a minute one token and one address may send.

The count stands in a table, so it holds in all processes together; each process takes a few at a time, so that a
request seldom costs a write. A process that ends may leave a few untaken, never the other way.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from breakfix.api import steps
from breakfix.kernel.errors import Refused

PER_MINUTE = {"token": 600, "address": 1200}
TAKEN_AT_ONCE = 10


@dataclass(frozen=True)
class Left:
    """What is left of an allowance until the minute ends, in seconds."""

    limit: int
    remaining: int
    reset: int


def spend(kind: str, who: object, at: datetime) -> Left:
    """Count one request, or refuse it until the minute ends."""
    seconds = int(at.timestamp())
    window, reset = seconds // 60, 60 - seconds % 60
    most, key = PER_MINUTE[kind], f"{kind}/{who}"
    here, beyond = f"allowance-{key}-{window}", f"allowance-beyond-{key}-{window}"
    try:
        left = cache.decr(here)
    except ValueError:  # nothing was taken in this minute yet
        left = -1
    if left < 0:
        taken, rest = steps.take_allowance(key, window=window, want=TAKEN_AT_ONCE, most=most)
        left = taken - 1
        cache.set_many({here: max(left, 0), beyond: rest}, 120)
    if left < 0:
        message = "You send more requests than this installation answers; wait, then go on more slowly."
        raise Refused("too_many_requests", message, retry_after=reset, limit=most)
    return Left(most, left + int(cache.get(beyond, 0)), reset)


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: what the proxy in front saw, if there is one that we were told to trust."""
    if settings.BREAKFIX_BEHIND_PROXY:
        # The last entry is the proxy's own; whatever stands before it, the sender may have written.
        seen = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if seen:
            return seen[:60]
    return str(request.META.get("REMOTE_ADDR", ""))[:60]


def tell(answer: HttpResponse, left: Left) -> None:
    """Say in the answer what is left."""
    answer["RateLimit-Limit"] = str(left.limit)
    answer["RateLimit-Remaining"] = str(left.remaining)
    answer["RateLimit-Reset"] = str(left.reset)
