"""After a rejection: options, prices confirmed, what is invoiced, when it is closed (domain.md §3.1, §3.2, S3)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakfix.agreements.values import TaxCategory
from breakfix.billing import queries as billing
from breakfix.billing.actions import issue_invoice
from breakfix.custody import queries as custody
from breakfix.custody.values import Decision
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions.course import close_engagement
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.ledger.rebuild import differences
from breakfix.quotes import dispositions, queries, versions
from breakfix.quotes.actions import drafting, issuing
from breakfix.quotes.actions.afterwards import give_up_quote
from breakfix.quotes.models import Quote
from breakfix.quotes.values import Option
from breakfix.work import queries as work
from tests import makers_afterwards as make
from tests import makers_custody, makers_quotes
from tests.makers import World, local
from tests.quotes.cases import usd
from tests.refusals import refused

LATER = local("2026-12-03 10:00")


def engagement_of(quote: Quote) -> Engagement:
    return incidents.get_engagement(quote.engagement_id, SYSTEM)


def ends(quote: Quote) -> list[tuple[str, str]]:
    return [(end.what, str(end.role)) for end in incidents.open_ends(engagement_of(quote))]


def closed(world: World, quote: Quote, who: str = "alice") -> Engagement:
    return close_engagement(quote.engagement_id, by=world.actor(who), at=LATER)


def test_rejection_asks_the_client_what_comes_next(world: World) -> None:
    quote = make.rejected(world)
    assert versions.latency_minutes(quote) == 15
    assert ("Say what comes next: another offer, your things back, or nothing more", "approver") in ends(quote)
    make.priced(world, quote)
    assert ("Order it at the price named, or choose otherwise", "approver") in ends(quote)


def test_return_is_ordered_at_the_price_shown_and_closed_when_all_is_back(world: World) -> None:
    """The diagnosis and the freight, each with its own tax: 675.00 + 120.00, and 795.00 x 8.875 % = 70.56."""
    quote = make.rejected(world)
    choice = make.ordered(world, quote, make.priced(world, quote))
    case = engagement_of(quote)
    assert (choice.option, case.ending, case.status) == ("return", "not_approved", "AWAITING_APPROVAL")
    assert [(one.kind, one.cap) for one in queries.tranches(case)] == [
        ("FORENSIC", usd("675")),
        ("DISPOSITION", usd("120")),
    ]
    assert {one.decision for one in custody.held(case)} == {Decision.RETURN}
    assert queries.exposure(case).committed == usd("795")
    assert work.meters(case, LATER) == []
    with refused("open_ends"):
        closed(world, quote)
    [waiting] = billing.unbilled(world.actor("fay"))
    assert (waiting.engagement, waiting.at_most) == (case, usd("795"))
    invoice = issue_invoice(case.pk, by=world.actor("fay"), at=LATER)
    assert (invoice.subtotal, invoice.tax, invoice.total) == (usd("795"), usd("70.56"), usd("865.56"))
    assert [(one.ref, one.tax_category) for one in billing.lines_of(invoice)] == [("F1", "fees"), ("D1", "freight")]
    with refused("open_ends"):
        closed(world, quote)
    makers_custody.signed(world, makers_custody.returned(world, case, at=LATER), at=LATER)
    done = closed(world, quote)
    assert (done.status, done.ending) == ("CLOSED", "not_approved")
    assert differences() == []
    with refused("quote_rejected"):
        makers_quotes.signed(world, quote, "alice", LATER)


def test_provider_closes_it_as_well(world: World) -> None:
    quote = make.rejected(world, drives=0)
    make.chosen(world, quote, Option.NOTHING)
    issue_invoice(quote.engagement_id, by=world.actor("fay"), at=LATER)
    assert closed(world, quote, "fay").status == "CLOSED"


def test_nothing_is_invoiced_while_the_client_may_still_choose(world: World) -> None:
    quote = make.rejected(world)
    with refused("wrong_state"):
        issue_invoice(quote.engagement_id, by=world.actor("fay"), at=LATER)
    assert billing.unbilled(world.actor("fay")) == []
    with refused("not_given_up"):
        closed(world, quote)
    with refused("wrong_state"):
        closed(world, quote, "fay")


def test_things_have_to_go_somewhere(world: World) -> None:
    quote = make.rejected(world)
    with refused("items_in_custody", field="option"):
        make.chosen(world, quote, Option.NOTHING)
    with refused("not_priced", field="disposition_id"):
        make.chosen(world, quote, Option.RETURN)


def test_another_offer_is_written_and_binds_like_the_first(world: World) -> None:
    quote = make.rejected(world)
    with refused("missing_field", field="note"):
        make.chosen(world, quote, Option.REVISE)
    make.chosen(world, quote, Option.REVISE, note="Without the loaner.")
    assert ("Revise the quote: Without the loaner.", "quoting_engineer") in ends(quote)
    second = makers_quotes.drafted(world, engagement_of(quote), at=make.CHOSEN)
    assert (second.version, engagement_of(quote).status) == (2, "QUOTE_PENDING")
    with refused("already_chosen"):
        make.chosen(world, quote, Option.NOTHING)


def test_second_opinion_is_the_desks_turn(world: World) -> None:
    quote = make.rejected(world)
    make.chosen(world, quote, Option.SECOND_OPINION, note="Is the backplane really fine?")
    assert ("Have a second engineer look: Is the backplane really fine?", "dispatcher") in ends(quote)
    assert engagement_of(quote).ending == ""


def test_destruction_that_was_ordered_waits_for_the_data_owner(world: World) -> None:
    quote = make.rejected(world)
    price = make.priced(world, quote, option=Option.DESTROY, description="Shredding", category=TaxCategory.FEES)
    make.ordered(world, quote, price)
    assert {one.decision for one in custody.held(engagement_of(quote))} == {""}
    assert ("Release 2 items for destruction, or have them handed back", "data_owner") in ends(quote)
    makers_custody.decided(world, engagement_of(quote), Decision.DESTROY, at=LATER)
    assert ("Destroy 2 items in custody", "dispatcher") in ends(quote)
    assert "data_owner" not in [role for _, role in ends(quote)]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"shown_amount": Decimal("119.99")}, "stale_offer", "shown_amount"),
        ({"shown_amount": None}, "stale_offer", "shown_amount"),
        ({"option": Option.DESTROY}, "other_option", "disposition_id"),
        ({"option": Option.NOTHING}, "no_disposition", "disposition_id"),
        ({"disposition_id": 987654}, "not_found", None),
        ({"confirmed_at": make.CHOSEN - timedelta(minutes=6)}, "reauthenticate", "password"),
    ],
)
def test_order_binds_exactly_what_was_shown(
    world: World, given: dict[str, Any], code: str, field: str | None
) -> None:
    quote = make.rejected(world)
    price = make.priced(world, quote)
    with refused(code, field=field):
        make.ordered(world, quote, price, **given)


def test_newer_price_replaces_the_older_one(world: World) -> None:
    quote = make.rejected(world)
    older = make.priced(world, quote)
    newer = make.priced(world, quote, price=Decimal("90"), who="dana")
    with refused("not_found"):
        make.ordered(world, quote, older)
    make.ordered(world, quote, newer)
    with refused("already_chosen"):
        make.ordered(world, quote, newer)


def test_order_stays_within_what_the_approver_may_agree_to(world: World) -> None:
    """Alice may agree to 25,000.00: with its tax this comes to 25,000.01."""
    quote = make.rejected(world)
    price = make.priced(world, quote, price=Decimal("22962.12"))
    assert dispositions.with_tax(price) == usd("25000.01")
    with refused("over_authority"):
        make.ordered(world, quote, price)
    cheaper = make.priced(world, quote, price=Decimal("22962.11"))
    assert dispositions.with_tax(cheaper) == usd("25000.00")
    make.ordered(world, quote, cheaper)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"evidence": None}, "evidence_missing", "evidence"),
        ({"price": Decimal("-1")}, "out_of_range", "price"),
        ({"price": Decimal("1.001")}, "too_precise", "price"),
        ({"option": Option.REVISE}, "no_disposition", "option"),
        ({"description": " "}, "missing_field", "description"),
    ],
)
def test_price_is_named_with_its_proof(world: World, given: dict[str, Any], code: str, field: str) -> None:
    quote = make.rejected(world)
    with refused(code, field=field):
        make.priced(world, quote, **given)


def test_free_return_needs_no_proof_and_makes_no_tranche(world: World) -> None:
    quote = make.rejected(world)
    price = make.priced(world, quote, price=Decimal(0), evidence=None)
    make.ordered(world, quote, price)
    assert [one.kind for one in queries.tranches(engagement_of(quote))] == ["FORENSIC"]


def test_nobody_prices_what_is_not_held_or_not_over(world: World) -> None:
    empty = make.rejected(world, drives=0)
    with refused("nothing_in_custody", field="option"):
        make.priced(world, empty)


def test_nothing_follows_an_offer_that_is_still_open(world: World) -> None:
    quote = makers_quotes.issued(world)
    with refused("quote_issued"):
        make.priced(world, quote)
    with refused("quote_issued"):
        make.chosen(world, quote, Option.NOTHING)


def test_silence_ends_it_after_ten_business_days(world: World) -> None:
    """Rejected on Wednesday at 01:30, before business: ten days of ten hours end on Tuesday the 15th at 18:00."""
    quote = make.rejected(world, drives=0)
    due = dispositions.given_up_at(quote)
    assert due == local("2026-12-15 18:00")
    with refused("not_yet"):
        give_up_quote(quote.pk, by=SYSTEM, at=due - timedelta(seconds=1))
    choice = give_up_quote(quote.pk, by=SYSTEM, at=due)
    assert (choice.option, choice.chosen_by, engagement_of(quote).ending) == ("nothing", None, "not_approved")
    assert ("Issue the invoice", "provider_finance") in ends(quote)
    assert differences() == []
    with refused("already_chosen"):
        give_up_quote(quote.pk, by=SYSTEM, at=due)
    with refused("given_up"):
        makers_quotes.drafted(world, engagement_of(quote), at=due)


def test_expiry_is_followed_by_the_same_choices(world: World) -> None:
    quote = makers_quotes.issued(world)
    assert quote.valid_until is not None
    issuing.expire_quote(quote.pk, by=SYSTEM, at=quote.valid_until)
    quote = queries.get_quote(quote.pk, SYSTEM)
    assert versions.latency_minutes(quote) is None
    make.chosen(world, quote, Option.NOTHING, at=LATER)
    assert engagement_of(quote).ending == "not_approved"


def test_newer_version_in_the_making_comes_first(world: World) -> None:
    quote = make.rejected(world)
    drafting.draft_quote(quote.engagement_id, **makers_quotes.inputs(), by=world.actor("quinn"), at=make.PRICED)
    with refused("already_chosen"):
        make.chosen(world, quote, Option.NOTHING)


def test_outsiders_choose_and_price_nothing(world: World) -> None:
    quote = make.rejected(world)
    with refused("not_allowed"):
        make.chosen(world, quote, Option.NOTHING, who="rita")
    with refused("not_found"):
        make.chosen(world, quote, Option.NOTHING, who="charlie")
    with refused("not_allowed"):
        make.priced(world, quote, who="tom")
    with refused("not_allowed"):
        give_up_quote(quote.pk, by=world.actor("alice"), at=LATER)
