"""Two change orders signed at the same moment (PostgreSQL: there deeds really run side by side)."""

import threading

import pytest
from django.db import connection

from breakfix.kernel.errors import Refused
from breakfix.quotes.models import Tranche
from tests import makers_change_orders as make
from tests import makers_work
from tests.makers import world

pytestmark = pytest.mark.postgres


def test_two_change_orders_that_together_pass_a_threshold_pass_once_under_the_lower_seat(
    transactional_db: None,
) -> None:
    """Each alone keeps the exposure below 25,000, where two seats suffice; both together need the executive.

    23.5 h of L3 at night are 8,636.25, N 9,500: (5,400 + 9,500) x 1.08875 = 16,222.38, with the other 26,565.50.
    """
    made = world()
    engagement = makers_work.started(made).engagement
    orders = [make.issued(made, engagement, tasks=[make.task("23.5")]) for _ in range(2)]
    for order in orders:
        make.signed(made, order, "alice")
    start, said = threading.Barrier(2), []

    def press(order_id: int) -> None:
        try:
            start.wait(10)
            order = next(one for one in orders if one.pk == order_id)
            said.append(make.signed(made, order, "cora").status)
        except Refused as no:
            said.append(no.code)
        finally:
            connection.close()

    people = [threading.Thread(target=press, args=(order.pk,)) for order in orders]
    for one in people:
        one.start()
    for one in people:
        one.join(60)
    assert sorted(said) == ["APPROVED", "exposure_grew"]
    caps = [row.cap_minor for row in Tranche.objects.filter(kind="CHANGE_ORDER")]
    assert caps == [950_000]
