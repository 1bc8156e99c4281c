"""The ids of another client in the address and in the form; those in the question are in test_odd_requests.py.

What is somebody else's is answered exactly as what does not exist. The form fields are read from the deeds' own
signatures, so that a new argument that names something has to be told apart here, or the test fails.
"""

import dataclasses
import typing
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from breakfix.kernel import clock
from breakfix.kernel.binding import arguments
from tests import snapshots
from tests.web import scene as scenes
from tests.web.matrix import ROWS
from tests.web.rows import OTHERS, Deed, Page
from tests.web.scene import NOW, OPEN_WORD, Scene, address
from tests.web.test_matrix import CHANGING, browser_of, code_of
from tests.whole import SOAK, deep_but

ROUTES = {name: pattern for name, (_, pattern) in scenes.routes(get_resolver().url_patterns).items()}
DEEDS = {name: row for name, row in ROWS.items() if isinstance(row, Deed)}
PAGES = {name: row for name, row in ROWS.items() if isinstance(row, Page)}
MISSING = 987_654_321
# One of each way of being somebody: every client role, every provider role, the other provider's, and two who left.
CLIENT, PROVIDER = ("rita", "alice", "sol", "ada", "nora", "finn"), ("quinn", "percy", "fay", "tom")
ROLES = [*CLIENT, *PROVIDER, "cal", "ana"]
# Of these every route is asked for twice: with what is another's, and with what does not exist.
ASK_TWICE = ROLES if SOAK else ("rita", "ada", "tom", "cal")
# An argument that names something, and what of Harborview's it is given. A number that names nothing is in FIGURES.
NAMES = {
    **dict.fromkeys(("requester_id", "delegate_id", "person_id", "named_people"), "person_id"),
    "accountable_person_id": "person_id",
    **dict.fromkeys(("technician_id", "technicians"), "technician_id"),
    **dict.fromkeys(("asset_id", "site_id", "client_id", "engagement_id"), ""),
    **dict.fromkeys(
        ("agreement_id", "version_id", "source_id", "delivery_id", "mail_id", "draft_id", "mailbox_id"), ""
    ),
    "into_id": "engagement_id",
    **dict.fromkeys(("provider_id", "organisation_id"), "other_provider_id"),
    **dict.fromkeys(
        ("obligation_id", "delegation_id", "change_id", "token_id", "question_id", "device_id", "service_id")
        + ("entry_id", "call_id", "part_id", "change_order_id", "offer_id", "loaner_id", "disposition_id")
        + ("cover_id", "corrects_id", "promise_id", "letter_id", "proposal_id", "statement_id"),
        "other_row_id",
    ),
}
MAIL = {"close_mailbox", "assign_mail"}
FIGURES = {
    *("line", "revision", "position", "required_level", "rollback_minutes", "level", "useful_life_years"),
    *("quantity", "warranty_days", "recovered", "keep_days", "tier", "response_minutes"),
    *("window_id",),  # a word of the agreement, not a row
}


@pytest.fixture(autouse=True)
def _noon(db: None) -> Iterator[None]:
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
    # Only Ironbridge's own people record a clearance or call an approver, and every client here is its client; whom
    # it may enrol are its own people, which the matrix tries with a client's. Its desk alone merges reports, and may
    # see both clients': what it may not see, and another client's, is tried in tests/incidents/test_merging.py. It
    # alone takes calls, of both: that only the caller's own is reported is tried in tests/incidents/test_calling.py.
    # Mailboxes and the quarantine are a provider's own: tests/intake/test_mails.py tries another provider's. A drill
    # is with one of the provider's own clients; others' are tried in tests/incidents/test_drills.py. Providers alone
    # draft agreements: whom and with whom they cannot is tried in tests/agreements/test_signing.py.
    of_desk = {"record_clearance", "enrol_technician", "call_approver", "merge_engagement", "take_call"}
    assert answers or name in of_desk | MAIL | {"start_drill", "draft_agreement"}
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


@pytest.mark.parametrize("who", deep_but(["ada", "cal"], ROLES))
def test_address_of_another_is_answered_as_one_that_is_missing(who: str, made: Scene) -> None:
    """Every page and every deed with the id of a client whom this person does not serve: to the letter the same."""
    browser, wrong = browser_of(who), {}
    nowhere: dict[Any, tuple[int, bytes]] = {}
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
        foreign = ask(browser, name, {**made.northgate, **theirs}, made)
        nothing = {key: f"engagement/{MISSING}" if isinstance(theirs[key], str) else MISSING for key in keys}
        # What does not exist is asked for at every route by some, by the others once for each kind of answer.
        place = foreign.request["PATH_INFO"].split("/")[1]  # whose entry of the menu is lit
        kind = name if who in ASK_TWICE else (place, *keys, name in DEEDS, code_of(foreign))
        if kind not in nowhere:
            nowhere[kind] = _plain(ask(browser, name, {**made.northgate, **nothing}, made))
        if _plain(foreign) != nowhere[kind] or foreign.status_code in {200, 303}:
            wrong[name] = (foreign.status_code, nowhere[kind][0])
    assert wrong == {}
    assert snapshots.state() == before


def ask(browser: Client, name: str, ids: dict[str, Any], made: Scene) -> Any:
    path = address(name, ROUTES[name], {**ids, "clock.kind": "ACK", "kind": "ACK", "section": "rates"})
    if name in DEEDS:
        row, action = DEEDS[name], scenes.deed_of(ROUTES[name])
        assert action is not None
        also = {key: made.northgate[key] for key in row.also}
        given = {**row.given, **also}
        return browser.post(path, scenes.body(action, made.northgate, given, scenes.names_in(ROUTES[name])))
    return browser.post(path) if PAGES[name].by_post else browser.get(path)


def _plain(answer: Any) -> tuple[int, bytes]:
    return answer.status_code, CHANGING.sub(b"", answer.content)
