"""Half of the parts that nobody takes back is paid before they are ordered (domain.md §3.1, §4.10, ruling 36)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from breakfix.billing import queries as billing
from breakfix.incidents import queries as incidents
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.ledger.rebuild import differences
from breakfix.kernel.money import Money
from breakfix.quotes import deposits, queries
from breakfix.quotes.actions.deposits import waive_deposit
from breakfix.quotes.actions.ordering import order_parts
from breakfix.quotes.models import Deposit, Quote
from breakfix.quotes.rules import pricing
from breakfix.quotes.values import Draft
from breakfix.work import queries as work
from tests import makers_quotes as make
from tests.makers import World
from tests.makers_deposits import PAID, approved, noted
from tests.quotes.cases import part, tariff, usd
from tests.refusals import refused


def deposit(*parts: tuple[str, bool]) -> Money:
    lines = tuple(part(f"P-{n}", cost, non_returnable=kept) for n, (cost, kept) in enumerate(parts))
    price = pricing.price(Draft(parts=lines, scope_in="x"), tariff(), fee=usd("0"))
    return pricing.deposit(price, tariff())


@pytest.mark.parametrize(
    ("parts", "amount"),
    [
        # sell 6,905.00
        ((("6000", True),), "3452.50"),
        ((("6000", False),), "0"),
        # 2,985.00 twice: their sum counts, not each
        ((("2500", True), ("2500", True)), "2985.00"),
        ((("2500", True), ("2500", False)), "0"),
        # sell 5,000.00 is not above it, sell 5,000.01 is
        ((("4299.11", True),), "0"),
        ((("4299.12", True),), "2500.01"),
    ],
)
def test_deposit_is_half_of_what_nobody_takes_back(parts: tuple[tuple[str, bool], ...], amount: str) -> None:
    assert deposit(*parts) == usd(amount)


def status_of(quote: Quote) -> str:
    return str(incidents.get_engagement(quote.engagement_id, SYSTEM).status)


def test_approved_offer_waits_for_its_deposit(world: World) -> None:
    quote = approved(world)
    assert (quote.status, status_of(quote)) == ("APPROVED", "AWAITING_APPROVAL")
    asked = deposits.deposit_of(quote)
    assert asked is not None
    assert asked.amount == usd("3452.50")
    ends = {(end.what, str(end.role)) for end in incidents.open_ends(quote.engagement)}
    assert (f"Pay the deposit on {quote.number}: $3,452.50", "client_finance") in ends
    with refused("deposit_due"):
        order_parts(quote.pk, by=world.actor("dana"), at=PAID)


def test_paid_deposit_lets_the_parts_be_ordered_and_is_taken_off_the_invoice(world: World) -> None:
    quote = approved(world)
    done = noted(world, quote)
    assert (done.reference, done.settled_by, status_of(quote)) == ("WIRE-88120", world.people["fay"], "APPROVED")
    assert "deposit" not in {end.kind for end in incidents.open_ends(quote.engagement)}
    order_parts(quote.pk, by=world.actor("dana"), at=PAID)
    case = incidents.get_engagement(quote.engagement_id, SYSTEM)
    bill = billing.bill_for(case, queries.settlement(case, work.actuals(case, PAID)), PAID)
    assert bill.deposit == usd("3452.50")
    assert differences() == []
    with refused("deposit_settled"):
        noted(world, quote)


def test_good_credit_needs_no_deposit(world: World) -> None:
    quote = approved(world)
    with refused("missing_field", field="reason"):
        waive_deposit(quote.pk, reason=" ", by=world.actor("fay"), at=PAID)
    done = waive_deposit(quote.pk, reason="Paid every invoice in time.", by=world.actor("fay"), at=PAID)
    assert (done.waived_because, status_of(quote)) == ("Paid every invoice in time.", "APPROVED")
    assert deposits.paid_on(quote.engagement) == usd("0")


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"amount": Decimal("3452.49")}, "not_the_deposit", "amount"),
        ({"amount": Decimal("3452.51")}, "not_the_deposit", "amount"),
        ({"amount": Decimal("1.001")}, "too_precise", "amount"),
        ({"reference": ""}, "missing_field", "reference"),
    ],
)
def test_deposit_is_noted_whole_and_with_its_reference(
    world: World, given: dict[str, Any], code: str, field: str
) -> None:
    quote = approved(world)
    with refused(code, field=field):
        noted(world, quote, **given)


def test_finance_of_this_provider_alone_notes_it(world: World) -> None:
    quote = approved(world)
    for who, code in (("dana", "not_allowed"), ("finn", "not_allowed"), ("cal", "not_found")):
        with refused(code):
            noted(world, quote, who=who)


def test_offer_with_returnable_parts_asks_for_none(world: World) -> None:
    quote = make.approved(world)
    assert (deposits.deposit_of(quote), status_of(quote)) == (None, "APPROVED")
    with refused("no_deposit"):
        noted(world, quote)


def test_database_settles_a_deposit_one_way(world: World) -> None:
    quote = approved(world)
    rows = Deposit.objects.filter(quote=quote)
    later = PAID + timedelta(hours=1)
    for change in (
        {"settled_at": later},
        {"reference": "x"},
        {"settled_at": later, "settled_by": world.people["fay"], "reference": "x", "waived_because": "y"},
        {"amount_minor": 0},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
