"""The technician's page: what is next is offered, the rest waits; every deed of the night goes through its forms."""

import html
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from breakfix.changes.models import Change
from breakfix.diagnosis.models import Check
from breakfix.dispatch.models import Booking
from breakfix.incidents.models import Engagement
from breakfix.parts.models import PartOrder
from breakfix.work.models import TimeEntry, UseOfLine
from tests import makers_diagnosis, makers_dispatch, makers_work
from tests.makers import World, local

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]
Moment = Callable[[datetime], None]
PNG = b"\x89PNG\r\n\x1a\n and a picture"


def on_site(engagement_id: int) -> str:
    return f"/field/{engagement_id}"


def press(browser: Client, forms: Forms, page: str, deed: str, **typed: Any) -> Any:
    """Fill the deed's form of a page and press its button."""
    form = forms(browser.get(page))[deed]
    return browser.post(form["action"], {**form["fields"], **typed})


def test_visit_begins_with_the_clients_rules(world: World, moment: Moment, sign_in: SignIn, forms: Forms) -> None:
    moment(local("2026-12-01 20:06"))
    engagement = makers_dispatch.sent(world, makers_dispatch.qualified(world)).engagement
    tom, page = sign_in("tom"), on_site(engagement.pk)
    assert page in tom.get("/field").content.decode()
    offered = forms(tom.get(page))
    assert "acknowledge_protocol" in offered
    assert offered.keys().isdisjoint({"make_contact", "record_check", "clock_on", "complete_step", "resolve"})
    assert press(tom, forms, page, "acknowledge_protocol").status_code == 303
    assert Booking.objects.get().protocol_version
    moment(local("2026-12-01 20:16"))
    assert press(tom, forms, page, "make_contact").status_code == 303
    moment(local("2026-12-01 22:40"))
    assert press(tom, forms, page, "arrive").status_code == 303
    engagement.refresh_from_db()
    assert engagement.arrived_at == local("2026-12-01 22:40")
    assert "record_check" in forms(tom.get(page))


def test_page_says_where_whom_and_by_when(world: World, moment: Moment, sign_in: SignIn) -> None:
    engagement = makers_dispatch.contacted(world)
    moment(local("2026-12-01 20:20"))
    shown = sign_in("tom").get(on_site(engagement.pk)).content.decode()
    for words in (
        "61 Front Street",
        'href="tel:+12125550100"',
        "geo:40.702500,-74.009700",
        "On site",
        "I am on site",
    ):
        assert words in shown


def test_protocol_item_is_recorded_with_its_reading(
    world: World, moment: Moment, sign_in: SignIn, forms: Forms
) -> None:
    engagement = makers_dispatch.arrived(world)
    moment(local("2026-12-01 22:50"))
    tom, page = sign_in("tom"), on_site(engagement.pk)
    to = f"{page}/record_check"
    assert tom.post(to, {"item": "handover", "reading": "One power cycle.", "next": page}).status_code == 303
    photo = SimpleUploadedFile("front.png", PNG, content_type="image/png")
    assert tom.post(to, {"item": "photo-front", "reading": "done", "evidence": photo}).status_code == 303
    assert [check.item for check in Check.objects.order_by("id")] == ["handover", "photo-front"]
    shown = tom.get(page).content.decode()
    assert "One power cycle." in shown
    assert "front.png" in shown


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"item": "photo-front", "reading": "done", "note": "as typed"}, "needs a file as evidence"),
        ({"item": "background-off", "reading": "maybe", "note": "as typed"}, "Choose one of"),
        ({"item": "slot-states", "reading": "0=online", "note": "as typed"}, "first"),
        ({"item": "no-such-item", "reading": "1", "note": "as typed"}, "has the items handover"),
    ],
)
def test_wrong_reading_stays_typed(
    world: World, moment: Moment, sign_in: SignIn, typed: dict[str, str], words: str
) -> None:
    engagement = makers_dispatch.arrived(world)
    moment(local("2026-12-01 22:50"))
    answer = sign_in("tom").post(f"{on_site(engagement.pk)}/record_check", typed)
    shown = answer.content.decode()
    assert answer.status_code in (404, 409, 422)
    assert words in shown
    assert not Check.objects.exists()
    if typed["item"] in ("photo-front", "background-off"):
        assert 'value="as typed"' in shown


def test_mislabelled_photo_is_refused_with_the_kinds_that_are_taken(
    world: World, moment: Moment, sign_in: SignIn
) -> None:
    engagement = makers_dispatch.arrived(world)
    moment(local("2026-12-01 22:50"))
    photo = SimpleUploadedFile("front.png", b"no picture at all", content_type="image/png")
    sent = {"item": "photo-front", "reading": "done", "evidence": photo}
    answer = sign_in("tom").post(f"{on_site(engagement.pk)}/record_check", sent)
    assert answer.status_code in (409, 422)
    assert "not what .png says" in answer.content.decode()


def test_diagnosis_is_completed_once_all_is_on_record(
    world: World, moment: Moment, sign_in: SignIn, forms: Forms
) -> None:
    engagement = makers_diagnosis.checked(world)
    moment(makers_diagnosis.COMPLETE)
    tom, page = sign_in("tom"), on_site(engagement.pk)
    assert press(tom, forms, page, "complete_diagnosis").status_code == 303
    engagement.refresh_from_db()
    assert engagement.diagnosis_completed_at == makers_diagnosis.COMPLETE
    again = tom.post(f"{page}/complete_diagnosis", {"next": page})
    assert again.status_code == 409


@pytest.fixture(name="night")
def _night(world: World, moment: Moment) -> Engagement:
    order = makers_work.started(world)
    moment(local("2026-12-02 02:10"))
    return order.engagement


def test_clock_steps_parts_and_lines_go_through_the_page(
    night: Engagement, moment: Moment, sign_in: SignIn, forms: Forms
) -> None:
    tom, page = sign_in("tom"), on_site(night.pk)
    assert press(tom, forms, page, "clock_on").status_code == 303
    moment(local("2026-12-02 03:00"))
    image = SimpleUploadedFile("images.log", b"sda 4.0 TB")
    step = press(tom, forms, page, "complete_step", position="1", result="Six images.", evidence=image)
    assert step.status_code == 303
    assert press(tom, forms, page, "clock_off").status_code == 303
    assert TimeEntry.objects.get().ended_at == local("2026-12-02 03:00")
    unit = PartOrder.objects.order_by("id").first()
    assert unit is not None
    received = tom.post(f"/parts/{unit.pk}/receive_part", {"serial": "H7-20114", "next": page})
    assert (received.status_code, received["Location"]) == (303, page)
    wrong = {"serial": "ANOTHER-1", "removed_serial": "", "disposition": "nothing_removed", "next": page}
    refused = tom.post(f"/parts/{unit.pk}/install_part", wrong)
    assert refused.status_code in (409, 422)
    assert 'value="ANOTHER-1"' in refused.content.decode()
    assert tom.post(f"/parts/{unit.pk}/install_part", {**wrong, "serial": "H7-20114"}).status_code == 303
    assert tom.post(f"{page}/use_line", {"key": "C1", "quantity": "1", "next": page}).status_code == 303
    assert [one.line for one in UseOfLine.objects.all()] == ["C1"]


def test_step_out_of_order_is_refused_and_the_result_kept(night: Engagement, sign_in: SignIn) -> None:
    sent = {"position": "2", "result": "Trying to skip the image"}
    answer = sign_in("tom").post(f"{on_site(night.pk)}/complete_step", sent)
    assert answer.status_code == 409
    assert "comes first" in answer.content.decode()


def test_clock_cannot_be_pressed_twice(night: Engagement, sign_in: SignIn) -> None:
    tom, to = sign_in("tom"), f"{on_site(night.pk)}/clock_on"
    assert tom.post(to, {}).status_code == 303
    second = tom.post(to, {})
    assert second.status_code == 409
    assert "You are on the clock already." in second.content.decode()
    assert TimeEntry.objects.count() == 1


def test_service_is_restored_by_its_tests_only(world: World, moment: Moment, sign_in: SignIn, forms: Forms) -> None:
    order = makers_work.worked(world)
    moment(makers_work.RESTORED)
    tom, page = sign_in("tom"), on_site(order.engagement_id)
    form = forms(tom.get(page))["restore_service"]
    passed = {name: "true" for name in form["fields"] if name.endswith("-passed")}
    one_failed = tom.post(form["action"], {**form["fields"], **passed, "tests-1-passed": "false"})
    assert one_failed.status_code in (409, 422)
    assert "Archive job writes and reads back" in one_failed.content.decode()
    assert tom.post(form["action"], {**form["fields"], **passed}).status_code == 303
    moment(makers_work.RESOLVED)
    assert press(tom, forms, page, "resolve", second_fault_check="").status_code == 422
    assert press(tom, forms, page, "resolve", second_fault_check="Nothing else.").status_code == 303
    order.engagement.refresh_from_db()
    assert order.engagement.status == "RESOLVED"


@pytest.mark.tampers
@pytest.mark.parametrize(
    ("planned", "asked"),
    [
        ("Emergency call: lobby", 0),
        # Reads alike and is another test: the page would be left without a place for the one that is owed.
        ("Emergency calls are listed on every floor", 1),
    ],
)
def test_page_asks_for_the_test_of_the_domain_where_the_change_plans_none(
    world: World, moment: Moment, sign_in: SignIn, forms: Forms, planned: str, asked: int
) -> None:
    order = makers_work.worked(world)
    Engagement.objects.filter(pk=order.engagement_id).update(domain="NET-UC")
    Change.objects.filter(pk=order.change_id).update(tests=[planned])
    moment(makers_work.RESTORED)
    tom, page = sign_in("tom"), on_site(order.engagement_id)
    form = forms(tom.get(page))["restore_service"]
    named = [name for name, value in form["fields"].items() if value == "Emergency call"]
    assert len(named) == asked
    passed = {name: "true" for name in form["fields"] if name.endswith("-passed")}
    unsaid = tom.post(form["action"], {**form["fields"], **passed})
    assert unsaid.status_code in (409, 422)
    assert "Who answered, and which place did they see?" in html.unescape(unsaid.content.decode())
    notes = {name: "Answered; they saw 12 Front Street." for name in form["fields"] if name.endswith("-note")}
    assert tom.post(form["action"], {**form["fields"], **passed, **notes}).status_code == 303


@pytest.mark.parametrize("who", ["ana", "rita", "charlie", "dana", "cleo"])
def test_visit_is_the_booked_technicians_alone(night: Engagement, sign_in: SignIn, who: str) -> None:
    browser = sign_in(who)
    assert browser.get(on_site(night.pk)).status_code == 404
    for deed in ("clock_on", "complete_step", "use_line", "record_check", "resolve"):
        sent = {"position": "1", "result": "x", "key": "C1", "item": "handover", "second_fault_check": "x"}
        assert browser.post(f"{on_site(night.pk)}/{deed}", sent).status_code in (403, 404, 409, 422)
    assert not TimeEntry.objects.exists()
    assert browser.get("/field").status_code == (200 if who in ("ana", "cleo") else 404)


def test_list_of_visits_takes_as_many_queries_for_more_work(
    world: World, moment: Moment, sign_in: SignIn, django_assert_num_queries: Any
) -> None:
    makers_work.started(world)
    moment(local("2026-12-02 02:30"))
    tom, ana = sign_in("tom"), sign_in("ana")
    assert "You are not booked" in ana.get("/field").content.decode()
    with django_assert_num_queries(12):
        assert "Take an image of all drives" in tom.get("/field").content.decode()
