"""What a provider and a client agreed on, version by version, with the hash that both sides signed."""

from typing import Any

from ninja import Field, Schema

from breakfix.agreements import queries as agreements
from breakfix.agreements.clauses.fields import SECTIONS, Answer
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
    ended_because: str | None = Field(
        description="Why one side gave notice with this version; kept where a later one followed. null: nobody did."
    )


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


class FieldOut(Schema):
    """One of the 38 fields that an agreement answers before it is signed, by its values or by a reason."""

    number: int = Field(examples=[34])
    key: str = Field(examples=["subcontractors"], description="What `terms.statements` calls it.")
    name: str = Field(examples=["Subcontractors"])
    section: str = Field(examples=["Rules of work"])
    state: str = Field(examples=["not_applicable"], description="agreed, not_applicable or missing")
    because: str = Field(examples=["nobody else is sent"], description="Why it does not apply.")
    lacking: list[str] = Field(examples=[[]], description="What a missing one needs.")


class VersionWhole(VersionOut):
    """With what it changes, and the answer to each of the 38 fields; nobody can sign while `missing` names one."""

    changes: list[DifferenceOut]
    fields: list[FieldOut]
    missing: list[str] = Field(examples=[["law"]], description="The keys of the fields that nobody has answered.")


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


class CreditHoldBase(Schema):
    id: int
    reason: str = Field(examples=["Two invoices are overdue since October"])
    placed_by: Named
    placed_at: Instant
    lifted_by: Named | None
    lifted_at: Instant | None = Field(description="Null while it stands.")
    lifted_because: str


class CreditHoldOut(CreditHoldBase):
    """While it stands, nothing that the client reports is taken on, a P1 only past an override of finance."""


@listing(
    router,
    "/agreements/{int:agreement_id}/credit-holds",
    CreditHoldOut,
    order="-id",
    summary="Credit holds under an agreement",
)
def credit_holds(call: Call, filters: Filters, agreement_id: int) -> Any:
    """Every credit hold of the provider's finance on this client, latest first, with its reason."""
    found = agreements.get_agreement(agreement_id, call.by)
    rows = agreements.credit_holds(found, call.by)
    return Listed(rows, lambda page: [told(CreditHoldBase, one) for one in page])


@detail(router, "/agreement-versions/{int:version_id}", VersionWhole, summary="A version of an agreement")
def agreement_version(call: Call, version_id: int) -> Any:
    """One version with its terms, its signatures and what it changes. Its ETag is what revising it asks for."""
    found = agreements.get_version(version_id, call.by)
    answers = [_told(one) for one in agreements.answers_in(found)]
    missing = [one["key"] for one in answers if one["lacking"]]
    changes = agreements.changes_of(found)
    return Shown(told(VersionOut, found, changes=changes, fields=answers, missing=missing), found)


def _told(answer: Answer) -> dict[str, Any]:
    field = answer.field
    return {
        "number": field.number,
        "key": field.key,
        "name": field.name,
        "section": SECTIONS[field.section],
        "state": answer.state,
        "because": answer.because,
        "lacking": list(answer.lacking),
    }
