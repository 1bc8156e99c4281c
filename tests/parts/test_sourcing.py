"""Before the order: needed, asked for, offered, held, or bought at the provider's own risk (domain.md §3.6)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from breakfix.incidents.models import Engagement
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.rebuild import differences
from breakfix.kernel.money import Money
from breakfix.parts import queries
from breakfix.parts.actions import fitting, sourcing
from breakfix.parts.models import PartOrder, SupplierOffer
from breakfix.parts.values import Grade
from breakfix.quotes import queries as quotes
from breakfix.quotes.actions import ordering
from breakfix.quotes.models import Quote
from breakfix.quotes.sourcing import compared
from tests import makers_quotes as make
from tests.makers import World, local
from tests.parts.cases import ORDERED, installed, working
from tests.refusals import refused

NOW = local("2026-12-02 01:16")
HELD = local("2026-12-05 18:00")
SHEET = Upload("offer.pdf", b"%PDF-1.4 CTRL-9 1,140.00 USD\n")
D = Decimal


@pytest.fixture(name="case")
def _case(world: World) -> Engagement:
    """S1 with the quote issued and not decided yet."""
    return make.issued(world).engagement


def needed(world: World, case: Engagement, **given: Any) -> list[PartOrder]:
    typed = {"part_number": "CTRL-9", "description": "RAID controller", "reason": "It resets under load.", **given}
    return sourcing.need_part(case.pk, **typed, by=world.actor("dana"), at=NOW)


def offered(world: World, case: Engagement, **given: Any) -> SupplierOffer:
    typed = {
        "wanted": "CTRL-9",
        "supplier": "Legacy Parts Exchange",
        "condition": Grade.TESTED_USED,
        "cost": D("1140.00"),
        "freight": D("145.00"),
        "warranty_days": 30,
        "lead_optimistic": D(1),
        "lead_likely": D(2),
        "lead_pessimistic": D(3),
        "valid_until": HELD,
        "evidence": SHEET,
        **given,
    }
    return sourcing.note_offer(case.pk, **typed, by=world.actor("quinn"), at=NOW)


def risked(world: World, part: PartOrder, who: str = "quinn", **given: Any) -> PartOrder:
    soon = ORDERED + timedelta(hours=2)
    typed: dict[str, Any] = {"supplier": "Legacy Parts Exchange", "expected_at": soon, "reason": "It is night."}
    return sourcing.order_at_own_risk(part.pk, **{**typed, **given}, by=world.actor(who), at=NOW)


def offer_on(case: Engagement) -> Quote:
    quote = quotes.current_quote(case)
    assert quote is not None
    return quote


def test_unit_goes_from_the_need_to_the_order_of_the_approved_quote(world: World, case: Engagement) -> None:
    part, other = needed(world, case, quantity=2)
    assert (part.status, part.quote_line, part.unit, other.unit) == ("NEEDED", "", 1, 2)
    assert sourcing.source_part(part.pk, by=world.actor("dana"), at=NOW).status == "SOURCING"
    offer = offered(world, case)
    assert {one.status for one in queries.parts_of(case)} == {"QUOTED"}
    until = local("2026-12-03 12:00")
    held = sourcing.reserve_part(part.pk, offer_id=offer.pk, until=until, by=world.actor("quinn"), at=NOW)
    assert (held.status, held.supplier, held.reserved_until) == ("RESERVED", "Legacy Parts Exchange", until)
    quote = offer_on(case)
    make.signed(world, quote, "alice", ORDERED)
    make.signed(world, quote, "cora", ORDERED)
    make.acknowledged(world, quote, ORDERED)
    ordering.order_parts(quote.pk, by=world.actor("quinn"), at=ORDERED)
    part.refresh_from_db()
    other.refresh_from_db()
    assert (part.status, part.quote_line, part.unit) == ("ORDERED", f"quote/{quote.pk}/P1", 1)
    assert (other.status, other.quote_line) == ("QUOTED", "")  # the quote pays for one
    assert len(queries.parts_of(case)) == 4
    assert differences() == []


def test_unit_at_own_risk_is_taken_over_by_the_approval_and_never_billed_without(
    world: World, case: Engagement
) -> None:
    part, other = needed(world, case, quantity=2)
    for one in (part, other):
        assert risked(world, one).status == "ORDERED"
    with refused("part_ordered"):
        risked(world, part)
    quote = offer_on(case)
    make.signed(world, quote, "alice", ORDERED)
    make.signed(world, quote, "cora", ORDERED)
    make.acknowledged(world, quote, ORDERED)
    ordering.order_parts(quote.pk, by=world.actor("quinn"), at=ORDERED)
    for one in (part, other):
        one.refresh_from_db()
    assert (part.quote_line, part.ordered_at) == (f"quote/{quote.pk}/P1", NOW)
    assert (other.quote_line, other.own_risk_reason) == ("", "It is night.")
    fitting.receive_part(other.pk, serial="SN-2", by=world.actor("dana"), at=ORDERED)
    working(world, quote)
    assert installed(world, other, serial="SN-2").status == "INSTALLED"
    assert queries.installed(case) == {}


def test_own_risk_needs_a_reason_a_supplier_and_an_arrival_and_ends_with_the_approval(
    world: World, case: Engagement
) -> None:
    (part,) = needed(world, case)
    for wrong, code, field in (
        ({"reason": " "}, "missing_field", "reason"),
        ({"supplier": " "}, "missing_field", "supplier"),
        ({"expected_at": NOW}, "past_date", "expected_at"),
    ):
        with refused(code, field=field):
            risked(world, part, **wrong)
    with refused("not_allowed"):
        risked(world, part, "dana")
    quote = offer_on(case)
    make.signed(world, quote, "alice", NOW)
    make.signed(world, quote, "cora", NOW)
    make.acknowledged(world, quote, NOW)
    with refused("wrong_state"):
        risked(world, part)


def test_offer_needs_its_document_a_price_that_holds_and_a_delivery_in_order(world: World, case: Engagement) -> None:
    for wrong, code, field in (
        ({"cost": D(0)}, "out_of_range", "cost"),
        ({"cost": D("1.005")}, "too_precise", "cost"),
        ({"cost": D("NaN")}, "out_of_range", "cost"),
        ({"freight": D(-1)}, "out_of_range", "freight"),
        ({"valid_until": NOW}, "supplier_price_expired", "valid_until"),
        ({"lead_likely": D(9)}, "not_in_order", "lead_likely"),
        ({"lead_pessimistic": D(10_000)}, "out_of_range", "lead_pessimistic"),
        ({"warranty_days": -1}, "out_of_range", "warranty_days"),
        ({"supplier": ""}, "missing_field", "supplier"),
    ):
        with refused(code, field=field):
            offered(world, case, **wrong)


def test_only_an_offer_for_this_part_that_still_holds_is_reserved(world: World, case: Engagement) -> None:
    (part,) = needed(world, case)
    offer, fan = offered(world, case), offered(world, case, wanted="FAN-1")
    quinn = world.actor("quinn")
    with refused("other_part", field="offer_id"):
        sourcing.reserve_part(part.pk, offer_id=fan.pk, until=HELD, by=quinn, at=NOW)
    with refused("past_date", field="until"):
        sourcing.reserve_part(part.pk, offer_id=offer.pk, until=HELD + timedelta(hours=1), by=quinn, at=NOW)
    with refused("supplier_price_expired", field="offer_id"):
        sourcing.reserve_part(part.pk, offer_id=offer.pk, until=HELD + timedelta(hours=1), by=quinn, at=HELD)
    with refused("not_found"):
        sourcing.reserve_part(part.pk, offer_id=987_654, until=HELD, by=quinn, at=NOW)


def test_price_against_arrival_the_first_to_arrive_on_top(world: World, case: Engagement) -> None:
    slow = offered(world, case, supplier="Cheap Parts", cost=D("1000.00"), lead_likely=D(40), lead_pessimistic=D(79))
    fast = offered(world, case, part_number="CTRL-9B")
    gone = offered(world, case, supplier="Short Hold", valid_until=NOW + timedelta(minutes=1))
    rows = compared(case, world.actor("quinn"), NOW + timedelta(minutes=1))
    assert [one.offer for one in rows] == [fast, slow, gone]
    assert [one.expired for one in rows] == [False, False, True]
    # Progressive: 25 % of 500 and 18 % of 640 on 1,140; freight at cost beside it.
    first = rows[0]
    assert (first.markup, first.sell) == (Money(D("240.20"), "USD"), Money(D("1380.20"), "USD"))
    assert (first.percent, first.delivered) == ("21.1", Money(D("1525.20"), "USD"))
    assert first.p50 == NOW + timedelta(minutes=1, hours=2)
    assert first.p50 < first.p90 < first.p50 + timedelta(hours=1)


@pytest.mark.parametrize("who", ["alice", "cal", "rita"])
def test_what_suppliers_ask_is_known_to_the_providers_office_only(world: World, case: Engagement, who: str) -> None:
    offered(world, case)
    assert len(queries.offers_of(case, SYSTEM)) == 1
    assert queries.offers_of(case, world.actor(who)) == []
    with refused("not_allowed" if who != "cal" else "not_found"):
        sourcing.note_offer(
            case.pk,
            wanted="CTRL-9",
            supplier="S",
            condition=Grade.NEW,
            cost=D(1),
            warranty_days=1,
            lead_optimistic=D(1),
            lead_likely=D(1),
            lead_pessimistic=D(1),
            valid_until=HELD,
            evidence=SHEET,
            by=world.actor(who),
            at=NOW,
        )


def test_database_keeps_what_was_bought_for_nobody_out(world: World, case: Engagement) -> None:
    (part,) = needed(world, case)
    with pytest.raises(IntegrityError), transaction.atomic():
        PartOrder.objects.filter(pk=part.pk).update(
            status="ORDERED", supplier="S", ordered_at=NOW, expected_at=ORDERED, own_risk_reason=""
        )
