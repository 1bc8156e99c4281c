"""The register as somebody may see it, what its flags are, and what the packaged catalogues know."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Max, Min, Model, Q, QuerySet, Value
from django.db.models.functions import Upper

from breakfix.assets import rules
from breakfix.assets.models import Asset, BusinessService, Cover
from breakfix.assets.values import Cycle, DeviceType, Flag
from breakfix.kernel import fence
from breakfix.kernel.access import SYSTEM, Actor
from breakfix.kernel.errors import NotFound, Refused
from breakfix.parties.queries import shared_with

Found = TypeVar("Found", bound=Model)
RAID_LEVELS = tuple(rules.RAID_LEVELS)

# ------------------------------------------------------------------------------------------ register


def _own(actor: Actor, path: str = "client") -> Q:
    """What one's own organisation owns; nothing for who holds no role or only does field work."""
    if not actor.roles or actor.field_only:
        return Q(pk__in=[])
    return Q(**{path: actor.organisation_id})


def assets_visible_to(by: Actor) -> QuerySet[Asset]:
    """One's own machines and those shared by an engagement on them, with site, service and client."""
    visible = Q() if by.is_machine else _own(by) | shared_with(by, "asset")
    return Asset.objects.filter(visible).select_related("client", "site", "service").order_by("name", "id")


def get_asset(asset_id: int, by: Actor) -> Asset:
    """This machine, or NotFound."""
    return _one(assets_visible_to(by), asset_id, "This asset")


def lock_asset(asset_id: int, by: Actor) -> Asset:
    """As `get_asset`, held until the end of the deed."""
    return _one(assets_visible_to(by).select_for_update(of=("self",)), asset_id, "This asset")


# What somebody else's system may call a machine by.
CALLED = ("name", "tag", "serial")


def machines_numbered(client_id: int, serials: Collection[str]) -> dict[str, set[int]]:
    """The ids of a client's machines by serial number as it is written; of several of one number two."""
    return _by_word(_of_client(client_id).filter(serial__in=serials), "serial")


def machines_called_plainly(client_id: int, names: Collection[str]) -> dict[str, set[int]]:
    """The ids of those called so, by name, tag or serial number in lower case; of several of one word two or more.

    `names` are ASCII and in lower case: about other letters databases do not agree, `machines_called` asks them.
    """
    called: dict[str, set[int]] = defaultdict(set)
    raised = [Upper(Value(name)) for name in sorted(names)]  # by the database, as it raises what it has
    for column in CALLED:
        rows = _of_client(client_id).alias(raised=Upper(column)).filter(raised__in=raised)
        for word, ids in _by_word(rows, column).items():
            if word.isascii():
                called[word.lower()] |= ids
    return called


def machines_called(client_id: int, names: Collection[str]) -> set[int]:
    """The ids of at most two machines of a client called so, in upper or lower case as the database has it."""
    if not names:
        return set()
    asked = Q(*((f"{column}__iexact", name) for name in names for column in CALLED), _connector=Q.OR)
    return set(_of_client(client_id).filter(asked).values_list("pk", flat=True)[:2])


def _by_word(rows: QuerySet[Asset], column: str) -> dict[str, set[int]]:
    found = rows.values_list(column).annotate(Min("pk"), Max("pk"))
    return {word: {first, last} for word, first, last in found}


def _of_client(client_id: int) -> QuerySet[Asset]:
    return assets_visible_to(SYSTEM).filter(client=client_id).order_by()


def services_visible_to(by: Actor) -> QuerySet[BusinessService]:
    """The services of one's own organisation: what an hour costs is nobody else's to browse."""
    visible = Q() if by.is_machine else _own(by)
    return BusinessService.objects.filter(visible).select_related("client").order_by("name", "id")


def get_service(service_id: int, by: Actor) -> BusinessService:
    """This service, or NotFound."""
    return _one(services_visible_to(by), service_id, "This service")


def flags_of(asset: Asset, at: datetime) -> tuple[Flag, ...]:
    """Out of warranty, end of life, legacy: as of the local day at the asset's site, with reasons."""
    return rules.flags(asset.facts(cycle_of(asset)), _local_day(asset, at))


def covered_until(asset: Asset, at: datetime) -> date | None:
    """The end of the warranty that still covers it, or None: who is covered asks the maker first."""
    return rules.covered_until(asset.facts(None), _local_day(asset, at))


# What a client may have covered elsewhere at one time: a page shows them all.
MOST_COVERS = 200


def covers_visible_to(by: Actor) -> QuerySet[Cover]:
    """What one's own organisation has covered elsewhere; providers see of it what the route test finds."""
    visible = Q() if by.is_machine else _own(by)
    rows = Cover.objects.filter(visible).select_related("client", "asset", "site")
    return rows.order_by("ended_on", "valid_until", "holder", "id")


def lock_cover(cover_id: int, by: Actor) -> Cover:
    """This cover, held until the end of the deed, or NotFound."""
    return _one(covers_visible_to(by).select_for_update(of=("self",)), cover_id, "This cover")


def covers_of(client_id: int, *, asset_id: int | None, site_id: int, domain: str, day: date) -> list[Cover]:
    """Whoever owes the client the repair of this on that local day: of the machine, the site, or everything."""
    about = Q(asset=None, site=None) | Q(site=site_id)
    about |= Q(asset=asset_id) if asset_id is not None else Q()
    with fence.as_machine():  # the register is the client's; of what broke the desk learns whom to ask first
        rows = list(Cover.objects.filter(about, client=client_id).order_by("kind", "id"))
    return [one for one in rows if one.facts.holds_on(day) and (not one.domains or domain in one.domains)]


def _local_day(asset: Asset, at: datetime) -> date:
    return at.astimezone(ZoneInfo(asset.site.zone)).date()


def cycle_of(asset: Asset) -> Cycle | None:
    """The support cycle of its operating system, where one is named."""
    return find_cycle(asset.os_product, asset.os_cycle) if asset.os_product else None


def device_of(asset: Asset) -> DeviceType | None:
    """What the catalogue says about its model, or None."""
    return find_device(asset.maker, asset.model)


# ----------------------------------------------------------------------------------------- catalogues


def _packaged(name: str) -> Any:
    text = (resources.files("breakfix.assets") / "catalogue" / name).read_text("utf-8")
    return json.loads(text, parse_float=Decimal)


@lru_cache(maxsize=1)
def devices() -> dict[tuple[str, str], DeviceType]:
    """Every device type by maker and model in small letters; `catalogue/README.md` says where they come from."""
    found = {}
    for row in _packaged("device_types.json")["devices"]:
        height = row.get("u_height")
        device = DeviceType(
            maker=row["manufacturer"],
            model=row["model"],
            part_number=row.get("part_number", ""),
            kind=row["kind"],
            u_height=None if height is None else Decimal(height),
            interfaces=row.get("interfaces"),
            power_ports=row.get("power_ports"),
            max_draw_w=row.get("max_draw_w"),
        )
        found[device.maker.casefold(), device.model.casefold()] = device
    return found


def find_device(maker: str, model: str) -> DeviceType | None:
    """The device type of this maker and model, whatever the capitals, or None."""
    return devices().get((maker.strip().casefold(), model.strip().casefold()))


@lru_cache(maxsize=1)
def cycles() -> dict[tuple[str, str], Cycle]:
    """Every release cycle by product and cycle."""
    found = {}
    for product, stored in _packaged("eol.json")["products"].items():
        for row in stored["cycles"]:
            eol = row["eol"]
            cycle = Cycle(
                product=product,
                title=stored["title"],
                category=stored["category"],
                cycle=row["releaseCycle"],
                label=row.get("releaseLabel", ""),
                released_on=date.fromisoformat(row["releaseDate"]),
                eol_on=None if isinstance(eol, bool) else date.fromisoformat(eol),
                ended=eol if isinstance(eol, bool) else None,
            )
            found[product, cycle.cycle] = cycle
    return found


def find_cycle(product: str, cycle: str) -> Cycle | None:
    """This release of this product, or None."""
    return cycles().get((product, cycle))


def get_cycle(product: str, cycle: str) -> Cycle:
    """As `find_cycle`, but refuses, naming what there is."""
    known = cycles_of(product)
    if not known:
        message = f"The catalogue has no product {product!r}. {_some(p for p, _ in cycles())}"
        raise Refused("unknown_product", message, field="os_product")
    found = find_cycle(product, cycle)
    if found is None:
        message = f"{product} has no release {cycle!r}. {_some(c.cycle for c in known)}"
        raise Refused("unknown_cycle", message, field="os_cycle")
    return found


def cycles_of(product: str) -> list[Cycle]:
    """The releases of a product, in the catalogue's order: latest first."""
    return [cycle for cycle in cycles().values() if cycle.product == product]


def _some(names: Iterable[str]) -> str:
    known = list(dict.fromkeys(names))
    more = f" and {len(known) - 12} more" if len(known) > 12 else ""
    return f"Known are {', '.join(known[:12])}{more}."


def _one(rows: QuerySet[Found], row_id: int, what: str) -> Found:
    found = rows.filter(pk=row_id).first()
    if found is None:
        raise NotFound(what)
    return found
