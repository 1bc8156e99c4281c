"""One failure reported twice: found by what the reader may see, merged by the desk, and nothing is lost by it."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from breakfix.agreements.values import Domain, Priority
from breakfix.incidents import alike, queries
from breakfix.incidents.actions import course, desk, merging, reprioritise
from breakfix.incidents.models import Clock, Engagement, Obligation
from breakfix.incidents.values import ClockKind, HoldReason, PriorityChange, Status, Verdict
from breakfix.kernel.access import SYSTEM
from breakfix.parties import steps as grants
from tests import makers_dispatch
from tests.makers import World, local
from tests.makers_incidents import ARCHIVE_GAP, CALM, REPORTED, acknowledged, qualified, reported
from tests.refusals import refused

AGAIN = REPORTED + timedelta(minutes=20)  # the first report is late to be acknowledged by then
AT = REPORTED + timedelta(minutes=24)
LETTER = replace(
    ARCHIVE_GAP, name="Regulator told", hours=Decimal(72), harm=Decimal(900), ends_with_restoration=False
)


def again(world: World, **given: Any) -> Engagement:
    """The same failure, reported by somebody else twenty minutes later."""
    usual = {"who": "seth", "at": AGAIN, "title": "Array degraded, archive job died", "callback": "+1 212 555 0177"}
    return reported(world, **{**usual, **given})


def merge(world: World, one: Engagement, into: Engagement, **given: Any) -> Engagement:
    usual = {"into_id": into.pk, "reason": "One array, two callers", "by": world.actor("dana"), "at": AT}
    return merging.merge_engagement(one.pk, **{**usual, **given})


def instants(engagement: Engagement) -> list[tuple[str, datetime, datetime | None, bool]]:
    rows = Clock.objects.filter(engagement=engagement).order_by("id")
    return list(rows.values_list("kind", "started_at", "stopped_at", "void"))


# ------------------------------------------------------------------------------------------ finding them


def test_second_report_of_a_failure_is_likely_the_same(world: World) -> None:
    first, second = reported(world), again(world)
    other_machine = again(world, asset_id=world.assets["switch"].pk, title="Ports flap", description="")
    for one, other in ((first, second), (second, first)):
        (found,) = alike.likely_duplicates(one, world.actor("dana"))
        assert (found.engagement, found.likeness.score) == (other, 100)
    assert alike.likely_duplicates(other_machine, world.actor("dana")) == []
    (at_second,) = alike.likely_duplicates(second, world.actor("dana"))
    assert at_second.obstacle == ""
    (at_first,) = alike.likely_duplicates(first, world.actor("dana"))
    assert f"merge {second.number} into it instead" in at_first.obstacle


def test_what_is_over_is_alike_for_a_day_only(world: World) -> None:
    first = reported(world)
    course.cancel_engagement(first.pk, reason="It works again", by=world.actor("rita"), at=REPORTED)
    soon, late = again(world), again(world, at=REPORTED + timedelta(hours=25))
    dana = world.actor("dana")
    assert {one.engagement for one in alike.likely_duplicates(soon, dana)} == {first, late}
    assert {one.engagement for one in alike.likely_duplicates(late, dana)} == {soon}


def test_need_to_know_report_is_alike_only_for_whoever_may_see_it(world: World) -> None:
    named = [world.people[key].pk for key in ("alice", "dana")]
    hidden, second = reported(world, need_to_know=True, named_people=named), again(world)
    (found,) = alike.likely_duplicates(second, world.actor("dana"))
    assert found.engagement == hidden
    assert "need-to-know" in found.obstacle
    for who in ("quinn", "seth", "cal"):
        assert alike.likely_duplicates(second, world.actor(who)) == []


def test_likely_duplicates_take_as_many_queries_for_three_as_for_one(world: World) -> None:
    reported(world)
    second, dana = again(world), world.actor("dana")
    taken = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as told:
            alike.likely_duplicates(second, dana)
        taken.append(len(told))
        again(world, at=AT, title="Third")
        again(world, at=AT, title="Fourth")
    assert taken == [2, 2]


def test_own_report_of_the_same_asset_within_the_hour(world: World) -> None:
    first = reported(world)
    later = [again(world, who="rita", at=REPORTED + timedelta(minutes=minutes)) for minutes in (60, 121)]
    by_another = again(world, at=REPORTED + timedelta(minutes=121))
    assert alike.reported_just_before(later[0], world.actor("rita")) == first
    assert alike.reported_just_before(later[0], world.actor("dana")) is None
    assert alike.reported_just_before(later[1], world.actor("rita")) is None
    assert alike.reported_just_before(by_another, world.actor("seth")) is None


# ------------------------------------------------------------------------------------------ merging


def test_merging_ends_the_later_and_leaves_the_earlier_as_it_ran(world: World) -> None:
    first, second = acknowledged(world), again(world, obligations=[ARCHIVE_GAP, LETTER])
    before = instants(first)
    merged = merge(world, second, first)
    merged.refresh_from_db()
    assert (merged.status, merged.ending, merged.merged_into_id) == (Status.CANCELLED, "merged", first.pk)
    assert merged.cancelled_at == AT
    assert {one.verdict for one in queries.readings(merged, AT)} == {Verdict.VOID}
    assert queries.fee(merged).charged is None
    assert instants(first) == before
    first.refresh_from_db()
    assert (first.status, first.submitted_at) == (Status.ACKNOWLEDGED, REPORTED)
    assert list(alike.merged_reports(first, world.actor("rita"))) == [merged]
    assert alike.surviving(merged, world.actor("rita")) == first
    assert alike.likely_duplicates(first, world.actor("dana")) == []


def test_both_logs_say_which_report_went_into_which(world: World) -> None:
    first, second = reported(world), again(world, obligations=[LETTER])
    merge(world, second, first)
    for who in ("rita", "dana"):
        gone = queries.timeline(second, world.actor(who))[-1]
        assert gone.kind == "engagement.merged"
        assert gone.line == f"Merged into {first.number}, its open clocks are void: One array, two callers"
        came = queries.timeline(first, world.actor(who))[-1]
        assert came.kind == "engagement.joined"
        assert second.number in came.line
        assert "Taken over: Regulator told." in came.line


def test_duties_that_the_earlier_report_does_not_have_are_taken_over(world: World) -> None:
    first, second = reported(world), again(world, obligations=[ARCHIVE_GAP, LETTER])
    merge(world, second, first)
    kept = Obligation.objects.filter(engagement=first).order_by("deadline_at")
    assert [duty.name for duty in kept] == ["Archive gap closed", "Regulator told"]
    new = kept[1]
    assert (new.harm_minor, new.ends_with_restoration, new.met_at) == (90000, False, None)
    assert new.deadline_at == local("2026-12-04 19:40")
    assert Obligation.objects.filter(engagement=second).count() == 2  # what was reported stays as it was reported
    assert new.pk in {one.obligation_id for one in queries.alarms(first, AT)}


def test_number_to_call_back_is_taken_over_where_there_is_none(world: World) -> None:
    first, second = reported(world, callback=""), again(world)
    merge(world, second, first)
    first.refresh_from_db()
    assert first.callback == "+1 212 555 0177"
    third = again(world, at=AT, callback="+1 212 555 0199")
    merge(world, third, first)
    first.refresh_from_db()
    assert first.callback == "+1 212 555 0177"


def test_promise_that_was_missed_on_the_later_report_stays_on_record(world: World) -> None:
    first, second = reported(world), again(world)
    late = AGAIN + timedelta(hours=2)
    merge(world, second, first, at=late)
    verdicts = {one.kind: one.verdict for one in queries.readings(second, late)}
    assert verdicts[ClockKind.ACK] is Verdict.MISSED
    assert verdicts[ClockKind.RESTORE] is Verdict.VOID


def test_merged_report_is_closed_like_any_other(world: World) -> None:
    first, second = reported(world), qualified(world, who="seth", title="Again")
    merge(world, second, first)
    closed = course.close_engagement(second.pk, by=world.actor("fay"), at=AT)
    assert (closed.status, closed.ending, closed.merged_into_id) == (Status.CLOSED, "merged", first.pk)


# ------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("who", "code"),
    [("rita", "not_allowed"), ("quinn", "not_allowed"), ("tom", "not_found"), ("cal", "not_found")],
)
def test_merging_is_for_the_providers_desk(world: World, who: str, code: str) -> None:
    first, second = reported(world), again(world)
    with refused(code):
        merge(world, second, first, by=world.actor(who))
    with refused("not_allowed"):
        merge(world, second, first, by=SYSTEM)


def test_merging_needs_another_report_of_the_same_client(world: World) -> None:
    first = reported(world)
    with refused("same_engagement", field="into_id"):
        merge(world, first, first)
    clinic = {"who": "hana", "asset_id": world.assets["clinic-host"].pk, "domain": Domain.HW_SRV, "answers": CALM}
    with_other = again(world, **clinic, obligations=[])
    with refused("other_client", field="into_id"):
        merge(world, with_other, first)
    with refused("not_found"):
        merge(world, first, first, into_id=987_654)


@pytest.mark.tampers  # withdrawn without the deed that would record it
def test_report_that_the_desk_may_not_see_is_answered_as_one_that_is_missing(world: World) -> None:
    second = again(world, at=AT)
    grants.withdraw(second.topic, organisation_id=second.provider_id, at=AT)
    first = reported(world)
    for one, into in ((second, first), (first, second)):
        with refused("not_found"):
            merge(world, one, into, at=AT + timedelta(minutes=1))


def test_the_later_goes_into_the_earlier_and_the_less_urgent_into_the_more_urgent(world: World) -> None:
    first, second = reported(world, answers=CALM, obligations=[]), again(world)
    with refused("merge_the_later", field="into_id"):
        merge(world, first, second)
    with refused("less_urgent", field="into_id"):
        merge(world, second, first)
    correction = {"priority": Priority.P1, "change": PriorityChange.CHANGED_CIRCUMSTANCES, "reason": "All of it"}
    reprioritise.raise_priority(first.pk, **correction, by=world.actor("dana"), at=AT)
    assert merge(world, second, first).merged_into_id == first.pk


def test_need_to_know_report_is_merged_with_nothing(world: World) -> None:
    named = [world.people[key].pk for key in ("alice", "dana")]
    first, second = reported(world), again(world, need_to_know=True, named_people=named)
    third = again(world, at=AT)
    with refused("need_to_know", field="into_id"):
        merge(world, second, first)
    with refused("need_to_know", field="into_id"):
        merge(world, third, second)


def test_report_on_which_something_was_done_is_not_merged(world: World) -> None:
    first = reported(world)
    held = acknowledged(world, who="seth", title="Held")
    question = {"reason": HoldReason.AWAITING_CLIENT_INFO, "question": "Which array?"}
    until = local("2026-12-02 09:00")
    course.hold(held.pk, **question, expected_until=until, by=world.actor("dana"), at=AT)
    sent = makers_dispatch.dispatched(world, who="seth", title="Sent")
    declined = again(world)
    desk.acknowledge(declined.pk, callback="1", by=world.actor("dana"), at=AT)
    course.cancel_engagement(declined.pk, reason="Wrong machine", by=world.actor("seth"), at=AT)
    for one, words in ((held, "resume it first"), (sent, "somebody was sent"), (declined, "nothing left to merge")):
        with refused("wrong_state") as no:
            merge(world, one, first)
        assert words in no.value.message


def test_nothing_is_merged_into_what_is_over(world: World) -> None:
    first, second = reported(world), again(world)
    course.cancel_engagement(first.pk, reason="It works again", by=world.actor("rita"), at=AT)
    with refused("wrong_state", field="into_id"):
        merge(world, second, first)


def test_merging_needs_a_reason_and_happens_once(world: World) -> None:
    first, second = reported(world), again(world)
    with refused("missing_field", field="reason"):
        merge(world, second, first, reason=" ")
    with refused("verbal_promise", field="reason"):
        merge(world, second, first, reason="It will be USD 5,000")
    merge(world, second, first)
    with refused("wrong_state"):
        merge(world, second, first)


def test_the_meter_of_a_merged_report_stops_where_it_was_merged(world: World) -> None:
    first, second = reported(world), again(world)
    merge(world, second, first)
    second.refresh_from_db()
    then, later = queries.meter(second, AT), queries.meter(second, AT + timedelta(hours=9))
    assert then is not None
    assert later is not None
    assert later.total == then.total  # what the outage costs from there on is counted once
    going_on = queries.meter(first, AT + timedelta(hours=9))
    assert going_on is not None
    assert going_on.total > then.total


def test_nobodys_words_are_lost_in_a_chain(world: World) -> None:
    first, second = reported(world), again(world)
    third = again(world, at=AGAIN + timedelta(minutes=1), title="Array degraded again, archive job died")
    merge(world, third, second)
    merge(world, second, first)
    assert set(alike.merged_reports(first, world.actor("dana"))) == {second, third}
    third.refresh_from_db()
    assert alike.surviving(third, world.actor("dana")) == first


def test_a_duty_told_minutes_apart_is_one(world: World) -> None:
    later = replace(ARCHIVE_GAP, triggered_at=ARCHIVE_GAP.triggered_at + timedelta(minutes=3))
    first, second = reported(world), again(world, obligations=[later])
    merge(world, second, first)
    assert Obligation.objects.filter(engagement=first).count() == 1
