"""Keeping the client's register: services with their cost of downtime, machines, and corrections to both."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from breakfix.assets import queries, rules
from breakfix.assets.models import Asset, BusinessService, Cover
from breakfix.assets.values import COVER_WORDS, CoverKind, Raid
from breakfix.kernel.access import Actor, Deed, Side, require
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.canonical import plain
from breakfix.kernel.ledger.record import record
from breakfix.parties import queries as parties
from breakfix.parties import rules as party_rules
from breakfix.parties.models import Organisation, Site
from breakfix.roster.values import Domain

WORKDAYS = ["mon", "tue", "wed", "thu", "fri"]
TEXTS = {"name": 120, "tag": 60, "maker": 60, "model": 120, "serial": 120, "firmware": 120, "role_text": 200}
NEEDED = frozenset({"name", "maker", "model"})
CLEARABLE = frozenset(
    {"tag", "serial", "firmware", "role_text", "installed_on", "warranty_until", "useful_life_years", "eol_on"}
    | {"service_id", "legacy", "raid", "config", "os_product", "os_cycle"}
)


@transaction.atomic
def register_service(
    client_id: int,
    *,
    name: str,
    business_rate: Decimal,
    off_rate: Decimal,
    owner_role: str = "",
    currency: str = "",
    days: list[str] | None = None,
    opens: str = "08:00",
    closes: str = "18:00",
    by: Actor,
    at: datetime,
) -> BusinessService:
    """Say what an hour without this service costs: at the business rate in its hours, else at the other."""
    client = parties.lock_organisation(client_id, by=by)
    require(by, Deed.REGISTER_SERVICE, org=client_id)
    _check_client(client)
    currency = currency or client.currency
    party_rules.check_currency(currency)
    name = party_rules.text(name, "name", longest=120)
    if BusinessService.objects.filter(client=client, name=name).exists():
        raise Refused("service_exists", "There is a service of that name already.", field="name")
    service = BusinessService.objects.create(
        client=client,
        name=name,
        owner_role=party_rules.text(owner_role, "owner_role", longest=120, required=False),
        business_rate_minor=rules.check_rate(business_rate, currency, "business_rate").minor,
        off_rate_minor=rules.check_rate(off_rate, currency, "off_rate").minor,
        currency=currency,
        hours=rules.week_of(WORKDAYS if days is None else days, opens, closes),
    )
    line = f"The service {name} was registered."
    record("service.registered", subject=service, by=by, at=at, to=[client_id], line=line, changed=[service])
    return service


@transaction.atomic
def register_asset(
    site_id: int,
    *,
    name: str,
    maker: str,
    model: str,
    tag: str = "",
    serial: str = "",
    firmware: str = "",
    role_text: str = "",
    installed_on: date | None = None,
    warranty_until: date | None = None,
    useful_life_years: int | None = None,
    eol_on: date | None = None,
    os_product: str = "",
    os_cycle: str = "",
    service_id: int | None = None,
    legacy: bool | None = None,
    raid: Raid | None = None,
    config: dict[str, str] | None = None,
    by: Actor,
    at: datetime,
) -> Asset:
    """Enter a machine into its owner's register; only the owner sees it until an engagement shares it."""
    site = parties.get_site(site_id, by)
    client = parties.lock_organisation(site.organisation_id, by=by)
    require(by, Deed.REGISTER_ASSET, org=client.pk)
    _check_client(client)
    asset = Asset(client=client, site=site, registered_at=at)
    given = {
        **{"name": name, "maker": maker, "model": model, "tag": tag, "serial": serial, "firmware": firmware},
        **{"role_text": role_text, "installed_on": installed_on, "warranty_until": warranty_until},
        **{"useful_life_years": useful_life_years, "eol_on": eol_on, "os_product": os_product},
        **{"os_cycle": os_cycle, "service_id": service_id, "legacy": legacy, "raid": raid, "config": config or {}},
    }
    _fill(asset, given, by, at)
    asset.save()
    _tell("asset.registered", asset, f"{asset} was entered into the register.", by, at)
    return asset


@transaction.atomic
def correct_asset(
    asset_id: int,
    *,
    reason: str,
    site_id: int | None = None,
    name: str | None = None,
    maker: str | None = None,
    model: str | None = None,
    tag: str | None = None,
    serial: str | None = None,
    firmware: str | None = None,
    role_text: str | None = None,
    installed_on: date | None = None,
    warranty_until: date | None = None,
    useful_life_years: int | None = None,
    eol_on: date | None = None,
    os_product: str | None = None,
    os_cycle: str | None = None,
    service_id: int | None = None,
    legacy: bool | None = None,
    raid: Raid | None = None,
    config: dict[str, str] | None = None,
    clear: list[str] | None = None,
    by: Actor,
    at: datetime,
) -> Asset:
    """Change what is given and leave the rest; `clear` names what is to be unknown again."""
    answers = {
        **{"name": name, "maker": maker, "model": model, "tag": tag, "serial": serial, "firmware": firmware},
        **{"role_text": role_text, "installed_on": installed_on, "warranty_until": warranty_until},
        **{"useful_life_years": useful_life_years, "eol_on": eol_on, "os_product": os_product},
        **{"os_cycle": os_cycle, "service_id": service_id, "legacy": legacy, "raid": raid, "config": config},
    }
    asset = queries.lock_asset(asset_id, by)
    require(by, Deed.CORRECT_ASSET, org=asset.client_id)
    # As whoever enters a machine: a tag or serial goes to one of two that want it at once.
    parties.lock_organisation(asset.client_id, by=by)
    reason = party_rules.text(reason, "reason", longest=300)
    before = plain(_stored(asset))
    if site_id is not None:
        asset.site = _site_of_client(site_id, asset, by)
    given = {field: answer for field, answer in answers.items() if answer is not None}
    _fill(asset, {**_stored(asset), **given, **_cleared(clear or [], given)}, by, at)
    after = plain(_stored(asset))
    changes = {field: [before[field], after[field]] for field in after if after[field] != before[field]}
    rules.check_changed(changes)
    asset.save()
    line = f"{asset} was corrected: {', '.join(map(_words, changes))}."
    _tell("asset.corrected", asset, line, by, at, reason=reason, changes=changes)
    return asset


@transaction.atomic
def register_cover(
    client_id: int,
    *,
    kind: CoverKind,
    holder: str,
    valid_from: date,
    valid_until: date | None = None,
    reference: str = "",
    phone: str = "",
    promise: str = "",
    asset_id: int | None = None,
    site_id: int | None = None,
    domains: list[Domain] | None = None,
    by: Actor,
    at: datetime,
) -> Cover:
    """Say who else owes the repair: from now on a failure of it is qualified only if somebody waives that.

    Without a machine or a site it covers everything of the client, without `domains` whatever breaks. It holds
    through `valid_until`, a local day.
    """
    require(by, Deed.REGISTER_COVER)
    client = parties.lock_organisation(client_id, by=by)
    require(by, Deed.REGISTER_COVER, org=client_id)
    _check_client(client)
    rules.check_cover(valid_from, valid_until, asset_id=asset_id, site_id=site_id)
    asset = queries.get_asset(asset_id, by) if asset_id is not None else None
    site = parties.get_site(site_id, by) if site_id is not None else None
    if asset is not None and asset.client_id != client_id:
        raise Refused("asset_of_another", "Choose a machine of this client.", field="asset_id")
    if site is not None and site.organisation_id != client_id:
        raise Refused("site_of_another", "Choose a site of this client.", field="site_id")
    cover = Cover(client=client, asset=asset, site=site, kind=kind.value, registered_at=at)
    cover.holder = party_rules.text(holder, "holder", longest=120)
    cover.reference = party_rules.text(reference, "reference", longest=80, required=False)
    cover.phone = party_rules.text(phone, "phone", longest=40, required=False)
    cover.promise = party_rules.text(promise, "promise", longest=400, required=False)
    cover.valid_from, cover.valid_until = valid_from, valid_until
    cover.domains = sorted({Domain(one).value for one in domains or ()})
    cover.save()
    line = f"{COVER_WORDS[kind].capitalize()} of {cover.holder} was entered into the register of covers."
    record("cover.registered", subject=cover, by=by, at=at, to=[client_id], line=line, changed=[cover])
    return cover


@transaction.atomic
def end_cover(cover_id: int, *, ends_on: date, reason: str, by: Actor, at: datetime) -> Cover:
    """Say from which local day on it covers nothing any more; what was decided while it held stays decided."""
    require(by, Deed.END_COVER)
    cover = queries.lock_cover(cover_id, by)
    require(by, Deed.END_COVER, org=cover.client_id)
    rules.check_can_end(cover.ended_on, cover.valid_from, ends_on)
    cover.ended_on, cover.end_reason = ends_on, party_rules.text(reason, "reason", longest=200)
    cover.save(update_fields=["ended_on", "end_reason"])
    line = f"{COVER_WORDS[CoverKind(cover.kind)].capitalize()} of {cover.holder} ends on {ends_on.isoformat()}."
    record("cover.ended", subject=cover, by=by, at=at, to=[cover.client_id], line=line, changed=[cover])
    return cover


def _words(field: str) -> str:
    return field.removesuffix("_id").replace("_", " ")


def _cleared(names: list[str], given: dict[str, Any]) -> dict[str, Any]:
    """What "unknown" is for each of these fields; refuses what is needed, or given at the same time."""
    for name in names:
        if name not in CLEARABLE or name in given:
            raise Refused("not_clearable", f"{name.replace('_', ' ')} cannot be cleared here.", field="clear")
    texts = {*TEXTS, "os_product", "os_cycle"}
    return {name: {} if name == "config" else "" if name in texts else None for name in names}


_FIELDS = (*TEXTS, "installed_on", "warranty_until", "useful_life_years", "eol_on", "os_product", "os_cycle")
_FIELDS = (*_FIELDS, "service_id", "legacy", "raid", "config")


def _stored(asset: Asset) -> dict[str, Any]:
    """The present answers to what `_fill` asks, and the site."""
    plain_fields = [field for field in _FIELDS if field not in {"raid", "config"}]
    stored = {field: getattr(asset, field) for field in ["site_id", *plain_fields]}
    return {**stored, "raid": asset.raid, "config": asset.other_facts}


def _fill(asset: Asset, given: dict[str, Any], by: Actor, at: datetime) -> None:
    """Check and set every field of the machine; refuses naming the first that is wrong."""
    for field, longest in TEXTS.items():
        setattr(asset, field, party_rules.text(given[field], field, longest=longest, required=field in NEEDED))
    known = queries.find_device(asset.maker, asset.model)
    asset.device_kind = known.kind if known else ""
    if known:
        asset.maker, asset.model = known.maker, known.model
    today = at.astimezone(ZoneInfo(asset.site.zone)).date()
    rules.check_dates(given["installed_on"], given["warranty_until"], today)
    rules.check_useful_life(given["useful_life_years"])
    for field in ("installed_on", "warranty_until", "useful_life_years", "eol_on", "legacy"):
        setattr(asset, field, given[field])
    asset.os_product, asset.os_cycle = given["os_product"].strip(), given["os_cycle"].strip()
    if asset.os_product or asset.os_cycle:
        queries.get_cycle(asset.os_product, asset.os_cycle)
    asset.service = _service_of_client(given["service_id"], asset, by)
    rules.check_raid(given["raid"])
    config: dict[str, Any] = rules.check_facts(given["config"])
    asset.config = {**config, "raid": plain(given["raid"])} if given["raid"] else config
    _check_unique(asset)


def _check_unique(asset: Asset) -> None:
    others = Asset.objects.filter(client=asset.client_id).exclude(pk=asset.pk)
    if asset.tag and others.filter(tag=asset.tag).exists():
        raise Refused("tag_taken", "Another asset has this tag.", field="tag")
    if asset.serial and others.filter(maker=asset.maker, serial=asset.serial).exists():
        raise Refused("serial_taken", "An asset of this maker has this serial number already.", field="serial")


def _check_client(owner: Organisation) -> None:
    if owner.side != Side.CLIENT:
        raise Refused("not_a_client", "The register is a client's.", field="client_id")


def _site_of_client(site_id: int, asset: Asset, by: Actor) -> Site:
    site = parties.get_site(site_id, by)
    if site.organisation_id != asset.client_id:
        raise Refused("site_of_another", "Choose a site of the asset's owner.", field="site_id")
    return site


def _service_of_client(service_id: int | None, asset: Asset, by: Actor) -> BusinessService | None:
    if service_id is None:
        return None
    service = queries.get_service(service_id, by)
    if service.client_id != asset.client_id:
        raise Refused("service_of_another", "Choose a service of the asset's owner.", field="service_id")
    return service


def _tell(kind: str, asset: Asset, line: str, by: Actor, at: datetime, **facts: object) -> None:
    record(
        kind,
        subject=asset,
        by=by,
        at=at,
        to=[asset.client_id],
        topic=asset.topic,
        line=line,
        facts={"device": f"{asset.maker} {asset.model}", "serial": asset.serial, **facts},
        changed=[asset],
    )
