"""How much of a promise has been used, when it falls due, and why: arithmetic, never stored state.

elapsed = covered time that is not paused; due = earliest instant with elapsed = target, which is the
END of the last counted moment (domain.md §4.3). `explain` prints the very stretches these two add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from breakfix.kernel.worktime.calendars import Calendar, cross_midnight
from breakfix.kernel.worktime.coverage import Interval, covered_before, open_spans, reach
from breakfix.kernel.worktime.zones import DAY_MINUTES, ONE_DAY, Span, instant, local_date, micros, wall_spans

COUNTED = "counted"
OUTSIDE_HOURS = "outside hours"
# Later than any instant; stands for the end of a pause that has not ended.
_OPEN = 10**30

Mark = tuple[int, int, str]


@dataclass(frozen=True)
class Pause:
    """A period that does not count, [start, end); `end` None while it still lasts."""

    start: datetime
    end: datetime | None
    reason: str = "paused"
    # Start and end in microseconds: reckoned once, and read by each clock that is paused.
    span: Span = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        if self.end is not None:
            object.__setattr__(self, "end", self.end.astimezone(UTC))
            if self.end < self.start:
                raise ValueError(f"a pause cannot end before it starts: {self.start} to {self.end}")
        object.__setattr__(self, "span", (micros(self.start), _OPEN if self.end is None else micros(self.end)))


@dataclass(frozen=True)
class Stretch:
    """One line of an explanation: this period counted, or did not for this reason."""

    start: datetime
    end: datetime
    counted: bool
    reason: str

    def to_json(self) -> dict[str, str | bool]:
        """For printing and for recomputing by hand: instants as ISO 8601 UTC."""
        return {
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "counted": self.counted,
            "reason": self.reason,
        }


def elapsed(calendar: Calendar, start: datetime, end: datetime, pauses: Iterable[Pause | Interval] = ()) -> timedelta:
    """Covered and unpaused time in [start, end); overlapping pauses count once, nothing before start."""
    begun, now = micros(start), micros(end)
    if now <= begun:
        return timedelta(0)
    points = _running(begun, now, pauses)
    counts = covered_before(calendar, points)
    return timedelta(microseconds=sum(counts[1::2]) - sum(counts[::2]))


def due(
    calendar: Calendar, start: datetime, target: timedelta, pauses: Iterable[Pause | Interval] = ()
) -> datetime | None:
    """When `target` will have elapsed; None while a pause without an end keeps that open.

    A target of nothing is due at the start. Raises ValueError for a negative target and NeverDue when
    the calendar does not open for five years.
    """
    left = target // timedelta(microseconds=1)
    if left < 0:
        raise ValueError(f"a target cannot be negative: {target}")
    if left == 0:
        return start.astimezone(UTC)
    points = _running(micros(start), _OPEN, pauses)
    resumes = points[-2] if points and points[-1] == _OPEN else None
    if resumes is not None:
        del points[-2:]
    counts = covered_before(calendar, points)
    for i in range(0, len(points), 2):
        between = counts[i + 1] - counts[i]
        if between >= left:
            return instant(reach(calendar, points[i], left))
        left -= between
    return None if resumes is None else instant(reach(calendar, resumes, left))


def explain(calendar: Calendar, start: datetime, end: datetime, pauses: Sequence[Pause] = ()) -> tuple[Stretch, ...]:
    """Every moment of [start, end), without gaps: counted, closed, or paused and why.

    Closed time is never called paused: the stretches with a pause's reason are the covered time it
    cost. Where pauses overlap, the one that began first is named.
    """
    begun, now = micros(start), micros(end)
    if now <= begun:
        return ()
    pause_marks = _disjoint([(*pause.span, pause.reason) for pause in pauses])
    lines: list[Stretch] = []
    cursor = begun
    for opens, closes in [*open_spans(calendar, begun, now), (now, now)]:
        for low, high, holiday in _overlay(cursor, opens, _holiday_marks(calendar, cursor, opens)):
            lines.append(Stretch(instant(low), instant(high), False, holiday or OUTSIDE_HOURS))
        for low, high, pause in _overlay(opens, closes, pause_marks):
            reason = COUNTED if pause is None else pause
            lines.append(Stretch(instant(low), instant(high), pause is None, reason))
        cursor = closes
    return tuple(lines)


def _running(begun: int, now: int, pauses: Iterable[Pause | Interval]) -> list[int]:
    """The unpaused parts of [begun, now) as a flat list: start, end, start, end, ..."""
    points = [begun]
    for start, end in sorted([pause.span for pause in pauses]):
        if start >= now:
            break
        # What is behind the last start is a pause already counted, or lies before the clock began.
        if end <= points[-1]:
            continue
        if start > points[-1]:
            points += (start, end)
        else:
            points[-1] = end
    if points[-1] >= now:
        del points[-1]
    else:
        points.append(now)
    return points


def _disjoint(marks: Iterable[Mark]) -> list[Mark]:
    """Marks cut so that none overlap: whichever starts first keeps the time it covers.

    Neighbours with the same label become one.
    """
    kept: list[Mark] = []
    cursor = -_OPEN
    for start, end, label in sorted(marks, key=lambda mark: mark[0]):
        start = max(start, cursor)
        if start >= end:
            continue
        if kept and kept[-1][1:] == (start, label):
            start = kept.pop()[0]
        kept.append((start, end, label))
        cursor = end
    return kept


def _overlay(start: int, end: int, marks: Iterable[Mark]) -> Iterator[tuple[int, int, str | None]]:
    """Cut [start, end) by sorted disjoint marks; the parts that no mark covers have no label."""
    for mark_start, mark_end, label in marks:
        if mark_end <= start or mark_start >= end:
            continue
        if start < mark_start:
            yield start, mark_start, None
        yield max(start, mark_start), min(end, mark_end), label
        start = min(end, mark_end)
    if start < end:
        yield start, end, None


def _holiday_marks(calendar: Calendar, start: int, end: int) -> list[Mark]:
    """What holidays took out of coverage near [start, end): their civil days and their night windows."""
    marks: list[Mark] = []
    if start >= end:
        return marks
    first, last = local_date(start, calendar.zone), local_date(end, calendar.zone)
    for day in sorted(day for day in calendar.holidays if first - ONE_DAY <= day <= last):
        spans = list(wall_spans(calendar.zone, day, 0, DAY_MINUTES))
        for opens, closes in calendar.scheduled_on(day):
            spans += cross_midnight(calendar.zone, day, opens, closes)
        marks += [(*span, f"holiday {day.isoformat()}") for span in spans]
    return _disjoint(marks)
