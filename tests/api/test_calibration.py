"""The figures of the page Calibration over the API, and the settled offers behind them, one's own alone."""

from typing import Any

import pytest

from tests import makers, makers_calibration
from tests.makers_calibration import settled
from tests.quotes.test_calibration import WORKED

pytestmark = [pytest.mark.django_db, pytest.mark.tampers]


@pytest.fixture(name="world")
def _world(_noon: None) -> makers.World:
    return makers.world(makers.SET_UP_AT)


def test_figures_are_those_of_the_page(world: makers.World, program: Any) -> None:
    quote = makers_calibration.approved(world)
    settled(quote, WORKED)
    settled(quote, WORKED[:1], mode="FIXED")
    told = program("quinn").get("/calibration").json()
    whole = told["whole"]
    assert [(one["stated"], one["count"], one["share"], one["verdict"]) for one in whole["curve"]] == [
        (50, 1, "0.1000", "below"),
        (80, 1, "0.1000", "below"),
        (90, 3, "0.3000", "below"),
    ]
    assert (whole["hits"]["share"], whole["hits"]["verdict"]) == ("0.7000", "above")
    assert whole["accuracy"]["median"] == "1.1983"  # 5,660.00 / 4,723.33
    assert (whole["factor"]["value"], whole["factor"]["advised"]) == ("1.53", True)
    assert (told["least"], told["read"], told["settled"]) == (10, 11, 11)
    assert told["left_out"] == [{"reason": "fixed", "count": 1}]
    assert [one["name"] for one in told["failures"]] == ["HW-RAID · controller dead"]


def test_offers_are_listed_by_cursor_and_by_domain_with_what_they_stayed_within(
    world: makers.World, program: Any
) -> None:
    quote = makers_calibration.approved(world)
    settled(quote, WORKED[:4])
    settled(quote, WORKED[:1], domain="NET-CORE", mode="FIXED")
    quinn = program("quinn")
    first = quinn.get("/calibration/offers?limit=3").json()
    rest = quinn.get(f"/calibration/offers?limit=3&cursor={first['next']}").json()
    every = [*first["items"], *rest["items"]]
    assert rest["next"] is None
    assert [one["within"] for one in every] == ["", "above P90", "P90", "P90", "P50"]
    assert [one["left_out"] for one in every] == ["fixed", None, None, None, None]
    assert every[1]["actual"] == {"amount": "5360.00", "currency": "USD"}
    found = quinn.get("/calibration/offers?domain=NET-CORE").json()["items"]
    assert [one["id"] for one in found] == [every[0]["id"]]
    assert quinn.get("/calibration/offers?domain=net").status_code == 400


@pytest.mark.parametrize("who", ["dana", "fay", "tom", "alice", "ada"])
def test_nobody_else_reads_them(who: str, world: makers.World, program: Any) -> None:
    settled(makers_calibration.approved(world), WORKED[:1])
    for path in ("/calibration", "/calibration/offers"):
        assert program(who).get(path).status_code == 404


def test_other_provider_reads_its_own(world: makers.World, program: Any) -> None:
    rows = settled(makers_calibration.approved(world), WORKED[:2])
    makers_calibration.let_in(rows[0], world.organisation("calder").pk)
    assert program("cal").get("/calibration/offers").json()["items"] == []
    assert program("cal").get("/calibration").json()["settled"] == 0
