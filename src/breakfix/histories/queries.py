"""One reading of everything: an engagement, a machine, their documents, and what a pack still lacks."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from uuid import UUID

from django.db.models import Q, QuerySet

from breakfix.assets import queries as assets
from breakfix.assets.models import Asset
from breakfix.billing import queries as billing
from breakfix.changes import queries as changes
from breakfix.changes.values import Status as ChangeStatus
from breakfix.diagnosis import queries as diagnosis
from breakfix.diagnosis.values import RootCauseStatus
from breakfix.histories.models import Document, Pack
from breakfix.histories.passport import Passport, passport_of
from breakfix.histories.printables import printable
from breakfix.histories.rules import FIELD_READS
from breakfix.histories.values import DocumentKind, Missing, Printable
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel import files
from breakfix.kernel.access import SYSTEM, Actor
from breakfix.kernel.errors import NotFound
from breakfix.kernel.models import File, Row
from breakfix.liaison import queries as liaison
from breakfix.parties import queries as parties
from breakfix.parties.queries import Told
from breakfix.quotes import queries as quotes
from breakfix.reports import queries as reports

K = DocumentKind

# ------------------------------------------------------------------------------------------ documents


def documents_visible_to(by: Actor) -> QuerySet[Document]:
    """Every filed document on a topic that this actor was let in on, oldest first.

    Who only does field work reads no prices: neither the quote nor the invoice nor the agreement.
    """
    rows = Document.objects.select_related("json", "pdf", "client").order_by("made_at", "id")
    if by.field_only:
        rows = rows.filter(kind__in=FIELD_READS)
    return rows if by.is_machine else rows.filter(topic__in=parties.grants_to(by).order_by().values("topic"))


def document_of(kind: DocumentKind, row: Row, by: Actor) -> Document | None:
    """The filed document of one row, such as a version of an agreement, for whoever may read it."""
    return documents_visible_to(by).filter(kind=kind, subject=row.key).last()


def documents(engagement: Engagement, by: Actor) -> list[Document]:
    """The documents of an engagement, with the agreement that governs it and the latest passport of its machine.

    For whoever already may see the engagement; agreement and passport only as far as this actor may see those.
    """
    agreement = Q(kind=K.AGREEMENT, subject=engagement.agreement_version.key)
    machine = Q(kind=K.PASSPORT, subject=engagement.asset.key) if engagement.asset else Q(pk__in=[])
    rows = documents_visible_to(by).filter(Q(topic=engagement.topic) | agreement | machine)
    found = list(rows)
    passports = [one for one in found if one.kind == K.PASSPORT]
    return [one for one in found if one.kind != K.PASSPORT or one is passports[-1]]


def documents_of_asset(asset: Asset, by: Actor) -> list[Document]:
    """The printed passports of a machine, latest first."""
    return list(documents_visible_to(by).filter(kind=K.PASSPORT, subject=asset.key).order_by("-version"))


def content_of(kind: str, subject: str, topic: str) -> Printable:
    """The frozen content to print for a row such as "quotes.quote/12", for machines; refuses what is not issued."""
    return printable(DocumentKind(kind), subject, topic)


def is_filed(document: Printable) -> bool:
    """Whether this version was filed: then its bytes never change, and nobody prints it again."""
    rows = Document.objects.filter(kind=document.kind, subject=document.subject, version=document.version)
    return rows.exists()


def missing_documents(engagement: Engagement) -> list[Missing]:
    """What was issued on an engagement, or governs it, and is not filed yet: a pack waits for it."""
    issued = [*_issued(engagement)]
    rows = Document.objects.filter(subject__in=[one.subject for one in issued])
    filed = set(rows.values_list("kind", "subject"))
    return [one for one in issued if (one.kind, one.subject) not in filed] + _missing_passport(engagement)


def _missing_passport(engagement: Engagement) -> list[Missing]:
    """The machine's passport has to tell of the acceptance, and again of the closing; never of a restricted one."""
    told = engagement.closed_at or engagement.accepted_at
    if engagement.asset is None or engagement.need_to_know or told is None:
        return []
    key = engagement.asset.key
    if Document.objects.filter(kind=K.PASSPORT, subject=key, made_at__gte=told).exists():
        return []
    waiting = printable(K.PASSPORT, key, engagement.topic)
    if is_filed(waiting):  # it says no more than before
        return []
    return [Missing(K.PASSPORT, key, engagement.topic, waiting.number, waiting.version)]


def _issued(engagement: Engagement) -> Iterator[Missing]:
    """Every document that the rows of an engagement stand for, the passport apart."""

    def one(kind: DocumentKind, row: Row, number: str, version: int = 1) -> Missing:
        return Missing(kind, row.key, engagement.topic, number, version)

    agreed = engagement.agreement_version
    yield Missing(K.AGREEMENT, agreed.key, agreed.agreement.topic, agreed.agreement.number, agreed.version)
    for cause in diagnosis.visible_to(SYSTEM).filter(engagement=engagement, status=RootCauseStatus.ISSUED):
        yield one(K.ROOT_CAUSE, cause, cause.number, cause.version)
    for quote in quotes.quotes_of(engagement, SYSTEM):
        if quote.is_issued:
            yield one(K.QUOTE, quote, quote.number, quote.version)
    for change in changes.changes_of(engagement):
        if change.decided_at is not None and change.status != ChangeStatus.REJECTED:
            yield one(K.CHANGE_PLAN, change, change.number)
    yield from (one(K.LETTER_OF_AUTHORITY, letter, letter.number) for letter in liaison.letters_of(engagement))
    yield from (one(K.VENDOR_CLAIM, claim, claim.number) for claim in liaison.claims_of(engagement, SYSTEM))
    for report in reports.reports_of(engagement):
        yield one(K.SERVICE_REPORT, report, report.number, report.version)
    for invoice in billing.invoices_of(engagement):
        yield one(K.INVOICE, invoice, invoice.number)


# ------------------------------------------------------------------------------------------ files


def get_file(token: UUID, by: Actor) -> File:
    """The file of this token, or NotFound: its topic must be visible, and its content open to this actor."""
    kept = files.find(token)
    if kept is None or not parties.sees_topic(by, kept.topic) or _closed_to(by, [kept.pk]):
        raise NotFound("This file")
    return kept


def evidence(engagement: Engagement, by: Actor) -> list[File]:
    """What people handed in, oldest first: every file kept on an engagement that we did not print ourselves.

    For whoever already may see the engagement.
    """
    kept = files.kept_on(engagement.topic) + files.kept_on(f"{engagement.topic}@{by.side}")
    ids = [one.pk for one in kept]
    printed = _ids(Document.objects.filter(topic=engagement.topic).values_list("json", "pdf"))
    ours = printed | _ids(Pack.objects.filter(engagement=engagement).values_list("file"))
    return [one for one in kept if one.pk not in ours | _closed_to(by, ids)]


def timeline(engagement: Engagement, by: Actor) -> list[Told]:
    """What happened, each deed with those of its files that this actor may have."""
    told = incidents.timeline(engagement, by)
    closed = _closed_to(by, [int(str(file["id"])) for one in told for file in one.files])
    if not closed:
        return told
    return [replace(one, files=tuple(file for file in one.files if file["id"] not in closed)) for one in told]


def _closed_to(by: Actor, ids: Collection[int]) -> set[int]:
    """Those of these files that say what things cost, for somebody who only does field work."""
    if not by.field_only or not ids:
        return set()
    priced = Document.objects.filter(Q(json__in=ids) | Q(pdf__in=ids)).exclude(kind__in=FIELD_READS)
    return _ids(priced.values_list("json", "pdf")) | quotes.priced_files(ids)


def _ids(rows: QuerySet[Document, tuple[int, ...]] | QuerySet[Pack, tuple[int, ...]]) -> set[int]:
    return {file_id for row in rows for file_id in row}


# ------------------------------------------------------------------------------------------ packs


def packs_sealed(engagement: Engagement, by: Actor) -> QuerySet[Pack]:
    """The sealed packs, latest first; they hold the client's log, so only its side and machines see them."""
    if not by.is_machine and by.organisation_id != engagement.client_id:
        return Pack.objects.none()
    return Pack.objects.filter(engagement=engagement).select_related("file").order_by("-log_size")


def packs(engagement: Engagement, by: Actor) -> list[Pack]:
    """As `packs_sealed`, read at once."""
    return list(packs_sealed(engagement, by))


def latest_pack(engagement: Engagement, by: Actor) -> File | None:
    """The zip that was sealed last, or None."""
    found = packs(engagement, by)
    return found[0].file if found else None


# ------------------------------------------------------------------------------------------ the machine


def passport(asset_id: int, by: Actor) -> Passport:
    """A machine's whole life as far as this actor may see it, or NotFound."""
    return passport_of(assets.get_asset(asset_id, by), by)
