"""A restricted record that went all the way to its invoice: nobody hears a word of it who was not let in by name.

Every text on it is a canary: title, words, answers, notes, names of evidence files, root cause, lines of the quote,
report, entries of both logs. Its number and its sums are canaries as well, so that no count and no total tells of it.
"""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail

from breakfix.incidents.models import Engagement, ReportWord
from breakfix.jobs import kinds, worker
from breakfix.kernel import clock, files
from breakfix.kernel.files import Upload
from breakfix.kernel.models import File
from breakfix.outbox.models import Message
from breakfix.parties.models import Grant
from tests.api.conftest import Program, token_of
from tests.api.test_reads import READINGS
from tests.api.test_reads import address as reading_at
from tests.attacks.asked import Asked
from tests.attacks.filling import fill, rows_on
from tests.attacks.reach import reached, text_of
from tests.web import scene as scenes
from tests.web.scene import NOW, Scene
from tests.web.test_matrix import DEEDS, PAGES, ROUTES, browser_of
from tests.whole import deep_but, tried

CANARY = "Qanarie"
NAMED = ("rita", "alice", "sol", "dana", "tom")
# Colleagues of both sides, whoever else has to do with the machine, and both strangers.
UNNAMED = tried(
    ("bob", "seth", "ada", "nora", "finn", "mona", "chas", "cora", "quinn", "rex", "percy", "dirk", "fay", "ines")
    + ("ana", "hugo", "charlie", "cal", "cleo"),
    here="ada seth percy ines",
    on_postgresql="ada percy ines cal",
    quick="ada",
)
pytestmark = pytest.mark.tampers


@pytest.fixture(name="made")
def _made(db: None) -> Iterator[Scene]:
    with clock.set_to(NOW):
        made = scenes.scene()
        restrict(made)
        yield made


def restrict(made: Scene) -> None:
    """Northgate's whole night as if it had been opened for five people only, and every word of it a canary."""
    key, topic = made.northgate["engagement_id"], made.northgate["topic"]
    for side in ("", "@client", "@provider"):
        files.keep(Upload(f"{CANARY} {side or 'both'}.txt", f"{CANARY} in it".encode()), topic=topic + side, at=NOW)
    assert fill(rows_on(key), lambda: f"{CANARY} word") > 150
    Engagement.objects.filter(pk=key).update(
        need_to_know=True, details=[{"id": "seen", "asked": f"{CANARY}?", "answer": CANARY}]
    )
    ReportWord.objects.create(engagement_id=key, word=CANARY.casefold(), among=1)  # the index found it, too
    File.objects.filter(topic__startswith=topic).update(name=f"{CANARY}.txt")
    Grant.objects.filter(topic=topic).delete()
    for who in NAMED:
        Grant.objects.create(topic=topic, person=made.world.people[who], reason="named: need to know", since=NOW)


def canaries(made: Scene) -> tuple[str, ...]:
    """The word, the record's own numbers, and the sums that stand on it alone."""
    found = Engagement.objects.get(pk=made.northgate["engagement_id"])
    return (CANARY.casefold(), found.number.casefold(), "q-2026-0001", "rca-2026-0001", "5,701.87", "5701.87")


def heard(text: str, words: tuple[str, ...]) -> str:
    """Where a canary sings, with what stands around it."""
    low = text.casefold()
    places = [at for word in words if (at := low.find(word)) >= 0]
    return text[max(0, min(places) - 80) : min(places) + 80] if places else ""


@pytest.mark.parametrize("who", UNNAMED)
def test_no_page_list_count_search_file_or_log_says_a_word(
    who: str, made: Scene, asked: Asked, caplog: pytest.LogCaptureFixture
) -> None:
    words, browser = canaries(made), browser_of(who)
    caplog.set_level(logging.DEBUG)
    answers = dict(reached(browser, asked))
    answers.pop("/design")  # shows samples
    assert len(answers) > 10
    assert {path: told for path, answer in answers.items() if (told := heard(text_of(answer), words))} == {}
    for search in (CANARY, "E-2026-0001", "Q-2026-0001"):
        for path in ("/find", "/engagements", "/assets"):
            answer = browser.get(path, {"words": search, "q": search})
            body = text_of(answer).replace(search, "")
            assert heard(body, words) == "", path
    said = [record.getMessage() for record in caplog.records if record.name.split(".")[0] != "django"]
    assert [line for line in said if heard(line, words)] == []


@pytest.mark.parametrize("who", UNNAMED)
def test_no_address_of_it_is_there(who: str, made: Scene) -> None:
    """Every page and file with one of its ids: not there, or shown without a word of it."""
    words, browser, wrong = canaries(made), browser_of(who), {}
    for name, row in PAGES.items():
        path = scenes.address(name, ROUTES[name], made.northgate)
        answer = browser.post(path) if row.by_post else browser.get(path)
        if name != "design" and (told := heard(text_of(answer), words)):  # it shows samples
            wrong[path] = told
        if set(scenes.names_in(ROUTES[name])) & {"engagement_id", "quote_id", "root_cause_id", "report_id"}:
            assert answer.status_code == 404, path
    for name in DEEDS:
        if "engagement_id" in scenes.names_in(ROUTES[name]):
            answer = browser.post(scenes.address(name, ROUTES[name], made.northgate), {"reason": "x", "note": "x"})
            assert answer.status_code in {404, 409, 422, 403}, name
            if told := heard(text_of(answer), words):
                wrong[name] = told
    assert wrong == {}


@pytest.mark.parametrize("who", UNNAMED)
def test_no_answer_of_the_api_says_a_word(who: str, made: Scene) -> None:
    words, caller, wrong = canaries(made), Program(token_of(who).secret), {}
    for name in READINGS:
        path = reading_at(name, made.northgate)
        answer = caller.get(path) if path else None
        if answer is not None and (told := heard(text_of(answer), words)):
            wrong[name] = told
    assert wrong == {}


@pytest.mark.parametrize("who", deep_but(["alice"], ["rita", "dana", "alice"]))
def test_canaries_are_heard_by_those_who_were_named(who: str, made: Scene, asked: Asked) -> None:
    """The twin: on pages, in lists, in searches, in the log, in files and over the API it is all there."""
    words, browser = canaries(made), browser_of(who)
    found = {path for path, answer in reached(browser, asked) if heard(text_of(answer), words)}
    kinds_found = {path.split("/")[1].partition("?")[0] for path in found}
    assert {"engagements", "files", "log"} <= kinds_found
    if who != "dana":
        assert "invoices" in kinds_found or "billing" in kinds_found
    caller = Program(token_of(who).secret)
    there = [
        name
        for name in READINGS
        if (path := reading_at(name, made.northgate)) and heard(text_of(caller.get(path)), words)
    ]
    assert len(there) > 10


def test_no_mail_text_or_push_says_a_word_to_anybody_else(made: Scene, settings: Any, tmp_path: Any) -> None:
    settings.BREAKFIX_LEDGER_KEY = str(tmp_path / "ledger.key")
    kinds.load()
    worker.run_due(NOW)
    words = canaries(made)
    named = {made.world.people[who].email for who in NAMED}
    letters = [one for one in mail.outbox if not set(one.to) & named]
    assert {one.to[0]: told for one in letters if (told := heard(str(one.message()), words))} == {}
    mine = [one for one in mail.outbox if set(one.to) & named]
    assert any(heard(str(one.message()), words) for one in mine)
    others = Message.objects.exclude(person__in=[made.world.people[who].pk for who in NAMED])
    assert [str(vars(one)) for one in others if heard(str(vars(one)), words)] == []
