"""Requests that no page of ours makes: ids of others in the question, other methods, people who may not any more."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from breakfix.incidents.models import Engagement
from breakfix.kernel import clock
from breakfix.parties.models import Person, RoleHolding
from tests import people, snapshots
from tests.attacks.asked import Asked
from tests.attacks.test_foreign_ids import DEEDS, MISSING, PAGES, ROUTES, ask
from tests.web import scene as scenes
from tests.web.scene import HIDDEN_WORD, NORTHGATE_WORDS, NOW, OPEN_WORD, Scene, address
from tests.web.test_matrix import CHANGING, browser_of
from tests.whole import SOAK, deep_but, tried

METHODS = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
TAKE_TURNS = ("alice", "dana", "tom", "charlie")
OWN_SESSIONS = {"end_session", "end_other_sessions"}


@pytest.fixture(autouse=True)
def _noon(db: None) -> Iterator[None]:
    with clock.set_to(NOW):
        yield


@pytest.fixture
def made() -> Scene:
    return scenes.whole_scene()


# --------------------------------------------------------------------------------------- in the question


@pytest.mark.parametrize(
    "who",
    tried(
        ("rita", "ada", "nora", "tom", "cal", "quinn"),
        here="ada tom cal quinn",
        on_postgresql="ada quinn",
        quick="ada",
    ),
)
def test_question_about_another_is_answered_as_one_about_nothing(who: str, made: Scene, asked: Asked) -> None:
    """Filters and searches take no id that a page would not show: no word, no count, no other status."""
    browser, wrong, heard = browser_of(who), {}, set()
    there, nowhere = _questions(made.hidden if who == "quinn" else made.harborview, who)
    for name in (name for name, row in PAGES.items() if not row.by_post and not scenes.names_in(ROUTES[name])):
        path = address(name, ROUTES[name], {})
        # All at once, then one by one whatever the page looked at on the way; of what it never reads, nothing comes.
        asked.names.clear()
        tried: set[str] = set()
        waiting = [tuple(there), *((key,) for key in there if SOAK)]
        while waiting:
            keys = waiting.pop(0)
            tried |= set(keys) if len(keys) == 1 else set()
            said = []
            for values in (there, nowhere):
                answer = browser.get(path, {key: values[key] for key in keys})
                said.append(_without(answer, {key: values[key] for key in keys}))
            if said[0] != said[1]:
                wrong[f"{name}?{' '.join(keys)}"] = (said[0][0], said[1][0])
            fresh = (asked.names & set(there)) - tried - {key for one in waiting for key in one}
            waiting += [(key,) for key in sorted(fresh)]
        heard |= tried
    assert wrong == {}
    assert heard >= {"words", "topic"}, "no page that searches was asked"


def _questions(foreign: dict[str, Any], who: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is asked about: what is another's, and the same about what does not exist."""
    word = HIDDEN_WORD if who == "quinn" else OPEN_WORD
    numbers = {key: value for key, value in foreign.items() if "." not in key}
    there = {**numbers, "topic": f"engagement/{foreign['engagement_id']}", "words": word, "q": word}
    absent = {**dict.fromkeys(numbers, MISSING), "topic": f"engagement/{MISSING}", "words": "x" * 9, "q": "x" * 9}
    return there, absent


def _without(answer: Any, given: dict[str, Any]) -> tuple[int, str]:
    """The answer without what was typed: pages show again what somebody looked for, and the address they are at."""
    text = CHANGING.sub(b"", answer.content).decode()
    for key, typed in given.items():
        for echoed in (f"{key}={quote(str(typed))}", f"{key}={quote(str(typed), safe='')}"):
            text = text.replace(echoed, "")
    for typed in given.values():
        text = text if isinstance(typed, int) else text.replace(str(typed), "")
    return answer.status_code, text


# ---------------------------------------------------------------------------------------- by other methods


def is_turn_of(who: str, number: int) -> bool:
    """Whether this one tries it now; in a soak everybody tries everything."""
    return SOAK > 0 or not who or TAKE_TURNS[number % len(TAKE_TURNS)] == who


@pytest.mark.parametrize("who", deep_but([""], ["", *TAKE_TURNS]))
def test_other_methods_do_and_tell_nothing(who: str, made: Scene) -> None:
    """Each route is tried by each method: without signing in all of them, signed in each by one of four."""
    browser = browser_of(who) if who else Client()
    before, wrong = snapshots.state(), {}
    for number, name in enumerate([*PAGES, *DEEDS]):
        path = address(name, ROUTES[name], made.northgate)
        for method in (one for turn, one in enumerate(METHODS, number) if is_turn_of(who, turn)):
            answer = browser.generic(method, path, b"{}", content_type="application/json")
            if answer.status_code not in {302, 403, 404, 405} or (who and answer.status_code == 302):
                wrong[f"{method} {name}"] = answer.status_code
            if any(word.encode() in answer.content for word in (*NORTHGATE_WORDS, OPEN_WORD)):
                wrong[f"{method} {name}"] = -1
        if name in PAGES and not PAGES[name].by_post and is_turn_of(who, number):
            shown, headers = browser.get(path), browser.head(path)
            if (shown.status_code, b"") != (headers.status_code, headers.content):
                wrong[f"HEAD {name}"] = headers.status_code
    assert wrong == {}
    assert snapshots.state() == before


# ------------------------------------------------------------------------------------------ those who left


@pytest.mark.tampers
@pytest.mark.parametrize(
    "who", tried(("alice", "dana", "tom", "cal"), here="alice dana", on_postgresql="alice", quick="alice")
)
def test_suspended_person_is_nobody_in_mid_session(who: str, made: Scene) -> None:
    """Signed in, then switched off: from the next request on every address leads to the sign-in."""
    browser = browser_of(who)
    assert browser.get("/").status_code == 200
    Person.objects.filter(pk=people.person(who).pk).update(is_active=False)
    before = snapshots.state()
    for name in [*PAGES, *DEEDS]:
        answer = ask(browser, name, made.northgate, made)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/"), name
    assert snapshots.state() == before


@pytest.mark.tampers
@pytest.mark.parametrize(
    "who", tried(("rita", "sol", "nora", "quinn", "tom"), here="sol nora quinn", on_postgresql="nora", quick="nora")
)
def test_somebody_without_a_role_any_more_reads_and_does_nothing(who: str, made: Scene) -> None:
    """Their account is left, their roles are gone: no word of any engagement, and no deed."""
    RoleHolding.objects.filter(person=people.person(who)).update(until=NOW)
    browser, before, wrong = browser_of(who), snapshots.state(), {}
    for name in [*PAGES, *DEEDS]:
        answer = ask(browser, name, made.northgate, made)
        own = name in OWN_SESSIONS and answer.status_code == 303  # whoever signed in may sign out
        if not own and answer.status_code not in ({403, 404} if scenes.names_in(ROUTES[name]) else {200, 403, 404}):
            wrong[name] = answer.status_code
        if any(word.encode() in answer.content for word in (*NORTHGATE_WORDS, OPEN_WORD, HIDDEN_WORD)):
            wrong[name] = -1
    assert wrong == {}
    assert snapshots.state() == before
    assert Engagement.objects.exists()
