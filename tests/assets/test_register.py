from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakfix.assets import actions, queries
from breakfix.assets.models import Asset, BusinessService
from breakfix.assets.values import FlagKind, Raid
from breakfix.kernel.access import OPERATOR
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.rebuild import rebuild
from breakfix.kernel.models import Entry
from breakfix.parties import steps as party_steps
from tests.makers import World, local
from tests.makers_assets import register_assets


@pytest.fixture
def stocked(small_world: World) -> World:
    register_assets(small_world)
    return small_world


def refused(act: Callable[[], object], code: str) -> Refused:
    """The refusal of `act`, which left neither row nor entry behind."""

    def everything() -> tuple[object, ...]:
        rows = [list(model.objects.values().order_by("pk")) for model in (Asset, BusinessService)]
        return (Entry.objects.count(), rebuild(), rows)

    before = everything()
    with pytest.raises(Refused) as refusal:
        act()
    assert refusal.value.code == code
    assert everything() == before
    return refusal.value


def enter(world: World, site: str = "Front Street", who: str = "rita", **given: Any) -> Asset:
    given = {"name": "spare", "maker": "Dell", "model": "PowerEdge R510", **given}
    return actions.register_asset(world.sites[site].pk, by=world.actor(who), at=world.at, **given)


def test_backup_server_shows_its_age(stocked: World) -> None:
    server = queries.get_asset(stocked.assets["backup"].pk, stocked.actor("rita"))
    found = queries.flags_of(server, local("2026-12-01 19:40"))
    assert [flag.kind for flag in found] == [FlagKind.OUT_OF_WARRANTY, FlagKind.END_OF_LIFE, FlagKind.LEGACY]
    assert queries.covered_until(server, stocked.at) is None
    assert server.raid == Raid(level=5, drives=6, drive_tb=Decimal(4), failed=1)
    assert server.config["raid"] == {"level": 5, "drives": 6, "drive_tb": "4", "failed": 1}
    assert server.service is not None
    assert (server.service.business_rate_minor, server.service.off_rate_minor) == (420_000, 60_000)


def test_flags_follow_the_day_of_the_site(stocked: World) -> None:
    switch = queries.get_asset(stocked.assets["switch"].pk, OPERATOR)
    assert queries.flags_of(switch, local("2030-02-03 23:59")) == ()
    assert queries.covered_until(switch, local("2030-02-03 23:59")) == date(2030, 2, 3)
    assert [flag.kind for flag in queries.flags_of(switch, local("2030-02-04 00:00"))] == [FlagKind.OUT_OF_WARRANTY]


def test_register_asset_takes_the_catalogues_spelling(stocked: World) -> None:
    asset = enter(stocked, maker=" dell", model="poweredge r510 ")
    assert (asset.maker, asset.model, asset.device_kind) == ("Dell", "PowerEdge R510", "server")
    unknown = enter(stocked, name="odd one", maker="Initech", model="TPS-1")
    assert (unknown.maker, unknown.device_kind) == ("Initech", "")
    assert queries.device_of(unknown) is None


def test_register_asset_is_told_to_its_owner_only(stocked: World) -> None:
    told = Entry.objects.filter(kind="asset.registered", topic=stocked.assets["backup"].topic)
    assert list(told.values_list("organisation_id", flat=True)) == [stocked.organisation("northgate").pk]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": " "}, "missing_field", "name"),
        ({"model": "x" * 121}, "too_long", "model"),
        ({"tag": "NG-00417"}, "tag_taken", "tag"),
        ({"serial": "7QXK3N1"}, "serial_taken", "serial"),
        ({"installed_on": date(2026, 11, 3)}, "not_installed_yet", "installed_on"),
        (
            {"installed_on": date(2020, 1, 2), "warranty_until": date(2020, 1, 1)},
            "warranty_before_installation",
            "warranty_until",
        ),
        ({"useful_life_years": 0}, "bad_useful_life", "useful_life_years"),
        ({"os_product": "windows-server", "os_cycle": "3.11"}, "unknown_cycle", "os_cycle"),
        ({"raid": Raid(5, 2, Decimal(4))}, "bad_drives", "raid-drives"),
        ({"config": {"raid": "yes"}}, "raid_has_its_fields", "config"),
        ({"service_id": 987_654}, "not_found", None),
    ],
)
def test_register_asset_refuses_without_a_trace(
    stocked: World, given: dict[str, Any], code: str, field: str | None
) -> None:
    assert refused(lambda: enter(stocked, **given), code).field == field


def test_register_asset_is_its_owners_deed(stocked: World) -> None:
    refused(lambda: enter(stocked, who="hana"), "not_found")
    refused(lambda: enter(stocked, who="alice"), "not_allowed")
    refused(lambda: enter(stocked, who="dana"), "not_found")


def test_correct_asset_changes_only_what_is_given(stocked: World) -> None:
    server, rita = stocked.assets["backup"], stocked.actor("rita")
    corrected = actions.correct_asset(
        server.pk, reason="Read from the label.", serial="7QXK3N2", clear=["tag"], by=rita, at=stocked.at
    )
    assert (corrected.serial, corrected.tag) == ("7QXK3N2", "")
    assert (corrected.firmware, corrected.raid) == ("BIOS 1.14.0", server.raid)
    told = Entry.objects.get(kind="asset.corrected")
    assert told.line == "nyc-backup-01 was corrected: tag, serial."
    assert '"serial":["7QXK3N1","7QXK3N2"]' in told.leaf


def test_correct_asset_refuses_without_a_trace(stocked: World) -> None:
    server, switch = stocked.assets["backup"], stocked.assets["switch"]

    def correct(who: str = "rita", **given: Any) -> object:
        given = {"reason": "A closer look.", **given}
        return actions.correct_asset(server.pk, by=stocked.actor(who), at=stocked.at, **given)

    refused(lambda: correct(), "nothing_to_correct")
    refused(lambda: correct(serial=server.serial), "nothing_to_correct")
    refused(lambda: correct(reason=" ", serial="X"), "missing_field")
    refused(lambda: correct(tag=switch.tag), "tag_taken")
    refused(lambda: correct(clear=["maker"]), "not_clearable")
    refused(lambda: correct(tag="A", clear=["tag"]), "not_clearable")
    refused(lambda: correct(site_id=stocked.sites["Lakeside clinic"].pk), "not_found")
    refused(lambda: correct(who="hana", serial="X"), "not_found")
    refused(lambda: correct(who="sol", serial="X"), "not_allowed")


def test_register_service_refuses_without_a_trace(stocked: World) -> None:
    client = stocked.organisation("northgate").pk

    def offer(who: str = "nora", **given: Any) -> object:
        given = {"name": "Mail", "business_rate": Decimal(100), "off_rate": Decimal(10), **given}
        return actions.register_service(client, by=stocked.actor(who), at=stocked.at, **given)

    assert refused(lambda: offer(business_rate=Decimal(-1)), "bad_rate").field == "business_rate"
    assert refused(lambda: offer(off_rate=Decimal("0.001")), "bad_rate").field == "off_rate"
    refused(lambda: offer(name="Archive stream"), "service_exists")
    refused(lambda: offer(days=["never"]), "bad_days")
    refused(lambda: offer(currency="dollars"), "unknown_currency")
    refused(lambda: offer(who="hugo"), "not_found")
    refused(lambda: offer(who="rita"), "not_allowed")


def test_assets_are_seen_by_their_owner_and_whom_an_engagement_let_in(stocked: World) -> None:
    def seen(who: str) -> set[str]:
        return {asset.name for asset in queries.assets_visible_to(stocked.actor(who))}

    assert seen("bob") == {"nyc-backup-01", "nyc-core-01"}
    assert seen("charlie") == {"lakeside-vm-01"}
    assert seen("dana") == seen("tom") == set()
    server, provider = stocked.assets["backup"], stocked.organisation("ironbridge")
    granted = party_steps.share(server.topic, organisation_id=provider.pk, reason="E-1", at=stocked.at)
    assert seen("dana") == {"nyc-backup-01"}
    assert seen("tom") == set()  # field work sees what a person was let in on, not the whole provider
    for grant in granted:
        grant.delete()


def test_assets_list_costs_the_same_for_one_and_three(stocked: World, django_assert_num_queries: Any) -> None:
    hana, rita = stocked.actor("hana"), stocked.actor("rita")
    enter(stocked, name="third")

    def listed(who: Any) -> list[str]:
        return [
            f"{a} {a.client} {a.site} {a.service} {a.raid} {queries.flags_of(a, stocked.at + timedelta(days=1))}"
            for a in queries.assets_visible_to(who)
        ]

    with django_assert_num_queries(1):
        assert len(listed(hana)) == 1
    with django_assert_num_queries(1):
        assert len(listed(rita)) == 3
