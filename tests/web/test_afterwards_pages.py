"""What follows a rejected quote, on its page: the client chooses, the provider names a price, and nobody else."""

from collections.abc import Callable
from datetime import datetime

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from breakfix.billing import queries as billing
from breakfix.incidents import queries as incidents
from breakfix.kernel.access import SYSTEM
from breakfix.quotes import dispositions
from tests import makers_afterwards as make
from tests import makers_quotes
from tests.makers import World
from tests.people import PASSWORD

SignIn = Callable[[str], Client]
Moment = Callable[[datetime], None]


def test_freight_is_named_and_ordered_on_the_page(world: World, sign_in: SignIn, moment: Moment) -> None:
    quote = make.rejected(world)
    page = f"/quotes/{quote.pk}"
    moment(make.PRICED)
    quinn, alice = sign_in("quinn"), sign_in("alice")
    before = alice.get(page).content.decode()
    assert "15 min after it was issued" in before
    assert "has not named the price of handing them back yet" in before
    assert "Nothing more" not in before
    offer = SimpleUploadedFile("carrier.txt", b"120.00")
    typed = {"option": "return", "description": "Insured freight", "price": "120.00", "category": "freight"}
    assert quinn.post(f"{page}/price_disposition", {**typed, "evidence": offer}).status_code == 303
    price = dispositions.dispositions_of(quote.engagement)[0]
    shown = alice.get(page).content.decode()
    assert "$120.00" in shown
    assert "$130.65" in shown
    wanted = {"option": "return", "disposition_id": price.pk, "shown_amount": "120.00"}
    assert alice.post(f"{page}/choose_option", wanted).status_code == 422  # no password
    assert alice.post(f"{page}/choose_option", {**wanted, "password": PASSWORD}).status_code == 303
    assert incidents.get_engagement(quote.engagement_id, SYSTEM).ending == "not_approved"
    after = alice.get(page).content.decode()
    assert "Everything is handed back: Insured freight, $120.00 before tax" in after
    assert "Order it" not in after


def test_invoice_says_what_was_ordered_and_why(world: World, sign_in: SignIn, moment: Moment) -> None:
    quote = make.rejected(world)
    make.ordered(world, quote, make.priced(world, quote))
    moment(make.CHOSEN)
    fay = sign_in("fay")
    page = f"/engagements/{quote.engagement_id}/invoice"
    before = fay.get(page).content.decode()
    assert "ordered at this price after the quote was not approved" in before
    assert "It follows acceptance" not in before
    assert fay.post(f"{page}/issue_invoice", {}).status_code == 303
    [invoice] = billing.invoices_of(quote.engagement)
    shown = sign_in("alice").get(f"/invoices/{invoice.pk}").content.decode()
    assert "Insured freight" in shown
    assert "$865.56" in shown


def test_finance_is_led_to_the_invoice_once_the_client_gave_the_quote_up(
    world: World, sign_in: SignIn, moment: Moment
) -> None:
    quote = make.rejected(world)
    moment(make.CHOSEN)
    case, link = f"/engagements/{quote.engagement_id}", f'href="/engagements/{quote.engagement_id}/invoice"'
    fay = sign_in("fay")
    assert link not in fay.get(case).content.decode()
    make.ordered(world, quote, make.priced(world, quote))
    assert link in fay.get(case).content.decode()


def test_only_who_may_choose_or_price_is_offered_it(world: World, sign_in: SignIn, moment: Moment) -> None:
    quote = make.rejected(world)
    make.priced(world, quote)
    moment(make.CHOSEN)
    page = f"/quotes/{quote.pk}"
    for who, chooses, prices in (
        ("alice", True, False),
        ("rita", False, False),
        ("ada", False, False),
        ("dana", False, True),
        ("quinn", False, True),
        ("fay", False, False),
    ):
        shown = sign_in(who).get(page).content.decode()
        assert ("Order it" in shown, "Offer it" in shown) == (chooses, prices), who


def test_engagement_leads_the_approver_to_the_choice(world: World, sign_in: SignIn, moment: Moment) -> None:
    quote = make.rejected(world)
    moment(make.CHOSEN)
    link = f'href="/quotes/{quote.pk}#after"'
    case = f"/engagements/{quote.engagement_id}"
    assert link in sign_in("alice").get(case).content.decode()
    assert link in sign_in("quinn").get(case).content.decode()
    assert link not in sign_in("rita").get(case).content.decode()
    assert "Close the engagement" not in sign_in("fay").get(case).content.decode()


def test_open_offer_shows_nothing_of_what_might_follow(world: World, sign_in: SignIn, moment: Moment) -> None:
    quote = makers_quotes.issued(world)
    moment(make.CHOSEN)
    assert "What comes next" not in sign_in("alice").get(f"/quotes/{quote.pk}").content.decode()
