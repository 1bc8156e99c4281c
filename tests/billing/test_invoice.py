"""Issuing an invoice: the opening scenario's figures, its refusals, and what happens above the cap."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from breakfix.billing import actions, queries
from breakfix.billing.rules.invoicing import bill_of, due_on
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import EndKind
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.ledger.canonical import sha256_hex
from breakfix.kernel.worktime.tiers import Tier
from breakfix.quotes import queries as quotes
from breakfix.quotes.rules.settlement import forensic_bill, settle_base
from breakfix.quotes.values import Actuals, LabourUse, Status, TrancheKind
from breakfix.work.actions import ending, using
from tests import makers_reports, makers_work
from tests.makers import World, local
from tests.quotes.cases import usd
from tests.quotes.test_settlement import DATABASE, S2_PRICE
from tests.refusals import refused


def test_opening_scenario_is_billed_to_the_cent_and_once(world: World) -> None:
    report = makers_reports.issued(world)
    engagement_id, fay = report.engagement_id, world.actor("fay")
    with refused("wrong_state"):
        actions.issue_invoice(engagement_id, by=fay, at=makers_reports.REPORTED)
    makers_reports.actions.accept_work(
        engagement_id, shown_sha256=report.sha256, by=world.actor("seth"), at=makers_reports.ACCEPTED
    )
    with refused("not_allowed"):
        actions.issue_invoice(engagement_id, by=world.actor("dana"), at=makers_reports.INVOICED)
    with refused("not_found"):
        actions.issue_invoice(engagement_id, by=world.actor("charlie"), at=makers_reports.INVOICED)
    actions.issue_invoice(engagement_id, by=fay, at=makers_reports.INVOICED)
    with refused("nothing_to_bill"):
        actions.issue_invoice(engagement_id, by=fay, at=makers_reports.CLOSED)
    _whole_effect(world, Engagement.objects.get(pk=engagement_id))


def _whole_effect(world: World, engagement: Engagement) -> None:
    (invoice,) = queries.invoices_of(engagement)
    assert (invoice.subtotal, invoice.tax, invoice.total) == (usd("5237.08"), usd("464.79"), usd("5701.87"))
    assert (invoice.number, invoice.status, invoice.due_on) == ("INV-2026-0001", "ISSUED", date(2027, 1, 1))
    assert invoice.sha256 == sha256_hex(invoice.content)
    lines = queries.lines_of(invoice)
    assert sum((line.amount for line in lines), usd("0")) == invoice.subtotal
    assert [line.ref for line in lines] == ["F1", "A1", "A2", "P1", "P2", "P3", "C1", "C2", "C3", "C4", "K1"]
    billed = {row.kind: (row.billed, row.cap) for row in quotes.tranches(engagement)}
    assert billed == {
        TrancheKind.FORENSIC: (usd("675"), usd("675")),
        TrancheKind.BASE: (usd("4562.08"), usd("5400")),
    }
    quote = quotes.binding_quote(engagement)
    assert quote is not None
    assert (quote.status, quote.actual_minor) == (Status.SETTLED, 456_208)
    assert EndKind.INVOICE not in {end.kind for end in incidents.open_ends(engagement)}
    for side in engagement.party_ids:
        told = ledger.entries(side, topic=engagement.topic).filter(kind="invoice.issued").get()
        assert "$5,701.87 with tax" in told.line
        assert "borne by the provider" not in told.line
    assert queries.get_invoice(invoice.pk, by=world.actor("finn")) == invoice
    assert list(queries.visible_to(world.actor("charlie"))) == []


def test_night_that_took_longer_is_billed_at_the_cap(world: World) -> None:
    """L3: 6.00 h x 367.50 + 2.00 h x 245.00 = 2,695.00 for 1,561.88, so A = 5,695.20; the provider bears 295.20."""
    order = makers_work.worked(world)
    key, tom = order.engagement_id, world.actor("tom")
    makers_work.clocked(world, key, "tom", local("2026-12-02 06:21"), on=True)
    makers_work.clocked(world, key, "tom", local("2026-12-02 09:51"), on=False)
    ending.restore_service(key, tests=makers_work.PASSED, by=tom, at=local("2026-12-02 09:55"))
    using.revoke_access(key, by=world.actor("sol"), at=local("2026-12-02 09:56"))
    ending.resolve(key, second_fault_check=makers_work.CHECKED, by=tom, at=local("2026-12-02 09:57"))
    engagement = Engagement.objects.get(pk=key)
    report = makers_reports.issued(world, engagement, at=local("2026-12-02 10:00"))
    makers_reports.actions.accept_work(
        key, shown_sha256=report.sha256, by=world.actor("seth"), at=makers_reports.ACCEPTED
    )
    invoice = actions.issue_invoice(key, by=world.actor("fay"), at=makers_reports.INVOICED)
    box = invoice.content["bill"]["boxes"][1]
    assert [box[name]["amount"] for name in ("actual", "billed", "absorbed")] == ["5695.20", "5400.00", "295.20"]
    assert (invoice.subtotal, invoice.tax, invoice.total) == (usd("6075"), usd("539.16"), usd("6614.16"))
    told = ledger.entries(engagement.client_id, topic=engagement.topic).filter(kind="invoice.issued").get()
    assert "$295.20 is borne by the provider" in told.line


def test_database_repair_that_took_longer_bills_its_cap() -> None:
    """S2 (domain.md §8): 12.5 h cost 2,787.50; 1,950.00 is billed, 837.50 absorbed, the fee of 550 beside it."""
    actuals = Actuals(labour=(LabourUse(3, Tier.BUSINESS, Decimal("12.5")),))
    base = replace(settle_base(S2_PRICE, DATABASE, usd("1950"), actuals), of=7, quoted=usd("1623.75"))
    bill = bill_of([forensic_bill(usd("550")), base], {0: 1, 7: 2}, DATABASE)
    assert [(line.tranche_id, line.tranche) for line in bill.lines][:2] == [(1, "FORENSIC"), (2, "BASE")]
    assert [(box.billed, box.absorbed) for box in bill.boxes] == [
        (usd("550"), usd("0")),
        (usd("1950"), usd("837.50")),
    ]
    assert bill.subtotal == usd("2500")
    assert sum((line.amount for line in bill.lines), usd("0")) == bill.subtotal


def test_invoice_is_due_by_the_providers_calendar() -> None:
    late = local("2026-12-31 23:30")
    assert due_on(late, 30, "America/New_York") == date(2027, 1, 30)
    assert due_on(late, 30, "Europe/Berlin") == date(2027, 1, 31)
