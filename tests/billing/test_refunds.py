"""What of a deposit is the client's again: computed, paid back to the cent and once, never more than was paid."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from breakfix.billing import queries
from breakfix.billing.actions import issue_invoice, refund_deposit
from breakfix.billing.models import Invoice
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.ledger.rebuild import differences
from breakfix.quotes import deposits
from breakfix.quotes import queries as quotes
from breakfix.quotes.actions import drafting, issuing
from breakfix.quotes.actions.deposits import note_deposit, waive_deposit
from breakfix.quotes.actions.ordering import order_parts
from breakfix.quotes.models import Deposit, Quote
from breakfix.work import queries as work
from tests import makers_change_orders, makers_quotes
from tests import makers_deposits as make
from tests.makers import World
from tests.quotes.cases import part, usd
from tests.refusals import refused

pytestmark = pytest.mark.django_db
OVER = make.PAID + timedelta(minutes=30)
# The fee that was begun out of hours, 450.00 x 1.5, with 8.875 % tax; 3,452.50 were paid.
FEE, OWED = usd("734.91"), usd("2717.59")


def cancelled(world: World, *, ordered: bool = False) -> Quote:
    quote = make.prepaid(world)
    if ordered:
        order_parts(quote.pk, by=world.actor("dana"), at=make.PAID)
    course.cancel_engagement(quote.engagement_id, reason="We buy a new one", by=world.actor("rita"), at=OVER)
    return quotes.get_quote(quote.pk, SYSTEM)


def refund(world: World, quote: Quote, amount: str = "2717.59", who: str = "fay", **given: Any) -> Deposit:
    typed = {"amount": Decimal(amount), "reference": "WIRE-90017", "at": OVER, **given}
    return refund_deposit(quote.pk, **typed, by=world.actor(who))


def invoiced(world: World, quote: Quote) -> Invoice:
    return issue_invoice(quote.engagement_id, by=world.actor("fay"), at=OVER)


def waiting(quote: Quote) -> list[tuple[str, str]]:
    found = incidents.get_engagement(quote.engagement_id, SYSTEM)
    return [(end.what, end.role) for end in incidents.open_ends(found) if end.kind == "deposit"]


def test_deposit_on_parts_that_were_never_ordered_goes_back_less_what_is_owed(world: World) -> None:
    quote = cancelled(world)
    assert queries.owed_of(quote, OVER) == OWED
    done = refund(world, quote)
    assert (done.refunded, done.refund_reference, done.refunded_by) == (OWED, "WIRE-90017", world.people["fay"])
    assert (queries.owed_of(quote, OVER), deposits.paid_on(quote.engagement)) == (usd("0"), FEE)
    assert differences() == []
    for name in ("northgate", "ironbridge"):
        told = ledger.entries(world.organisation(name).pk, topic=quote.engagement.topic)
        assert [entry.kind for entry in told][-1] == "deposit.refunded"


def test_invoice_settles_what_remains_of_it(world: World) -> None:
    quote = cancelled(world)
    refund(world, quote)
    invoice = invoiced(world, quote)
    assert (invoice.total, invoice.content["bill"]["deposit"]["amount"]) == (FEE, "734.91")
    assert (waiting(quote), queries.owed_of(quote, OVER)) == ([], usd("0"))
    with refused("deposit_refunded"):
        refund(world, quote)


def test_invoice_that_is_less_than_the_deposit_leaves_the_rest_to_be_paid_back(world: World) -> None:
    quote = cancelled(world)
    invoice = invoiced(world, quote)
    assert invoice.content["bill"]["deposit"]["amount"] == "3452.50"
    assert waiting(quote) == [("Pay back what is left of the deposit: $2,717.59", "provider_finance")]
    assert refund(world, quote).refunded == OWED
    assert waiting(quote) == []


def test_parts_that_nobody_takes_back_are_charged_at_cost_and_keep_the_deposit(world: World) -> None:
    """6,000.00 without the markup of 905.00, beside the fee: more than was paid, so nothing goes back."""
    quote = cancelled(world, ordered=True)
    case = incidents.get_engagement(quote.engagement_id, SYSTEM)
    bill = queries.bill_for(case, quotes.settlement(case, work.actuals(case, OVER)), OVER)
    lines = {line.key: (line.description, line.amount) for line in bill.lines}
    assert lines["V2"] == ("Restocking at cost", usd("6000"))
    assert queries.owed_of(quote, OVER) == usd("0")
    with refused("nothing_owed"):
        refund(world, quote, "100")


def test_nothing_goes_back_while_the_repair_goes_on(world: World) -> None:
    quote = make.prepaid(world)
    assert queries.owed_of(quote, OVER) == usd("0")
    with refused("nothing_owed"):
        refund(world, quote, "3452.50")


def waived(world: World) -> Quote:
    quote = make.approved(world)
    waive_deposit(quote.pk, reason="Paid every invoice in time.", by=world.actor("fay"), at=make.PAID)
    return quote


@pytest.mark.parametrize("made", [make.approved, waived, makers_quotes.approved], ids=["unpaid", "waived", "none"])
def test_what_was_never_paid_does_not_go_back(world: World, made: Callable[[World], Quote]) -> None:
    quote = made(world)
    with refused("no_deposit"):
        refund(world, quote)


@pytest.mark.parametrize(
    ("amount", "given", "code", "field"),
    [
        ("2717.58", {}, "not_what_is_owed", "amount"),
        ("2717.60", {}, "not_what_is_owed", "amount"),
        ("3452.50", {}, "not_what_is_owed", "amount"),
        ("0", {}, "not_what_is_owed", "amount"),
        ("-1", {}, "out_of_range", "amount"),
        ("1.001", {}, "too_precise", "amount"),
        ("2717.59", {"reference": " "}, "missing_field", "reference"),
        ("2717.59", {"who": "dana"}, "not_allowed", None),
        ("2717.59", {"who": "finn"}, "not_allowed", None),
        ("2717.59", {"who": "cal"}, "not_found", None),
    ],
)
def test_exactly_what_is_owed_goes_back_by_the_providers_finance(
    world: World, amount: str, given: dict[str, Any], code: str, field: str | None
) -> None:
    quote = cancelled(world)
    with refused(code, field=field):
        refund(world, quote, amount, **given)


def test_database_pays_back_no_more_than_was_paid_and_nothing_without_its_reference(world: World) -> None:
    quote = cancelled(world)
    rows, fay = Deposit.objects.filter(quote=quote), world.people["fay"]
    whole = {"refunded_minor": 271759, "refunded_at": OVER, "refunded_by": fay, "refund_reference": "x"}
    for change in (
        {"refunded_minor": 345251},
        {"refunded_minor": -1},
        {"refunded_minor": 0},
        {"refunded_at": None},
        {"refunded_at": make.PAID - timedelta(minutes=1)},
        {"refunded_by": None},
        {"refund_reference": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**{**whole, **change})
    unpaid = {"settled_at": None, "settled_by": None, "reference": ""}
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**whole, **unpaid)


def test_deposit_of_a_repair_that_was_called_off_is_not_asked_for_any_more(world: World) -> None:
    quote = make.approved(world)
    assert [what.partition(" on ")[0] for what, _ in waiting(quote)] == ["Pay the deposit"]
    course.cancel_engagement(quote.engagement_id, reason="We buy a new one", by=world.actor("rita"), at=OVER)
    assert waiting(quote) == []


@pytest.mark.tampers
def test_deposit_that_the_invoice_came_before_is_waited_for_and_noted_no_more(world: World) -> None:
    """Noted afterwards it would be on no invoice, and never owed back: the client would have paid it twice."""
    quote = makers_quotes.approved(world)
    order = with_disk(world, quote, "9000")
    assert [what for what, _ in waiting(quote)] == [f"Pay the deposit on {order.number}: $5,132.50"]
    Engagement.objects.filter(pk=quote.engagement_id).update(status="ACCEPTED")
    invoiced(world, quote)
    assert waiting(quote) == []
    typed = {"by": world.actor("fay"), "at": OVER}
    with refused("invoiced"):
        note_deposit(order.pk, amount=Decimal("5132.50"), reference="WIRE-90018", **typed)
    with refused("invoiced"):
        waive_deposit(order.pk, reason="Paid every invoice in time.", **typed)
    assert deposits.paid_on(quote.engagement) == usd("0")


def with_disk(world: World, quote: Quote, cost: str) -> Quote:
    """An approved change order of 2 h of L3 at night and a disk that nobody takes back."""
    disk = part("DISK-9", cost, non_returnable=True)
    order = makers_change_orders.proposed(world, quote.engagement, parts=[disk])
    makers_quotes.proven(world, order, makers_change_orders.RAISED)
    drafting.review_quote(order.pk, by=world.actor("rex"), at=makers_change_orders.REVIEWED)
    order = issuing.issue_quote(order.pk, by=world.actor("quinn"), at=makers_change_orders.ISSUED)
    for who in ("alice", "cora"):
        makers_change_orders.signed(world, order, who)
    return order


def test_parts_of_a_change_order_that_nobody_takes_back_are_charged_within_its_own_maximum(world: World) -> None:
    """2 h of L3 at night 735.00 and a disk of 387.50, N 1,250.00 (1.10 x 1,122.50); of it the disk at 310.00."""
    quote = makers_quotes.approved(world)
    order, at = with_disk(world, quote, "310"), makers_change_orders.APPROVED
    order_parts(order.pk, by=world.actor("dana"), at=at)
    course.cancel_engagement(quote.engagement_id, reason="We buy a new one", by=world.actor("rita"), at=at)
    case = incidents.get_engagement(quote.engagement_id, SYSTEM)
    bills = quotes.settlement(case, work.actuals(case, at)).tranches
    assert [(one.kind, one.cap, one.bill) for one in bills if one.of == order.pk] == [
        ("CHANGE_ORDER", usd("1250"), usd("310"))
    ]
