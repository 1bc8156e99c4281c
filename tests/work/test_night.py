"""The opening scenario's night of work, whole: its states, hours, money, open ends and news (domain.md §8 S1)."""

from decimal import Decimal
from typing import Any

import pytest

from breakfix.changes import queries as changes
from breakfix.changes.values import Status as ChangeStatus
from breakfix.dispatch.models import Outcome
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import ClockKind, EndKind, Status
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.tiers import Tier
from breakfix.quotes import queries as quotes
from breakfix.quotes.values import LabourUse, LineUse
from breakfix.work import queries
from breakfix.work.values import Status as OrderStatus
from breakfix.work.values import StepStatus
from tests import makers_work as makers
from tests.makers import World, local

NIGHT = Tier.AFTER_HOURS


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


@pytest.fixture(name="engagement")
def _engagement(world: World) -> Engagement:
    return makers.resolved(world)


def test_night_ends_resolved_with_everything_on_record(world: World, engagement: Engagement) -> None:
    _states_and_ends(world, engagement)
    _hours_and_money(engagement)
    _news(world, engagement)


def _states_and_ends(world: World, engagement: Engagement) -> None:
    assert (engagement.status, engagement.restored_at) == (Status.RESOLVED, makers.RESTORED)
    (order,) = queries.orders_of(engagement)
    assert (order.status, order.number, order.ended_at) == (
        OrderStatus.COMPLETE,
        "WO-2026-0001",
        makers.RESOLVED,
    )
    assert {step.status for step in order.steps.all()} == {StepStatus.DONE}
    first = order.steps.all()[0]
    assert first.takes_image
    assert first.evidence is not None
    assert [step.started_at for step in order.steps.all()][:2] == [makers.STARTED, local("2026-12-02 03:55")]
    (change,) = changes.changes_of(engagement)
    assert (change.status, change.started_at, change.finished_at) == (
        ChangeStatus.IMPLEMENTED,
        makers.STARTED,
        makers.RESOLVED,
    )
    ends = {end.kind: end for end in incidents.open_ends(engagement)}
    assert ends[EndKind.REVIEW].due_at == local("2026-12-08 18:00")
    assert EndKind.ACCESS not in ends
    assert EndKind.PARTS not in ends
    assert [one.revoked_at for one in queries.access_of(engagement)] == [makers.REVOKED] * 2
    assert queries.access_now(world.actor("sol")) == []
    outcomes = {one.technician.person.name: one.first_time_fix for one in Outcome.objects.all()}
    assert outcomes == {"Tom Okafor": True, "Ines Moreau": True}
    reading = next(r for r in incidents.readings(engagement, makers.RESOLVED) if r.kind is ClockKind.RESTORE)
    assert reading.verdict == "missed"


def _hours_and_money(engagement: Engagement) -> None:
    actuals = queries.actuals(engagement, makers.RESOLVED)
    assert actuals.labour == (
        LabourUse(3, NIGHT, Decimal("4.25"), "WO-2026-0001"),
        LabourUse(2, NIGHT, Decimal("3.00"), "WO-2026-0001"),
    )
    assert [use.key for use in actuals.parts] == ["P1", "P2", "P3"]
    assert actuals.charges == (LineUse("C1"), LineUse("C2"), LineUse("C3"), LineUse("C4", Decimal(2)))
    assert actuals.contingents == ()
    settled = quotes.settlement(engagement, actuals)
    assert [bill.bill for bill in settled.tranches] == [usd("675.00"), usd("4562.08")]
    assert settled.total == usd("5237.08")
    assert settled.absorbed.is_zero
    meter = queries.meter(engagement, makers.RESOLVED)
    assert meter is not None
    assert meter.words == "$4,562.08 of $5,400.00 = 84.5 %"
    assert [notice.percent for notice in queries.notices_of(engagement)] == [70]
    lost = incidents.meter(engagement, makers.RESOLVED)
    assert lost is not None
    assert lost.total == usd("6450.00")


def _news(world: World, engagement: Engagement) -> None:
    kinds = [one.kind for one in ledger.entries(world.organisation("northgate").pk, topic=engagement.topic)]
    night = kinds[kinds.index("work.planned") :]
    assert night[:4] == ["work.planned", "access.granted", "work.started", "time.started"]
    assert night[-3:] == ["engagement.restored", "access.revoked", "engagement.resolved"]
    assert night.count("meter.reached") == 1
    assert night.count("step.completed") == 5
    told = [one.kind for one in ledger.entries(world.organisation("ironbridge").pk, topic=engagement.topic)]
    assert told[told.index("work.planned") :] == night


def test_technician_sees_the_next_step_in_a_constant_number_of_queries(
    world: World, django_assert_max_num_queries: Any
) -> None:
    order = makers.started(world)
    makers.clocked(world, order.engagement_id, "tom", makers.STARTED, on=True)
    at, by = local("2026-12-02 02:20"), world.actor("tom")

    def read() -> list[queries.Visit]:
        with django_assert_max_num_queries(8):
            visits = queries.technician_page(by, at)
            assert all(visit.engagement.client.name and visit.engagement.site.name for visit in visits)
            return visits

    (visit,) = read()
    assert visit.step is not None
    assert (visit.step.position, visit.step.name) == (1, "Take an image of all drives")
    assert visit.entry is not None
    assert visit.protocol_confirmed
    assert {one.kind for one in visit.readings} >= {ClockKind.RESTORE}
    assert queries.get_order(order.pk, by).number == order.number
    assert queries.technician_page(world.actor("dana"), at) == []
