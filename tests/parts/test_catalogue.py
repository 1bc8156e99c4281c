"""The provider's catalogue: what fits which machine, what may stand in, and what quotes and fitting make of it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from breakfix.documents.composing.quote import compose
from breakfix.incidents.models import Engagement
from breakfix.kernel.ledger.rebuild import differences
from breakfix.parts import catalogue, rules
from breakfix.parts.actions import catalogue as keeping
from breakfix.parts.actions import claims
from breakfix.parts.models import Alternate, CataloguePart, Fit, PartOrder
from breakfix.parts.values import Basis, Category, Grade, Said, Verdict
from breakfix.quotes import previews
from breakfix.quotes.actions import issuing
from tests import makers_quotes as make
from tests import makers_ways, snapshots
from tests.makers import World
from tests.parts.cases import INSTALLED, installed, ordered, received, working
from tests.parts.test_sourcing import NOW, offered
from tests.quotes.cases import S1
from tests.refusals import refused

D = Decimal


def listed(world: World, number: str = "CTRL-9", who: str = "quinn", **given: Any) -> CataloguePart:
    typed = {
        "part_number": number,
        "maker": "Dell",
        "description": "RAID controller",
        "category": Category.CONTROLLER,
        "grades": [Grade.TESTED_USED, Grade.NEW, Grade.OEM_REFURB],
        **given,
    }
    provider = world.organisation("ironbridge").pk
    return keeping.add_catalogue_part(provider, **typed, by=world.actor(who), at=make.DRAFTED)


def fitting(world: World, part: CataloguePart, **given: Any) -> Fit:
    asset = world.assets["backup"]
    typed = {
        "maker": asset.maker,
        "model": asset.model.upper(),
        "fits": True,
        "basis": Basis.VENDOR_MATRIX,
        "source": "Support matrix A03",
        **given,
    }
    return keeping.note_fit(part.pk, **typed, by=world.actor("quinn"), at=make.DRAFTED)


def instead(world: World, part: CataloguePart, other: CataloguePart, **given: Any) -> Alternate:
    typed = {"alternate": f" {other.part_number.lower()} ", "basis": Basis.TESTED, "source": "Bench test 14", **given}
    return keeping.note_alternate(part.pk, **typed, by=world.actor("dana"), at=make.DRAFTED)


# ------------------------------------------------------------------------------------------- firmware, verdicts


@pytest.mark.parametrize(
    ("one", "other", "order"),
    [
        ("12.10.7", "12.10.7", 0),
        ("12.9", "12.10", -1),
        ("BIOS 2.0", "bios 1.14.0", 1),
        ("12.10.7-0001", "12.10.7", 1),
        ("007", "7", 0),
        ("a1", "b1", -1),
        ("H7R2", "12.1", None),
        ("", "12.1", None),
        ("--", "12.1", None),
    ],
)
def test_firmware_is_compared_by_its_numbers_or_not_at_all(one: str, other: str, order: int | None) -> None:
    assert rules.compare_firmware(one, other) == order
    assert rules.compare_firmware(other, one) == (None if order is None else -order)


def said(fits: bool, low: str = "", high: str = "") -> Said:
    return Said(fits, low, high, Basis.VENDOR_MATRIX, "matrix")


@pytest.mark.parametrize(
    ("statements", "firmware", "verdict"),
    [
        ([], "3", Verdict.NOT_KNOWN),
        ([said(True)], "", Verdict.FITS),
        ([said(True, "2", "4")], "3", Verdict.FITS),
        ([said(True, "2", "4")], "2", Verdict.FITS),
        ([said(True, "2", "4")], "4", Verdict.FITS),
        ([said(True, "4")], "3", Verdict.FITS_AFTER),
        ([said(True, "", "2")], "3", Verdict.DOES_NOT_FIT),
        ([said(True, "", "2"), said(True, "3")], "3", Verdict.FITS),
        ([said(True, "", "2"), said(True, "4")], "3", Verdict.FITS_AFTER),
        ([said(True, "2")], "", Verdict.NOT_KNOWN),
        ([said(True, "2")], "H7", Verdict.NOT_KNOWN),
        ([said(False)], "3", Verdict.DOES_NOT_FIT),
        ([said(True), said(False)], "3", Verdict.DOES_NOT_FIT),
        ([said(True), said(False, "4")], "3", Verdict.FITS),
        ([said(False, "4")], "3", Verdict.NOT_KNOWN),
        ([said(False, "4")], "", Verdict.NOT_KNOWN),
        ([said(True), said(False, "4")], "", Verdict.NOT_KNOWN),
        ([said(True, "4"), said(False, "", "H7")], "3", Verdict.NOT_KNOWN),
        ([said(True, "", "2"), said(False, "", "H7")], "3", Verdict.DOES_NOT_FIT),
    ],
)
def test_verdict_is_the_best_that_is_said_unless_it_is_said_not_to_fit(
    statements: list[Said], firmware: str, verdict: Verdict
) -> None:
    assert rules.judge(statements, firmware, "Dell R710").verdict is verdict


# ------------------------------------------------------------------------------------------- keeping it


def test_part_is_listed_once_and_again_after_it_was_withdrawn(world: World) -> None:
    part = listed(world, " ctrl-9 ")
    assert (part.part_number, part.grades) == ("CTRL-9", ["new", "oem_refurb", "tested_used"])
    with refused("part_listed", field="part_number"):
        listed(world, "Ctrl-9")
    with refused("missing_field", field="grades"):
        listed(world, "X-1", grades=[])
    with refused("too_long", field="part_number"):
        listed(world, "ß" * 101)  # two letters each in capitals, and 200 are kept
    by = world.actor("quinn")
    with refused("missing_field", field="reason"):
        keeping.withdraw_catalogue_part(part.pk, reason=" ", by=by, at=NOW)
    keeping.withdraw_catalogue_part(part.pk, reason="Out of production.", by=by, at=NOW)
    for act in (
        lambda: keeping.withdraw_catalogue_part(part.pk, reason="Again.", by=by, at=NOW),
        lambda: fitting(world, part),
        lambda: instead(world, part, part),
    ):
        with refused("withdrawn"):
            act()
    assert listed(world).pk != part.pk
    assert differences() == []


@pytest.mark.parametrize(("who", "code"), [("rita", "not_found"), ("tom", "not_allowed"), ("cal", "not_found")])
def test_catalogue_is_kept_and_read_by_the_providers_own_office(world: World, who: str, code: str) -> None:
    part = listed(world)
    before = snapshots.state()
    with refused("not_allowed" if who == "rita" else code):
        listed(world, "X-1", who)
    by = world.actor(who)
    for act in (
        lambda: keeping.withdraw_catalogue_part(part.pk, reason="Mine.", by=by, at=NOW),
        lambda: catalogue.get_part(part.pk, by),
        lambda: catalogue.get_fit(1, by),
        lambda: catalogue.get_alternate(1, by),
    ):
        with refused("not_found"):
            act()
    assert list(catalogue.found(by, "")) == []
    assert snapshots.state() == before


def test_alternate_is_another_listed_part_and_counts_one_way(world: World) -> None:
    part, other = listed(world), listed(world, "CTRL-9B")
    row = instead(world, part, other, conditions="Flash to 12.10.7 first.")
    assert (row.part, row.alternate, row.conditions) == (part, other, "Flash to 12.10.7 first.")
    with refused("alternate_listed", field="alternate"):
        instead(world, part, other)
    with refused("same_part", field="alternate"):
        instead(world, part, part)
    with refused("unknown_part", field="alternate"):
        instead(world, part, other, alternate="CTRL-10")
    with pytest.raises(IntegrityError), transaction.atomic():
        Alternate.objects.create(part=part, alternate=part, basis="tested_by_us", source="x", noted_at=NOW)
    case = make.issued(world).engagement
    known = catalogue.known(case, ["ctrl-9", "CTRL-9B", "NEVER-SEEN", " "])
    assert [one.part.part_number for one in known["ctrl-9"].alternates] == ["CTRL-9B"]
    assert known["CTRL-9B"].alternates == ()
    assert (known["NEVER-SEEN"].part, known["NEVER-SEEN"].judged) == (None, catalogue.NOT_LISTED)
    assert set(known) == {"ctrl-9", "CTRL-9B", "NEVER-SEEN"}
    by = world.actor("dana")
    keeping.withdraw_alternate(row.pk, reason="It resets.", by=by, at=NOW)
    assert catalogue.known(case, ["CTRL-9"])["CTRL-9"].alternates == ()
    assert differences() == []


def test_search_asks_for_every_word_also_in_the_machines_that_it_fits(world: World) -> None:
    part, other = listed(world), listed(world, "FAN-1", description="Fan", category=Category.COOLING)
    fit, quinn = fitting(world, part, model="PowerEdge R710"), world.actor("quinn")
    fitting(world, other, model="PowerEdge R720", fits=False)

    def numbers(words: str) -> list[str]:
        return [one.part_number for one in catalogue.found(quinn, words)]

    assert numbers("") == ["CTRL-9", "FAN-1"]
    assert numbers("raid r710") == ["CTRL-9"]
    assert numbers("cooling") == ["FAN-1"]
    assert numbers("r720") == []
    keeping.withdraw_fit(fit.pk, reason="Wrong model.", by=quinn, at=NOW)
    with refused("withdrawn"):
        keeping.withdraw_fit(fit.pk, reason="Wrong model.", by=quinn, at=NOW)
    assert numbers("r710") == []
    with refused("not_in_order", field="firmware_until"):
        fitting(world, part, firmware_from="2", firmware_until="1")


# ------------------------------------------------------------------------------------------- in a quote


def test_part_known_not_to_fit_is_not_issued_until_the_catalogue_says_otherwise(world: World) -> None:
    fit = fitting(world, listed(world), fits=False)
    quote = make.reviewed(world)
    shown = previews.preview_of(quote, world.actor("quinn"), make.ISSUED)
    assert "part_does_not_fit" in [one.code for one in shown.problems]
    quinn, before = world.actor("quinn"), snapshots.state()
    with refused("part_does_not_fit", field="parts-0-part_number"):
        issuing.issue_quote(quote.pk, by=quinn, at=make.ISSUED)
    assert snapshots.state() == before
    keeping.withdraw_fit(fit.pk, reason="The test had another backplane.", by=quinn, at=make.ISSUED)
    assert issuing.issue_quote(quote.pk, by=quinn, at=make.ISSUED).status == "ISSUED"


def test_reviewer_is_told_what_is_not_known(world: World) -> None:
    fitting(world, listed(world, grades=[Grade.NEW], data_bearing=True, core_due=True))
    fitting(world, listed(world, "CACHE-9"), firmware_from="BIOS 2.0")
    quote = make.drafted(world)
    shown = previews.preview_of(quote, world.actor("rex"), make.DRAFTED)
    parts = quote.inputs.parts
    assert [one.part_number for one in parts] == ["CTRL-9", "CACHE-9", "DRV-4T"]
    told = shown.doubts
    assert "P1 CTRL-9: the catalogue says that it bears data, the line does not" in told
    assert "P1 CTRL-9: the supplier wants the old one back" in told
    assert "P1 CTRL-9: it is not bought in condition tested used" in told
    assert any(one.startswith("P2 CACHE-9: fits after firmware BIOS 2.0, now BIOS 1.14.0") for one in told)
    assert "P3 DRV-4T: the catalogue does not list it" in told
    assert not any("P1 CTRL-9: fits" in one for one in told)


def test_alternates_that_were_considered_are_frozen_with_their_price_and_arrival(
    world: World,
) -> None:
    engagement = make.awaiting_quote(world)
    part, other = listed(world), listed(world, "CTRL-9B", description="Newer controller")
    fitting(world, other)
    instead(world, part, other, conditions="Flash to 12.10.7 first.")
    quote = make.reviewed(world, engagement)
    offered(world, engagement, part_number="ctrl-9b", cost=D("1000.00"), valid_until=make.ISSUED + timedelta(days=2))
    offered(world, engagement, part_number="CTRL-9B", cost=D("10.00"), valid_until=NOW + timedelta(seconds=1))
    issued = issuing.issue_quote(quote.pk, by=world.actor("quinn"), at=NOW + timedelta(minutes=1))
    printed = str(compose(issued.content, issued.sha256, {}))
    assert "alternatives: CTRL-9B Newer controller (fits, tested by us, Flash to 12.10.7 first; tested" in printed
    assert "$1,215.00, there as likely as not by " in printed
    (row,) = issued.content["alternates"]
    assert row["offered"].pop("arrives") > "2026-12-02T0"
    assert row["offered"].pop("held_until")
    assert row == {
        "line": "P1",
        "part_number": "CTRL-9B",
        "maker": "Dell",
        "description": "Newer controller",
        "conditions": "Flash to 12.10.7 first.",
        "basis": "tested_by_us",
        "fit": "fits",
        # 25 % of 500 and 18 % of 500 on 1,000.
        "offered": {
            "condition": "tested_used",
            "price": {"amount": "1215.00", "currency": "USD"},
            "freight": {"amount": "145.00", "currency": "USD"},
        },
    }


def test_alternates_stay_as_they_were_when_the_client_chooses_another_way(world: World) -> None:
    part, other = listed(world), listed(world, "CTRL-9B")
    row = instead(world, part, other)
    quote = makers_ways.issued(world)
    at = make.ISSUED + timedelta(minutes=1)
    keeping.withdraw_alternate(row.pk, reason="It resets.", by=world.actor("quinn"), at=at)
    typed = {"way": "B", "shown_sha256": quote.sha256, "at": at}
    chosen = issuing.choose_continuity(quote.pk, **typed, by=world.actor("alice"))
    assert chosen.content["alternates"] == quote.content["alternates"] != []


def test_document_without_alternates_reads_as_it_did_before_there_was_a_catalogue(world: World) -> None:
    assert "alternates" not in make.issued(world).content


# ------------------------------------------------------------------------------------------- built in


@pytest.fixture(name="case")
def _case(world: World) -> tuple[Engagement, PartOrder, CataloguePart]:
    """Work is going on, the controller has arrived, and CTRL-9B may stand in for it."""
    part, other = listed(world), listed(world, "CTRL-9B", data_bearing=True)
    instead(world, part, other)
    quote, parts = ordered(world)
    received(world, parts[0])
    working(world, quote)
    return quote.engagement, parts[0], other


def cheaper(world: World, case: Engagement, **given: Any) -> None:
    offered(world, case, **{"part_number": "CTRL-9B", "condition": Grade.NEW, "cost": D("1100.00"), **given})


def test_listed_alternate_no_worse_and_no_dearer_is_built_in_at_the_quoted_price(
    world: World, case: tuple[Engagement, PartOrder, CataloguePart]
) -> None:
    engagement, part, _ = case
    assert (part.condition, part.cost_minor) == (S1.parts[0].condition.value, 114000)
    cheaper(world, engagement)
    done = installed(world, part, part_number="ctrl-9b", condition=Grade.NEW)
    assert (done.part_number, done.alternate_for, done.condition) == ("CTRL-9B", "CTRL-9", "new")
    assert (done.status, done.data_bearing) == ("INSTALLED", True)
    failed = claims.note_part_failure(part.pk, fault="It resets.", by=world.actor("tom"), at=INSTALLED)
    soon = INSTALLED + timedelta(hours=2)
    other = claims.order_replacement(failed.pk, expected_at=soon, by=world.actor("quinn"), at=INSTALLED)
    assert (other.part_number, other.alternate_for, other.cost_minor) == ("CTRL-9B", "CTRL-9", 114000)
    assert differences() == []


def test_the_quoted_number_said_again_is_no_alternate(
    world: World, case: tuple[Engagement, PartOrder, CataloguePart]
) -> None:
    assert installed(world, case[1], part_number=" ctrl-9 ").alternate_for == ""


@pytest.mark.parametrize(
    ("offer", "given", "code", "field"),
    [
        (None, {"part_number": "CTRL-7", "condition": Grade.NEW}, "not_an_alternate", "part_number"),
        (None, {"part_number": "CTRL-9B", "condition": Grade.NEW}, "dearer_alternate", "part_number"),
        (
            {"cost": D("1140.01")},
            {"part_number": "CTRL-9B", "condition": Grade.NEW},
            "dearer_alternate",
            "part_number",
        ),
        ({"condition": Grade.OEM_REFURB}, {"part_number": "CTRL-9B", "condition": Grade.NEW}, "dearer_alternate", ""),
        ({}, {"part_number": "CTRL-9B"}, "missing_field", "condition"),
    ],
)
def test_anything_else_takes_a_change_order(
    world: World,
    case: tuple[Engagement, PartOrder, CataloguePart],
    offer: dict[str, Any] | None,
    given: dict[str, Any],
    code: str,
    field: str,
) -> None:
    if offer is not None:
        cheaper(world, case[0], **offer)
    before = snapshots.state()
    with refused(code, **({"field": field} if field else {})):
        installed(world, case[1], **given)
    assert snapshots.state() == before


@pytest.mark.tampers
def test_worse_grade_and_what_does_not_fit_are_refused_though_listed(
    world: World, case: tuple[Engagement, PartOrder, CataloguePart]
) -> None:
    engagement, part, other = case
    cheaper(world, engagement)
    PartOrder.objects.filter(pk=part.pk).update(condition="new")
    cheaper(world, engagement, condition=Grade.TESTED_USED)
    with refused("worse_condition", field="condition"):
        installed(world, part, part_number="CTRL-9B", condition=Grade.TESTED_USED)
    fitting(world, other, fits=False)
    with refused("part_does_not_fit", field="part_number"):
        installed(world, part, part_number="CTRL-9B", condition=Grade.NEW)


def test_the_same_statement_sent_twice_stands_once(world: World) -> None:
    part = listed(world, "H2R6M")
    first = fitting(world, part)
    with refused("already_noted", field="model"):
        fitting(world, part, maker="DELL", source="The same matrix, read again")
    other = fitting(world, part, firmware_from="12.1")
    keeping.withdraw_fit(first.pk, reason="Read wrongly.", by=world.actor("quinn"), at=make.DRAFTED)
    assert {fitting(world, part), other} == set(Fit.objects.filter(part=part, withdrawn_at=None))
