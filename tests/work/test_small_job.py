"""Work of little impact needs no change: the desk lists the steps itself, and the data is still safe first."""

from dataclasses import replace

from breakfix.diagnosis.actions import root_cause
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import Duty, HarmWithin, Status
from breakfix.quotes.values import ChargeKind
from breakfix.work import queries
from breakfix.work.actions import planning
from breakfix.work.values import Place
from tests import makers_changes, makers_diagnosis, makers_quotes
from tests import makers_work as makers
from tests.makers import World, local
from tests.makers_incidents import OPENING
from tests.quotes import cases
from tests.refusals import refused

PERIOD = {"planned_start": local("2026-12-02 02:00"), "planned_end": local("2026-12-02 08:00")}


def small_job(world: World) -> Engagement:
    """P2 of medium impact, approved by both seats and the data owner while everybody is awake."""
    answers = replace(OPENING, obligation=Duty.NONE, harm_within=HarmWithin.WITHIN_4H)
    cause = makers_diagnosis.drafted(world, makers_diagnosis.completed(world, answers=answers, obligations=[]))
    root_cause.issue_root_cause(cause.pk, by=world.actor("tom"), at=makers_diagnosis.ISSUED)
    engagement = Engagement.objects.get(pk=cause.engagement_id)
    charges = [one for one in cases.S1.charges if one.kind is not ChargeKind.EMERGENCY_DISPATCH]
    quote = makers_quotes.issued(world, engagement, charges=charges)
    for who, at in (("alice", "2026-12-02 01:22"), ("cora", "2026-12-02 01:24")):
        makers_quotes.signed(world, quote, who, local(at))
    makers_quotes.acknowledged(world, quote, local("2026-12-02 01:46"))
    return Engagement.objects.get(pk=engagement.pk)


def test_small_job_is_planned_with_its_own_steps(world: World) -> None:
    engagement = small_job(world)
    assert (engagement.status, engagement.impact) == (Status.APPROVED, "Medium")
    bare = [replace(step, takes_image=False) for step in makers_changes.STEPS]
    for given, code, field in (
        ({}, "missing_field", "steps"),
        ({"steps": makers_changes.STEPS}, "missing_field", "planned_start"),
        ({**PERIOD, "steps": bare}, "image_first", "steps"),
        ({**PERIOD, "steps": [replace(bare[0], minutes=0)]}, "bad_minutes", "steps-0-minutes"),
        (
            {**PERIOD, "planned_end": local("2026-12-02 09:01"), "steps": makers_changes.STEPS},
            "nobody_booked",
            "planned_end",
        ),
    ):
        with refused(code, field=field):
            makers.planned(world, engagement, **given)
    order = makers.planned(world, engagement, **PERIOD, steps=makers_changes.STEPS, place=Place.REMOTE)
    assert order.change is None
    begun = planning.start_work(engagement.pk, by=world.actor("tom"), at=makers.STARTED)
    assert [step.name for step in begun.steps.all() if step.started_at] == ["Take an image of all drives"]
    planning.roll_back(engagement.pk, reason="Another visit is needed.", by=world.actor("tom"), at=makers.STARTED)
    again = makers.planned(
        world,
        engagement,
        at=makers.STARTED,
        **{**PERIOD, "planned_start": makers.STARTED},
        steps=makers_changes.STEPS,
    )
    assert [one.number for one in queries.orders_of(engagement)] == ["WO-2026-0001", again.number]
