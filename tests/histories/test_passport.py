"""The passport tells a machine's whole life, to each reader what they may know (domain.md §6.7, R6, R10)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from breakfix.histories import passport as passports
from breakfix.histories import queries
from breakfix.kernel.errors import NotFound
from breakfix.kernel.money import Money
from tests import makers_incidents, makers_reports
from tests.makers import World, local

pytestmark = pytest.mark.django_db


def test_a_passport_grows_by_one_engagement() -> None:
    world, engagement = makers_reports.night("guaranteed")
    makers_reports.closed(world, engagement)
    found = queries.passport(world.assets["backup"].pk, world.actor("rita"))
    assert [visit.engagement.number for visit in found.visits] == ["E-2026-0001"]
    visit = found.visits[0]
    assert visit.spend == Money.of("5701.87", "USD")
    assert found.spend == (visit.spend,)
    assert found.failure_modes == [("controller resets under write load", 1)]
    assert {part.serial_installed for part in visit.parts} == {"SN-CTRL-9", "SN-CACHE-9", "SN-DRV-4T"}
    assert visit.guarantee is not None
    assert visit.guarantee.days == 30
    assert found.as_of == local("2026-12-02 11:30")
    assert any(makers_reports.PREVENTION in line for line in found.advice)
    content = passports.content_of(world.assets["backup"])
    assert content["incidents"][0]["report"]["sha256"] == visit.report.sha256  # type: ignore[union-attr]
    assert content["guarantees"][0]["ends_on"] == "2027-01-01"
    assert content["identity"]["serial"] == "7QXK3N1"


def test_a_passport_shows_each_reader_only_what_they_may_see(world: World) -> None:
    makers_incidents.calm(world)
    named = [world.people[key].pk for key in ("dana", "erin")]
    secret = makers_incidents.calm(
        world, need_to_know=True, named_people=named, title="Copied files found", at=local("2026-12-02 20:00")
    )
    theirs = makers_incidents.calm(
        world, provider_id=world.organisation("calder").pk, title="Fan replaced", at=local("2026-12-03 20:00")
    )
    asset = world.assets["backup"]

    def titles(who: str) -> set[str]:
        return {visit.engagement.title for visit in queries.passport(asset.pk, world.actor(who)).visits}

    assert titles("rita") >= {secret.title, theirs.title}
    assert secret.title not in titles("seth")
    assert theirs.title in titles("seth")
    assert theirs.title not in titles("dana")
    with pytest.raises(NotFound):
        queries.passport(asset.pk, world.actor("charlie"))
    printed = passports.content_of(asset)
    assert {one["title"] for one in printed["incidents"]} == titles("seth")
    assert "not listed" in printed["restricted"]


def test_a_passport_takes_as_many_queries_for_three_as_for_one(world: World) -> None:
    asset, rita = world.assets["backup"], world.actor("rita")
    counts = []
    for hour in (18, 19, 20):
        makers_incidents.calm(world, at=local(f"2026-12-02 {hour}:00"))
        with CaptureQueriesContext(
            connection,
        ) as taken:
            found = queries.passport(asset.pk, rita)
            assert [visit.spend for visit in found.visits]
        counts.append(len(taken))
    assert len(found.visits) == 3
    assert counts[0] == counts[2] <= 12
