"""Every route x every person: what they get is what tests/web/matrix.py says, and what is not theirs is not there."""

import functools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, get_resolver, resolve

from breakfix.kernel import clock
from tests import makers_incidents, people, snapshots
from tests.makers_dispatch import PLANNED_END
from tests.web import scene as scenes
from tests.web.matrix import ROWS
from tests.web.rows import CLIENT, EVERYBODY, OTHERS, PARTY, Deed, Machine, Page, Public
from tests.web.scene import HIDDEN_WORD, INVITED, NORTHGATE_WORDS, NOW, OPEN_WORD, Scene, address
from tests.whole import SOAK, tried

ROUTES = {name: pattern for name, (_, pattern) in scenes.routes(get_resolver().url_patterns).items()}
PAGES = {name: row for name, row in ROWS.items() if isinstance(row, Page)}
DEEDS = {name: row for name, row in ROWS.items() if isinstance(row, Deed)}
UNINVITED = tried(
    ("alice", "ada", "nora", "quinn", "percy", "fay", "tom", "ana", "hugo", "cal"),
    here="alice ada quinn percy tom hugo cal",
    on_postgresql="ada tom",
    quick="ada tom",
)
# Every role of both sides; of the other client and the other provider those who would see most.
SOME = "alice ada dana tom hugo cal"
TRIED = tried(EVERYBODY.split(), here=f"{PARTY} charlie hugo ana cal", on_postgresql=SOME, quick=SOME)
# One of each side is shown that every file leads somewhere, the others that some do.
ALL_FILES = EVERYBODY.split() if SOAK else ("alice", "quinn", "tom")
CHANGING = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": "\w+"')


@pytest.fixture(autouse=True)
def _noon(db: None) -> Iterator[None]:
    with clock.set_to(NOW):
        yield


@pytest.fixture
def made() -> Scene:
    return scenes.whole_scene()


def browser_of(who: str) -> Client:
    browser = Client()
    browser.force_login(people.person(who), "allauth.account.auth_backends.AuthenticationBackend")
    return browser


def sent_to(name: str, ids: dict[str, Any], **given: Any) -> dict[str, Any]:
    row, action = DEEDS[name], scenes.deed_of(ROUTES[name])
    assert action is not None
    also = {key: ids[key] for key in row.also}
    return scenes.body(action, ids, {**row.given, **also, **given}, scenes.names_in(ROUTES[name]))


def code_of(response: Any) -> str:
    shown = re.search(rb'data-code="(\w+)"', response.content)
    return shown.group(1).decode() if shown else "done" if response.status_code in {201, 303} else ""


def expected(name: str, who: str) -> tuple[int, str]:
    """What a deed comes to: the status (0 for any refusal) and the code."""
    row = DEEDS[name]
    if who in row.doers:
        outcome = row.doers[who]
        return (row.status if outcome == "done" else 404 if outcome == "not_found" else 0), outcome
    page = PAGES[row.page]
    status = 404 if page.status_for(who) == 404 else 403
    return status, "not_found" if status == 404 else "not_allowed"


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert set(ROUTES) - set(ROWS) == set(), "a new route: say in tests/web/matrix.py who gets what there"
    assert set(ROWS) - set(ROUTES) == set()


def test_rows_say_what_a_route_is() -> None:
    does = {name for name, pattern in ROUTES.items() if scenes.deed_of(pattern) is not None}
    assert does == set(DEEDS)
    assert all(row.page in PAGES for row in DEEDS.values())


def test_anonymous_visitor_is_led_to_the_sign_in(made: Scene) -> None:
    browser, before = Client(), snapshots.state()
    for name in [*PAGES, *DEEDS]:
        path = address(name, ROUTES[name], made.northgate)
        sent = sent_to(name, made.northgate) if name in DEEDS else {}
        for answer in (browser.get(path), browser.post(path, sent)):
            assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}"), name
    assert snapshots.state() == before


def test_pages_before_the_sign_in_say_nothing_of_anybody(made: Scene) -> None:
    for name, row in ROWS.items():
        if isinstance(row, Public):
            path = address(name, ROUTES[name], scenes.KEYS_OF_SIGNING_IN)
            answer = Client().get(path)
            assert answer.status_code in ({row.stranger} if row.stranger else {200, 302, row.status}), name
            assert not any(word.encode() in answer.content for word in (*NORTHGATE_WORDS, OPEN_WORD, HIDDEN_WORD))


def test_machines_are_spoken_to_by_machines_only(made: Scene) -> None:
    browsers = [Client(), browser_of("dana"), browser_of("nora")]
    before = snapshots.state()
    for name, row in ROWS.items():
        if isinstance(row, Machine):
            path = address(name, ROUTES[name], scenes.KEYS_OF_SIGNING_IN)
            for browser in browsers:
                assert browser.get(path).status_code == 405
                answer = browser.post(path, "{}", content_type="application/json")
                assert (answer.status_code, answer["Content-Type"]) == (row.unsigned, "application/problem+json")
    assert snapshots.state() == before


@pytest.mark.parametrize("who", TRIED)
def test_pages_are_shown_to_their_readers_only(who: str, made: Scene) -> None:
    browser, found, wrong = browser_of(who), {}, {}
    for name, row in PAGES.items():
        path = address(name, ROUTES[name], made.northgate)
        answer = browser.post(path) if row.by_post else browser.get(path)
        found[name] = answer
        if answer.status_code != row.status_for(who):
            wrong[name] = f"{answer.status_code} instead of {row.status_for(who)}"
    assert wrong == {}
    assert leaks(who, found) == {}
    assert dead_links(browser, found, files=20 if who in ALL_FILES else 3) == set()


def test_other_methods_lead_back_or_are_refused(made: Scene) -> None:
    browser = browser_of("dana")
    for name, row in PAGES.items():
        other = browser.get if row.by_post else browser.post
        assert other(address(name, ROUTES[name], made.northgate)).status_code == 405, name
    for name in DEEDS:
        assert browser.get(address(name, ROUTES[name], made.northgate)).status_code == 303, name


def hidden_from(who: str) -> list[str]:
    """The words that must not reach this person."""
    words = [] if who in {*INVITED, "hana"} else [HIDDEN_WORD]
    if who in OTHERS.split():
        words += NORTHGATE_WORDS
    if who in f"{CLIENT} tom ana cal cleo".split():
        words.append(OPEN_WORD)
    return words


def leaks(who: str, found: dict[str, Any]) -> dict[str, str]:
    """Pages on which somebody reads a word of an engagement that is none of theirs."""
    words = hidden_from(who)
    return {name: word for name, answer in found.items() for word in words if word.encode() in answer.content}


def dead_links(browser: Client, found: dict[str, Any], *, files: int) -> set[str]:
    """Links of the pages one was shown that lead nowhere; of each kind of page one, of files some."""
    kinds: dict[str, set[str]] = {}
    read = {answer.request["PATH_INFO"] for answer in found.values() if answer.status_code == 200}
    for name, answer in found.items():
        # The page of the components shows samples.
        if name != "design" and answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            for path in re.findall(rb'href="(/[^"#?]*)', answer.content):
                kind = route_of(path.decode())
                if (
                    kind
                    and path.decode() not in read
                    and len(kinds.setdefault(kind, set())) < (files if kind == "file" else 1)
                ):
                    kinds[kind].add(path.decode())
    answers = {path: browser.get(path).status_code for paths in kinds.values() for path in paths}
    return {path for path, status in answers.items() if status in {403, 404}}


@functools.cache
def route_of(path: str) -> str:
    try:
        return str(resolve(path).url_name)
    except Resolver404:
        return "" if path.startswith("/static/") else path


def test_words_that_must_not_leak_are_there_for_those_who_may_read_them(made: Scene) -> None:
    def read(who: str, ids: dict[str, Any], *names: str) -> str:
        browser = browser_of(who)
        return "".join(browser.get(address(name, ROUTES[name], ids)).content.decode() for name in names)

    text = read("alice", made.northgate, "engagement", "quote", "root_cause", "asset", "checks")
    assert [word for word in NORTHGATE_WORDS if word not in text] == []
    assert OPEN_WORD in read("charlie", made.harborview, "engagement", "home")
    for who in (*INVITED, "hana"):
        assert HIDDEN_WORD in read(who, made.hidden, "engagement")


@pytest.mark.parametrize("who", TRIED)
def test_deeds_are_done_by_their_doers_only(who: str, made: Scene) -> None:
    """First everything that is refused, which writes nothing at all; then what is done, each undone again."""
    browser, wrong = browser_of(who), {}
    refused = [name for name in DEEDS if expected(name, who)[1] != "done"]
    before, found = snapshots.state(), {}
    for name in refused:
        found[name] = browser.post(address(name, ROUTES[name], made.northgate), sent_to(name, made.northgate))
    assert snapshots.state() == before
    for name in (name for name in DEEDS if name not in refused):
        savepoint = transaction.savepoint()
        found[name] = browser.post(address(name, ROUTES[name], made.northgate), sent_to(name, made.northgate))
        transaction.savepoint_rollback(savepoint)
    for name, answer in found.items():
        status, code = expected(name, who)
        fits = answer.status_code == status or (not status and answer.status_code in {403, 409, 422})
        if not fits or code_of(answer) != code:
            wrong[name] = f"{answer.status_code} {code_of(answer)} instead of {status or ''} {code}"
    assert wrong == {}
    assert leaks(who, found) == {}


# ---------------------------------------------------------------------------------- ids of others in a form

FOREIGN: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("rita", "report_failure", {"asset_id": "asset_id"}),
    ("rita", "report_failure", {"site_id": "site_id"}),
    ("rita", "report_failure", {"named_people": "person_id"}),
    ("dana", "report_failure", {"requester_id": "person_id"}),
    ("alice", "delegate", {"delegate_id": "person_id"}),
    ("nora", "name_authority", {"person_id": "person_id"}),
    ("sol", "grant_access", {"technicians": "technician_id"}),
)


@pytest.mark.parametrize(("who", "name", "swapped"), FOREIGN, ids=lambda value: str(value))
def test_ids_of_others_in_a_form_are_refused_without_a_trace(
    who: str, name: str, swapped: dict[str, str], made: Scene
) -> None:
    given: dict[str, Any] = {}
    for field, theirs in swapped.items():
        value = made.harborview[theirs]
        given[field] = [value] if field in {"named_people", "technicians"} else value
    browser, before = browser_of(who), snapshots.state()
    answer = browser.post(address(name, ROUTES[name], made.northgate), sent_to(name, made.northgate, **given))
    assert answer.status_code in {403, 404, 409}, code_of(answer)
    assert code_of(answer) not in {"", "done"}
    assert snapshots.state() == before


def test_technician_of_another_provider_is_never_sent(made: Scene) -> None:
    """The same form with one's own technician is done: it is the id that is refused."""
    engagement = makers_incidents.qualified(made.world)
    ids = {**made.northgate, "engagement_id": engagement.pk}
    path, browser = address("dispatch_technician", ROUTES["dispatch_technician"], ids), browser_of("dana")
    codes = {}
    with clock.set_to(makers_incidents.QUALIFIED):
        before = snapshots.state()
        for who in ("cleo", "ana"):
            technician_id = made.world.technicians[who].pk
            sent = sent_to("dispatch_technician", ids, technician_id=technician_id, planned_end=PLANNED_END)
            codes[who] = code_of(browser.post(path, sent))
            assert (snapshots.state() == before) == (who == "cleo")
    assert codes == {"cleo": "not_found", "ana": "done"}


# ------------------------------------------------------------------------------------------- need to know


@pytest.mark.parametrize("who", UNINVITED)
def test_restricted_engagement_is_not_there_for_the_uninvited(who: str) -> None:
    """Not at its address, not by a deed, and every list and count is to the letter what it was before."""
    made = scenes.scene()
    browser = browser_of(who)
    lists = [name for name in PAGES if not scenes.names_in(ROUTES[name])]
    without_it = {name: CHANGING.sub(b"", browser.get(address(name, ROUTES[name], {})).content) for name in lists}
    made = scenes.with_secret(made)
    before = snapshots.state()
    for name in lists:
        assert CHANGING.sub(b"", browser.get(address(name, ROUTES[name], {})).content) == without_it[name], name
    for name in [*PAGES, *DEEDS]:
        if set(scenes.names_in(ROUTES[name])) == {"engagement_id"}:
            path = address(name, ROUTES[name], made.hidden)
            assert name in DEEDS or PAGES[name].by_post or browser.get(path).status_code == 404, name
            if name in DEEDS:
                answer = browser.post(path, sent_to(name, {**made.northgate, **made.hidden}))
                assert (answer.status_code, HIDDEN_WORD.encode() in answer.content) == (404, False), name
    assert snapshots.state() == before
