"""The provider's page of its own estimates: the figures, the curve, what is too few, and who may read it."""

import csv
import io
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from breakfix.quotes.models import Quote
from breakfix.quotes.rules import calibration as rules
from breakfix.web import calibration
from tests import makers_calibration
from tests.makers import World
from tests.makers_calibration import settled
from tests.quotes.test_calibration import WORKED
from tests.web.looking import faults, visit

pytestmark = [pytest.mark.django_db, pytest.mark.tampers]
SignIn = Callable[[str], Client]


@pytest.fixture
def quote(world: World) -> Quote:
    return makers_calibration.approved(world)


def test_page_shows_the_curve_the_figures_and_how_the_factor_comes_about(quote: Quote, sign_in: SignIn) -> None:
    settled(quote, WORKED)
    shown = sign_in("quinn").get("/calibration").content.decode()
    for words in ("bf-reliability", "1 of 10", "3 of 10", "HW-RAID · controller dead", "too low: more came above"):
        assert words in shown
    assert re.search(r"<h2>Quote accuracy</h2><p class=\"bf-big\">120 %", shown)  # 5,660.00 of 4,723.33
    assert re.search(r"<h2>NTE hit-rate</h2><p class=\"bf-big\">70 %", shown)
    assert re.search(r"<h2>Suggested factor</h2><p class=\"bf-big\">1.53", shown)
    assert "hours x 1.53 would have kept 6 of 10 within P50" in shown


def test_nine_are_too_few_and_the_page_says_so(quote: Quote, sign_in: SignIn) -> None:
    settled(quote, WORKED[:9])
    shown = sign_in("quinn").get("/calibration").content.decode()
    assert "9 settled offers: too few to say" in shown
    assert "too few to say: 10 are needed" in shown
    assert "bf-reliability" not in shown
    assert not re.search(r"\d+ %</strong>", shown)


def test_nothing_settled_is_said_honestly(quote: Quote, sign_in: SignIn) -> None:
    shown = sign_in("quinn").get("/calibration").content.decode()
    assert "Nothing settled counts yet" in shown


def test_domain_is_picked_from_those_that_exist(quote: Quote, sign_in: SignIn) -> None:
    settled(quote, WORKED)
    settled(quote, WORKED[:2], domain="NET-CORE")
    quinn = sign_in("quinn")
    assert "2 settled offers: too few to say" in quinn.get("/calibration?domain=NET-CORE").content.decode()
    for wrong in ("HW", "net-core", "NET-CORE'"):
        assert quinn.get("/calibration", {"domain": wrong}).status_code == 404
        assert quinn.get("/calibration.csv", {"domain": wrong}).status_code == 404


def test_what_was_left_out_is_counted_with_its_reason(quote: Quote, sign_in: SignIn) -> None:
    settled(quote, WORKED[:1], mode="FIXED")
    settled(quote, WORKED[:2], sampler="stated by the story")
    shown = sign_in("percy").get("/calibration").content.decode()
    assert "<strong>1</strong> at a fixed price" in shown
    assert "<strong>2</strong> whose maximum was stated" in shown
    assert "0 of 3 settled offers" in shown


def test_download_has_the_same_figures(quote: Quote, sign_in: SignIn) -> None:
    settled(quote, WORKED)
    settled(quote, WORKED[:1], domain="NET-CORE", failure='=cmd|"x"')
    answer = sign_in("rex").get("/calibration.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    raid = [row for row in rows if row["class"] == "HW-RAID"]
    assert [(row["estimate"], row["stayed within"], row["share %"]) for row in raid] == [
        ("P50", "1", "10"),
        ("P80", "1", "10"),
        ("P90", "3", "30"),
        ("above N", "7", "70"),
    ]
    few = [row for row in rows if row["class"] == "NET-CORE"]
    assert {(row["share %"], row["verdict"]) for row in few} == {("", "too_few")}
    assert answer["Content-Type"].startswith("text/csv")


@pytest.mark.parametrize("who", ["rita", "alice", "ada", "dana", "fay", "tom"])
def test_nobody_else_finds_the_page_or_its_place_in_the_menu(who: str, quote: Quote, sign_in: SignIn) -> None:
    browser = sign_in(who)
    assert browser.get("/calibration").status_code == 404
    assert browser.get("/calibration.csv").status_code == 404
    assert 'href="/calibration"' not in browser.get("/").content.decode()


def test_other_provider_sees_its_own_alone(world: World, quote: Quote, sign_in: SignIn) -> None:
    rows = settled(quote, WORKED)
    makers_calibration.let_in(rows[0], world.organisation("calder").pk)
    shown = sign_in("cal").get("/calibration").content.decode()
    assert "Nothing settled counts yet" in shown
    assert not any(row.number in shown for row in rows)


def test_hundreds_of_offers_take_as_many_queries_as_one(
    quote: Quote, sign_in: SignIn, django_assert_num_queries: Any
) -> None:
    quinn = sign_in("quinn")
    settled(quote, WORKED[:1])
    with django_assert_num_queries(6):
        assert quinn.get("/calibration").status_code == 200
    for number in range(60):
        settled(quote, WORKED[:4], failure=f"mode {number}")
    with django_assert_num_queries(6):
        shown = quinn.get("/calibration").content.decode()
    assert shown.count('class="bf-row-link"') == calibration.LATEST
    assert "The latest 25 of 241" in shown
    assert "21 more classes" in shown


def test_points_of_the_curve_stand_where_their_shares_are() -> None:
    rows = [
        rules.Settled("HW-RAID", "", True, 100, 0, 100, 110, 120, 120, actual) for actual in (100,) * 5 + (121,) * 5
    ]
    drawn = calibration.chart(rules.read(rows))
    assert drawn is not None
    # From 40 % at 42 to 100 % at 330, so 50 % at 42 + 288 / 6; from nothing at 208 to all at 12, so a half at 110.
    assert [(one["x"], one["y"]) for one in drawn["points"]] == [
        (Decimal("90.0"), Decimal("110.0")),
        (Decimal("234.0"), Decimal("110.0")),
        (Decimal("282.0"), Decimal("110.0")),
    ]
    assert (drawn["ideal"]["x1"], drawn["ideal"]["y2"]) == (Decimal("42.0"), Decimal("12.0"))
    assert calibration.chart(rules.read(rows[:9])) is None


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1440)])
def test_page_as_everybody_meets_it(scheme: str, width: int, quote: Quote, browser: Any, live_server: Any) -> None:
    settled(quote, WORKED)
    settled(quote, WORKED[:3], failure="power supply")
    settled(quote, WORKED[:2], mode="FIXED")
    with visit(browser, live_server, "quinn", scheme, width) as tab:
        tab.goto(f"{live_server.url}/calibration")
        assert faults(tab) == []
        assert tab.locator(".bf-reliability circle").count() == 3
