"""How much of the objective went by waiting for parts: it counts, and is told apart (domain.md §4.3)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.agreements.values import Coverage, PauseRules
from breakfix.incidents import queries
from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import clocks
from breakfix.incidents.rules.clocks import Facts, Held, Reading
from breakfix.incidents.values import ClockKind, HoldReason
from breakfix.kernel.worktime.calendars import Calendar
from breakfix.reports.document import _commitments
from tests.makers import World
from tests.makers_incidents import QUALIFIED, qualified

BEGUN = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOURS = Calendar.always_on("UTC")
PARTS, INFO = HoldReason.AWAITING_PARTS, HoldReason.AWAITING_CLIENT_INFO
MINUTES = st.integers(-120, 900)


def at(minutes: int) -> datetime:
    return BEGUN + timedelta(minutes=minutes)


def read(held: list[Held], *, minutes: int = 600, kind: ClockKind = ClockKind.RESTORE) -> Reading:
    facts = Facts(kind, Coverage.ALWAYS, timedelta(hours=8), BEGUN)
    pauses = clocks.pauses_for(kind, held, acknowledged_at=BEGUN, rules=PauseRules())
    parts = clocks.waits_for_parts(kind, held)
    return clocks.reading(facts, hours=HOURS, pauses=pauses, parts=parts, at=at(minutes))


@st.composite
def holds(draw: Any, reason: HoldReason) -> list[Held]:
    found = []
    for start, length, is_open in draw(st.lists(st.tuples(MINUTES, st.integers(0, 300), st.booleans()), max_size=4)):
        found.append(Held(reason, at(start), None if is_open else at(start + length)))
    return found


@pytest.mark.parametrize(
    ("held", "minutes", "percent"),
    [
        ([], 0, "0.0"),
        ([Held(PARTS, at(60), at(228))], 168, "28.0"),
        ([Held(PARTS, at(540), None)], 60, "10.0"),
        ([Held(PARTS, at(-60), at(1))], 1, "0.2"),
        ([Held(PARTS, at(700), at(800))], 0, "0.0"),
        # The client was asked meanwhile: what that paused is no delay of parts.
        ([Held(PARTS, at(0), at(120)), Held(INFO, at(60), at(180))], 60, "12.5"),
    ],
)
def test_what_counted_while_parts_were_waited_for(held: list[Held], minutes: int, percent: str) -> None:
    one = read(held)
    assert (one.parts_delay, one.parts_percent) == (timedelta(minutes=minutes), Decimal(percent))


def test_only_the_objective_tells_of_it() -> None:
    held = [Held(PARTS, at(0), None)]
    assert read(held, kind=ClockKind.ONSITE).parts_delay == timedelta(0)
    assert "parts_delay_seconds" not in clocks.printout(read(held, kind=ClockKind.ONSITE))
    printed = clocks.printout(read(held))
    assert (printed["parts_delay_seconds"], printed["parts_delay_percent"]) == (36000, "100.0")


@given(holds(PARTS), holds(INFO), st.integers(-10, 900))
def test_share_is_one_of_what_was_used(parts: list[Held], info: list[Held], minutes: int) -> None:
    one = read(parts + info, minutes=minutes)
    assert timedelta(0) <= one.parts_delay <= one.elapsed
    assert 0 <= one.parts_percent <= 100
    # It stops nothing: without the waits for parts the clock says the same.
    assert replace(one, parts_delay=timedelta(0)) == read(info, minutes=minutes)


@given(holds(PARTS), holds(INFO), st.integers(0, 900))
def test_delays_add_up_over_what_does_not_overlap(parts: list[Held], info: list[Held], cut: int) -> None:
    """Cut in two at any instant, and the two parts make the whole."""
    before = [replace(one, start=min(one.start, at(cut)), end=min(one.end or at(cut), at(cut))) for one in parts]
    after = [replace(one, start=max(one.start, at(cut)), end=one.end and max(one.end, at(cut))) for one in parts]
    whole = read(parts + info).parts_delay
    assert read(before + info).parts_delay + read(after + info).parts_delay == whole


def test_engagement_tells_how_long_it_waited(world: World) -> None:
    engagement = qualified(world)
    by = world.actor("dana")
    course.hold(engagement.pk, reason=PARTS, note="The controller", by=by, at=QUALIFIED)
    course.resume(engagement.pk, by=by, at=QUALIFIED + timedelta(minutes=30))
    now = QUALIFIED + timedelta(minutes=48)  # 60 minutes after the report
    one = next(one for one in queries.readings(Engagement.objects.get(), now) if one.kind is ClockKind.RESTORE)
    assert (one.elapsed, one.parts_delay, one.parts_percent) == (
        timedelta(minutes=60),
        timedelta(minutes=30),
        Decimal("50.0"),
    )
    (said,) = [row["note"] for row in _commitments(Engagement.objects.get(), now) if row["name"] == "RESTORE"]
    assert str(said).endswith("; 30 min of it waiting for parts (50.0 %)")
    assert all("parts" not in str(row["note"]) for row in _commitments(engagement, QUALIFIED))
