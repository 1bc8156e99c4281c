"""The deposit on the page of the approved offer: noted by the provider's finance, and taken off the invoice."""

from collections.abc import Callable
from datetime import datetime

from django.test import Client

from breakfix.quotes import deposits
from tests.makers import World
from tests.quotes.test_deposits import PAID, approved


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
