"""What a cancellation after approval costs (domain.md §11 ruling 26): the visit that had set out, else nothing."""

import pytest

from breakfix.billing import actions, queries
from breakfix.dispatch import queries as dispatch
from breakfix.dispatch.actions import desk
from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement
from breakfix.kernel.money import Money
from breakfix.quotes import queries as quotes
from breakfix.work import queries as work
from tests import makers_work
from tests.makers import World, local
from tests.quotes.cases import usd
from tests.refusals import refused

BILLED = local("2026-12-02 11:00")


def cancelled(world: World, at: str, engagement: Engagement | None = None) -> Engagement:
    """S1, approved and everything ready; Ines (L2) sets out at 02:15 for the repair, unless it is called off."""
    engagement = engagement or makers_work.ready(world)
    course.cancel_engagement(engagement.pk, reason="Bought a new one", by=world.actor("rita"), at=local(at))
    return Engagement.objects.get(pk=engagement.pk)


def repair(engagement: Engagement) -> Money:
    settled = quotes.settlement(engagement, work.actuals(engagement, BILLED))
    return settled.tranches[-1].bill


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-12-02 02:14", "0.00"),
        ("2026-12-02 02:15", "650.00"),  # 2 h x L2 185 x 1.5, and the trip of 95
    ],
)
def test_cancelled_repair_costs_the_visit_that_had_set_out(world: World, at: str, due: str) -> None:
    assert repair(cancelled(world, at)) == usd(due)


def test_visit_taken_off_before_costs_nothing(world: World) -> None:
    engagement = makers_work.ready(world)
    ines = dispatch.live_bookings(engagement)[-1]
    desk.release_booking(ines.pk, reason="Not needed", by=world.actor("dana"), at=local("2026-12-02 02:20"))
    assert repair(cancelled(world, "2026-12-02 02:30", engagement)) == usd("0.00")


def test_cancelled_repair_is_invoiced_with_the_fee_and_once(world: World) -> None:
    engagement = cancelled(world, "2026-12-02 02:20")
    ines = dispatch.live_bookings(engagement)[-1]
    desk.release_booking(ines.pk, reason="Cancelled", by=world.actor("dana"), at=local("2026-12-02 02:25"))
    invoice = actions.issue_invoice(engagement.pk, by=world.actor("fay"), at=BILLED)
    assert invoice.subtotal == usd("1325.00")
    assert [line.ref for line in queries.lines_of(invoice)] == ["F1", "K1", "V1"]
    with refused("nothing_to_bill"):
        actions.issue_invoice(engagement.pk, by=world.actor("fay"), at=local("2026-12-02 11:30"))
