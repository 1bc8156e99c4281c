"""How fast the clock arithmetic is, and against what: a count of every minute, in the same run.

    .venv/bin/python bench/clock.py [clocks]

A clock is read twice, once for `due` and once for `elapsed`, with ten pauses over two working weeks of
a site in New York (08-18, two years of holidays, across the autumn change). Both ways must agree on every answer.
"""

import random
import sys
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
from machine import machine, show

from breakfix.kernel.worktime.calendars import WEEKDAYS, Calendar
from breakfix.kernel.worktime.clocks import Pause, due, elapsed

ZONE = "America/New_York"
HOLIDAYS = frozenset(holidays.country_holidays("US", subdiv="NY", years=[2026, 2027]))
CALENDAR = Calendar.from_json(
    {
        "zone": ZONE,
        "hours": {day: [["08:00", "18:00"]] for day in WEEKDAYS[:5]},
        "holidays": [day.isoformat() for day in HOLIDAYS],
    }
)
MINUTE = timedelta(minutes=1)

Case = tuple[datetime, datetime, timedelta, list[Pause]]


def cases(count: int) -> list[Case]:
    """Clocks that start within October 2026, read two weeks later."""
    dice = random.Random(20261101)  # noqa: S311
    made = []
    for _ in range(count):
        start = datetime(2026, 10, 19, tzinfo=UTC) + dice.randrange(14 * 1440) * MINUTE
        pauses = []
        for _ in range(10):
            begun = start + dice.randrange(14 * 1440) * MINUTE
            pauses.append(Pause(begun, begun + dice.randrange(1, 600) * MINUTE))
        made.append((start, start + timedelta(days=14), dice.randrange(1, 2400) * MINUTE, pauses))
    return made


def by_minutes(case: Case) -> tuple[datetime, timedelta]:
    """The same two answers by looking at the site's clock once a minute."""
    start, end, target, pauses = case
    zone, counted, reached, now = ZoneInfo(ZONE), timedelta(0), None, start
    spent = timedelta(0)
    while now < end or reached is None:
        wall = now.astimezone(zone)
        covered = wall.weekday() < 5 and 8 <= wall.hour < 18 and wall.date() not in HOLIDAYS
        if covered and not any(pause.end and pause.start <= now < pause.end for pause in pauses):
            spent += MINUTE
            if now < end:
                counted = spent
            if spent == target:
                reached = now + MINUTE
        now += MINUTE
    return reached, counted


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    made = cases(count)

    begun = time.perf_counter()
    due(CALENDAR, made[0][0], made[0][2], made[0][3])
    cold = time.perf_counter() - begun

    begun = time.perf_counter()
    answers = [
        (due(CALENDAR, start, target, pauses), elapsed(CALENDAR, start, end, pauses))
        for start, end, target, pauses in made
    ]
    fast = count / (time.perf_counter() - begun)

    begun = time.perf_counter()
    for start, end, target, pauses in made:
        again = [Pause(one.start, one.end) for one in pauses]
        due(CALENDAR, start, target, again)
        elapsed(CALENDAR, start, end, again)
    anew = count / (time.perf_counter() - begun)

    checked = min(count, 20)
    begun = time.perf_counter()
    for case, answer in zip(made[:checked], answers[:checked], strict=True):
        assert by_minutes(case) == answer, case
    slow = checked / (time.perf_counter() - begun)

    figures = {
        "clocks": count,
        "first answer, nothing cached, ms": cold * 1000,
        "due and elapsed, ten pauses, evaluations per s": 2 * fast,
        "the same, pauses built anew, evaluations per s": 2 * anew,
        f"minute by minute, {checked} compared, evaluations per s": 2 * slow,
        "ratio": fast / slow,
    }
    show("Clocks", figures, machine())


if __name__ == "__main__":
    main()
