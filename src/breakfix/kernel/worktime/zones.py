"""What a wall clock shows when: local days of any IANA zone as spans of UTC.

A wall time is mapped pointwise: an instant belongs to 08:00-18:00 when the site's clock shows so at
that instant. Hence a wall hour that the spring change skips has no length, an hour shown twice in
autumn counts twice, and a civil day that a zone skipped altogether (Apia, 2011-12-30) is empty.

Inside this package instants are whole microseconds since 1970 UTC: exact, and fast to compare.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ONE_DAY = timedelta(days=1)
SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
DAY_MINUTES = 24 * 60
_MICROSECOND = timedelta(microseconds=1)

Span = tuple[int, int]


class Piece(NamedTuple):
    """A part of a local day during which the offset from UTC stays the same."""

    start: int
    end: int
    offset: int


def micros(at: datetime) -> int:
    """Microseconds since the epoch; a naive datetime raises TypeError."""
    since = at - EPOCH
    return since.days * DAY + since.seconds * SECOND + since.microseconds


def instant(at: int) -> datetime:
    """The UTC datetime of a number of microseconds since the epoch."""
    return EPOCH + timedelta(microseconds=at)


def zone_of(name: str) -> ZoneInfo:
    """The zone of this IANA name; ValueError when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"not an IANA time zone: {name!r}") from error


def local_date(at: int, zone: str) -> date:
    """The date that the site's calendar shows at an instant."""
    return instant(at).astimezone(zone_of(zone)).date()


@lru_cache(maxsize=16384)
def day_pieces(zone: str, on: date) -> tuple[Piece, ...]:
    """The stretches of UTC that make up one local day: usually one, none when the day was skipped."""
    tz = zone_of(zone)
    midnight = datetime.combine(on, time.min)
    wall = micros(midnight.replace(tzinfo=UTC))
    # At a change, fold 0 and fold 1 of a skipped or doubled wall time have different offsets.
    probes = (midnight, midnight + timedelta(hours=12), midnight + ONE_DAY)
    offsets = {_offset(probe.replace(tzinfo=tz, fold=fold)) for probe in probes for fold in (0, 1)}
    if len(offsets) == 1:
        offset = offsets.pop()
        return (Piece(wall - offset, wall + DAY - offset, offset),)
    pieces = []
    for start, end, offset in _steady(tz, wall - max(offsets) - DAY, wall - min(offsets) + 2 * DAY):
        start, end = max(start, wall - offset), min(end, wall + DAY - offset)
        if start < end:
            pieces.append(Piece(start, end, offset))
    return tuple(pieces)


def wall_spans(zone: str, on: date, opens: int, closes: int) -> Iterator[Span]:
    """The spans during which the site's clock shows that date and a minute in [opens, closes)."""
    wall = (on.toordinal() - EPOCH.toordinal()) * DAY
    for piece in day_pieces(zone, on):
        start = max(piece.start, wall + opens * MINUTE - piece.offset)
        end = min(piece.end, wall + closes * MINUTE - piece.offset)
        if start < end:
            yield start, end


def end_of_local_day(on: date, zone: str) -> datetime:
    """The next local midnight: what is valid through a date is valid before this (domain.md §11, 30)."""
    pieces = day_pieces(zone, on)
    while not pieces:  # a skipped day ends when the day before it ends
        on -= ONE_DAY
        pieces = day_pieces(zone, on)
    return instant(pieces[-1].end)


def merged(spans: list[Span]) -> list[Span]:
    """The union of spans, sorted, with overlapping and touching ones made one."""
    union: list[Span] = []
    for start, end in sorted(spans):
        if union and start <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], end))
        elif start < end:
            union.append((start, end))
    return union


def _offset(at: datetime) -> int:
    offset = at.utcoffset()
    if offset is None:
        raise ValueError("a zone without an offset from UTC")
    return offset // _MICROSECOND


def _steady(tz: ZoneInfo, start: int, end: int) -> Iterator[Piece]:
    """Cut [start, end) wherever the zone's offset changes; changes are at whole seconds."""
    begun, offset = start, _offset(instant(start).astimezone(tz))
    for probe in range(start, end, 60 * MINUTE):
        if _offset(instant(probe).astimezone(tz)) == offset:
            continue
        low, high = probe - 60 * MINUTE, probe
        while high - low > SECOND:
            middle = low + (high - low) // (2 * SECOND) * SECOND
            if _offset(instant(middle).astimezone(tz)) == offset:
                low = middle
            else:
                high = middle
        yield Piece(begun, high, offset)
        begun, offset = high, _offset(instant(high).astimezone(tz))
    yield Piece(begun, end, offset)
