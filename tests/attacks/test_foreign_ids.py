"""The ids of another client, everywhere an id can be sent: in the address, in the question, in the form.

What is somebody else's is answered exactly as what does not exist. The form fields are read from the deeds' own
signatures, so that a new argument that names something has to be told apart here, or the test fails.
"""

import dataclasses
import typing
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import get_resolver

from breakfix.incidents.models import Engagement
from breakfix.kernel import clock
from breakfix.kernel.binding import arguments
from breakfix.parties.models import Person, RoleHolding
from tests import people, snapshots
from tests.web import scene as scenes
from tests.web.matrix import OTHERS, ROWS, Deed, Page
from tests.web.scene import HIDDEN_WORD, NORTHGATE_WORDS, NOW, OPEN_WORD, Scene, address
from tests.web.test_matrix import CHANGING, browser_of, code_of

ROUTES = {name: pattern for name, (_, pattern) in scenes.routes(get_resolver().url_patterns).items()}
DEEDS = {name: row for name, row in ROWS.items() if isinstance(row, Deed)}
PAGES = {name: row for name, row in ROWS.items() if isinstance(row, Page)}
MISSING = 987_654_321
# One of each way of being somebody: every client role, every provider role, the other provider's, and two who left.
CLIENT, PROVIDER = ("rita", "alice", "sol", "ada", "nora", "finn"), ("quinn", "percy", "fay", "tom")
ROLES = [*CLIENT, *PROVIDER, "cal", "ana"]
# An argument that names something, and what of Harborview's it is given. A number that names nothing is in FIGURES.
NAMES = {
    **dict.fromkeys(("requester_id", "delegate_id", "person_id", "named_people"), "person_id"),
    **dict.fromkeys(("technician_id", "technicians"), "technician_id"),
    **dict.fromkeys(("asset_id", "site_id", "client_id", "engagement_id"), ""),
    **dict.fromkeys(("agreement_id", "version_id"), ""),
    **dict.fromkeys(("provider_id", "organisation_id"), "other_provider_id"),
    **dict.fromkeys(
        ("obligation_id", "delegation_id", "change_id", "token_id", "question_id", "device_id", "service_id")
        + ("call_id",),
        "other_row_id",
    ),
}
OWN_SESSIONS = {"end_session", "end_other_sessions"}
FIGURES = {
    *("line", "revision", "position", "required_level", "rollback_minutes", "level", "useful_life_years"),
    *("window_id",),  # a word of the agreement, not a row
}


@pytest.fixture(autouse=True)
def _noon(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *_args, **_given: None)
    with clock.set_to(NOW):
        yield


@pytest.fixture
def made() -> Scene:
    return scenes.whole_scene()


def named_in(action: Any, in_address: list[str]) -> list[str]:
    """The arguments of a deed that hold a number or end in `_id`, and are no part of its address."""
    return [
        name
        for name, parameter in arguments(action).items()
        if name not in in_address and (name.endswith("_id") or _is_number(parameter.annotation))
    ]


def _is_number(annotation: Any) -> bool:
    return annotation is int or any(_is_number(part) for part in typing.get_args(annotation))


def nested_names(annotation: Any) -> Iterator[str]:
    """Fields of a form's rows that end in `_id`."""
    if dataclasses.is_dataclass(annotation):
        hints = typing.get_type_hints(annotation)
        for field in dataclasses.fields(annotation):
            if field.name.endswith(("_id", "_ids")):
                yield field.name
            yield from nested_names(hints[field.name])
    for part in typing.get_args(annotation):
        yield from nested_names(part)


def fields() -> list[tuple[str, str]]:
    """Every (deed, argument) that names something."""
    found = []
    for name in DEEDS:
        action = scenes.deed_of(ROUTES[name])
        asked = named_in(action, scenes.names_in(ROUTES[name]))
        found += [(name, argument) for argument in asked if argument not in FIGURES]
    return found


def test_every_argument_that_names_something_is_known_here() -> None:
    assert {argument for _, argument in fields()} - set(NAMES) == set(), "a new id: say in NAMES what to send for it"
    inside = {
        f"{name}: {found}"
        for name in DEEDS
        for parameter in arguments(scenes.deed_of(ROUTES[name])).values()  # type: ignore[arg-type]
        for found in nested_names(parameter.annotation)
    }
    assert inside == set(), "an id inside a form's row: try it here, too"


@pytest.mark.parametrize(("name", "argument"), fields(), ids=lambda value: str(value))
def test_id_of_another_in_a_form_is_answered_as_one_that_is_missing(name: str, argument: str, made: Scene) -> None:
    """By everybody who may do the deed at all: the same status, the same code, and no trace."""
    theirs = _theirs(argument, made)
    # Whose row it is not: the provider of both clients is nobody's stranger there, but another provider's staff is.
    strangers = [
        who for who in DEEDS[name].doers if who in CLIENT or NAMES[argument] in {"technician_id", "other_row_id"}
    ]
    browsers = {who: browser_of(who) for who in strangers if who not in OTHERS.split()}
    before, answers = snapshots.state(), {}
    for who, browser in browsers.items():
        for what, value in (("foreign", theirs), ("missing", MISSING)):
            sent = _sent(name, made, argument, value)
            answer = browser.post(address(name, ROUTES[name], made.northgate), sent)
            answers[who, what] = (answer.status_code, code_of(answer))
            assert answer.status_code in {403, 404, 409, 422}, (who, what, code_of(answer))
            assert OPEN_WORD.encode() not in answer.content
    assert {key: said for key, said in answers.items() if said != answers[key[0], "foreign"]} == {}, answers
    # Only Ironbridge's own administrator records a clearance, and every client here is its client; whom it may enrol
    # are its own people, which the matrix tries with a client's.
    assert answers or name in {"record_clearance", "enrol_technician"}
    assert snapshots.state() == before


def _theirs(argument: str, made: Scene) -> Any:
    key = NAMES[argument] or argument
    if key == "other_provider_id":
        return made.harborview["client_id"]
    if key == "other_row_id":
        return made.harborview["engagement_id"]  # a number that is somebody's, only not of that table
    return made.harborview[key]


def _sent(name: str, made: Scene, argument: str, value: Any) -> dict[str, Any]:
    row, action = DEEDS[name], scenes.deed_of(ROUTES[name])
    assert action is not None
    also = {key: made.northgate[key] for key in row.also}
    many = argument in {"named_people", "technicians"}
    given = {**row.given, **also, argument: [value] if many else value}
    if name == "report_failure":
        given.setdefault("site_id", made.northgate["site_id"])
        given.setdefault("requester_id", made.northgate["requester_id"])
    return scenes.body(action, made.northgate, given, scenes.names_in(ROUTES[name]))


# ---------------------------------------------------------------------------------------- in the address


@pytest.mark.parametrize("who", ROLES)
def test_address_of_another_is_answered_as_one_that_is_missing(who: str, made: Scene) -> None:
    """Every page and every deed with the id of a client whom this person does not serve: to the letter the same."""
    browser, wrong = browser_of(who), {}
    before, theirs = snapshots.state(), made.harborview
    if who in PROVIDER:  # they serve Harborview, too, and were not let in on one thing there
        theirs = made.hidden | {"technician_id": made.harborview["technician_id"]}
        theirs = {key: theirs[key] for key in ("engagement_id", "technician_id")}
    if who in {"cal", "cleo"}:
        theirs = {key: value for key, value in theirs.items() if key != "technician_id"}
    for name in [*PAGES, *DEEDS]:
        keys = scenes.names_in(ROUTES[name])
        if not keys or not set(keys) <= set(theirs):
            continue
        foreign = _ask(browser, name, {**made.northgate, **theirs}, made)
        nothing = {key: f"engagement/{MISSING}" if isinstance(theirs[key], str) else MISSING for key in keys}
        missing = _ask(browser, name, {**made.northgate, **nothing}, made)
        if _plain(foreign) != _plain(missing) or foreign.status_code in {200, 303}:
            wrong[name] = (foreign.status_code, missing.status_code)
    assert wrong == {}
    assert snapshots.state() == before


def _ask(browser: Client, name: str, ids: dict[str, Any], made: Scene) -> Any:
    path = address(name, ROUTES[name], {**ids, "clock.kind": "ACK", "kind": "ACK"})
    if name in DEEDS:
        row, action = DEEDS[name], scenes.deed_of(ROUTES[name])
        assert action is not None
        also = {key: made.northgate[key] for key in row.also}
        given = {**row.given, **also}
        return browser.post(path, scenes.body(action, made.northgate, given, scenes.names_in(ROUTES[name])))
    return browser.post(path) if PAGES[name].by_post else browser.get(path)


def _plain(answer: Any) -> tuple[int, bytes]:
    return answer.status_code, CHANGING.sub(b"", answer.content)


# --------------------------------------------------------------------------------------- in the question


@pytest.mark.parametrize("who", ["rita", "ada", "nora", "tom", "cal", "quinn"])
def test_question_about_another_is_answered_as_one_about_nothing(who: str, made: Scene) -> None:
    """Filters and searches take no id that a page would not show: no word, no count, no other status."""
    browser, wrong = browser_of(who), {}
    foreign = made.hidden if who == "quinn" else made.harborview
    word = HIDDEN_WORD if who == "quinn" else OPEN_WORD
    numbers = {key: value for key, value in foreign.items() if "." not in key}
    for name in (name for name, row in PAGES.items() if not row.by_post and not scenes.names_in(ROUTES[name])):
        path = address(name, ROUTES[name], {})
        asked = {**numbers, "topic": f"engagement/{foreign['engagement_id']}", "words": word, "q": word}
        absent = {**dict.fromkeys(numbers, MISSING), "topic": f"engagement/{MISSING}", "words": "x" * 9, "q": "x" * 9}
        for key in asked:
            there, nowhere = browser.get(path, {key: asked[key]}), browser.get(path, {key: absent[key]})
            said = [_without(answer, key, value) for answer, value in ((there, asked[key]), (nowhere, absent[key]))]
            if said[0] != said[1]:
                wrong[f"{name}?{key}"] = (there.status_code, nowhere.status_code)
    assert wrong == {}


def _without(answer: Any, key: str, typed: Any) -> tuple[int, str]:
    """The answer without what was typed: pages show again what somebody looked for, and the address they are at."""
    text = CHANGING.sub(b"", answer.content).decode()
    for echoed in (f"{key}={quote(str(typed))}", f"{key}={quote(str(typed), safe='')}"):
        text = text.replace(echoed, "")
    return answer.status_code, text if isinstance(typed, int) else text.replace(str(typed), "")


# ---------------------------------------------------------------------------------------- by other methods


@pytest.mark.parametrize("who", ["", "alice", "dana", "tom", "charlie"])
def test_other_methods_do_and_tell_nothing(who: str, made: Scene) -> None:
    browser = browser_of(who) if who else Client()
    before, wrong = snapshots.state(), {}
    for name in [*PAGES, *DEEDS]:
        path = address(name, ROUTES[name], made.northgate)
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"):
            answer = browser.generic(method, path, b"{}", content_type="application/json")
            if answer.status_code not in {302, 403, 404, 405} or (who and answer.status_code == 302):
                wrong[f"{method} {name}"] = answer.status_code
            if any(word.encode() in answer.content for word in (*NORTHGATE_WORDS, OPEN_WORD)):
                wrong[f"{method} {name}"] = -1
        if name in PAGES and not PAGES[name].by_post:
            shown, headers = browser.get(path), browser.head(path)
            if (shown.status_code, b"") != (headers.status_code, headers.content):
                wrong[f"HEAD {name}"] = headers.status_code
    assert wrong == {}
    assert snapshots.state() == before


# ------------------------------------------------------------------------------------------ those who left


@pytest.mark.tampers
@pytest.mark.parametrize("who", ["alice", "dana", "tom", "cal"])
def test_suspended_person_is_nobody_in_mid_session(who: str, made: Scene) -> None:
    """Signed in, then switched off: from the next request on every address leads to the sign-in."""
    browser = browser_of(who)
    assert browser.get("/").status_code == 200
    Person.objects.filter(pk=people.person(who).pk).update(is_active=False)
    before = snapshots.state()
    for name in [*PAGES, *DEEDS]:
        answer = _ask(browser, name, made.northgate, made)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/"), name
    assert snapshots.state() == before


@pytest.mark.tampers
@pytest.mark.parametrize("who", ["rita", "sol", "nora", "quinn", "tom"])
def test_somebody_without_a_role_any_more_reads_and_does_nothing(who: str, made: Scene) -> None:
    """Their account is left, their roles are gone: no word of any engagement, and no deed."""
    RoleHolding.objects.filter(person=people.person(who)).update(until=NOW)
    browser, before, wrong = browser_of(who), snapshots.state(), {}
    for name in [*PAGES, *DEEDS]:
        answer = _ask(browser, name, made.northgate, made)
        own = name in OWN_SESSIONS and answer.status_code == 303  # whoever signed in may sign out
        if not own and answer.status_code not in ({403, 404} if scenes.names_in(ROUTES[name]) else {200, 403, 404}):
            wrong[name] = answer.status_code
        if any(word.encode() in answer.content for word in (*NORTHGATE_WORDS, OPEN_WORD, HIDDEN_WORD)):
            wrong[name] = -1
    assert wrong == {}
    assert snapshots.state() == before
    assert Engagement.objects.exists()
