"""Keeping for good: a printed document under its hash, and the pack that proves an engagement."""

from datetime import datetime

from django.db import transaction

from breakfix.agreements import queries as agreements
from breakfix.assets import queries as assets
from breakfix.histories import packing, queries, rules
from breakfix.histories.models import Document, Pack
from breakfix.histories.values import DocumentKind, Printable
from breakfix.incidents import queries as incidents
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.files import Upload, keep
from breakfix.kernel.ledger.canonical import canonical
from breakfix.kernel.ledger.checkpoints import sign_head
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import steps as party_steps


@transaction.atomic
def file_document(
    kind: DocumentKind,
    *,
    subject: str,
    topic: str,
    shown_sha256: str,
    pdf: Upload,
    by: Actor,
    at: datetime,
) -> Document:
    """Keep one version of a document, canonical JSON and PDF, and let the log vouch for both hashes.

    `subject` is the row that issued it, `shown_sha256` the hash of the content that was printed. Refused once it is
    filed: the bytes of an issued document never change.
    """
    require(by, Deed.FILE_DOCUMENT)
    found = queries.content_of(kind, subject, topic)
    _lock(found, by)
    rules.check_can_file(filed=queries.is_filed(found), shown_sha256=shown_sha256, sha256=found.sha256)
    document = _keep(found, pdf, at)
    rows: list[Row] = [document, document.json, document.pdf]
    if found.own_topic:
        for organisation_id in found.to:
            reason = f"{found.title} is theirs"
            rows += party_steps.share(found.topic, organisation_id=organisation_id, reason=reason, at=at)
    record(
        "document.rendered",
        subject=document,
        by=by,
        at=at,
        to=found.to,
        topic=found.topic,
        line=f"{document} was printed and filed.",
        facts={"path": document.path, "json_sha256": document.json_sha256, "pdf_sha256": document.pdf_sha256},
        changed=rows,
    )
    return document


@transaction.atomic
def seal_pack(engagement_id: int, *, by: Actor, at: datetime) -> Pack:
    """Sign the client's log as it stands and put everything that proves this engagement into one zip.

    It verifies itself offline, without Breakfix. Refused while an issued document is not printed yet.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.SEAL_PACK, org=engagement.client_id)
    before = next(iter(queries.packs(engagement, by)), None)
    news = before is None or packing.news_since(engagement, before.log_size)
    rules.check_can_seal(queries.missing_documents(engagement), news=news)
    checkpoint = sign_head(engagement.client_id, at)
    packed = packing.pack_of(engagement, checkpoint, at)
    upload = Upload(f"pack-{engagement.number}.zip", packed.content)
    # The extract is the client's log: its provider sees its own, and no pack.
    file = keep(upload, topic=f"{engagement.topic}@client", at=at, bounded=False)
    pack = Pack.objects.create(
        engagement=engagement,
        file=file,
        log_size=checkpoint.size,
        entries=packed.entries,
        documents=packed.documents,
        evidence=packed.evidence,
        sealed_at=at,
    )
    record(
        "pack.sealed",
        subject=pack,
        by=by,
        at=at,
        to=[engagement.client_id],
        topic=engagement.topic,
        line=f"The closure pack was sealed: {packed.entries} entries, {packed.documents} documents.",
        facts={"sha256": file.sha256, "size": file.size, "log_size": checkpoint.size},
        changed=[pack, file],
    )
    return pack


def _lock(found: Printable, by: Actor) -> None:
    """Hold what the document is about, so that two printers do not file it twice."""
    noun, _, key = found.topic.partition("/")
    if noun == "engagement":
        incidents.lock_engagement(int(key), by)
    elif noun == "agreement":
        agreements.lock_agreement(int(key), by)
    else:
        assets.lock_asset(int(key), by)


def _keep(found: Printable, pdf: Upload, at: datetime) -> Document:
    text = canonical(found.content)
    json_file = keep(Upload(f"{found.stem}.json", text), topic=found.topic, at=at, bounded=False)
    pdf_file = keep(Upload(f"{found.stem}.pdf", pdf.content), topic=found.topic, at=at, bounded=False)
    return Document.objects.create(
        kind=found.kind.value,
        subject=found.subject,
        number=found.number,
        version=found.version,
        topic=found.topic,
        client_id=found.to[0],
        path=f"documents/{found.stem}",
        json=json_file,
        pdf=pdf_file,
        json_sha256=json_file.sha256,
        pdf_sha256=pdf_file.sha256,
        made_at=at,
    )
