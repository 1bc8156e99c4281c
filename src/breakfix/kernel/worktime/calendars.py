"""When a site is covered: weekly hours on the wall clock, holidays, zone.

A calendar is a value: it is snapshotted as JSON with whatever it governs, so that a later edit never
rewrites what was promised (domain.md R8).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

from breakfix.kernel.worktime.zones import DAY_MINUTES, ONE_DAY, Span, merged, wall_spans, zone_of

Window = tuple[int, int]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class NeverDue(ValueError):
    """The calendar does not open (again) within the search horizon: no deadline can be given."""


@dataclass(frozen=True)
class Calendar:
    """Coverage of one site.

    `week` holds, from Monday, each day's windows (open minute, close minute) on the wall clock. A
    close not after its open means the next day; such a window belongs to the date it opens on, also
    when asked whether that is a holiday. `always` is 24x7; a holiday still takes out its civil day.
    """

    zone: str
    week: tuple[tuple[Window, ...], ...] = ((),) * 7
    holidays: frozenset[date] = frozenset()
    always: bool = False

    def __post_init__(self) -> None:
        zone_of(self.zone)
        if len(self.week) != 7:
            raise ValueError("a week has seven days")
        if self.always and any(self.week):
            raise ValueError("a calendar is open always or by hours, not both")
        for opens, closes in (window for day in self.week for window in day):
            if not (0 <= opens < DAY_MINUTES and 0 <= closes <= DAY_MINUTES):
                raise ValueError(f"not minutes of a day: {opens} to {closes}")
        object.__setattr__(self, "week", tuple(tuple(sorted(day)) for day in self.week))
        object.__setattr__(self, "holidays", frozenset(self.holidays))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        # Asked for on every cache look-up, and a set of many holidays is not hashed for nothing.
        return hash((self.zone, self.holidays))

    @classmethod
    def always_on(cls, zone: str) -> Calendar:
        """24 hours, every day, no holidays."""
        return cls(zone, always=True)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Calendar:
        """Read what `to_json` wrote; only `zone` is required. ValueError for anything unknown or of another shape."""
        hours, always = stored.get("hours") or {}, stored.get("always", False)
        if not isinstance(hours, Mapping):
            raise ValueError(f"hours are windows by weekday, not {hours!r}")
        if unknown := (set(stored) - {"zone", "hours", "holidays", "always"}) | (set(hours) - set(WEEKDAYS)):
            raise ValueError(f"not part of a calendar: {', '.join(sorted(unknown))}")
        if not isinstance(always, bool):  # "false" in quotes would be 24x7
            raise ValueError(f"always is true or false, not {always!r}")
        return cls(
            zone=stored["zone"],
            week=tuple(_windows(hours.get(day, ())) for day in WEEKDAYS),
            holidays=_dates(stored.get("holidays", ())),
            always=always,
        )

    def to_json(self) -> dict[str, Any]:
        """The same JSON for equal calendars: days from Monday, holidays by date."""
        return {
            "zone": self.zone,
            "hours": {
                day: [[_clock(opens), _clock(closes)] for opens, closes in windows]
                for day, windows in zip(WEEKDAYS, self.week, strict=True)
                if windows
            },
            "holidays": [day.isoformat() for day in sorted(self.holidays)],
            "always": self.always,
        }

    @property
    def standard_day_minutes(self) -> int:
        """Minutes of one "business day" of a target (domain.md §11 ruling 9): 600 for 08-18.

        The most common length among the days that open, the longer one on a tie; 1440 for 24x7.
        """
        if self.always:
            return DAY_MINUTES
        opened = [merged(_forward(day)) for day in self.week if day]
        lengths = Counter(sum(end - start for start, end in day) for day in opened)
        if not lengths:
            raise NeverDue("a calendar that never opens has no standard day")
        return max(lengths, key=lambda length: (lengths[length], length))

    def windows_on(self, on: date) -> tuple[Window, ...]:
        """The windows that open on a date, as (open, close) minutes from its midnight, unmerged.

        A close past midnight is above 1440. None on holidays.
        """
        if on in self.holidays:
            return ()
        return self.scheduled_on(on)

    def scheduled_on(self, on: date) -> tuple[Window, ...]:
        """The windows that would open on a date if it were no holiday."""
        return ((0, DAY_MINUTES),) if self.always else tuple(_forward(self.week[on.weekday()]))


def dated_through(holidays: Iterable[date]) -> int | None:
    """The last year for which holidays are listed without a gap; in later ones they count as working days.

    None where none are listed at all. Single further days make no year a listed one: it holds at least a third as
    many as the fullest.
    """
    listed = Counter(day.year for day in holidays)
    if not listed:
        return None
    most = max(listed.values())
    years = {year for year, days in listed.items() if 3 * days >= most}
    year = min(years)
    while year + 1 in years:
        year += 1
    return year


@lru_cache(maxsize=4096)
def opening_spans(calendar: Calendar, on: date) -> tuple[Span, ...]:
    """When the windows that open on this date are really open, in UTC microseconds, sorted."""
    spans: list[Span] = []
    for opens, closes in calendar.windows_on(on):
        spans += cross_midnight(calendar.zone, on, opens, closes)
    return tuple(merged(spans))


def cross_midnight(zone: str, on: date, opens: int, closes: int) -> Iterator[Span]:
    """The spans of a window counted in minutes from a date's midnight, up to the end of the next day."""
    yield from wall_spans(zone, on, opens, min(closes, DAY_MINUTES))
    if closes > DAY_MINUTES:
        yield from wall_spans(zone, on + ONE_DAY, 0, closes - DAY_MINUTES)


def _forward(day: tuple[Window, ...]) -> list[Window]:
    return [(opens, closes if closes > opens else closes + DAY_MINUTES) for opens, closes in day]


def _windows(given: Any) -> tuple[Window, ...]:
    pairs = given if isinstance(given, list | tuple) else [given]
    if not all(isinstance(one, list | tuple) and len(one) == 2 for one in pairs):
        raise ValueError(f"a weekday is a list of [opens, closes], not {given!r}")
    return tuple((_minute(opens), _minute(closes)) for opens, closes in pairs)


def _minute(clock: Any) -> int:
    hours, _, minutes = clock.partition(":") if isinstance(clock, str) else ("", "", "")
    if not (hours.isdecimal() and minutes.isdecimal() and len(clock) == 5 and int(minutes) < 60):
        raise ValueError(f"not a time of day: {clock!r}")
    return int(hours) * 60 + int(minutes)


def _dates(given: Any) -> frozenset[date]:
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise ValueError(f"holidays are a list of dates, not {given!r}")
    return frozenset(date.fromisoformat(one) for one in given)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
