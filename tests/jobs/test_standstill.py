"""Who stands still is noticed after a hold and after a raise as well, counted from when it could move again."""

from datetime import UTC, datetime, timedelta

import pytest

from breakfix.agreements.values import Priority
from breakfix.incidents import ladder
from breakfix.incidents.actions.course import hold, resume
from breakfix.incidents.actions.reprioritise import raise_priority
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules.ladder import overruns_at
from breakfix.incidents.values import HelpReason, HoldReason, PriorityChange
from breakfix.reports.actions import refuse_work
from breakfix.work.actions.ending import dispute_restoration
from tests.jobs.running import run_until
from tests.makers import World, local
from tests.makers_dispatch import arrived, contacted
from tests.makers_work import RESOLVED, RESTORED, resolved, restored

HELD = local("2026-12-01 22:50")
HOUR = timedelta(hours=1)


def asked(engagement: Engagement, reason: HelpReason) -> list[str]:
    return [f"{one.asked_at:%d %H:%M}" for one in ladder.steps_of(engagement) if one.help_reason == reason]


def held(world: World, until: str) -> Engagement:
    """An hour and a half into the diagnosis the desk waits for an answer, which the client gives."""
    engagement, question = arrived(world), "Which rack?"
    run_until(HELD, HELD)
    back = local(until)
    reason = HoldReason.AWAITING_CLIENT_INFO
    hold(engagement.pk, reason=reason, question=question, by=world.actor("dana"), at=HELD)
    run_until(back, HELD)
    resume(engagement.pk, answer="The second.", by=world.actor("rita"), at=back)
    return engagement


@pytest.mark.parametrize(
    ("until", "instant"),
    [("2026-12-01 23:20", "02 05:20"), ("2026-12-02 00:30", "02 06:30")],
    ids=["before the look", "after the look"],
)
def test_silence_is_counted_from_the_end_of_the_hold(world: World, until: str, instant: str) -> None:
    engagement = held(world, until)
    run_until(local(until) + HOUR, local(until))
    assert asked(engagement, HelpReason.STANDSTILL) == [instant]


def test_diagnosis_that_was_held_is_looked_at_once_it_goes_on(world: World) -> None:
    engagement = held(world, "2026-12-02 00:30")
    due = ladder.overruns_at(Engagement.objects.get(pk=engagement.pk))
    # Contact at 20:16 and three hours; an hour and forty minutes of them were held.
    assert due == local("2026-12-02 00:56")
    run_until(due + HOUR, local("2026-12-02 00:30"))
    assert asked(engagement, HelpReason.OVERRUN)[:1] == ["02 05:56"]


def test_what_becomes_urgent_is_watched_from_then_on(world: World) -> None:
    engagement, calmer = contacted(world), local("2026-12-01 20:30")
    run_until(calmer, calmer)
    change(world, engagement, Priority.P3, at=calmer)
    worse = local("2026-12-01 21:20")
    run_until(worse, calmer)
    assert asked(engagement, HelpReason.STANDSTILL) == []
    # The look at 21:16 found nothing urgent; the last that moved was the contact at 20:16.
    change(world, engagement, Priority.P1, at=worse)
    run_until(worse + HOUR / 60, worse)
    assert asked(engagement, HelpReason.STANDSTILL) == ["02 02:20"]


@pytest.mark.parametrize("minutes", [20, 90])
def test_silence_after_a_dispute_is_counted_from_the_dispute(world: World, minutes: int) -> None:
    engagement = restored(world).engagement
    run_until(RESTORED, RESTORED)
    at = RESTORED + minutes * HOUR / 60
    run_until(at, RESTORED)
    dispute_restoration(engagement.pk, reason="It stopped again.", by=world.actor("rita"), at=at)
    goes_unmoved(engagement, since=at)


def test_silence_after_refused_work_is_counted_from_the_refusal(world: World) -> None:
    engagement, at = resolved(world), RESOLVED + 26 * HOUR
    run_until(at, RESOLVED)
    refuse_work(engagement.pk, reason="The archive job hangs.", by=world.actor("rita"), at=at)
    goes_unmoved(engagement, since=at)


def goes_unmoved(engagement: Engagement, since: datetime) -> None:
    run_until(since + HOUR - HOUR / 60, since)
    assert asked(engagement, HelpReason.STANDSTILL) == []
    run_until(since + HOUR, since + HOUR - HOUR / 60)
    assert asked(engagement, HelpReason.STANDSTILL) == [f"{(since + HOUR).astimezone(UTC):%d %H:%M}"]


def change(world: World, engagement: Engagement, to: Priority, at: datetime) -> None:
    how, rita = PriorityChange.CHANGED_CIRCUMSTANCES, world.actor("rita")
    raise_priority(engagement.pk, priority=to, change=how, reason="Otherwise now", by=rita, at=at)


def test_a_hold_before_or_after_the_diagnosis_lengthens_nothing() -> None:
    begun = HELD
    due = begun + 3 * HOUR
    assert overruns_at(begun, 2) == due
    assert overruns_at(begun, 2, [(begun - 2 * HOUR, begun - HOUR), (due, due + HOUR)]) == due
    assert overruns_at(begun, 2, [(begun - HOUR, begun + HOUR)]) == due + HOUR
    # The first hold moves the end behind the beginning of the second.
    assert overruns_at(begun, 2, [(due + HOUR / 2, due + HOUR), (begun, begun + HOUR)]) == due + HOUR * 3 / 2
    assert overruns_at(begun, 0, [(begun, due)]) is None


def test_what_is_held_twice_lengthens_it_once() -> None:
    due = HELD + 3 * HOUR
    first, beside = (HELD + HOUR, HELD + 2 * HOUR), (HELD + HOUR * 3 / 2, HELD + HOUR * 5 / 2)
    within = (HELD + HOUR * 5 / 4, HELD + HOUR * 3 / 2)
    assert overruns_at(HELD, 2, [beside, first]) == due + HOUR * 3 / 2
    assert overruns_at(HELD, 2, [first, first]) == due + HOUR
    assert overruns_at(HELD, 2, [within, first, beside]) == due + HOUR * 3 / 2
