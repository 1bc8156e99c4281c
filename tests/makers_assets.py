"""The demo world's register: what runs at the clients, on real models of the packaged catalogue."""

from datetime import date
from decimal import Decimal
from typing import Any

from breakfix.assets import actions
from breakfix.assets.models import BusinessService
from breakfix.assets.values import Raid
from breakfix.kernel.access import OPERATOR
from tests.makers import World


def archive_stream(world: World) -> BusinessService:
    """What stops with the backup server: the rates of domain.md §4.4 T-D1."""
    return actions.register_service(
        world.organisation("northgate").pk,
        name="Archive stream",
        owner_role="Records management",
        business_rate=Decimal("4200"),
        off_rate=Decimal("600"),
        opens="08:00",
        closes="18:00",
        by=OPERATOR,
        at=world.at,
    )


# Six drives of 4 TB, one of them gone: the array of domain.md §4.12 T-K1.
BACKUP: dict[str, Any] = {
    "name": "nyc-backup-01",
    "tag": "NG-00417",
    "maker": "Dell",
    "model": "PowerEdge R510",
    "serial": "7QXK3N1",
    "firmware": "BIOS 1.14.0",
    "role_text": "Backup and archive server",
    "installed_on": date(2012, 5, 14),
    "warranty_until": date(2017, 5, 14),
    "useful_life_years": 7,
    "os_product": "windows-server",
    "os_cycle": "2012-r2",
    "raid": Raid(level=5, drives=6, drive_tb=Decimal(4), failed=1),
    "config": {"RAID controller": "PERC H700, firmware 12.10.7", "Controller cache": "512 MB, battery-backed"},
}
SWITCH: dict[str, Any] = {
    "name": "nyc-core-01",
    "tag": "NG-00102",
    "maker": "Cisco",
    "model": "8201-32FH",
    "serial": "FOC2711N0QX",
    "role_text": "Core switch",
    "installed_on": date(2025, 2, 3),
    "warranty_until": date(2030, 2, 3),
    "useful_life_years": 7,
}
CLINIC_HOST: dict[str, Any] = {
    "name": "lakeside-vm-01",
    "maker": "HPE",
    "model": "ProLiant ML350p Gen8",
    "serial": "CZ232800LK",
    "role_text": "Hypervisor host",
    "installed_on": date(2014, 9, 1),
    "os_product": "vmware-esxi",
    "os_cycle": "6.7",
}


def register_assets(world: World) -> None:
    """Northgate's backup server and switch, Harborview's hypervisor host; `world.assets["backup"]` breaks."""
    service = archive_stream(world)
    for key, site, given in (
        ("backup", "Front Street", {**BACKUP, "service_id": service.pk}),
        ("switch", "Front Street", SWITCH),
        ("clinic-host", "Lakeside clinic", CLINIC_HOST),
    ):
        world.assets[key] = actions.register_asset(world.sites[site].pk, by=OPERATOR, at=world.at, **given)
