"""A vendor's promise explains itself: its printed intervals give the due instant, and how early or late it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from breakfix.kernel.worktime.calendars import Calendar
from breakfix.liaison.rules import promises
from breakfix.liaison.values import Basis, PromiseGiven, PromiseVerdict
from tests.incidents.by_hand import recompute
from tests.makers import local

ZONE = "America/New_York"
OFFICE = Calendar.from_json(
    {"zone": ZONE, "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), [["08:00", "18:00"]])}
)
NIGHT = Calendar.from_json({"zone": ZONE, "hours": {"sat": [["22:00", "06:00"]], "sun": [["22:00", "06:00"]]}})
SECOND = timedelta(seconds=1)

# hours, basis, promised at, within minutes, due
COMPUTED = [
    (OFFICE, Basis.HOURS, "2026-12-01 21:00", 300, "2026-12-02 13:00"),  # said after they closed
    (OFFICE, Basis.HOURS, "2026-12-04 17:30", 60, "2026-12-07 08:30"),  # over a weekend
    (OFFICE, Basis.HOURS, "2026-12-01 12:00", 360, "2026-12-01 18:00"),  # due as they close, not as they open again
    (OFFICE, Basis.WALL, "2026-12-04 17:30", 600, "2026-12-05 03:30"),
    (NIGHT, Basis.HOURS, "2027-03-14 01:00", 120, "2027-03-14 04:00"),  # an hour that spring skips
    (NIGHT, Basis.HOURS, "2026-11-01 00:30", 120, "2026-11-01 01:30"),  # and one that autumn shows twice
]


def printed(found: promises.Explained) -> dict[str, Any]:
    return {
        "target_seconds": found.target // SECOND,
        "stretches": [one.to_json() for one in found.stretches],
        "ahead": [one.to_json() for one in found.ahead],
    }


@pytest.mark.parametrize(("hours", "basis", "made", "minutes", "due"), COMPUTED)
@pytest.mark.parametrize("hours_later", [0, 1, 20, 100])
@pytest.mark.parametrize("stopped", [False, True])
def test_due_instant_and_lateness_follow_from_the_printed_intervals(
    hours: Calendar, basis: Basis, made: str, minutes: int, due: str, hours_later: int, stopped: bool
) -> None:
    made_at = local(made)
    until = promises.due(PromiseGiven("x", None, minutes, basis), made_at, hours)
    # In UTC: of an hour that is shown twice Python calls two zones never equal. Due is the second time.
    assert until == local(due).replace(fold=1).astimezone(UTC)
    then = made_at.astimezone(UTC) + timedelta(hours=hours_later)
    stop, at = (then, then + timedelta(days=9)) if stopped else (None, then)
    facts: dict[str, Any] = {"until": until, "basis": basis, "hours": hours}
    found = promises.explained(made_at=made_at, within_minutes=minutes, stopped_at=stop, at=at, **facts)
    elapsed, due_by_hand = recompute(printed(found))
    assert due_by_hand is not None
    assert datetime.fromisoformat(due_by_hand) == until
    assert (elapsed, found.computed) == (found.used // SECOND, True)
    reading = promises.reading(kept_at=stop, ended_at=None, at=at, **facts)
    assert abs(found.remaining) == reading.by
    if reading.by:
        assert (found.remaining < timedelta(0)) is (reading.verdict is PromiseVerdict.BROKEN)


def test_named_instant_is_explained_by_what_counts_before_it() -> None:
    """Promised on Friday evening for Monday noon: four hours of theirs, two of which went by."""
    until = local("2026-12-07 12:00")
    facts: dict[str, Any] = {"until": until, "basis": Basis.HOURS, "hours": OFFICE}
    at = local("2026-12-07 10:00")
    found = promises.explained(
        made_at=local("2026-12-04 19:00"), within_minutes=None, stopped_at=None, at=at, **facts
    )
    assert (found.computed, found.target, found.used) == (False, timedelta(hours=4), timedelta(hours=2))
    assert [(one.counted, one.reason) for one in found.stretches] == [(False, "outside hours"), (True, "counted")]
    assert recompute(printed(found))[1] == found.ahead[-1].end.isoformat()
    assert found.ahead[-1].end == until
