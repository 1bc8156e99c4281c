"""The register of covers, and the route test that refers a failure to whoever owes its repair already."""

from datetime import date
from typing import Any

import pytest

from breakfix.agreements.values import Domain
from breakfix.assets import queries as assets
from breakfix.assets.actions import end_cover, register_cover
from breakfix.assets.models import Cover
from breakfix.assets.values import CoverFacts, CoverKind
from breakfix.incidents import qualifying
from breakfix.incidents.actions import desk, outside
from breakfix.incidents.models import Engagement
from tests.makers import World, local
from tests.makers_incidents import ACKNOWLEDGED, QUALIFIED, acknowledged
from tests.refusals import refused

ENTERED = local("2026-11-20 09:00")


def entered(world: World, *, who: str = "nora", **given: Any) -> Cover:
    usual: dict[str, Any] = {
        "kind": CoverKind.VENDOR_CONTRACT,
        "holder": "Dell ProSupport",
        "reference": "DL-4417",
        "phone": "+1 800 555 0199",
        "valid_from": date(2026, 1, 1),
        "valid_until": date(2026, 12, 31),
    }
    client = given.pop("client_id", world.organisation("northgate").pk)
    return register_cover(client, **{**usual, **given}, by=world.actor(who), at=ENTERED)


def qualify(world: World, engagement: Engagement, **given: Any) -> Engagement:
    return desk.qualify(engagement.pk, **given, by=world.actor("dana"), at=QUALIFIED)


def found(world: World) -> tuple[str, ...]:
    return qualifying.route_test(acknowledged(world), ACKNOWLEDGED).covers


@pytest.mark.parametrize(
    ("day", "holds"), [((2025, 12, 31), False), ((2026, 1, 1), True), ((2026, 12, 31), True), ((2027, 1, 1), False)]
)
def test_cover_holds_through_its_last_day(day: tuple[int, int, int], holds: bool) -> None:
    facts = CoverFacts(CoverKind.VENDOR_WARRANTY, "Dell", "", "", date(2026, 1, 1), date(2026, 12, 31))
    assert facts.holds_on(date(*day)) is holds


def test_what_is_covered_elsewhere_is_declined_or_waits_for_the_client(world: World) -> None:
    entered(world, asset_id=world.assets["backup"].pk)
    engagement = acknowledged(world)
    with refused("no_statement"):
        qualify(world, engagement)
    asked = outside.propose_sow(engagement.pk, scope="The controller", by=world.actor("dana"), at=ACKNOWLEDGED)
    assert "support contract of Dell ProSupport (DL-4417) until 2026-12-31, +1 800 555 0199" in asked.because[0]
    assert (asked.outside, asked.waives) == (False, True)


@pytest.mark.parametrize(
    ("of", "counts"),
    [
        ({}, True),
        ({"site": "backup"}, True),
        ({"asset": "backup"}, True),
        ({"asset": "switch"}, False),
        ({"domains": [Domain.HW_RAID]}, True),
        ({"domains": [Domain.NET_CORE]}, False),
        ({"valid_until": date(2026, 11, 30)}, False),
        ({"valid_from": date(2026, 12, 2)}, False),
        ({"valid_until": None}, True),
    ],
)
def test_route_test_looks_at_what_broke_and_when(world: World, of: dict[str, Any], counts: bool) -> None:
    given = dict(of)
    if "asset" in given:
        given["asset_id"] = world.assets[given.pop("asset")].pk
    if "site" in given:
        given["site_id"] = world.assets[given.pop("site")].site_id
    entered(world, **given)
    assert bool(found(world)) is counts


def test_ended_cover_covers_nothing_from_that_day_on(world: World) -> None:
    cover = entered(world, valid_until=None)
    end_cover(cover.pk, ends_on=date(2026, 12, 1), reason="Moved away", by=world.actor("seth"), at=ENTERED)
    assert found(world) == ()
    with refused("ended_already"):
        end_cover(cover.pk, ends_on=date(2026, 12, 2), reason="Again", by=world.actor("seth"), at=ENTERED)


def test_another_clients_cover_is_not_looked_at(world: World) -> None:
    entered(world, who="hugo", client_id=world.organisation("harborview").pk)
    assert found(world) == ()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"valid_until": date(2025, 1, 1)}, "ends_before_it_begins"),
        ({"holder": "  "}, "missing_field"),
        ({"holder": "x" * 121}, "too_long"),
    ],
)
def test_cover_that_says_nothing_is_refused(world: World, given: dict[str, Any], code: str) -> None:
    with refused(code):
        entered(world, **given)
    assert not Cover.objects.exists()


def test_cover_is_of_ones_own_machine_or_site(world: World) -> None:
    with refused("not_found"):
        entered(world, asset_id=world.assets["clinic-host"].pk)
    theirs = world.assets["clinic-host"].site_id
    with refused("not_found"):
        entered(world, site_id=theirs)
    with refused("one_of_two"):
        entered(world, asset_id=world.assets["backup"].pk, site_id=world.assets["backup"].site_id)


@pytest.mark.parametrize("who", ["rita", "alice", "dana", "percy", "hugo"])
def test_register_is_its_owners(world: World, who: str) -> None:
    cover = entered(world)
    with refused("not_found" if who == "hugo" else "not_allowed"):
        entered(world, who=who)
    seen = who in {"rita", "alice"}
    assert (cover in assets.covers_visible_to(world.actor(who))) is seen
