"""What a provider and a client agreed on, version by version, with the hash that both sides signed."""

from typing import Any

from ninja import Field, Schema

from breakfix.agreements import queries as agreements
from breakfix.api.door import Call
from breakfix.api.lists import Filters, Listed, Shown, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Currency, Instant, Named, Number, Sha256, told


class VersionBrief(Schema):
    """One version of an agreement: [effective_at, ends_at)."""

    id: int
    version: int = Field(examples=[1])
    status: str = Field(examples=["SIGNED"])
    sha256: Sha256
    effective_at: Instant | None
    ends_at: Instant | None


class AgreementOut(Schema):
    """One provider, one client, one currency."""

    id: int
    number: Number
    provider: Named
    client: Named
    currency: Currency


class AgreementNow(AgreementOut):
    """With the version that is in force now."""

    in_force: VersionBrief | None


class DifferenceOut(Schema):
    """What a version changes against the signed one before it."""

    path: str = Field(examples=["commitments.P1.restore_hours"])
    before: str | None
    after: str | None


class VersionOut(VersionBrief):
    """One version with its terms. What is signed is the hash; `shown_sha256` of a signature has to be this one."""

    agreement: AgreementOut
    accountable_person: Named
    drafted_at: Instant
    provider_signed_by: Named | None
    provider_signed_at: Instant | None
    client_signed_by: Named | None
    client_signed_at: Instant | None
    starts_on_signature: bool
    terms: dict[str, Any] = Field(description="What was agreed, as it is signed.")


class VersionWhole(VersionOut):
    """With what it changes."""

    changes: list[DifferenceOut]


@listing(router, "/agreements", AgreementNow, order="number", summary="Agreements")
def agreement_list(call: Call, filters: Filters) -> Any:
    """The agreements of one's own organisation, each with its version in force."""

    def shape(rows: list[Any]) -> list[Any]:
        current = agreements.versions_in_force(call.at).filter(agreement__in=rows)
        in_force = {one.agreement_id: one for one in current}
        return [told(AgreementOut, one, in_force=in_force.get(one.pk)) for one in rows]

    return Listed(agreements.agreements_visible_to(call.by), shape)


@detail(router, "/agreements/{int:agreement_id}", AgreementNow, summary="An agreement")
def agreement(call: Call, agreement_id: int) -> Any:
    """One agreement with its version in force."""
    found = agreements.get_agreement(agreement_id, call.by)
    return told(AgreementOut, found, in_force=agreements.find_in_force(found.client_id, found.provider_id, call.at))


@listing(
    router,
    "/agreements/{int:agreement_id}/versions",
    VersionOut,
    order="-version",
    summary="Versions of an agreement",
)
def agreement_versions(call: Call, filters: Filters, agreement_id: int) -> Any:
    """Every version, latest first; a signed one never changes."""
    found = agreements.get_agreement(agreement_id, call.by)
    return agreements.versions_visible_to(call.by).filter(agreement=found)


@detail(router, "/agreement-versions/{int:version_id}", VersionWhole, summary="A version of an agreement")
def agreement_version(call: Call, version_id: int) -> Any:
    """One version with its terms, its signatures and what it changes. Its ETag is what revising it asks for."""
    found = agreements.get_version(version_id, call.by)
    return Shown(told(VersionOut, found, changes=agreements.changes_of(found)), found)
