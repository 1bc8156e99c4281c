"""The deposit on the page of the approved offer: noted by the provider's finance, and taken off the invoice."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.test import Client

from breakfix.billing.actions import issue_invoice
from breakfix.incidents.actions import course
from breakfix.quotes import deposits
from tests.makers import World
from tests.makers_deposits import PAID, approved, prepaid

Forms = Callable[[Any], dict[str, dict[str, Any]]]


def test_deposit_is_noted_on_the_page_of_the_offer(
    world: World, sign_in: Callable[[str], Client], moment: Callable[[datetime], None]
) -> None:
    quote = approved(world)
    page = f"/quotes/{quote.pk}"
    moment(PAID)
    fay = sign_in("fay")
    assert "It has arrived" in fay.get(page).content.decode()
    for who in ("alice", "dana", "finn"):
        shown = sign_in(who).get(page).content.decode()
        assert "Nothing is ordered or planned before it is here" in shown
        assert "It has arrived" not in shown
        assert "Order the parts" not in shown
    typed = {"amount": "3452.50", "reference": "WIRE-88120"}
    assert fay.post(f"{page}/note_deposit", typed).status_code == 303
    assert not deposits.is_due(quote)
    shown = sign_in("dana").get(page).content.decode()
    assert "Paid, WIRE-88120" in shown
    assert "Order the parts" in shown


def test_what_is_owed_back_is_shown_and_noted_on_the_page_of_the_offer(
    world: World, sign_in: Callable[[str], Client], moment: Callable[[datetime], None], forms: Forms
) -> None:
    quote = prepaid(world)
    course.cancel_engagement(quote.engagement_id, reason="We buy a new one", by=world.actor("rita"), at=PAID)
    invoice = issue_invoice(quote.engagement_id, by=world.actor("fay"), at=PAID)
    page = f"/quotes/{quote.pk}"
    moment(PAID)
    fay, alice = sign_in("fay"), sign_in("alice")
    bill = fay.get(f"/invoices/{invoice.pk}").content.decode()
    assert "of which $2,717.59 goes back" in bill
    assert "$-" not in bill
    shown = alice.get(page).content.decode()
    assert "Owed back to" in shown
    assert "refund_deposit" not in forms(alice.get(page))
    form = forms(fay.get(page))["refund_deposit"]
    assert form["fields"]["amount"] == "2717.59"
    assert fay.post(form["action"], {**form["fields"], "reference": "WIRE-90017"}).status_code == 303
    shown = alice.get(page).content.decode()
    assert "Paid back: $2,717.59, WIRE-90017" in shown
    assert "Owed back" not in shown
