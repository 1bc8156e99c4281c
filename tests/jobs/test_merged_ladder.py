"""A duty that is taken over brings its ladder along: who has not answered is asked on the report that goes on."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from breakfix.incidents import ladder
from breakfix.incidents.actions import desk, escalating, merging
from breakfix.incidents.models import Engagement, Escalation
from breakfix.kernel.ledger.rebuild import differences
from breakfix.kernel.models import Task
from tests.jobs.running import run_until
from tests.makers import World, local
from tests.makers_incidents import ACKNOWLEDGED, ARCHIVE_GAP, REPORTED, reported

# Due an hour after 19:40: half of it is used at 20:10, ninety percent at 20:34.
FILING = replace(ARCHIVE_GAP, name="Filing sent", hours=Decimal(1))
MERGED = local("2026-12-01 20:12")
TEN = timedelta(minutes=10)


def walked(engagement: Engagement) -> list[Escalation]:
    steps = [(one, one.obligation) for one in ladder.steps_of(engagement)]
    return [one for one, duty in steps if duty is not None and duty.name == FILING.name]


def reported_twice(world: World) -> tuple[Engagement, Engagement]:
    """The second report names a duty more, of whose time half is used when the two are found to be one failure."""
    first = reported(world)
    second = reported(world, who="seth", at=REPORTED + timedelta(minutes=1), obligations=[FILING])
    run_until(ACKNOWLEDGED, REPORTED)
    for one in (first, second):
        desk.acknowledge(one.pk, callback="+1 201 555 0170", by=world.actor("dana"), at=ACKNOWLEDGED)
    run_until(MERGED, ACKNOWLEDGED)
    return first, second


def merge(world: World, second: Engagement, first: Engagement) -> None:
    given = {"into_id": first.pk, "reason": "One array, two callers", "by": world.actor("dana")}
    merging.merge_engagement(second.pk, **given, at=MERGED)


def test_rung_that_nobody_answered_is_asked_again_and_gone_on_from(world: World) -> None:
    first, second = reported_twice(world)
    assert {one.is_open for one in walked(second)} == {True}
    merge(world, second, first)
    asked = walked(first)
    assert [(one.rung, one.asked_at, one.until) for one in asked] == [(1, MERGED, MERGED + TEN)] * len(asked)
    run_until(MERGED + TEN, MERGED)
    told = Task.objects.filter(kind="notice.send", key__contains=f"escalation-{asked[0].pk}:")
    assert {one.payload["topic"] for one in told} == {first.topic}
    assert {one.advanced_because for one in walked(first) if one.rung == 1} == {"no answer"}
    assert min(one.asked_at for one in walked(first) if one.rung == 2) == MERGED + TEN
    assert differences() == []


def test_what_was_answered_stays_answered(world: World) -> None:
    first, second = reported_twice(world)
    for step in walked(second):
        who = "dana" if step.role == "dispatcher" else "seth"
        escalating.acknowledge_escalation(step.pk, by=world.actor(who), at=MERGED)
    merge(world, second, first)
    assert [(one.rung, one.acknowledged_at) for one in walked(first)] == [(1, MERGED)] * len(walked(second))
    run_until(MERGED + TEN, MERGED)
    assert {one.rung for one in walked(first)} == {1}
