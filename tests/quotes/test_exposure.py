"""The money side of an engagement at a glance, and what settles it (domain.md A1, §4.10)."""

from dataclasses import replace

from django.db import transaction

from breakfix.incidents import queries as incidents
from breakfix.kernel.access import SYSTEM
from breakfix.quotes import queries, steps
from tests import makers_quotes as make
from tests.makers import World, local
from tests.quotes.cases import NIGHT, S1_ACTUALS, Actuals, D, LabourUse, usd


def test_exposure_before_any_quote_is_the_forensic_fee(world: World) -> None:
    engagement = make.awaiting_quote(world)
    found = queries.exposure(engagement)
    assert (found.forensic, found.committed, found.cap) == (usd("675"), usd("675"), usd("0"))
    assert found.offered is None
    assert found.cash_out is None


def test_exposure_of_an_offer_shows_it_as_offered(world: World) -> None:
    found = queries.exposure(make.issued(world).engagement)
    assert (found.cap, found.offered, found.offered_with_tax) == (usd("0"), usd("5400"), usd("5879.25"))
    assert found.cash_out == usd("6614.16")


def test_exposure_after_approval_counts_down_from_the_cap(world: World) -> None:
    engagement = make.approved(world).engagement
    found = queries.exposure(engagement)
    assert (found.cap, found.cap_with_tax, found.committed) == (usd("5400"), usd("5879.25"), usd("6075"))
    assert (found.incurred, found.remaining, found.used_percent) == (usd("0"), usd("5400"), 0)
    working = queries.exposure(engagement, S1_ACTUALS)
    assert (working.incurred, working.remaining) == (usd("4562.08"), usd("837.92"))
    assert working.used_percent == 84


def test_exposure_never_shows_more_than_the_cap_as_incurred(world: World) -> None:
    engagement = make.approved(world).engagement
    endless = replace(S1_ACTUALS, labour=(LabourUse(3, NIGHT, D(100)),))
    found = queries.exposure(engagement, endless)
    assert (found.incurred, found.remaining, found.used_percent) == (usd("5400"), usd("0"), 100)


def test_settlement_bills_each_tranche_on_its_own(world: World) -> None:
    engagement = make.approved(world).engagement
    with transaction.atomic():
        found = steps.settle(engagement, S1_ACTUALS, at=local("2026-12-03 10:00"))
    assert [(bill.kind, bill.bill) for bill in found.tranches] == [
        ("FORENSIC", usd("675.00")),
        ("BASE", usd("4562.08")),
    ]
    assert (found.total, found.absorbed) == (usd("5237.08"), usd("0"))


def test_settlement_of_a_rejected_case_is_the_fee_alone(world: World) -> None:
    engagement = make.issued(world).engagement
    assert queries.settlement(engagement, Actuals()).total == usd("675")


def test_settled_quote_keeps_what_it_really_came_to(world: World) -> None:
    quote = make.approved(world)
    at = local("2026-12-03 10:00")
    with transaction.atomic():
        engagement = incidents.lock_engagement(quote.engagement_id, SYSTEM)
        found = steps.settle(engagement, S1_ACTUALS, at=at)
        rows = steps.mark_settled(engagement, found, at=at)
        assert steps.mark_settled(engagement, found, at=at) == []
        make.told(engagement, "invoice.issued", rows, at)
    quote.refresh_from_db()
    assert (quote.status, quote.settled_at, quote.actual_minor) == ("SETTLED", at, 456208)
