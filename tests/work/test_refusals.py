"""Refusals along the night, each without a trace; stages of the opening scenario are reached through real deeds."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakfix.approvals import queries as approvals
from breakfix.approvals.values import RatifyVerdict
from breakfix.changes import actions as change_actions
from breakfix.changes import queries as changes
from breakfix.changes.values import Status as ChangeStatus
from breakfix.dispatch.actions import visit
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import ClockKind, EndKind, Status
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.errors import NotAllowed, NotFound
from breakfix.kernel.files import Upload
from breakfix.roster.models import HeldCertification
from breakfix.work import queries
from breakfix.work.actions import doing, ending, planning, using
from breakfix.work.values import Status as OrderStatus
from breakfix.work.values import StepStatus, TestResult, TimeKind
from tests import makers_approvals, makers_changes
from tests import makers_work as makers
from tests.makers import World, local
from tests.refusals import refused


def engagement_of(order: Any) -> Engagement:
    return Engagement.objects.select_related("agreement_version").get(pk=order.engagement_id)


def test_work_is_planned_under_an_approved_change_only(world: World) -> None:
    engagement = makers_changes.ready(world)
    with refused("change_missing", field="change_id"):
        makers.planned(world, engagement)
    change = makers_changes.proposed(world, engagement)
    with refused("change_not_approved", field="change_id"):
        makers.planned(world, engagement, change_id=change.pk)
    with refused("not_found"):
        makers.planned(world, engagement, change_id=change.pk + 999)
    makers_changes.approved(world, change)
    for given, code in (
        ({"steps": makers_changes.STEPS}, "steps_from_change"),
        ({"planned_start": local("2026-12-02 01:59")}, "in_the_past"),
        ({"planned_end": local("2026-12-02 01:00")}, "ends_before_start"),
        ({"planned_end": local("2026-12-02 09:01")}, "outside_window"),
        ({"planned_start": local("2026-12-02 08:00"), "planned_end": local("2026-12-02 08:00")}, "ends_before_start"),
    ):
        with refused(code):
            makers.planned(world, engagement, **given)
    for who in ("tom", "rita", "hana"):
        with pytest.raises((NotAllowed, NotFound)):
            makers.planned(world, engagement, by=world.actor(who))
    with refused("no_work_planned"):
        planning.start_work(engagement.pk, rollback_read=True, by=world.actor("tom"), at=makers.STARTED)
    order = makers.planned(world, engagement)
    assert (order.planned_start, order.planned_end) == makers_changes.WINDOW
    assert engagement_of(order).status == Status.SCHEDULED
    assert changes.get_change(change.pk, SYSTEM).status == ChangeStatus.SCHEDULED
    with refused("work_planned"):
        makers.planned(world, engagement)


@pytest.mark.tampers
def test_certificate_that_ends_before_the_work_bars_it(world: World) -> None:
    engagement = makers_changes.ready(world)
    makers_changes.approved(world, makers_changes.proposed(world, engagement))
    tom = world.technicians["tom"]
    # Work ends at nine on the second; both certificates end with the first.
    held = HeldCertification.objects.filter(technician=tom)
    held.filter(certification__validity="lifetime").update(verified_on=date(2020, 1, 1))
    held.exclude(certification__validity="lifetime").update(valid_until=date(2026, 12, 1))
    with refused("not_valid_through_end"):
        makers.planned(world, engagement)


def test_nobody_begins_unprepared(world: World) -> None:
    order = makers.planned(world)
    key = order.engagement_id
    tom, ines = world.actor("tom"), world.actor("ines")
    with refused("rollback_unread", field="rollback_read"):
        planning.start_work(key, by=tom, at=makers.STARTED)
    with refused("protocol_not_acknowledged"):
        planning.start_work(key, rollback_read=True, by=ines, at=local("2026-12-02 02:20"))
    with refused("work_not_started"):
        doing.clock_on(key, by=tom, at=makers.STARTED)
    with refused("window_guard"):
        planning.start_work(key, rollback_read=True, by=tom, at=local("2026-12-02 03:31"))
    with refused("not_found"):
        planning.start_work(key, rollback_read=True, by=world.actor("cleo"), at=makers.STARTED)
    visit.acknowledge_protocol(key, by=ines, at=local("2026-12-02 02:10"))
    with refused("booking_later"):
        planning.start_work(key, rollback_read=True, by=ines, at=local("2026-12-02 02:14"))
    planning.start_work(key, rollback_read=True, by=tom, at=local("2026-12-02 03:30"))
    with refused("already_started"):
        planning.start_work(key, rollback_read=True, by=tom, at=local("2026-12-02 03:31"))


def test_clock_counts_each_minute_once(world: World) -> None:
    order = makers.started(world)
    key, tom = order.engagement_id, world.actor("tom")
    with refused("not_on_the_clock"):
        doing.clock_off(key, by=tom, at=makers.STARTED)
    with refused("before_start", field="since"):
        doing.clock_on(key, since=local("2026-12-02 02:04"), by=tom, at=local("2026-12-02 02:30"))
    with refused("protocol_not_acknowledged"):
        doing.clock_on(key, by=world.actor("ines"), at=local("2026-12-02 02:30"))
    with refused("evidence_missing", field="evidence"):
        doing.clock_on(key, kind=TimeKind.WAITING_CLIENT, by=tom, at=makers.STARTED)
    makers.clocked(world, key, "tom", makers.STARTED, on=True)
    with refused("already_on"):
        doing.clock_on(key, by=tom, at=local("2026-12-02 02:06"))
    with refused("future_time", field="until"):
        doing.clock_off(key, until=local("2026-12-02 03:01"), by=tom, at=local("2026-12-02 03:00"))
    with refused("ends_before_start", field="until"):
        doing.clock_off(key, until=makers.STARTED, by=tom, at=local("2026-12-02 03:00"))
    makers.clocked(world, key, "tom", local("2026-12-02 03:30"), on=False, until=local("2026-12-02 03:00"))
    assert queries.get_order(order.pk, tom).status == OrderStatus.PAUSED
    with refused("overlapping_time", field="since"):
        doing.clock_on(key, since=local("2026-12-02 02:59"), by=tom, at=local("2026-12-02 04:00"))
    photo = Upload("door.jpg", b"\xff\xd8\xff door locked")
    waiting = doing.clock_on(
        key,
        kind=TimeKind.WAITING_CLIENT,
        since=local("2026-12-02 03:00"),
        evidence=photo,
        by=tom,
        at=local("2026-12-02 04:00"),
    )
    assert waiting.evidence is not None
    assert queries.get_order(order.pk, tom).status == OrderStatus.WORKING
    (found,) = queries.order_hours(engagement_of(order), local("2026-12-02 04:05"))
    assert [(row.minutes, row.hours) for row in found.rows] == [(120, Decimal("2.00"))]


def test_steps_come_in_order_with_their_evidence(world: World) -> None:
    order = makers.started(world)
    key, at = order.engagement_id, local("2026-12-02 03:55")
    with refused("evidence_missing", field="evidence"):
        makers.done(world, key, 1, at, evidence=None)
    with refused("earlier_step_open", field="position"):
        makers.done(world, key, 2, at)
    with refused("step_mandatory", field="skip"):
        makers.done(world, key, 1, at, skip=True)
    with refused("missing_field", field="result"):
        makers.done(world, key, 1, at, result="  ")
    with refused("verbal_promise", field="result"):
        makers.done(world, key, 1, at, result="That saved you $2,000.")
    with refused("not_found"):
        makers.done(world, key, 6, at)
    makers.done(world, key, 1, at)
    with refused("step_done", field="position"):
        makers.done(world, key, 1, at)


def test_point_of_no_return_waits_for_time_to_go_back(world: World) -> None:
    order = makers.started(world)
    key, late = order.engagement_id, local("2026-12-02 05:30")
    # 05:30 + 2:40 forward + 1:00 back = 09:10, past the window.
    makers.done(world, key, 1, late)
    current = queries.current_step(queries.get_order(order.pk, SYSTEM))
    assert current is not None
    assert (current.position, current.status) == (2, StepStatus.PLANNED)
    with refused("window_guard"):
        makers.done(world, key, 2, local("2026-12-02 05:35"))
    change_actions.extend_window(
        changes.changes_of(engagement_of(order))[0].pk,
        window_end=local("2026-12-02 10:00"),
        reason="Images took longer than planned.",
        by=world.actor("chas"),
        at=local("2026-12-02 05:40"),
    )
    assert makers.done(world, key, 2, local("2026-12-02 05:45")).status == StepStatus.DONE
    with refused("past_no_return"):
        planning.roll_back(key, reason="too late", by=world.actor("tom"), at=local("2026-12-02 05:50"))


def test_going_back_puts_the_work_back_on_the_desk(world: World) -> None:
    order = makers.started(world)
    key, tom, at = order.engagement_id, world.actor("tom"), local("2026-12-02 04:00")
    makers.clocked(world, key, "tom", makers.STARTED, on=True)
    with refused("still_on_the_clock"):
        planning.roll_back(key, reason="image fails", by=tom, at=at)
    makers.clocked(world, key, "tom", at, on=False)
    planning.roll_back(key, reason="Drive 4 cannot be read; a lab has to image it.", by=tom, at=at)
    engagement = engagement_of(order)
    assert engagement.status == Status.SCHEDULED
    (change,) = changes.changes_of(engagement)
    assert change.status == ChangeStatus.ROLLED_BACK
    ended = queries.get_order(order.pk, SYSTEM)
    assert (ended.status, {step.status for step in ended.steps.all()}) == (
        OrderStatus.INCOMPLETE,
        {StepStatus.STOPPED},
    )
    assert EndKind.REVIEW in {end.kind for end in incidents.open_ends(engagement)}
    with refused("change_missing"):
        makers.planned(world, engagement, at=at)
    later = makers_changes.proposed(world, engagement, at=at, window_end=local("2026-12-02 12:00"))
    assert later.number == "C-2026-0002"


def test_lines_are_used_as_quoted(world: World) -> None:
    order = makers.started(world)
    key, at = order.engagement_id, local("2026-12-02 02:30")
    with refused("part_not_used", field="key"):
        makers.used(world, key, "P1", at)
    with refused("not_quoted", field="key"):
        makers.used(world, key, "C9", at)
    with refused("bad_quantity", field="quantity"):
        makers.used(world, key, "C1", at, "0.001")
    with refused("above_quoted"):
        makers.used(world, key, "X1", at, "2")
    with refused("not_found"):
        using.use_line(key, key="C1", by=world.actor("ana"), at=at)
    makers.used(world, key, "X1", at)
    with refused("missing_field", field="note"):
        makers.used(world, key, "X1", at, "-1")
    makers.used(world, key, "X1", at, "-1", note="The second drive was not needed after all.")
    assert queries.used(engagement_of(order)) == {}


def test_line_that_is_noted_twice_within_a_minute_is_used_once(world: World) -> None:
    """The answer to the first was lost on the way, so it was sent again: it would have been billed twice."""
    order = makers.started(world)
    key, at = order.engagement_id, local("2026-12-02 02:30")
    makers.used(world, key, "C4", at)
    with refused("just_noted", field="quantity"):
        makers.used(world, key, "C4", at + timedelta(seconds=59))
    assert queries.used(engagement_of(order)) == {"C4": 1}
    # Another quantity, another line and what is taken back and noted again are something else.
    makers.used(world, key, "C4", at + timedelta(seconds=10), "2")
    makers.used(world, key, "C4", at + timedelta(seconds=20), "-2", note="Mistyped.")
    makers.used(world, key, "C4", at + timedelta(seconds=30), "2")
    makers.used(world, key, "X1", at + timedelta(seconds=40))
    makers.used(world, key, "C4", at + timedelta(seconds=90), "2")
    assert queries.used(engagement_of(order)) == {"C4": 5, "X1": 1}


def test_marks_of_the_maximum_are_told_once(world: World) -> None:
    order = makers.started(world)
    key = order.engagement_id
    makers.clocked(world, key, "tom", makers.STARTED, on=True)
    makers.used(world, key, "C4", makers.STARTED, "20")
    engagement = engagement_of(order)
    assert [notice.percent for notice in queries.notices_of(engagement)] == []
    makers.clocked(world, key, "tom", local("2026-12-02 06:05"), on=False)
    (notice,) = queries.notices_of(engagement)
    # 20 x 180 + 4 h x 245 x 1.5 - 675 = 4,395: above 3,780, below 4,590.
    assert (notice.percent, str(notice.actual)) == (70, "4395.00 USD")
    makers.used(world, key, "C4", local("2026-12-02 06:06"), "7")
    assert [one.percent for one in queries.notices_of(engagement)] == [70, 85, 100]
    with refused("not_allowed"):
        doing.note_meter(key, by=world.actor("dana"), at=local("2026-12-02 06:10"))
    assert doing.note_meter(key, by=SYSTEM, at=local("2026-12-02 06:10")) == []
    meter = queries.meter(engagement, local("2026-12-02 06:10"))
    assert meter is not None
    assert meter.bill.bill == meter.cap
    assert str(meter.bill.absorbed) == "255.00 USD"


def test_access_is_the_clients_to_give_and_to_take(world: World) -> None:
    order = makers.planned(world)
    engagement = engagement_of(order)
    for given, code, field in (
        ({"until": makers.GRANTED}, "past_date", "until"),
        ({"system": ""}, "missing_field", "system"),
        ({"technicians": []}, "missing_field", "technicians"),
        ({"technicians": [world.technicians["ana"].pk]}, "not_booked", "technicians"),
    ):
        with refused(code, field=field):
            makers.granted(world, engagement, **given)
    for who in ("tom", "dana", "rita", "hugo"):
        with pytest.raises((NotAllowed, NotFound)):
            makers.granted(world, engagement, by=world.actor(who))
    sol = world.actor("sol")
    with refused("no_access"):
        using.revoke_access(engagement.pk, by=sol, at=makers.GRANTED)
    makers.granted(world, engagement)
    with refused("access_exists"):
        makers.granted(world, engagement, technicians=[world.technicians["tom"].pk])
    ends = [end for end in incidents.open_ends(engagement) if end.kind == EndKind.ACCESS]
    assert [(end.role, end.due_at, end.blocks_close) for end in ends] == [
        ("security_officer", makers.ACCESS_UNTIL, True)
    ] * 2
    assert len(queries.access_now(sol)) == 2
    ines = [world.technicians["ines"].pk]
    using.revoke_access(engagement.pk, technicians=ines, by=sol, at=makers.STARTED)
    assert [one.technician_id for one in queries.access_now(sol)] == [world.technicians["tom"].pk]


def test_restoration_is_proven_disputed_and_proven_again(world: World) -> None:
    order = makers.worked(world)
    key, tom, rita = order.engagement_id, world.actor("tom"), world.actor("rita")
    failed = [*makers.PASSED[:2], TestResult(makers.PASSED[2].name, passed=False)]
    for tests, code in (([], "missing_field"), (makers.PASSED[:1], "tests_missing"), (failed, "test_failed")):
        with refused(code, field="tests"):
            ending.restore_service(key, tests=list(tests), by=tom, at=makers.RESTORED)
    with refused("not_restored"):
        ending.dispute_restoration(key, reason="still down", by=rita, at=makers.RESTORED)
    with refused("not_restored"):
        ending.resolve(key, second_fault_check="none", by=tom, at=makers.RESTORED)
    ending.restore_service(key, tests=makers.PASSED, by=tom, at=makers.RESTORED)
    with refused("already_restored"):
        ending.restore_service(key, tests=makers.PASSED, by=tom, at=makers.RESTORED)
    too_late = makers.RESTORED + timedelta(hours=2, seconds=1)
    with refused("dispute_late"):
        ending.dispute_restoration(key, reason="still down", by=rita, at=too_late)
    with pytest.raises(NotAllowed):
        ending.dispute_restoration(key, reason="still down", by=tom, at=makers.RESOLVED)
    ending.dispute_restoration(key, reason="The archive job stopped again.", by=rita, at=local("2026-12-02 07:00"))
    engagement = engagement_of(order)
    assert (engagement.status, engagement.restored_at) == (Status.IN_PROGRESS, None)
    at = local("2026-12-02 07:55")
    objective = next(one for one in incidents.readings(engagement, at) if one.kind is ClockKind.RESTORE)
    # Without a gap: submission 19:52 to 07:55 is 723 min, minus 32 min of waiting for the approval.
    assert objective.elapsed == timedelta(minutes=691)
    lost = incidents.meter(engagement, at)
    assert lost is not None
    assert str(lost.total) == "7350.00 USD"
    ending.restore_service(key, tests=makers.PASSED, by=tom, at=at)
    done = ending.resolve(key, second_fault_check="Nothing else.", by=tom, at=at)
    assert [bool(one.disputed_at) for one in done.restorations.all()] == [True, False]
    with refused("no_work_planned"):
        ending.resolve(key, second_fault_check="Nothing else.", by=tom, at=at)


def test_refused_ratification_stops_what_has_not_begun(world: World) -> None:
    order = makers.started(world)
    engagement, at = engagement_of(order), local("2026-12-02 03:00")
    with refused("not_refused"):
        planning.stop_steps(engagement.pk, by=SYSTEM, at=at)
    asked = next(one for one in approvals.rounds_for(engagement) if one.purpose == "quote")
    makers_approvals.ratified(world, asked, at, verdict=RatifyVerdict.REFUSE, reason="No mandate for this.")
    assert queries.is_stopped(engagement)
    planning.stop_steps(engagement.pk, by=SYSTEM, at=at)
    states = [step.status for step in queries.get_order(order.pk, SYSTEM).steps.all()]
    assert states == [StepStatus.STARTED, *[StepStatus.STOPPED] * 4]
    assert planning.stop_steps(engagement.pk, by=SYSTEM, at=at) is not None
    makers.done(world, engagement.pk, 1, local("2026-12-02 03:55"))
    with refused("step_stopped"):
        makers.done(world, engagement.pk, 2, local("2026-12-02 04:00"))
    settled = queries.actuals(engagement, at)
    assert settled.parts == ()


def test_refused_ratification_before_the_start_keeps_it_from_beginning(world: World) -> None:
    order = makers.planned(world)
    engagement = engagement_of(order)
    asked = next(one for one in approvals.rounds_for(engagement) if one.purpose == "quote")
    makers_approvals.ratified(world, asked, makers.GRANTED, verdict=RatifyVerdict.REFUSE, reason="No mandate.")
    with refused("ratification_refused"):
        planning.start_work(engagement.pk, rollback_read=True, by=world.actor("tom"), at=makers.STARTED)
