"""The evidence log of the reader's own organisation, each entry with its proof, and the files of an engagement."""

import json

from django.http import HttpResponse
from django.urls import path

from breakfix.histories import queries as histories
from breakfix.histories.actions import seal_pack
from breakfix.incidents import queries as incidents
from breakfix.kernel.errors import NotFound
from breakfix.kernel.ledger import queries as ledger
from breakfix.parties import queries as parties
from breakfix.web.door import Visit, deed, page

PER_PAGE = 60


def log(visit: Visit) -> HttpResponse:
    """The newest entries first; `topic` keeps to one thing, `before` pages on."""
    topic, before = visit.request.GET.get("topic", ""), visit.request.GET.get("before", "")
    entries = parties.log_visible_to(visit.by).order_by("-position")
    if topic:
        entries = entries.filter(topic=topic)
    if before.isdecimal() and len(before) < 16:
        entries = entries.filter(position__lt=int(before))
    shown = list(entries[: PER_PAGE + 1])
    names = parties.names_of(one.person_id for one in shown if one.person_id is not None)
    rows = [{"entry": one, "who": names.get(one.person_id or 0, "Breakfix")} for one in shown[:PER_PAGE]]
    context = {
        "rows": rows,
        "topic": topic,
        "older": shown[PER_PAGE - 1].position if len(shown) > PER_PAGE else None,
        "checkpoint": ledger.last_checkpoint(visit.by.organisation_id or 0),
    }
    return visit.page("web/log.html", context)


def log_entry(visit: Visit, position: int) -> HttpResponse:
    """One entry: what it says, the very bytes that are hashed, and the proof that it is in the log."""
    found = parties.log_visible_to(visit.by).filter(position=position).first()
    if found is None:
        raise NotFound("This entry")
    organisation_id = found.organisation_id
    context = {
        "entry": found,
        "who": parties.name_of(found.person_id),
        "leaf": json.dumps(json.loads(found.leaf), indent=2, ensure_ascii=False),
        "proof": ledger.proof_of(organisation_id, position),
        "checkpoint": ledger.last_checkpoint(organisation_id),
    }
    return visit.page("web/log_entry.html", context)


def leaf(visit: Visit, position: int) -> HttpResponse:
    """The canonical bytes themselves: SHA-256 over 0x00 and these is the leaf hash (RFC 9162)."""
    found = parties.log_visible_to(visit.by).filter(position=position).first()
    if found is None:
        raise NotFound("This entry")
    response = HttpResponse(found.leaf.encode(), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="entry-{position}.json"'
    return response


def documents(visit: Visit, engagement_id: int) -> HttpResponse:
    """What was printed and filed, what is still being made, the sealed packs, and all evidence handed in."""
    found = incidents.get_engagement(engagement_id, visit.by)
    context = {
        "engagement": found,
        "documents": histories.documents(found, visit.by),
        "missing": histories.missing_documents(found),
        "packs": histories.packs(found, visit.by),
        "evidence": histories.evidence(found, visit.by),
        "owns": found.client_id == visit.by.organisation_id,
    }
    return visit.page("web/documents.html", context)


urlpatterns = [
    path("log", page(log), name="log"),
    path("log/<int:position>", page(log_entry), name="log_entry"),
    path("log/<int:position>/leaf.json", page(leaf), name="log_leaf"),
    path("engagements/<int:engagement_id>/documents", page(documents), name="documents"),
    path(
        "engagements/<int:engagement_id>/documents/seal_pack",
        deed(seal_pack, on=documents, done="Sealed: one zip that proves itself without us."),
        name="seal_pack",
    ),
]
