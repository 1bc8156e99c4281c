"""Instants as tools write them: with and without an offset, in seconds or milliseconds, or not at all."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

AHEAD = timedelta(minutes=5)  # how far another clock may be ahead of ours
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"\d{9,13}(\.\d+)?")
_DAY = 10  # characters; a day alone does not say when on it
_WRITTEN = ("%Y.%m.%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y %H:%M:%S")


def instant(text: str, zone: str = "UTC", *, days_before: int = 0) -> datetime | None:
    """The instant that a text names, in UTC; None if it names none, or one before 2000 (0001-01-01 means "not yet").

    Without an offset it is the wall clock of `zone`, the first time where the hour is doubled. `days_before`: at the
    same time of that clock so many days earlier.
    """
    found = _number(text) if _NUMBER.fullmatch(text.strip()) else _written(text.strip())
    if found is None:
        return None
    try:
        found -= timedelta(days=days_before)
        at = (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return at if at >= EARLIEST else None


def _number(text: str) -> datetime | None:
    """Seconds, or milliseconds where seconds would be beyond the year 5000; never by way of binary fractions."""
    number = Decimal(text)
    micros = int(number * (1000 if number >= 10**11 else 1_000_000))
    try:
        return EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        return None


def _written(text: str) -> datetime | None:
    if len(text) <= _DAY:
        return None
    for way in _WRITTEN:
        try:
            return datetime.strptime(text, way)  # noqa: DTZ007 - the zone is the caller's
        except ValueError:
            continue
    with suppress(ValueError):  # as date(1) writes it where the zone is UTC
        return datetime.strptime(text, "%a %b %d %H:%M:%S UTC %Y").replace(tzinfo=UTC)
    # "2026-11-20 03:14:05 +0000", as date(1) and Icinga write it
    text = re.sub(r"\s+([+-]\d{2}:?\d{2})$", r"\1", text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def believed(said: datetime | None, received_at: datetime) -> tuple[datetime, str]:
    """When a failure began, for us: what was said, or when we heard of it, with why."""
    if said is None:
        return received_at, "the alert does not say when; this is when it was received"
    if said > received_at + AHEAD:
        return received_at, f"the alert says {said.isoformat()}, which is yet to come; this is when it was received"
    return said, ""
