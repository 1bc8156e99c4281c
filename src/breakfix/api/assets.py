"""The register: what runs where, and what to know before anybody touches it."""

from datetime import date
from typing import Any

from django.db.models import Q
from ninja import Field, Schema

from breakfix.api.door import Call
from breakfix.api.lists import Filters, Listed, Shown, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Amount, Id, Instant, Named, PlaceOut, told
from breakfix.assets import queries as assets


class FlagOut(Schema):
    """One thing to know first: why, and who says so."""

    kind: str = Field(examples=["out_of_warranty"])
    reason: str = Field(examples=["The warranty ended on 14 March 2021."])
    source: str = Field(examples=["the client's register"])


class AssetBase(Named):
    """A machine that may break; the client owns the record, whoever repairs it."""

    client: Named
    site: PlaceOut
    service: Named | None
    tag: str = Field(examples=["NG-0117"])
    maker: str = Field(examples=["Dell"])
    model: str = Field(examples=["PowerEdge R710"])
    device_kind: str = Field(examples=["server"])
    serial: str = Field(examples=["7HXK4P1"])
    firmware: str
    role_text: str
    installed_on: date | None
    warranty_until: date | None
    registered_at: Instant


class AssetOut(AssetBase):
    """With the flags of today, as of the day at its site."""

    flags: list[FlagOut]


class AssetWhole(AssetOut):
    """With its configuration and the end of what still covers it."""

    config: dict[str, Any] = Field(description="Facts by name; `raid` describes an array.")
    os_product: str
    os_cycle: str
    useful_life_years: int | None
    eol_on: date | None
    legacy: bool | None
    covered_until: date | None = Field(description="The end of the warranty that still covers it, or null.")


class ServiceOut(Named):
    """What stops when a machine stops, and what an hour of that costs its owner."""

    client: Named
    owner_role: str
    business_rate: Amount
    off_rate: Amount


class AssetFilters(Filters):
    words: str = Field("", max_length=200, description="Words of which each is in the name, the model or the serial.")
    site: Id = Field(None, description="Only machines at this site.")
    client: Id = Field(None, description="Only machines of this client.")


def _with_flags(call: Call, one: Any, **more: Any) -> dict[str, Any]:
    return told(AssetBase, one, flags=assets.flags_of(one, call.at), **more)


@listing(router, "/assets", AssetOut, filters=AssetFilters, order="name", summary="Assets")
def asset_list(call: Call, filters: AssetFilters) -> Any:
    """One's own machines and those shared by an engagement on them, each with its flags."""
    rows = assets.assets_visible_to(call.by)
    for word in filters.words.split():
        rows = rows.filter(Q(name__icontains=word) | Q(model__icontains=word) | Q(serial__icontains=word))
    wanted = {name: getattr(filters, name) for name in ("site", "client") if getattr(filters, name)}
    return Listed(rows.filter(**wanted), lambda found: [_with_flags(call, one) for one in found])


@detail(router, "/assets/{int:asset_id}", AssetWhole, summary="An asset")
def asset(call: Call, asset_id: int) -> Any:
    """One machine. Its ETag is what correcting it asks for."""
    found = assets.get_asset(asset_id, call.by)
    names = ("config", "os_product", "os_cycle", "useful_life_years", "eol_on", "legacy")
    more = {name: getattr(found, name) for name in names}
    return Shown(_with_flags(call, found, covered_until=assets.covered_until(found, call.at), **more), found)


@listing(router, "/services", ServiceOut, order="name", summary="Business services")
def services(call: Call, filters: Filters) -> Any:
    """The services of one's own organisation: what an hour of outage costs is nobody else's to browse."""
    return assets.services_visible_to(call.by)


class CoverOut(Schema):
    """What somebody else owes the client already: asked first, so that nobody pays for one repair twice."""

    id: int = Field(examples=[3])
    client: Named
    asset: Named | None = Field(description="The machine it is of; null where it is of a site or of everything.")
    site: Named | None
    domains: list[str] = Field(description="Only when one of these breaks; empty is whatever breaks.")
    kind: str = Field(examples=["vendor_contract"])
    holder: str = Field(examples=["Dell ProSupport"])
    reference: str = Field(examples=["DL-4417"])
    phone: str
    promise: str = Field(examples=["Next business day, parts and labour"])
    valid_from: date
    valid_until: date | None = Field(description="The last local day on which it holds; null is until it is ended.")
    ended_on: date | None = Field(description="The first local day on which it covers nothing any more.")
    end_reason: str
    registered_at: Instant


class CoverFilters(Filters):
    asset: Id = Field(None, description="Only of this machine.")


@listing(router, "/covers", CoverOut, filters=CoverFilters, order="-registered_at", summary="Covers")
def cover_list(call: Call, filters: CoverFilters) -> Any:
    """What one's own organisation has covered elsewhere; a provider learns of it in the route test alone."""
    wanted = {"asset": filters.asset} if filters.asset else {}
    return assets.covers_visible_to(call.by).filter(**wanted)
