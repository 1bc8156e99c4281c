"""A step that wipes: not begun under a legal hold, and in a security incident not before the officer's word."""

import pytest

from breakfix.incidents.actions import preserving
from breakfix.incidents.models import Engagement
from breakfix.work.actions import doing, planning
from breakfix.work.models import WorkOrder, WorkStep
from breakfix.work.values import StepStatus
from tests import makers_work
from tests.makers import World, local
from tests.refusals import refused

AT = local("2026-12-02 02:30")


def planned(world: World) -> WorkOrder:
    """The night's first step wipes."""
    order = makers_work.planned(world)
    WorkStep.objects.filter(order=order, position=1).update(destroys=True)
    makers_work.granted(world, order.engagement)
    return order


def start(world: World, order: WorkOrder) -> None:
    by = world.actor("tom")
    planning.start_work(order.engagement_id, rollback_read=True, by=by, at=makers_work.STARTED)


def first(order: WorkOrder) -> WorkStep:
    return WorkStep.objects.get(order=order, position=1)


def wipe(world: World, order: WorkOrder) -> WorkStep:
    given = {"position": 1, "result": "Wiped.", "evidence": makers_work.IMAGE_LOG}
    return doing.complete_step(order.engagement_id, **given, by=world.actor("tom"), at=AT)  # type: ignore[arg-type] # words


@pytest.mark.tampers
def test_step_that_wipes_waits_for_the_security_officer(world: World) -> None:
    order = planned(world)
    start(world, order)
    Engagement.objects.filter(pk=order.engagement_id).update(domain="SEC")  # it turns out to be an attack
    with refused("wiping_not_allowed"):
        wipe(world, order)
    preserving.allow_wiping(order.engagement_id, reason="Images are safe.", by=world.actor("sol", AT), at=AT)
    assert wipe(world, order).status == StepStatus.DONE


@pytest.mark.tampers
def test_step_that_wipes_is_not_begun_under_a_hold_in_any_domain(world: World) -> None:
    order, sol = planned(world), world.actor("sol", AT)
    preserving.set_legal_hold(order.engagement_id, reason="A claim.", by=sol, at=makers_work.GRANTED)
    start(world, order)
    assert first(order).status == StepStatus.PLANNED
    with refused("legal_hold"):
        wipe(world, order)
    preserving.release_legal_hold(order.engagement_id, reason="Settled.", by=sol, at=AT)
    assert wipe(world, order).status == StepStatus.DONE
