"""Every text of the other client is a canary: none of them is heard anywhere that somebody else can listen."""

import itertools
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from breakfix.incidents.models import Engagement
from breakfix.jobs import kinds, worker
from breakfix.kernel import clock, files
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.checkpoints import KEY_NAME
from breakfix.kernel.ledger.notes import SigningKey
from tests.attacks.asked import Asked
from tests.attacks.filling import fill, rows_of
from tests.attacks.reach import reached, text_of
from tests.web import scene as scenes
from tests.web.scene import NOW, Scene
from tests.web.test_matrix import browser_of
from tests.whole import deep_but, tried

CANARY = "Qanarie"
# Every role of the client beside it, a technician who was never sent there, and another provider.
LISTENERS = tried(
    ("rita", "alice", "mona", "chas", "seth", "sol", "ada", "nora", "finn", "tom", "cal", "cleo", "ana"),
    here="rita alice sol ada nora tom cal",
    on_postgresql="ada nora tom cal",
    quick="ada tom",
)
pytestmark = pytest.mark.tampers


@pytest.fixture(name="made")
def _made(db: None) -> Iterator[Scene]:
    with clock.set_to(NOW):
        made = scenes.whole_scene()
        count = itertools.count()
        with_files(made)
        assert fill(rows_of("harborview"), lambda: f"{CANARY} {next(count)}") > 60
        yield made


def with_files(made: Scene) -> None:
    """Files of Harborview's engagements, for both sides and for one, whose names and contents are canaries."""
    for engagement in (made.harborview["engagement_id"], made.hidden["engagement_id"]):
        for side in ("", "@client", "@provider"):
            upload = Upload(f"{CANARY} {side or 'both'}.txt", f"{CANARY} in a file{side}".encode())
            files.keep(upload, topic=f"engagement/{engagement}{side}", at=NOW)


def heard(text: str) -> str:
    """Where a canary sings, with what stands around it."""
    at = text.casefold().find(CANARY.casefold())
    return "" if at < 0 else text[max(0, at - 60) : at + 60]


@pytest.mark.parametrize("who", LISTENERS)
def test_no_page_list_search_file_or_header_says_a_word_of_the_other_client(
    who: str, made: Scene, asked: Asked, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers = dict(reached(browser_of(who), asked))
    assert len(answers) > 20
    assert {path: words for path, answer in answers.items() if (words := heard(text_of(answer)))} == {}
    said = [record.getMessage() for record in caplog.records if record.name.split(".")[0] != "django"]
    assert [line for line in said if CANARY in line] == []


@pytest.mark.parametrize("who", deep_but(["hana"], ["hana", "hugo", "dana"]))
def test_canaries_are_heard_by_those_whose_words_they_are(who: str, made: Scene, asked: Asked) -> None:
    """The twin: what nobody else hears is there, on pages, in lists, in the log and in files."""
    found = {path for path, answer in reached(browser_of(who), asked) if heard(text_of(answer))}
    assert len(found) > 5
    assert any(path.startswith("/engagements") for path in found)


def test_mails_documents_and_packs_say_no_word_of_the_other_client(
    made: Scene, asked: Asked, settings: Any, tmp_path: Path
) -> None:
    """Everything that is due is done: letters are sent, documents printed, the pack of Northgate sealed."""
    settings.BREAKFIX_LEDGER_KEY = str(tmp_path / "ledger.key")
    SigningKey.load_or_create(tmp_path / "ledger.key", KEY_NAME)
    kinds.load()
    worker.run_due(NOW)
    ours = {"northgate", "calder"}
    letters = [one for one in mail.outbox if {to.partition("@")[2].partition(".")[0] for to in one.to} & ours]
    assert letters
    assert [
        heard(one.subject + str(one.body) + str(one.alternatives)) for one in letters if heard(str(one.message()))
    ] == []
    browser = browser_of("ada")
    engagement = Engagement.objects.get(pk=made.northgate["engagement_id"])
    sealed = browser.post(f"/engagements/{engagement.pk}/documents/seal_pack", {})
    assert sealed.status_code == 303, sealed.content[:500]
    answers = {path: answer for path, answer in reached(browser, asked, of_each=8) if path.startswith("/files/")}
    kinds_of = {answer["Content-Type"] for answer in answers.values()}
    assert {"application/pdf", "application/json", "application/zip"} <= kinds_of
    assert {path: words for path, answer in answers.items() if (words := heard(text_of(answer)))} == {}
