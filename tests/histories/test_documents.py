"""Documents are printed after the deed, filed once under their hashes, and seen by whom their topic lets in."""

import hashlib
from typing import Any

import pytest

from breakfix.histories import actions, queries
from breakfix.histories.models import Document
from breakfix.histories.values import DocumentKind
from breakfix.jobs import documents as jobs
from breakfix.jobs import kinds
from breakfix.jobs.news import FOLLOWS
from breakfix.jobs.registry import HANDLERS
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.files import Upload, read
from breakfix.kernel.ledger.canonical import sha256_hex
from breakfix.kernel.models import Entry, File
from breakfix.parties import queries as parties
from breakfix.quotes import queries as quotes
from breakfix.reports import queries as reports
from tests import makers_quotes, makers_reports
from tests.makers import World, local
from tests.refusals import refused

pytestmark = pytest.mark.django_db
LATER = local("2026-12-02 12:00")
PDF = Upload("any.pdf", b"%PDF-1.7 not much")


def file_quote(engagement: Any, **given: Any) -> Document:
    quote = quotes.binding_quote(engagement)
    assert quote is not None
    usual = {"topic": engagement.topic, "shown_sha256": quote.sha256, "pdf": PDF, "by": SYSTEM, "at": LATER}
    return actions.file_document(DocumentKind.QUOTE, subject=quote.key, **{**usual, **given})


def test_a_filed_document_is_what_was_issued_and_the_log_vouches_for_it() -> None:
    _, engagement = makers_reports.night("resolved")
    quote = quotes.binding_quote(engagement)
    assert quote is not None
    made = makers_reports.printed(DocumentKind.QUOTE, quote.key, engagement.topic, LATER)
    assert (made.number, made.version, made.path) == ("Q-2026-0001", 1, "documents/quote-Q-2026-0001-v1")
    # What was approved is the very bytes that lie in the file: whoever has it can hash it.
    assert hashlib.sha256(read(made.json)).hexdigest() == quote.sha256 == made.json_sha256
    pdf = read(made.pdf)
    assert pdf.startswith(b"%PDF-")
    assert made.pdf_sha256 == hashlib.sha256(pdf).hexdigest()
    entries = Entry.objects.filter(kind="document.rendered")
    assert {entry.organisation_id for entry in entries} == set(engagement.party_ids)
    assert all(made.pdf_sha256 in entry.leaf for entry in entries)


def test_a_second_rendering_changes_nothing() -> None:
    _, engagement = makers_reports.night("resolved")
    made = file_quote(engagement)
    with refused("already_filed"):
        file_quote(engagement, pdf=Upload("other.pdf", b"%PDF-1.7 another"))
    before = (Entry.objects.count(), File.objects.count())
    jobs.print_document(DocumentKind.QUOTE, made.subject, engagement.topic, LATER)
    assert (Entry.objects.count(), File.objects.count()) == before
    assert read(Document.objects.get().pdf) == PDF.content


def test_content_that_was_not_printed_is_not_filed() -> None:
    world, engagement = makers_reports.night("resolved")
    with refused("changed_meanwhile"):
        file_quote(engagement, shown_sha256="0" * 64)
    with refused("not_allowed"):
        file_quote(engagement, by=world.actor("nora"))
    with refused("file_mislabelled"):
        file_quote(engagement, pdf=Upload("x.pdf", b"no PDF at all"))


def test_what_is_not_issued_is_not_printed(world: World) -> None:
    quote = makers_quotes.drafted(world)
    with pytest.raises(Refused) as refusal:
        queries.content_of("quote", quote.key, quote.engagement.topic)
    assert refusal.value.code == "not_issued"


def test_a_failing_printer_undoes_no_deed(monkeypatch: pytest.MonkeyPatch) -> None:
    _, engagement = makers_reports.night("reported")
    report = reports.latest_report(engagement)
    assert report is not None

    def broken(*_: Any) -> bytes:
        raise OSError("out of toner")

    monkeypatch.setattr(jobs, "render", broken)
    payload = {"subject": report.key, "topic": engagement.topic}
    with pytest.raises(OSError, match="toner"):
        HANDLERS["document.service_report"](payload, LATER)
    assert queries.missing_documents(engagement)
    monkeypatch.undo()
    HANDLERS["document.service_report"](payload, LATER)
    assert Document.objects.get().number == report.number


def test_every_kind_of_document_and_every_consequence_has_its_handler() -> None:
    kinds.load()
    assert {f"document.{kind.value}" for kind in DocumentKind} <= set(HANDLERS)
    assert {kind for kinds in FOLLOWS.values() for kind in kinds} <= set(HANDLERS)


def test_all_documents_are_missing_until_they_are_printed() -> None:
    world, engagement = makers_reports.night("guaranteed")
    missing = queries.missing_documents(engagement)
    kinds = ["agreement", "root_cause", "quote", "change_plan", "service_report", "passport"]
    assert [one.kind.value for one in missing] == kinds
    for one in missing:
        jobs.print_document(one.kind, one.subject, one.topic, LATER)
    assert queries.missing_documents(engagement) == []
    kept = queries.documents(engagement, SYSTEM)
    assert sorted(one.kind for one in kept) == sorted(kinds)
    for one in kept:
        assert sha256_hex(queries.content_of(one.kind, one.subject, engagement.topic).content) == one.json_sha256
    _check_who_sees(world, engagement)


def _check_who_sees(world: World, engagement: Any) -> None:
    """The client sees all, the provider no passport, a technician what concerns the visit, others nothing."""
    seen = {
        who: {one.kind for one in queries.documents(engagement, world.actor(who))}
        for who in ("rita", "ada", "dana", "tom", "charlie", "cal")
    }
    every = {one.kind for one in queries.documents(engagement, SYSTEM)}
    assert seen["rita"] == seen["ada"] == every
    assert seen["dana"] == every - {"passport"}
    assert seen["tom"] == every - {"passport", "agreement", "quote", "invoice"}
    assert seen["charlie"] == set()
    assert seen["cal"] == set()
    passport = Document.objects.get(kind="passport")
    assert parties.sees_topic(world.actor("rita"), passport.pdf.topic)
    assert not parties.sees_topic(world.actor("dana"), passport.pdf.topic)
    assert queries.documents_of_asset(world.assets["backup"], world.actor("nora")) == [passport]
    assert queries.documents_of_asset(world.assets["backup"], world.actor("dana")) == []


def test_a_passport_is_printed_again_only_when_it_says_more() -> None:
    world, engagement = makers_reports.night("guaranteed")
    asset = world.assets["backup"]
    for _ in range(2):
        jobs.print_document(DocumentKind.PASSPORT, asset.key, engagement.topic, makers_reports.ACCEPTED)
    assert [one.version for one in Document.objects.all()] == [1]
    closed = makers_reports.closed(world, engagement)
    assert "passport" in {one.kind.value for one in queries.missing_documents(closed)}
    jobs.print_document(DocumentKind.PASSPORT, asset.key, engagement.topic, LATER)
    assert [one.version for one in Document.objects.order_by("version")] == [1, 2]
    assert [one.version for one in queries.documents(closed, SYSTEM)] == [2]


def test_an_engagement_without_a_machine_has_no_passport(world: World) -> None:
    engagement = makers_quotes.awaiting_quote(world, site_id=world.sites["Front Street"].pk)
    with pytest.raises(Refused) as refusal:
        queries.content_of("passport", "guarantees.guarantee/1", engagement.topic)
    assert refusal.value.code == "no_asset"
    assert all(one.kind is not DocumentKind.PASSPORT for one in queries.missing_documents(engagement))


def test_a_document_of_nobody_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        queries.content_of("quote", "quotes.quote/999", "engagement/1")


def test_somebody_who_only_does_field_work_is_handed_no_prices() -> None:
    """The quote's page is closed to a booked technician: so are its PDF, its JSON and the supplier's own offer."""
    world, engagement = makers_reports.night("reported")
    made = file_quote(engagement)
    report = reports.reports_of(engagement)[0]
    told = makers_reports.printed(DocumentKind.SERVICE_REPORT, report.key, engagement.topic, LATER)
    offers = [row.file for row in quotes.evidence_of(engagement)]
    assert offers
    closed = [made.json, made.pdf, *offers]
    tom, dana = world.actor("tom", LATER), world.actor("dana", LATER)
    for file in closed:
        with pytest.raises(NotFound):
            queries.get_file(file.token, tom)
        assert queries.get_file(file.token, dana) == file
    assert queries.get_file(told.pdf.token, tom) == told.pdf
    assert [one.pk for one in queries.documents(engagement, tom)] == [told.pk]
    handed_in = {one.pk for one in queries.evidence(engagement, tom)}
    assert handed_in
    assert not handed_in & {one.pk for one in closed}
    assert {one.pk for one in offers} <= {one.pk for one in queries.evidence(engagement, dana)}


def test_timeline_names_no_file_that_its_reader_cannot_have() -> None:
    world, engagement = makers_reports.night("reported")
    made = file_quote(engagement)
    seen = {
        who: {file["id"] for one in queries.timeline(engagement, world.actor(who, LATER)) for file in one.files}
        for who in ("tom", "dana")
    }
    assert {made.json_id, made.pdf_id} <= seen["dana"]
    assert not {made.json_id, made.pdf_id} & seen["tom"]
    assert seen["tom"]
