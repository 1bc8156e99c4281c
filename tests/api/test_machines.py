"""Machines of an organisation: a monitor that reports, a desk's program that answers, and what neither may do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from breakfix.incidents.models import Engagement
from breakfix.kernel import clock
from breakfix.kernel.access import Role
from breakfix.kernel.models import Entry
from breakfix.parties.values import Scope
from breakfix.quotes.models import Quote
from tests import makers, makers_incidents, makers_quotes, people
from tests.api.conftest import CONFIRM, NOW, Program, problem_of
from tests.makers import World

Start = Callable[..., Program]


@pytest.fixture
def made(_noon: None) -> World:
    return makers.world()


def failure(made: World, **given: Any) -> dict[str, Any]:
    answers = {"revenue": "degraded", "people": "from_5", "records": "no_risk", "obligation": "none"}
    answers |= {"harm_within": "within_5bd", "workaround": "partial", "trend": "stable"}
    body = {
        "asset_id": made.assets["backup"].pk,
        "provider_id": made.organisation("ironbridge").pk,
        "domain": "HW-RAID",
        "title": "Array degraded",
        "answers": answers,
        "outage_started_at": (NOW - timedelta(minutes=5)).isoformat(),
        "requester_id": people.person("rita").pk,
    }
    return {name: value for name, value in {**body, **given}.items() if value is not None}


def test_monitor_reports_in_the_name_of_a_person(made: World, program: Start) -> None:
    monitor = program("rita", Scope.REPORT, roles=[Role.REQUESTER])
    answer = monitor.post("/engagements", failure(made), Idempotency_Key="alert-1")
    assert (answer.status_code, answer.json()["status"]) == (201, "SUBMITTED")
    engagement = Engagement.objects.get(pk=answer.json()["id"])
    assert engagement.requester == people.person("rita")
    told = Entry.objects.filter(topic=engagement.topic).first()
    assert told is not None
    assert told.person_id is None  # the log says that no person did it


def test_monitor_says_for_whom_and_only_for_its_own(made: World, program: Start) -> None:
    monitor = program("rita", Scope.REPORT, roles=[Role.REQUESTER])
    answer = monitor.post("/engagements", failure(made, requester_id=None))
    assert problem_of(answer) == (422, "missing_field")
    for who in ("charlie", "dana"):
        answer = monitor.post("/engagements", failure(made, requester_id=people.person(who).pk))
        assert answer.status_code in {404, 409}, answer.content
    assert not Engagement.objects.exists()


def test_program_of_the_desk_answers_a_report(made: World, program: Start) -> None:
    engagement = makers_incidents.reported(made)
    desk = program("dana", Scope.WORK, roles=[Role.DISPATCHER])
    answer = desk.post(f"/engagements/{engagement.pk}/acknowledge", {"callback": "+1 212 555 0142"})
    assert (answer.status_code, answer.json()["kind"]) == (200, "engagement")


def test_machine_confirms_nothing(made: World, program: Start) -> None:
    desk = program("dana", Scope.WORK, roles=[Role.DISPATCHER])
    answer = desk.post("/engagements/1/acknowledge", {"callback": "1"}, Breakfix_Confirm=CONFIRM)
    assert problem_of(answer) == (403, "needs_person")


def test_money_is_bound_with_a_password_and_not_without(made: World, program: Start) -> None:
    with clock.set_to(makers_quotes.ISSUED + timedelta(minutes=10)):
        quote = makers_quotes.issued(made)
        path, body = f"/quotes/{quote.pk}/approve", {"shown_sha256": quote.sha256}
        body["acknowledged"] = [risk["key"] for risk in quote.content.get("risks", ())]
        alice = program("alice", Scope.DECIDE)
        assert problem_of(alice.post(path, body)) == (403, "reauthenticate")
        assert problem_of(alice.post(path, body, Breakfix_Confirm="x")) == (400, "malformed")
        assert problem_of(alice.post(path, body, Breakfix_Confirm="d3Jvbmc=")) == (403, "reauthenticate")
        assert Quote.objects.get(pk=quote.pk).status == "ISSUED"
        answer = alice.post(path, body, confirm=True)
        assert answer.status_code == 200, answer.content


def test_guessing_of_passwords_ends_after_five(made: World, program: Start) -> None:
    sol = program("sol", Scope.DECIDE)
    codes = [
        problem_of(sol.post("/quotes/1/acknowledge-risk", {"shown_sha256": "x"}, Breakfix_Confirm="d3Jvbmc="))
        for _ in range(6)
    ]
    assert codes == [(403, "reauthenticate")] * 5 + [(429, "too_many_guesses")]
    answer = sol.post("/quotes/1/acknowledge-risk", {"shown_sha256": "x"}, confirm=True)
    assert (problem_of(answer), answer["Retry-After"]) == ((429, "too_many_guesses"), "300")


def test_files_come_as_json_or_as_a_form(made: World, program: Start) -> None:
    quote = makers_quotes.drafted(made)
    quinn, path = program("quinn", Scope.WORK), f"/quotes/{quote.pk}/supplier-evidence"
    small = {"name": "offer.txt", "content": "VGhyZWUgZHJpdmVzLg=="}
    assert quinn.post(path, {"line": 0, "evidence": small}).status_code in {201, 409}
    for bad in ({"name": "a.txt"}, "text", {"name": "a.txt", "content": "§"}, {"name": 5, "content": ""}):
        assert problem_of(quinn.post(path, {"line": 0, "evidence": bad}))[0] == 422
    sent = {"line": "0", "evidence": SimpleUploadedFile("offer.txt", b"Three drives.")}
    answer = quinn.browser.post(f"/api/v1{path}", sent, headers=quinn.headers)
    assert answer.status_code in {201, 409}, answer.content
    headers = {**quinn.headers, "Content-Type": "multipart/form-data; boundary=x"}
    torn = quinn.browser.generic("POST", f"/api/v1{path}", b"--x\r\nbroken", headers=headers)
    assert problem_of(torn)[0] in {400, 422}
