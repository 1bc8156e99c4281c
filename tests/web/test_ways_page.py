"""The ways of an offer on the pages: typed in the builder, compared before the approver, chosen there."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from breakfix.quotes.models import Quote
from tests import makers_quotes, makers_ways
from tests.makers import World, local
from tests.web.looking import faults, visit

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]
AT = local("2026-12-02 01:20")


@pytest.fixture(autouse=True)
def _at(moment: Callable[[datetime], None]) -> None:
    moment(AT)


def test_approver_sees_the_ways_and_has_another_put_forward(world: World, sign_in: SignIn, forms: Forms) -> None:
    quote, alice = makers_ways.issued(world), sign_in("alice")
    shown = alice.get(f"/quotes/{quote.pk}").content.decode()
    for words in (
        "Failover meanwhile",
        "$20,100.00",
        "$360.00",
        "Saves against A",
        "$21,900.00",
        "Put way B forward",
    ):
        assert words in shown
    assert "Put way A forward" not in shown
    to = f"/quotes/{quote.pk}/choose_continuity"
    answer = alice.post(to, {"way": "B", "shown_sha256": quote.sha256})
    other = Quote.objects.latest("pk")
    assert (answer.status_code, answer["Location"]) == (303, f"/quotes/{other.pk}")
    then = alice.get(answer["Location"]).content.decode()
    assert other.sha256 in then
    assert "Put way A forward" in then
    assert forms(alice.get(answer["Location"]))["approve_quote"]["fields"]["shown_sha256"] == other.sha256
    assert "A newer version of this offer has been issued" in alice.get(f"/quotes/{quote.pk}").content.decode()


def test_wrong_way_and_a_way_chosen_twice_are_said_on_the_page(world: World, sign_in: SignIn) -> None:
    quote, alice = makers_ways.issued(world), sign_in("alice")
    to = f"/quotes/{quote.pk}/choose_continuity"
    for way, code in (("Z", "unknown_way"), ("A", "chosen_already")):
        answer = alice.post(to, {"way": way, "shown_sha256": quote.sha256})
        assert answer.status_code == 409
        assert f'data-code="{code}"' in answer.content.decode()
    assert alice.post(to, {"way": "B", "shown_sha256": quote.sha256}).status_code == 303
    assert (
        'data-code="quote_superseded"' in alice.post(to, {"way": "B", "shown_sha256": quote.sha256}).content.decode()
    )


@pytest.mark.parametrize("who", ["rita", "sol", "quinn", "ada"])
def test_others_see_the_comparison_and_nothing_to_press(who: str, world: World, sign_in: SignIn) -> None:
    quote = makers_ways.issued(world)
    shown = sign_in(who).get(f"/quotes/{quote.pk}").content.decode()
    assert "$20,100.00" in shown
    assert "forward</button>" not in shown


def test_offer_without_ways_shows_none(world: World, sign_in: SignIn) -> None:
    quote = makers_quotes.issued(world)
    assert "Ways to keep going" not in sign_in("alice").get(f"/quotes/{quote.pk}").content.decode()


def test_builder_keeps_the_ways_and_prices_them_while_they_are_typed(
    world: World, sign_in: SignIn, forms: Forms
) -> None:
    quote, quinn = makers_ways.drafted(world), sign_in("quinn")
    form = forms(quinn.get(f"/quotes/{quote.pk}/edit"))["revise_quote"]
    typed = {name: value for name, value in form["fields"].items() if value != ""}
    assert (typed["ways-1-strategy"], typed["ways-1-loaner"]) == ("failover", "Loaner NAS, per day")
    panel = quinn.post(f"/engagements/{quote.engagement_id}/quote/preview", typed).content.decode()
    assert "$4,363.33" in panel
    assert "$20,100.00" in panel
    assert "$6,000.00" in panel
    assert quinn.post(form["action"], typed).status_code == 303
    again = Quote.objects.get(pk=quote.pk)
    assert again.inputs.ways == makers_ways.WAYS
    wrong = quinn.post(form["action"], {**typed, "revision": "2", "ways-1-back_at": "2026-12-01T10:00"})
    assert wrong.status_code == 409
    assert "ways-1-back_at" in wrong.content.decode()
    assert "Saves against A" in quinn.get(f"/quotes/{quote.pk}").content.decode()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1440)])
@pytest.mark.parametrize(("who", "page"), [("alice", "/quotes/{}"), ("quinn", "/quotes/{}/edit")])
def test_pages_as_everybody_meets_them(
    who: str, page: str, scheme: str, width: int, world: World, browser: Any, live_server: Any
) -> None:
    quote = makers_ways.issued(world) if who == "alice" else makers_ways.drafted(world)
    with visit(browser, live_server, who, scheme, width) as tab:
        tab.goto(live_server.url + page.format(quote.pk))
        assert faults(tab) == []
