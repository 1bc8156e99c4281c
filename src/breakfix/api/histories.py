"""What proves itself: the log with inclusion proofs, filed documents, sealed packs, and the files themselves."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from ninja import Field, Schema

from breakfix.api.door import Bearer, Call
from breakfix.api.engagement import DocumentOut
from breakfix.api.incidents import documents_shown
from breakfix.api.lists import DECLINED, Filters, Listed, check_query, detail, listing
from breakfix.api.offers import router
from breakfix.api.shapes import Instant, Kept, Sha256
from breakfix.api.versions import with_tag
from breakfix.histories import queries as histories
from breakfix.incidents import queries as incidents
from breakfix.kernel import files
from breakfix.kernel.errors import NotFound
from breakfix.kernel.ledger import queries as ledger
from breakfix.parties import queries as parties
from breakfix.parties.values import Scope

_CASE = "/engagements/{int:engagement_id}"
_BYTES = {"description": "The file.", "content": {"application/octet-stream": {"schema": {"type": "string"}}}}


class EntryOut(Schema):
    """One deed in one's own organisation's log."""

    position: int = Field(ge=0)
    deed_id: str
    at: Instant
    received_at: Instant
    kind: str = Field(examples=["quote.issued"])
    topic: str = Field(examples=["engagement/3"])
    who: str
    line: str
    leaf_hash: Sha256


class ProofOut(Schema):
    """That the entry is in the log of this size and root: RFC 9162 inclusion proof, leaf first."""

    position: int
    size: int
    root: Sha256
    path: list[Sha256]


class EntryWhole(EntryOut):
    """With the bytes that are hashed: SHA-256 over 0x00 and `leaf`, as UTF-8, is `leaf_hash`."""

    leaf: str
    proof: ProofOut
    checkpoint: str | None = Field(description="The newest signed statement about this log, a C2SP note.")


class PackOut(Schema):
    """A sealed closure pack: one zip that verifies itself offline."""

    id: int
    file: Kept
    log_size: int
    entries: int
    documents: int
    evidence: int
    sealed_at: Instant


class LogFilters(Filters):
    topic: str = Field("", max_length=80, description="Only what concerns this, such as `engagement/3`.")


# ------------------------------------------------------------------------------------------ the log


def _log(call: Call) -> Any:
    """The log as far as it may be read; it holds prices, so field staff read the timeline instead."""
    if call.by.field_only:
        raise NotFound("This log")
    return parties.log_visible_to(call.by)


@listing(router, "/log", EntryOut, filters=LogFilters, order="-position", summary="The evidence log")
def log(call: Call, filters: LogFilters) -> Any:
    """One's own organisation's log as far as one was let in on its topics, newest first."""
    rows = _log(call)

    def shape(found: list[Any]) -> list[Any]:
        names = parties.names_of(one.person_id for one in found if one.person_id is not None)
        return [_entry(one, names.get(one.person_id or 0, "Breakfix")) for one in found]

    return Listed(rows.filter(topic=filters.topic) if filters.topic else rows, shape)


def _entry(one: Any, who: str) -> dict[str, Any]:
    names = ("position", "at", "received_at", "kind", "topic", "line", "leaf_hash")
    return {name: getattr(one, name) for name in names} | {"deed_id": str(one.deed_id), "who": who}


@detail(router, "/log/{int:position}", EntryWhole, summary="An entry with its proof")
def log_entry(call: Call, position: int) -> Any:
    """One entry: the bytes that are hashed, and the proof that it is in the log."""
    found = _log(call).filter(position=position).first()
    if found is None:
        raise NotFound("This entry")
    organisation_id = found.organisation_id
    checkpoint = ledger.last_checkpoint(organisation_id)
    return {
        **_entry(found, parties.name_of(found.person_id)),
        "leaf": found.leaf,
        "proof": ledger.proof_of(organisation_id, position),
        "checkpoint": checkpoint.note if checkpoint else None,
    }


# ------------------------------------------------------------------------------------------ documents and files


@listing(router, f"{_CASE}/documents", DocumentOut, order="made_at", summary="Filed documents")
def documents(call: Call, filters: Filters, engagement_id: int) -> Any:
    """What was printed and filed on an engagement; they hold prices, so not for field staff."""
    found = incidents.get_engagement(engagement_id, call.by)
    if call.by.field_only:
        raise NotFound("This list")
    return Listed(histories.documents_visible_to(call.by).filter(topic=found.topic), documents_shown)


@listing(router, f"{_CASE}/packs", PackOut, order="-sealed_at", summary="Sealed packs")
def packs(call: Call, filters: Filters, engagement_id: int) -> Any:
    """The sealed packs of an engagement, latest first: the client's own, as they hold its log."""
    return histories.packs_sealed(incidents.get_engagement(engagement_id, call.by), call.by)


@listing(router, f"{_CASE}/files", Kept, order="kept_at", summary="Files of an engagement")
def engagement_files(call: Call, filters: Filters, engagement_id: int) -> Any:
    """The evidence that was handed in on an engagement, as far as one's side may have it."""
    found = incidents.get_engagement(engagement_id, call.by)
    if call.by.field_only:
        raise NotFound("This list")
    return files.kept_for(found.topic, call.by.side)


def _file(request: HttpRequest, token: UUID) -> HttpResponse:
    call: Call = request.auth  # type: ignore[attr-defined]
    check_query(request, ())
    kept = files.find(token)
    if kept is None or not parties.sees_topic(call.by, kept.topic):
        raise NotFound("This file")
    # The same type for all of them: whoever calls knows the real one from where the token was read.
    answer = HttpResponse(files.read(kept), content_type="application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(True, kept.name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    return with_tag(request, answer)


router.add_api_operation(
    "/files/{uuid:token}",
    ["GET"],
    _file,
    auth=Bearer(Scope.READ),
    response={200: None, 304: None, **DECLINED},
    operation_id="read_file",
    summary="A file",
    description="The bytes of a kept file, if it was kept on something that one may see.",
    url_name="api_read_file",
    tags=["files"],
    openapi_extra={"responses": {200: _BYTES}},
)
