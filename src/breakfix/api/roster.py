"""The provider's own roster: who can be sent, and with which certificates; what somebody costs is not shown."""

from datetime import date
from typing import Any

from ninja import Field, Schema

from breakfix.api.door import Call
from breakfix.api.lists import Filters, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Amount, Kept, Named
from breakfix.kernel.errors import NotFound
from breakfix.roster import queries as roster


class CertificationOut(Schema):
    """A row of the packaged catalogue."""

    code: str = Field(examples=["SRV-RAID-2"])
    name: str
    validity: str = Field(examples=["fixed_term"])


class CertificateOut(Schema):
    """One certificate of one technician; it counts once it is verified."""

    id: int
    certification: CertificationOut
    version: str
    issued_on: date
    valid_until: date | None
    verified_on: date | None
    evidence: Kept | None


class ClearanceOut(Schema):
    """That a client lets this technician in."""

    client: Named
    kind: str = Field(examples=["nda"])
    valid_until: date | None


class SkillOut(Schema):
    """A domain that somebody is sent for."""

    domain: str = Field(examples=["HW-RAID"])


class TechnicianOut(Schema):
    """Somebody whom the provider sends, with what they hold."""

    id: int
    person: Named
    provider: Named
    level: int = Field(ge=1, le=4, examples=[3])
    active: bool
    emergency_roster: bool
    engaged_on: date
    skills: list[SkillOut]
    certificates: list[CertificateOut]
    clearances: list[ClearanceOut]


class InsuranceOut(Schema):
    """One policy of the provider, as its certificate states it."""

    id: int
    kind: str = Field(examples=["general_liability"])
    insurer: str
    policy_number: str
    named_insured: str
    per_claim: Amount
    aggregate: Amount
    valid_from: date
    valid_until: date
    additional_insured: bool
    waiver_of_subrogation: bool
    evidence: Kept | None
    endorsement: Kept | None


@listing(router, "/technicians", TechnicianOut, order="id", summary="Technicians")
def technicians(call: Call, filters: Filters) -> Any:
    """Everybody on one's own roster: for the provider's desk, reviewers and administrators."""
    return roster.roster_of(call.by)


@detail(router, "/technicians/{int:technician_id}", TechnicianOut, summary="A technician")
def technician(call: Call, technician_id: int) -> Any:
    """One technician of one's own roster."""
    found = roster.roster_of(call.by).filter(pk=technician_id).first()
    if found is None:
        raise NotFound("This technician")
    return found


@listing(router, "/insurance", InsuranceOut, order="valid_until", summary="Insurance")
def insurance(call: Call, filters: Filters) -> Any:
    """The policies of one's own provider on record."""
    roster.roster_of(call.by)
    return roster.insurance_of(call.by.organisation_id or 0)
