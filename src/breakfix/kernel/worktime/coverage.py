"""Which instants a calendar covers, and how much covered time lies between two of them.

Coverage is computed once per calendar and block of days, with running totals, so that a question about
months costs a few look-ups. All inside is in microseconds (see zones.py); people see `Interval`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple

from breakfix.kernel.worktime.calendars import Calendar, NeverDue, opening_spans
from breakfix.kernel.worktime.zones import DAY, EPOCH, ONE_DAY, Span, instant, merged, micros

# How far a deadline is searched in opening hours; nobody promises anything beyond five years.
HORIZON_DAYS = 5 * 366
_BLOCK_DAYS = 64
_BLOCK = _BLOCK_DAYS * DAY


@dataclass(frozen=True)
class Interval:
    """A half-open period [start, end), kept in UTC whatever zone it was given in."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        # In UTC because Python compares two datetimes of one zone by their wall clocks.
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.end < self.start:
            raise ValueError(f"an interval cannot end before it starts: {self.start} to {self.end}")

    @cached_property
    def span(self) -> Span:
        """Start and end in microseconds."""
        return micros(self.start), micros(self.end)

    @property
    def duration(self) -> timedelta:
        """Elapsed time from start to end."""
        return self.end - self.start


class Block(NamedTuple):
    """The coverage of one block of days: disjoint spans, and what was covered before each of them."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]
    total: int


def union(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same instants as sorted, disjoint, non-touching intervals; empty ones vanish."""
    return _intervals(merged([one.span for one in intervals]))


def open_intervals(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Interval]:
    """The covered parts of [start, end), in order; each as long as possible."""
    for span in open_spans(calendar, micros(start), micros(end)):
        yield Interval(instant(span[0]), instant(span[1]))


def open_spans(calendar: Calendar, start: int, end: int) -> Iterator[Span]:
    """The covered parts of [start, end) in microseconds, joined across blocks."""
    held: Span | None = None
    for number in range(start // _BLOCK, -(-end // _BLOCK)):
        block = _block(calendar, number)
        for opens, closes in zip(block.starts, block.ends, strict=True):
            opens, closes = max(opens, start), min(closes, end)
            if opens >= closes:
                continue
            if held and held[1] == opens:
                held = (held[0], closes)
                continue
            if held:
                yield held
            held = (opens, closes)
    if held:
        yield held


def covered_before(calendar: Calendar, points: Sequence[int]) -> list[int]:
    """Covered time before each of the ascending points, all counted from one common instant."""
    if not points:
        return []
    number = points[0] // _BLOCK
    starts, ends, before, total = _block(calendar, number)
    edge, base = (number + 1) * _BLOCK, 0
    counts = []
    for point in points:
        while point > edge:
            number, edge, base = number + 1, edge + _BLOCK, base + total
            starts, ends, before, total = _block(calendar, number)
        i = bisect_right(starts, point) - 1
        if i < 0:
            counts.append(base)
        elif point < ends[i]:
            counts.append(base + before[i] + point - starts[i])
        else:
            counts.append(base + before[i] + ends[i] - starts[i])
    return counts


def reach(calendar: Calendar, start: int, amount: int) -> int:
    """The earliest instant by which `amount` (> 0) of covered time has passed since `start`.

    That is the END of the last counted moment. Raises NeverDue beyond the horizon; what is always open has none once
    its last holiday is over.
    """
    first = start // _BLOCK
    last = first + HORIZON_DAYS // _BLOCK_DAYS + 2
    needed = covered_before(calendar, (start,))[0] + amount
    for number in range(first, last):
        block = _block(calendar, number)
        if needed <= block.total:
            i = bisect_left(block.before, needed) - 1
            return block.starts[i] + needed - block.before[i]
        needed -= block.total
    edge = last * _BLOCK
    if calendar.always and all(day < instant(edge).date() - ONE_DAY for day in calendar.holidays):
        return edge + needed
    raise NeverDue(f"not reached within {HORIZON_DAYS // 366} years of {instant(start).isoformat()}")


@lru_cache(maxsize=1024)
def _block(calendar: Calendar, number: int) -> Block:
    first = EPOCH.date() + number * _BLOCK_DAYS * ONE_DAY
    low, high = number * _BLOCK, (number + 1) * _BLOCK
    near = (first - 2 * ONE_DAY, first + (_BLOCK_DAYS + 1) * ONE_DAY)
    # Always open: each day by itself would take seconds for centuries.
    if calendar.always and not any(near[0] <= day <= near[1] for day in calendar.holidays):
        return Block((low,), (high,), (0,), _BLOCK)
    spans: list[Span] = []
    # No offset reaches a whole day; a window may close a day after it opened: two days before, one after.
    for day in range(-2, _BLOCK_DAYS + 1):
        spans += opening_spans(calendar, first + day * ONE_DAY)
    starts, ends, before, total = [], [], [], 0
    for start, end in merged(spans):
        start, end = max(start, low), min(end, high)
        if start < end:
            starts.append(start)
            ends.append(end)
            before.append(total)
            total += end - start
    return Block(tuple(starts), tuple(ends), tuple(before), total)


def _intervals(spans: Iterable[Span]) -> tuple[Interval, ...]:
    return tuple(Interval(instant(start), instant(end)) for start, end in spans)
