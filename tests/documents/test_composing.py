"""Every kind of document out of S1's frozen content: what it must show, and that no text can break it."""

import copy
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from breakfix.agreements.clauses.fields import FIELDS
from breakfix.documents.compose import COMPOSERS, compose
from breakfix.documents.composing import words
from breakfix.documents.composing.quote import compose as compose_quote
from breakfix.documents.render import render
from breakfix.documents.sheet import Sheet, Text
from breakfix.histories import queries
from breakfix.histories.values import DocumentKind, Printable
from tests import makers_liaison, makers_reports, makers_ways
from tests.makers import World
from tests.makers_ways import FAILOVER

ISSUED = re.compile(r"\d{4}-\d\d-\d\d(T.*)?|-?\d+(\.\d+)?|[0-9a-f]{64}")
# Words of ours that decide how something is printed; everything else somebody may have typed.
CODES = {"zone", "currency", "mode", "tier", "kind", "verdict", "condition", "category", "tranche", "state", "status"}
CODES |= {"domain", "priority", "provider_id", "level", "line", "key", "holiday_source", "seed"}
HOSTILE = "\n".join(
    [
        '#read("/etc/passwd") $x^2$ *bold* _it_ `code` <label> @ref \\ ~ [link](http://evil.example) // comment',
        "عربي‮ gpj.exe‬ עברית 中文字 🙂 \x00\x07 é",
        "W" * 300,
        "long " * 2000,
    ]
)


def texts(value: Any) -> Iterator[str]:
    """Every text of a sheet, in the order in which it is printed."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name))


def spoiled(value: Any, key: str = "") -> Any:
    """The content with hostile text in every place where somebody typed."""
    if isinstance(value, dict):
        return {name: spoiled(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [spoiled(item, key) for item in value]
    typed = isinstance(value, str) and " " in value and key not in CODES and not ISSUED.fullmatch(value)
    return HOSTILE if typed else value


@pytest.fixture(name="issued")
def _issued(db: None) -> dict[str, Printable]:
    """One document of each kind, as S1 leaves them."""
    world, engagement = makers_reports.night("guaranteed")
    makers_liaison.over(world, engagement, makers_reports.ACCEPTED)
    makers_reports.closed(world, engagement)
    found = [queries.content_of(one.kind, one.subject, one.topic) for one in queries.missing_documents(engagement)]
    return {one.kind.value: one for one in found}


def sheet_of(document: Printable) -> Sheet:
    return compose(document.kind, document.content, document.sha256, document.beside)


MUST_SHOW = {
    "agreement": ("Ironbridge Repair, Inc.", "Percy Nakamura", "Nora Pembroke", "15 min", "25 % up to 500", "8.875"),
    "root_cause": ("92 %", "RCA-2026-0001", "Cabling", "Rex Halloran", "stays with controller", "evidence.log"),
    "quote": (
        "$4,723.33",
        "$5,400.00",
        "$5,879.25",
        "$6,614.16",
        "219.84",
        "17.41 %",
        "$665.00",
        "2 h for a visit",
        "Seat: Finance",
    ),
    "change_plan": ("POINT OF NO RETURN", "4 h 30 min", "13 of 25", "Chas Ellery", "Seth Rowntree"),
    "service_report": ("7QXK3N1", "SN-CTRL-9", "OLD-DRV-4T", "MISSED", "$6,450.00", "$5,237.08", "1 January 2027"),
    "invoice": ("$5,701.87", "$464.79", "$4,562.08", "$5,400.00", "1 January 2027", "Hardware labour"),
    "letter_of_authority": ("LOA-2026-0001", "Windy City Telecom", "It does not allow ordering", "Seth Rowntree"),
    "vendor_claim": ("99.9 % available", "98.5551 %", "100 x (1 -", "Schedule C", "nobody here promises an amount"),
    "passport": ("NG-00417", "$5,701.87", "E-2026-0001", "Legacy", "R-2026-0001 version 1", "Not on record"),
}


def test_every_kind_has_its_composer() -> None:
    assert set(COMPOSERS) == {kind.value for kind in DocumentKind} == set(MUST_SHOW)


def test_every_document_shows_what_it_must(issued: dict[str, Printable]) -> None:
    assert set(issued) == set(MUST_SHOW)
    for kind, document in issued.items():
        sheet = sheet_of(document)
        shown = "\n".join(texts(sheet))
        assert [word for word in MUST_SHOW[kind] if word not in shown] == [], kind
        assert sheet.sha256 == document.sha256
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", sheet.date), kind
        # Nothing of the stored form reaches a reader.
        assert not re.search(r"\d{4}-\d\d-\d\dT|\{'|after_hours|bypassed_", shown), kind


def test_every_table_has_whole_rows(issued: dict[str, Printable]) -> None:
    for kind, document in issued.items():
        sheet = sheet_of(document)
        for section in (*sheet.sections, *sheet.annex):
            assert section.blocks, (kind, section.heading)
            for block in section.blocks:
                if block.kind == "table":
                    assert {len(row) for row in block.rows} <= {len(block.head)}, (kind, section.heading)  # type: ignore[union-attr]


def test_the_same_content_gives_the_same_bytes(issued: dict[str, Printable]) -> None:
    invoice = issued["invoice"]
    first, second = (render(invoice.kind, invoice.content, invoice.sha256, invoice.beside) for _ in range(2))
    assert first == second
    assert first.startswith(b"%PDF-1.")


@pytest.mark.parametrize("kind", sorted(MUST_SHOW))
def test_hostile_text_is_printed_as_text(issued: dict[str, Printable], kind: str) -> None:
    document = issued[kind]
    content, beside = spoiled(document.content), spoiled(document.beside)
    assert HOSTILE in "\n".join(texts(compose(kind, content, document.sha256, beside)))
    assert render(kind, content, document.sha256, beside).startswith(b"%PDF-")


# ------------------------------------------------------------------------------------------ words


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        (words.money({"amount": "1234.5", "currency": "USD"}), "$1,234.50"),
        (words.money({"amount": "-675", "currency": "USD"}), "-$675.00"),
        (words.money({"amount": "1200", "currency": "JPY"}), "JPY 1,200"),
        (words.money(None), words.NOTHING),
        (words.when("2026-12-02T06:15:00Z", "America/New_York"), "Wed 2 Dec 2026, 01:15 EST"),
        (words.when("2026-07-01T06:15:00Z", "America/New_York"), "Wed 1 Jul 2026, 02:15 EDT"),
        (words.when(None, "America/New_York"), words.NOTHING),
        (words.short("2026-12-02T06:15:00Z", "Europe/Berlin"), "Wed 2 Dec, 07:15"),
        (words.day("2027-01-01"), "1 January 2027"),
        (words.day_of("2026-12-02T04:30:00Z", "America/New_York"), "2026-12-01"),
        (words.share("0.1741"), "17.41 %"),
        (words.share("1"), "100 %"),
        (words.spell(150), "2 h 30 min"),
        (words.spell(60), "1 h"),
        (words.spell(45), "45 min"),
        (words.words("LEFT_with_client"), "Left with client"),
        (words.yes(0), "No"),
    ],
)
def test_frozen_values_read_like_words(made: str, shown: str) -> None:
    assert made == shown


def test_document_prints_the_ways_with_the_one_it_binds(world: World) -> None:
    quote = makers_ways.issued(world)
    shown = list(texts(compose_quote(quote.content, quote.sha256, {})))
    for said in ("Ways to keep going", "A (put forward)", "B", FAILOVER.words, "$20,100.00", "$5,425.00"):
        assert said in shown
    assert "Ways to keep going" not in list(texts(compose_quote({**quote.content, "ways": []}, quote.sha256, {})))


def test_agreement_prints_its_38_fields_in_order(issued: dict[str, Printable]) -> None:
    sheet = sheet_of(issued["agreement"])
    headings = [section.heading for section in sheet.sections]
    assert headings == [f"{field.number}  {field.name}" for field in FIELDS]
    assert all(section.blocks for section in sheet.sections)


def test_agreement_prints_why_a_field_does_not_apply(issued: dict[str, Printable]) -> None:
    content = copy.deepcopy(dict(issued["agreement"].content))
    content["terms"]["statements"]["not_applicable"] = {"subcontractors": "nobody else is sent"}
    sheet = compose("agreement", content, "0" * 64, issued["agreement"].beside)
    assert sheet.sections[33].blocks == (Text("Not applicable because nobody else is sent"),)


def test_agreement_from_before_the_fields_is_printed_as_it_was(issued: dict[str, Printable]) -> None:
    content = copy.deepcopy(dict(issued["agreement"].content))
    for name in ("statements", "entities", "duration", "triage", "communication", "wording"):
        del content["terms"][name]
    sheet = compose("agreement", content, "0" * 64, issued["agreement"].beside)
    assert [section.heading for section in sheet.sections][:2] == ["Scope", "Rates"]
