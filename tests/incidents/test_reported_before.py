"""What was reported before of the same machine, or of the same kind at the same place, for whoever is sent now."""

from typing import Any

from breakfix.agreements.values import Domain
from breakfix.incidents.alike import reported_before
from breakfix.incidents.models import Engagement
from tests.makers import World, local
from tests.makers_incidents import CALM, reported

LATER = local("2026-12-20 09:00")


def told(engagement: Engagement) -> list[tuple[str, int]]:
    return [(one.engagement.title, one.words) for one in reported_before(engagement)]


def calm(world: World, at: Any = LATER, **given: Any) -> Engagement:
    return reported(world, at=at, answers=CALM, obligations=[], outage_started_at=at, **given)


def test_earlier_reports_of_the_machine_come_likest_first(world: World) -> None:
    assert told(reported(world)) == []
    calm(world, local("2026-12-05 09:00"), title="Fan is loud", description="")
    now = calm(world, title="Array degraded again", description="Two drives show amber")
    titles = told(now)
    assert [title for title, _ in titles] == ["Archive job died, array degraded", "Fan is loud"]
    assert titles[0][1] > titles[1][1] == 0


def test_nothing_of_another_machine_client_provider_or_of_few(world: World) -> None:
    switch = world.assets["switch"].pk
    calm(world, local("2026-12-05 09:00"), asset_id=switch, title="Switch", domain=Domain.NET_CORE)
    calder = world.organisation("calder").pk
    calm(world, local("2026-12-06 09:00"), provider_id=calder, title="Told to Calder")
    named = [world.people["dana"].pk, world.people["alice"].pk]
    calm(world, local("2026-12-07 09:00"), need_to_know=True, named_people=named, title="For few")
    assert told(calm(world)) == []


def test_where_no_machine_is_known_the_same_kind_at_the_same_site_counts(world: World) -> None:
    site = world.assets["backup"].site_id
    reported(world)
    calm(world, local("2026-12-05 09:00"), site_id=site, title="A line drops calls", domain=Domain.LIAISON)
    now = calm(world, site_id=site, title="Another array")
    assert [title for title, _ in told(now)] == ["Archive job died, array degraded"]
    assert told(calm(world, site_id=world.sites["Newark depot"].pk, title="A depot's array")) == []
