"""A visit made again because a part was dead: none of it is billed, all of it is on record (domain.md §3.6)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from breakfix.changes import queries as changes
from breakfix.changes.actions import extend_window
from breakfix.dispatch import queries as dispatch
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.files import Upload
from breakfix.kernel.money import Money
from breakfix.parts import queries as parts
from breakfix.parts.actions import claims, fitting
from breakfix.parts.models import PartOrder
from breakfix.quotes import queries as quotes
from breakfix.reports import worked
from breakfix.work import queries
from breakfix.work.actions import again, ending, planning
from breakfix.work.models import WorkOrder
from breakfix.work.values import CostKind
from tests import makers_work as make
from tests.makers import World, local
from tests.refusals import refused

DEAD = local("2026-12-02 04:30")
LEFT = local("2026-12-02 04:40")
BACK = local("2026-12-02 05:30")
BILL = Upload("airway.pdf", b"%PDF-1.4 Overnight, 92.00\n")


def found_dead(world: World) -> WorkOrder:
    """Tom worked from 02:05 to 04:35; the controller that was delivered is dead."""
    order = make.started(world)
    make.clocked(world, order.engagement_id, "tom", make.STARTED, on=True)
    make.used(world, order.engagement_id, "C3", make.STARTED)
    controller = unit(order.engagement)
    fitting.receive_part(controller.pk, serial="SN-1", by=world.actor("tom"), at=DEAD)
    claims.declare_dead(controller.pk, serial="SN-1", fault="No answer.", by=world.actor("tom"), at=DEAD)
    with refused("still_on_the_clock"):
        again.leave_incomplete(order.engagement_id, reason="Dead.", by=world.actor("tom"), at=DEAD)
    make.clocked(world, order.engagement_id, "tom", local("2026-12-02 04:35"), on=False)
    return order


def left(world: World) -> WorkOrder:
    """And he left."""
    said = "The controller is dead; the old one is back in."
    return again.leave_incomplete(found_dead(world).engagement_id, reason=said, by=world.actor("tom"), at=LEFT)


def unit(engagement: Engagement) -> PartOrder:
    return next(one for one in parts.parts_of(engagement) if one.quote_line.endswith("/P1"))


def once_more(world: World, engagement: Engagement) -> WorkOrder:
    other = claims.order_replacement(
        unit(engagement).pk, expected_at=BACK, by=world.actor("dana"), at=local("2026-12-02 04:45")
    )
    change = changes.approved_change(engagement)
    assert change is not None
    until = local("2026-12-02 14:00")
    extend_window(change.pk, window_end=until, reason="Another part.", by=world.actor("chas"), at=LEFT)
    make.planned(
        world,
        engagement,
        at=local("2026-12-02 05:00"),
        planned_start=BACK,
        planned_end=local("2026-12-02 09:00"),
    )
    order = planning.start_work(engagement.pk, rollback_read=True, by=world.actor("tom"), at=BACK)
    make.clocked(world, engagement.pk, "tom", BACK, on=True)
    fitting.receive_part(other.pk, serial="SN-9", by=world.actor("tom"), at=BACK)
    return order


def borne_by(world: World, engagement_id: int, at: datetime = BACK, who: str = "dana", **given: Any) -> Any:
    typed = {"kind": CostKind.TRIP, "description": "Second trip", "reason": "The controller was dead.", **given}
    return again.bear_cost(engagement_id, **typed, by=world.actor(who), at=at)


def test_visit_that_was_not_enough_ends_incomplete_and_is_planned_anew(world: World) -> None:
    order = left(world)
    engagement = incidents.get_engagement(order.engagement_id, SYSTEM)
    assert (order.status, engagement.status) == ("INCOMPLETE", "SCHEDULED")
    assert order.ending == "The controller is dead; the old one is back in."
    assert {step.status for step in order.steps.all()} == {"STOPPED"}
    assert queries.live_order(engagement) is None


@pytest.mark.parametrize(
    ("who", "reason", "code"),
    [("tom", " ", "missing_field"), ("tom", "It costs $92.", "verbal_promise"), ("dana", "Dead.", "not_allowed")],
)
def test_leaving_needs_somebody_on_site_and_a_reason_without_an_amount(
    world: World, who: str, reason: str, code: str
) -> None:
    order = found_dead(world)
    with refused(code):
        again.leave_incomplete(order.engagement_id, reason=reason, by=world.actor(who), at=LEFT)


def test_hours_of_the_visit_made_again_are_borne_and_not_billed(world: World) -> None:
    first = left(world)
    engagement = Engagement.objects.get(pk=first.engagement_id)
    before = queries.actuals(engagement, BACK)
    order = once_more(world, engagement)
    assert order.unbilled_reason == "Visit made again: RAID controller, serial SN-1, was dead on arrival."
    make.clocked(world, engagement.pk, "tom", local("2026-12-02 07:00"), on=False)
    later = local("2026-12-02 07:00")
    assert queries.actuals(engagement, later).labour == before.labour
    # 05:30 to 07:00 at L3 after hours, 1.5 h, and half an hour more to the minimum of a visit on site.
    assert [(one.what, one.amount) for one in queries.borne(engagement, later)] == [
        (f"{order.number}, L3: 2 h", Money(Decimal("735.00"), "USD"))
    ]
    assert queries.unbilled(engagement) == {order.number: order.unbilled_reason}


def test_visit_without_anything_dead_is_billed(world: World) -> None:
    order = make.started(world)
    assert order.unbilled_reason == ""
    assert queries.borne(order.engagement, BACK) == ()


def test_second_trip_is_refused_as_a_quoted_line_and_borne_at_the_agreed_price(world: World) -> None:
    engagement = Engagement.objects.get(pk=left(world).engagement_id)
    once_more(world, engagement)
    with refused("above_quoted", field="quantity"):
        make.used(world, engagement.pk, "C3", BACK)
    make.used(world, engagement.pk, "C2", BACK)  # quoted once and not used before
    with refused("not_the_agreed_price", field="amount"):
        borne_by(world, engagement.pk, amount=Decimal("60.00"))
    cost = borne_by(world, engagement.pk, reason="", part_id=unit(engagement).pk)
    quote = quotes.binding_quote(engagement)
    assert quote is not None
    trip = next(line for line in quote.price.charges if line.key == "C3")
    assert (cost.amount, cost.reason) == (trip.amount, "RAID controller, serial SN-1, was dead on arrival")
    before = quotes.settlement(engagement, queries.actuals(engagement, BACK)).total
    borne_by(world, engagement.pk, kind=CostKind.FREIGHT, amount=Decimal("92.00"), receipt=BILL)
    assert quotes.settlement(engagement, queries.actuals(engagement, BACK)).total == before


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"reason": ""}, "missing_field", "reason"),
        ({"description": " "}, "missing_field", "description"),
        ({"kind": CostKind.OTHER}, "missing_field", "amount"),
        ({"kind": CostKind.FREIGHT, "amount": Decimal("92.00")}, "evidence_missing", "receipt"),
        ({"kind": CostKind.OTHER, "amount": Decimal("-1")}, "out_of_range", "amount"),
        ({"kind": CostKind.OTHER, "amount": Decimal("NaN")}, "out_of_range", "amount"),
        ({"kind": CostKind.OTHER, "amount": Decimal("1.001")}, "too_precise", "amount"),
        ({"part_id": 987_654}, "not_found", None),
    ],
)
def test_cost_without_its_reason_receipt_or_amount_is_refused(
    world: World, wrong: dict[str, Any], code: str, field: str | None
) -> None:
    order = make.started(world)
    with refused(code, field=field):
        borne_by(world, order.engagement_id, at=LEFT, **wrong)


@pytest.mark.parametrize(("who", "code"), [("tom", "not_allowed"), ("alice", "not_allowed"), ("cal", "not_found")])
def test_only_desk_and_finance_note_what_is_borne(world: World, who: str, code: str) -> None:
    order = make.started(world)
    with refused(code):
        borne_by(world, order.engagement_id, at=LEFT, who=who)


def test_repair_of_two_visits_was_no_first_time_fix(world: World) -> None:
    engagement = Engagement.objects.get(pk=left(world).engagement_id)
    once_more(world, engagement)
    at = local("2026-12-02 07:00")
    replacement = next(one for one in parts.parts_of(engagement) if one.replaces_id)
    typed = {"serial": "SN-9", "removed_serial": "OLD", "disposition": make.Disposition.LEFT_WITH_CLIENT}
    fitting.install_part(replacement.pk, **typed, by=world.actor("tom"), at=at)  # type: ignore[arg-type] # as typed
    for line in ("P2", "P3"):
        make.fitted(world, engagement, line, at, at)
    for position in range(1, 6):
        make.done(world, engagement.pk, position, at)
    make.clocked(world, engagement.pk, "tom", at, on=False)
    ending.restore_service(engagement.pk, tests=make.PASSED, by=world.actor("tom"), at=at)
    with refused("no_work_now"):
        again.leave_incomplete(engagement.pk, reason="Too late.", by=world.actor("tom"), at=at)
    assert dispatch.first_time_fix(engagement) is None
    ending.resolve(
        engagement.pk, second_fault_check=make.CHECKED, by=world.actor("tom"), at=local("2026-12-02 07:10")
    )
    assert dispatch.first_time_fix(engagement) is False
    moved = worked.parts_moved(engagement)["rows"]
    assert isinstance(moved, list)
    controllers = [row for row in moved if row["description"] == "RAID controller"]
    assert [(row["status"], row["serial_in"], row["in_place_of"]) for row in controllers] == [
        ("DOA", "SN-1", ""),
        ("INSTALLED", "SN-9", "SN-1"),
    ]
    assert worked.faults(engagement)[0] == "RAID controller, serial SN-1, was dead on arrival: No answer."
