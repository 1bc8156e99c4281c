"""Two people press the button at the same moment (PostgreSQL: there deeds really run side by side)."""

import threading

import pytest
from django.db import connection

from breakfix.billing import actions
from breakfix.billing.models import Invoice
from breakfix.kernel.errors import Refused
from breakfix.quotes.models import Tranche
from tests import makers_reports
from tests.makers import world

pytestmark = pytest.mark.postgres


def test_two_invoices_at_once_are_one(transactional_db: None) -> None:
    made = world()
    engagement_id = makers_reports.accepted(made).engagement_id
    fay = made.actor("fay")
    start, said = threading.Barrier(2), []

    def press() -> None:
        try:
            start.wait(10)
            said.append(actions.issue_invoice(engagement_id, by=fay, at=makers_reports.INVOICED).number)
        except Refused as no:
            said.append(no.code)
        finally:
            connection.close()

    people = [threading.Thread(target=press) for _ in range(2)]
    for one in people:
        one.start()
    for one in people:
        one.join(60)
    assert sorted(said) == ["INV-2026-0001", "nothing_to_bill"]
    assert Invoice.objects.count() == 1
    billed = {row.kind: row.billed_minor for row in Tranche.objects.all()}
    assert billed == {"FORENSIC": 67_500, "BASE": 456_208}
