"""The catalogue on its own pages, and where it is told: beside offers, in the builder, before the review."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from breakfix.parts.models import CataloguePart
from breakfix.parts.values import Category
from tests import makers_quotes as make
from tests.makers import World
from tests.parts.cases import INSTALLED, ordered, received, working
from tests.parts.test_catalogue import fitting, instead, listed
from tests.parts.test_sourcing import NOW, offered

SignIn = Callable[[str], Client]
Moment = Callable[[datetime], None]


def test_part_is_listed_searched_and_withdrawn_on_the_pages(world: World, sign_in: SignIn, moment: Moment) -> None:
    moment(NOW)
    quinn, provider = sign_in("quinn"), world.organisation("ironbridge").pk
    typed = {"part_number": "fan-1", "maker": "Dell", "description": "Fan", "category": "cooling"}
    to = f"/catalogue/of/{provider}/add_catalogue_part"
    again = quinn.post(to, typed)
    assert again.status_code == 422
    assert 'class="bf-field is-faulty" id="add_catalogue_part-grades"' in again.content.decode()
    answer = quinn.post(to, {**typed, "grades-0": "new", "grades-2": "tested_used", "core_due": "true"})
    part = CataloguePart.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/catalogue/{part.pk}")
    assert (part.part_number, part.grades, part.core_due) == ("FAN-1", ["new", "tested_used"], True)
    page = f"/catalogue/{part.pk}"
    said = {"maker": "Dell", "model": "PowerEdge R710", "basis": "vendor_matrix", "source": "Matrix A03"}
    assert quinn.post(f"{page}/note_fit", {**said, "firmware_from": "2.0", "fits": "true"}).status_code == 303
    shown = quinn.get(page).content.decode()
    assert "PowerEdge R710" in shown
    assert "Matrix A03" in shown
    assert "FAN-1" in quinn.get("/catalogue?words=r710").content.decode()
    assert "Nothing matches" in quinn.get("/catalogue?words=r720").content.decode()
    assert quinn.post(f"{page}/withdraw_catalogue_part", {"reason": "Discontinued."}).status_code == 303
    assert "Discontinued." in quinn.get(page).content.decode()
    assert "FAN-1" not in quinn.get("/catalogue").content.decode()
    assert sign_in("alice").get("/catalogue").status_code == 404
    assert 'href="/catalogue"' in quinn.get("/engagements").content.decode()
    assert 'href="/catalogue"' not in sign_in("tom").get("/engagements").content.decode()


def test_list_of_three_asks_as_often_as_list_of_one(world: World, sign_in: SignIn, moment: Moment) -> None:
    moment(NOW)
    quinn, counts = sign_in("quinn"), []
    for numbers in (("A-1",), ("A-2", "A-3")):
        for number in numbers:
            part = listed(world, number)
            fitting(world, part)
            instead(world, part, listed(world, f"{number}-B"))
        quinn.get("/catalogue")
        with CaptureQueriesContext(connection) as asked:
            shown = quinn.get("/catalogue").content.decode()
        counts.append(len(asked))
    assert all(number in shown for number in ("A-1", "A-2", "A-3"))
    assert counts[0] == counts[1]


def test_offers_stand_beside_alternates_and_what_fits(world: World, sign_in: SignIn, moment: Moment) -> None:
    case = make.issued(world).engagement
    part, other = listed(world), listed(world, "CTRL-9B", description="Newer controller")
    instead(world, part, other, conditions="Flash it first.")
    fitting(world, other, firmware_from="BIOS 2.0")
    fitting(world, part, fits=False)
    offered(world, case)
    offered(world, case, part_number="CTRL-9B", cost=Decimal("1000.00"))
    moment(NOW)
    page = f"/engagements/{case.pk}/parts"
    quinn = sign_in("quinn")
    shown = quinn.get(page).content.decode()
    known = shown[shown.index('id="known"') : shown.index('id="offers"')]
    for words in (
        "does not fit",
        "fits after firmware",
        "after firmware BIOS 2.0, now BIOS 1.14.0",
        "Flash it first.",
        "$1,215.00",
        "$1,380.20",
    ):
        assert words in known, words
    assert known.count("CTRL-9B") == 1  # beside the part that it may replace, not once more below
    for who in ("alice", "tom"):
        assert 'id="known"' not in sign_in(who).get(page).content.decode()


def test_one_question_each_however_many_parts_are_named(world: World, sign_in: SignIn, moment: Moment) -> None:
    case, counts = make.issued(world).engagement, []
    quinn, page = sign_in("quinn"), f"/engagements/{case.pk}/parts"
    moment(NOW)
    for numbers in (("A-1",), ("A-2", "A-3")):
        for number in numbers:
            part = listed(world, number)
            fitting(world, part)
            instead(world, part, listed(world, f"{number}-B", category=Category.OTHER))
            offered(world, case, wanted=number)
        quinn.get(page)
        with CaptureQueriesContext(connection) as asked:
            assert 'id="known"' in quinn.get(page).content.decode()
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_builder_and_reviewer_are_told_and_the_client_reads_the_alternates(
    world: World, sign_in: SignIn, moment: Moment
) -> None:
    engagement = make.awaiting_quote(world)
    part, other = listed(world), listed(world, "CTRL-9B", description="Newer controller")
    instead(world, part, other, conditions="Flash it first.")
    fit = fitting(world, part, fits=False)
    quote = make.proven(world, make.drafted(world, engagement))
    offered(world, engagement, part_number="CTRL-9B", valid_until=make.ISSUED + timedelta(days=2))
    moment(make.REVIEWED)
    quinn = sign_in("quinn")
    typed = {"parts-0-part_number": "CTRL-9", "parts-0-description": "Controller", "parts-0-condition": "new"}
    typed |= {"parts-0-quantity": "1", "parts-0-cost": "10", "parts-0-supplier": "S"}
    typed |= {"parts-0-supplier_valid_until": "2026-12-30T10:00"}
    panel = quinn.post(f"/engagements/{engagement.pk}/quote/preview", typed).content.decode()
    assert "is known not to fit this machine" in panel
    assert "Flash it first." in panel
    page = f"/quotes/{quote.pk}"
    draft = sign_in("rex").get(page).content.decode()
    doubts = draft[draft.index('id="doubts"') :]
    assert "P3 DRV-4T: the catalogue does not list it" in doubts
    assert sign_in("rex").post(f"{page}/review_quote", {"revision": "1"}).status_code == 303
    moment(make.ISSUED)
    refused = quinn.post(f"{page}/issue_quote")
    assert refused.status_code == 409
    assert "P1 CTRL-9 is known not to fit this machine" in refused.content.decode()
    assert quinn.post(f"/fits/{fit.pk}/withdraw_fit", {"reason": "Another backplane."}).status_code == 303
    assert quinn.post(f"{page}/issue_quote").status_code == 303
    offer = sign_in("alice").get(page).content.decode()
    assert "Alternates that were considered" in offer
    assert "Newer controller" in offer
    assert "Flash it first." in offer


def test_technician_reads_what_may_stand_in_and_builds_it_in(world: World, sign_in: SignIn, moment: Moment) -> None:
    part, other = listed(world), listed(world, "CTRL-9B")
    instead(world, part, other, conditions="Flash it first.")
    quote, parts = ordered(world)
    received(world, parts[0])
    working(world, quote)
    offered(world, quote.engagement, part_number="CTRL-9B", cost=Decimal("1000.00"))
    moment(INSTALLED)
    tom, page = sign_in("tom"), f"/parts/{parts[0].pk}"
    shown = tom.get(f"/engagements/{quote.engagement_id}/parts").content.decode()
    assert "May stand in:" in shown
    assert "Flash it first." in shown
    typed = {"serial": "SN-1", "removed_serial": "OLD-7", "disposition": "left_with_client"}
    fitted = tom.post(f"{page}/install_part", {**typed, "part_number": "CTRL-9B", "condition": "tested_used"})
    assert fitted.status_code == 303
    told = sign_in("alice").get(f"/engagements/{quote.engagement_id}/parts").content.decode()
    assert "alternate for" in told
    assert "May stand in:" not in told
