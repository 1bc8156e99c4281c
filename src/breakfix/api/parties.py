"""Who calls, and the organisations, sites and people that the caller may know of."""

from datetime import datetime
from typing import Any

from ninja import Field, Schema

from breakfix.api.door import Call
from breakfix.api.lists import Filters, Listed, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Currency, Id, Instant, Named, PlaceOut, Zone, told
from breakfix.parties import queries as parties


class OrganisationOut(Named):
    """A client or a provider."""

    legal_name: str = Field(examples=["Northgate Trading, Inc."])
    side: str = Field(description="`client` or `provider`.", examples=["client"])
    zone: Zone
    currency: Currency


class TokenOut(Schema):
    """The token that was sent; its secret is shown nowhere."""

    name: str = Field(examples=["Nightly export"])
    prefix: str = Field(examples=["bfx_4rX0aQ"])
    scopes: list[str] = Field(examples=[["read", "decide"]])
    expires_at: Instant


class MeOut(Schema):
    """Whose token this is, and what it may be used for."""

    person: Named | None = Field(description="Null for a machine.")
    organisation: OrganisationOut
    roles: list[str] = Field(examples=[["approver"]])
    token: TokenOut
    now: Instant


class SiteOut(PlaceOut):
    """A place where things break."""

    organisation: Named
    address: str = Field(examples=["48 Harbor Street, New York"])
    access_notes: str


class PersonBase(Named):
    """Somebody of one's own organisation, or of one that an agreement or an engagement opened."""

    organisation: Named
    is_active: bool


class PersonOut(PersonBase):
    """With the address they sign in with, which is told to their own organisation only."""

    email: str | None = Field(examples=["alice@northgate.example"])


class SiteFilters(Filters):
    organisation: Id = Field(None, description="Only sites of this organisation.")


class PeopleFilters(SiteFilters):
    organisation: Id = Field(None, description="Only people of this organisation.")
    email: str = Field("", max_length=254, description="Only the colleague who signs in with this address.")


@detail(router, "/me", MeOut, summary="Who I am")
def me(call: Call) -> dict[str, Any]:
    """The caller: person or machine, organisation, roles, and the token with its scopes."""
    token, by = call.token, call.by
    at: datetime = call.at
    person = {"id": by.person_id, "name": by.name} if by.person_id is not None else None
    roles = sorted(by.roles)
    return {"person": person, "organisation": token.organisation, "roles": roles, "token": token, "now": at}


@listing(router, "/organisations", OrganisationOut, order="name", summary="Organisations")
def organisations(call: Call, filters: Filters) -> Any:
    """One's own organisation, and those that an agreement or an engagement opened."""
    return parties.organisations_visible_to(call.by)


@detail(router, "/organisations/{int:organisation_id}", OrganisationOut, summary="An organisation")
def organisation(call: Call, organisation_id: int) -> Any:
    """One organisation."""
    return parties.get_organisation(organisation_id, by=call.by)


@listing(router, "/sites", SiteOut, filters=SiteFilters, order="name", summary="Sites")
def sites(call: Call, filters: SiteFilters) -> Any:
    """The sites of one's own organisation and of those opened to it."""
    rows = parties.sites_visible_to(call.by)
    return rows.filter(organisation=filters.organisation) if filters.organisation else rows


@detail(router, "/sites/{int:site_id}", SiteOut, summary="A site")
def site(call: Call, site_id: int) -> Any:
    """One site."""
    return parties.get_site(site_id, by=call.by)


@listing(router, "/people", PersonOut, filters=PeopleFilters, order="name", summary="People")
def people(call: Call, filters: PeopleFilters) -> Any:
    """People of one's own organisation and of those opened to it."""
    rows = parties.people_visible_to(call.by)
    if filters.organisation:
        rows = rows.filter(organisation=filters.organisation)
    if filters.email:
        rows = rows.filter(email=filters.email.strip().lower(), organisation=call.by.organisation_id)
    return Listed(rows, lambda found: [_person(call, one) for one in found])


@detail(router, "/people/{int:person_id}", PersonOut, summary="A person")
def person(call: Call, person_id: int) -> Any:
    """One person."""
    return _person(call, parties.get_person(person_id, by=call.by))


def _person(call: Call, one: Any) -> dict[str, Any]:
    return told(PersonBase, one, email=one.email if one.organisation_id == call.by.organisation_id else None)
