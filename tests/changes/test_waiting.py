"""A hold for a change window names a real one, and ends when it begins (domain.md §4.3, decision 0030)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from breakfix.changes.actions import wait_for_window
from breakfix.changes.models import Change
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement, Hold
from breakfix.incidents.values import ClockKind, HoldReason, Status, Verdict
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.ledger.rebuild import differences
from tests import makers_changes as makers
from tests import together
from tests.jobs.running import instants, run_until
from tests.makers import World
from tests.makers import world as make_world
from tests.makers_incidents import ACKNOWLEDGED, acknowledged
from tests.refusals import refused

AT = makers.SECOND + timedelta(seconds=30)
BEGINS = makers.WINDOW[0]


def waited(world: World, change: Change, *, who: str = "dana", at: datetime = AT, **given: Any) -> Engagement:
    return wait_for_window(change.pk, **given, by=world.actor(who), at=at)


def restore(engagement: Engagement, at: datetime) -> Any:
    return next(one for one in incidents.readings(engagement, at) if one.kind is ClockKind.RESTORE)


def status() -> str:
    return Engagement.objects.get().status


def test_hold_names_the_change_and_ends_when_its_window_begins(world: World) -> None:
    change = makers.approved(world)
    before = status()
    engagement = waited(world, change, note="Everything is laid out")
    held = incidents.open_hold(engagement)
    assert held is not None
    assert (held.reason, held.window_id, held.expected_until) == (
        HoldReason.AWAITING_CHANGE_WINDOW,
        change.number,
        BEGINS,
    )
    assert restore(engagement, AT + timedelta(seconds=20)).verdict is Verdict.PAUSED
    run_until(BEGINS - timedelta(seconds=1), AT)
    assert status() == Status.ON_HOLD
    run_until(BEGINS, BEGINS - timedelta(seconds=1))
    assert status() == before
    assert Hold.objects.get(pk=held.pk).ended_at == BEGINS
    (told,) = instants("engagement.resumed", engagement.client_id)
    assert told[1] == f"Resumed: the window {change.number} has begun."
    assert restore(engagement, BEGINS + timedelta(minutes=5)).verdict is not Verdict.PAUSED
    assert differences() == []


def test_whoever_may_resume_ends_it_before_and_nothing_follows(world: World) -> None:
    engagement = waited(world, makers.approved(world))
    course.resume(engagement.pk, by=world.actor("seth"), at=AT + timedelta(seconds=10))
    given = {"reason": HoldReason.PROVIDER_INTERNAL, "note": "A flat tyre", "by": world.actor("dana")}
    course.hold(engagement.pk, **given, at=AT + timedelta(seconds=20))
    run_until(BEGINS + timedelta(minutes=1), AT)
    assert status() == Status.ON_HOLD
    assert [one for _, one in instants("engagement.resumed", engagement.client_id)] == ["Resumed"]


def test_window_has_to_be_let_through_and_ahead(world: World) -> None:
    change = makers.proposed(world)
    with refused("change_state"):
        waited(world, change)
    makers.approved(world, change)
    with refused("window_begun"):
        waited(world, change, at=BEGINS)
    with refused("verbal_promise", field="note"):
        waited(world, change, note="It saves $200")
    waited(world, change)
    with refused("wrong_state"):
        waited(world, change)


@pytest.mark.parametrize(("who", "code"), [("chas", "not_allowed"), ("quinn", "not_allowed"), ("cal", "not_found")])
def test_provider_alone_waits(world: World, who: str, code: str) -> None:
    change = makers.approved(world)
    with refused(code):
        waited(world, change, who=who)


def test_window_in_words_says_when_it_begins_and_ends_then_too(world: World) -> None:
    engagement = acknowledged(world)
    given: dict[str, Any] = {"reason": HoldReason.AWAITING_CHANGE_WINDOW, "window_id": "Month end freeze"}
    given |= {"by": world.actor("dana"), "at": ACKNOWLEDGED}
    with refused("hold_without_evidence", field="expected_until"):
        course.hold(engagement.pk, **given)
    until = ACKNOWLEDGED + timedelta(hours=2)
    with refused("past_end", field="expected_until"):
        course.hold(engagement.pk, **given, expected_until=ACKNOWLEDGED)
    course.hold(engagement.pk, **given, expected_until=until)
    with refused("no_window"):
        course.begin_window(engagement.pk, by=SYSTEM, at=until - timedelta(seconds=1))
    with refused("not_allowed"):
        course.begin_window(engagement.pk, by=world.actor("dana"), at=until)
    run_until(until, ACKNOWLEDGED)
    assert status() == Status.ACKNOWLEDGED


def test_worker_that_comes_late_gives_nobody_more_time(world: World) -> None:
    engagement = waited(world, makers.approved(world))
    course.begin_window(engagement.pk, by=SYSTEM, at=BEGINS + timedelta(hours=3))
    assert Hold.objects.filter(reason=HoldReason.AWAITING_CHANGE_WINDOW).get().ended_at == BEGINS
    assert differences() == []


def test_other_waits_do_not_end_at_the_instant_they_expect(world: World) -> None:
    engagement = acknowledged(world)
    until = ACKNOWLEDGED + timedelta(minutes=30)
    given = {"reason": HoldReason.AWAITING_PARTS, "note": "A drive", "by": world.actor("dana")}
    course.hold(engagement.pk, **given, expected_until=until, at=ACKNOWLEDGED)
    run_until(until + timedelta(hours=1), ACKNOWLEDGED)
    assert status() == Status.ON_HOLD
    with refused("no_window"):
        course.begin_window(engagement.pk, by=SYSTEM, at=until)


@pytest.mark.postgres
def test_machine_and_desk_end_it_once(transactional_db: None) -> None:
    made = make_world()
    engagement = waited(made, makers.approved(made))
    said = together.both(
        lambda: course.begin_window(engagement.pk, by=SYSTEM, at=BEGINS),
        lambda: course.resume(engagement.pk, by=made.actor("dana"), at=BEGINS),
    )
    assert sorted(said) in (["done", "no_window"], ["done", "not_on_hold"])
    assert Hold.objects.filter(reason=HoldReason.AWAITING_CHANGE_WINDOW, ended_at=None).count() == 0
