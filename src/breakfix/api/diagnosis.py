"""What was looked at, item by item, and what was concluded from it."""

from typing import Any

from ninja import Field, Schema

from breakfix.api.door import Call
from breakfix.api.lists import Filters, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Amount, Case, Exact, Instant, Kept, Named, Number, Sha256, told, word
from breakfix.diagnosis import dossier as dossiers
from breakfix.diagnosis import queries as diagnosis
from breakfix.diagnosis.document import document as document_of
from breakfix.diagnosis.values import DossierKind, ExtensionStatus, RootCauseStatus
from breakfix.dispatch import queries as dispatch
from breakfix.incidents import queries as incidents
from breakfix.kernel.access import Deed, Side, may
from breakfix.kernel.errors import NotFound, Refused


class CheckOut(Schema):
    """One step of the protocol as it was done, with its limits."""

    id: int
    protocol: str
    item: str = Field(examples=["slot-sectors"])
    position: int
    what: str
    required: bool
    reading: str
    unit: str
    limits: str
    within: bool | None
    note: str
    evidence: Kept | None
    done_at: Instant
    done_by: Named


class RootCauseOut(Schema):
    """One version of the evidenced cause; `sha256` binds the document once it is issued."""

    id: int
    engagement: Case
    number: Number
    version: int
    status: str = word(RootCauseStatus)
    summary: str
    failure_mode: str
    confidence: Exact
    inconclusive: bool
    peer_needed: str
    author: Named
    drafted_at: Instant
    reviewer: Named | None
    reviewed_at: Instant | None
    issued_at: Instant | None
    opinion_asked_at: Instant | None
    sha256: Sha256


class RootCauseWhole(RootCauseOut):
    """With the document: frozen when it was issued, before that as it would be."""

    document: dict[str, Any]


class ExtensionOut(Schema):
    """Further hours of diagnosis: asked, answered, and begun with the first step recorded under them."""

    id: int
    engagement: Case
    status: str = word(ExtensionStatus)
    hours: Exact
    amount: Amount
    derivation: str
    known: str
    plan: str
    sha256: Sha256
    asked_by: Named
    asked_at: Instant
    ended_at: Instant | None
    begun_at: Instant | None


@listing(
    router,
    "/engagements/{int:engagement_id}/forensic-extensions",
    ExtensionOut,
    order="-asked_at",
    summary="Forensic extensions",
)
def forensic_extensions(call: Call, filters: Filters, engagement_id: int) -> Any:
    """What was asked for beyond the flat fee, latest first; due are those that were approved and begun."""
    found = incidents.get_engagement(engagement_id, call.by)
    if call.by.field_only:
        raise NotFound("These extensions")
    return diagnosis.extensions_visible_to(call.by).filter(engagement=found)


@listing(router, "/engagements/{int:engagement_id}/checks", CheckOut, order="position", summary="Protocol steps")
def checks(call: Call, filters: Filters, engagement_id: int) -> Any:
    """Every recorded step of the diagnosis with its reading and its evidence."""
    found = incidents.get_engagement(engagement_id, call.by)
    return diagnosis.checks_visible_to(call.by).filter(engagement=found)


def _seen(call: Call) -> Any:
    rows = diagnosis.visible_to(call.by)
    return rows.filter(status=RootCauseStatus.ISSUED) if call.by.side is Side.CLIENT else rows


@listing(
    router, "/engagements/{int:engagement_id}/root-causes", RootCauseOut, order="-version", summary="Root causes"
)
def root_causes(call: Call, filters: Filters, engagement_id: int) -> Any:
    """The versions of the root cause, latest first; the client sees what was issued."""
    found = incidents.get_engagement(engagement_id, call.by)
    return _seen(call).filter(engagement=found)


@detail(router, "/root-causes/{int:root_cause_id}", RootCauseWhole, summary="A root cause")
def root_cause(call: Call, root_cause_id: int) -> Any:
    """One version with its document."""
    found = _seen(call).filter(pk=root_cause_id).first()
    if found is None:
        raise NotFound("This root cause")
    engagement = incidents.get_engagement(found.engagement_id, call.by)
    issued = found.status == RootCauseStatus.ISSUED
    return told(RootCauseOut, found, document=found.canonical if issued else document_of(found, engagement))


class DossierEntryOut(Schema):
    """An entry of one's own environment dossier; stale once nobody confirmed it for 180 days."""

    id: int
    site: int = Field(validation_alias="site_id")
    asset: int | None = Field(validation_alias="asset_id")
    kind: str = word(DossierKind)
    title: str
    text: str
    noted_by: Named
    confirmed_at: Instant


class DossierReadingOut(Schema):
    """That somebody who was booked read the dossier, and which entries."""

    id: int
    engagement: Case
    person: Named
    entries: list[int]
    read_at: Instant


@listing(router, "/dossier-entries", DossierEntryOut, order="id", summary="The own environment dossier")
def dossier_entries(call: Call, filters: Filters) -> Any:
    """What one's own organisation keeps; nobody else reads it here, whatever was revealed."""
    if not may(call.by, Deed.NOTE_DOSSIER_ENTRY):
        raise NotFound("This dossier")
    return dossiers.dossier_visible_to(call.by)


@listing(
    router,
    "/engagements/{int:engagement_id}/dossier",
    DossierEntryOut,
    order="id",
    summary="What is revealed of the dossier",
)
def dossier_revealed(call: Call, filters: Filters, engagement_id: int) -> Any:
    """What the client revealed here. Whoever is booked gets what they opened by `read-dossier`, which is on record.

    Nothing is in it before, once it is redacted again, and of what was written anew until it is opened again.
    """
    found = incidents.get_engagement(engagement_id, call.by)
    try:
        if not may(call.by, Deed.NOTE_DOSSIER_ENTRY):
            dispatch.own_booking(found.pk, by=call.by, at=call.at)
    except Refused:
        raise NotFound("This dossier") from None
    return dossiers.opened_to(found, call.by)


@listing(
    router,
    "/engagements/{int:engagement_id}/dossier-readings",
    DossierReadingOut,
    order="-read_at",
    summary="Readings of the dossier",
)
def dossier_readings(call: Call, filters: Filters, engagement_id: int) -> Any:
    """Who read what was revealed on this engagement, latest first."""
    found = incidents.get_engagement(engagement_id, call.by)
    return dossiers.readings_visible_to(call.by).filter(engagement=found)
