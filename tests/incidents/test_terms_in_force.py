"""What an engagement takes from the version in force when it is reported, and keeps: calendar, matrix, prices."""

from typing import Any

import pytest

from breakfix.agreements import actions, queries
from breakfix.agreements.models import AgreementVersion
from breakfix.incidents.models import Engagement
from breakfix.kernel.errors import Refused
from breakfix.quotes import queries as quotes
from tests.makers import World, local
from tests.makers_agreements import signed
from tests.makers_incidents import calm, reported

REVISED, IN_FORCE, LATER = (local(f"2026-12-0{day} 20:00") for day in (1, 2, 3))


def second(world: World, terms: dict[str, Any]) -> AgreementVersion:
    """Version 2 with these terms, signed by both."""
    one = world.agreements["northgate"]
    version = actions.revise_agreement(one.pk, terms=terms, by=world.actor("nora"), at=REVISED)
    return signed(world, version, "percy", "nora", at=IN_FORCE)


def test_site_with_a_calendar_of_its_own_keeps_it(world: World) -> None:
    before = reported(world)
    hours = [{"days": ["sat"], "opens": "10:00", "closes": "14:00"}]
    own = {
        "site": before.site.name,
        "hours": hours,
        "holidays": {"country": "US", "years": [2027], "also": ["2026-12-24"]},
    }
    version = second(world, {"calendar": {"sites": [own]}})
    after = reported(world, at=LATER)
    assert after.calendar["hours"] == {"sat": [["10:00", "14:00"]]}
    assert after.calendar["zone"] == before.calendar["zone"] == before.site.zone
    assert {"2026-12-24", "2027-01-01"} <= set(after.calendar["holidays"])
    assert Engagement.objects.get(pk=before.pk).calendar == before.calendar
    # Every other site goes by the general hours.
    elsewhere = another_site(world, before)
    assert queries.calendar_for(version, elsewhere).to_json()["hours"]["mon"] == [["08:00", "18:00"]]


def another_site(world: World, engagement: Engagement) -> Any:
    """Some other site of the same client."""
    owned = (site for site in world.sites.values() if site.organisation_id == engagement.client_id)
    return next(site for site in owned if site.pk != engagement.site_id)


@pytest.mark.parametrize(
    ("sites", "code"),
    [
        ([{"site": "Moon base"}], "unknown_site"),
        ([{"site": "Lakeside clinic"}], "unknown_site"),  # another client's
        ([{"site": "x"}, {"site": "x"}], "invalid_terms"),
        ([{"site": "x", "hours": []}], "invalid_terms"),
        ([{"site": "x", "holidays": {"country": "ZZ"}}], "invalid_terms"),
        (["x"], "invalid_terms"),
    ],
)
def test_calendar_of_no_site_is_refused(world: World, sites: list[Any], code: str) -> None:
    with pytest.raises(Refused, match=code):
        second(world, {"calendar": {"sites": sites}})


def test_priority_follows_from_the_matrix_of_the_version_in_force(world: World) -> None:
    before = calm(world)
    assert before.priority == "P4"
    flat = dict.fromkeys(("high", "medium", "low"), "P3")
    version = second(world, {"triage": {"matrix": {"low": flat, "medium": {"low": "P3"}}}})
    assert version.parsed.triage.matrix.of("low", "low") == "P3"
    assert calm(world, at=LATER).priority == "P3"
    assert Engagement.objects.get(pk=before.pk).priority == "P4"


def test_prices_of_what_was_opened_under_version_1_stay(world: World) -> None:
    before = reported(world)
    tariff = quotes.tariff_for(before)
    second(world, {"rates": {"levels": {"L2": "999"}, "trip": "500"}, "quotes": {"ceiling": "1.1"}})
    assert quotes.tariff_for(Engagement.objects.get(pk=before.pk)) == tariff
    assert quotes.tariff_for(reported(world, at=LATER)) != tariff
