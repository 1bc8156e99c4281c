"""A domain's own questions: what is kept of the answers, what is refused, and that no alarm waits for one."""

from typing import Any

import pytest

from breakfix.agreements.values import Domain
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules.asked import answered
from breakfix.kernel.errors import Refused
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger import queries as ledger
from tests.makers import World
from tests.makers_incidents import reported
from tests.refusals import refused

DB = Domain.SW_DB


def answers(domain: Domain = DB, **details: str) -> dict[str, str]:
    return {one["id"]: one["answer"] for one in answered(domain, details)}


def test_answer_keeps_the_words_as_they_were_asked() -> None:
    (first, *_) = answered(DB, {"engine": "  SQL Server 2019 CU21 "})
    assert first == {"id": "engine", "asked": "Which engine and version is it?", "answer": "SQL Server 2019 CU21"}


def test_what_was_needed_and_not_answered_is_not_known_yet() -> None:
    assert answers() == {"backup": "", "repair": ""}
    assert answers(backup="not known yet", repair="no", rpo="") == {"backup": "", "repair": "No"}


@pytest.mark.parametrize(
    ("given", "kept"), [("15", "15 minutes"), ("1,500", "1500 minutes"), ("0.50", "0.5 minutes"), ("0", "0 minutes")]
)
def test_number_is_kept_with_its_unit(given: str, kept: str) -> None:
    assert answers(rpo=given)["rpo"] == kept


@pytest.mark.parametrize(
    ("domain", "name", "given", "code"),
    [
        (DB, "colour", "red", "unknown_question"),
        (DB, "x" * 5000, "red", "unknown_question"),
        (DB, "rpo", "soon", "bad_answer"),
        (DB, "rpo", "-1", "bad_answer"),
        (DB, "rpo", "1e400", "bad_answer"),
        (DB, "rpo", "\u0661\u0662", "bad_answer"),
        (DB, "rpo", "NaN", "bad_answer"),
        (DB, "repair", "perhaps", "bad_answer"),
        (DB, "engine", "x" * 1001, "too_long"),
        (DB, "engine", "SQL\x00Server", "control_characters"),
        (Domain.NET_UC, "emergency", "Sometimes", "bad_answer"),
    ],
)
def test_answer_that_is_none_is_refused(domain: Domain, name: str, given: str, code: str) -> None:
    with pytest.raises(Refused) as no:
        answered(domain, {name: given})
    assert (no.value.code, no.value.field) == (code, f"details-{name[:60]}")
    assert len(no.value.message) < 300


def test_choice_is_kept_as_it_is_written() -> None:
    assert answers(Domain.NET_UC, emergency="yes, TRIED") == {"emergency": "Yes, tried"}


def test_script_in_an_answer_is_only_text() -> None:
    assert answers(engine="<script>alert(1)</script>")["engine"] == "<script>alert(1)</script>"


def test_report_keeps_answers_and_what_was_handed_in(world: World) -> None:
    photo = Upload("front.txt", b"two amber lights\n")
    engagement = reported(world, details={"failed": "2"}, evidence=photo)
    kept = {one["id"]: one["answer"] for one in Engagement.objects.get(pk=engagement.pk).details}
    assert kept == {"failed": "2 drives", "rebuild": ""}
    (entry,) = ledger.entries(engagement.client_id, topic=engagement.topic)
    assert "front.txt" in entry.leaf


def test_alarm_waits_for_no_answer(world: World) -> None:
    engagement = reported(world)
    assert (engagement.priority, [one["answer"] for one in engagement.details]) == ("P1", ["", ""])


def test_refused_answer_opens_nothing(world: World) -> None:
    given: dict[str, Any] = {"details": {"failed": "many"}}
    with refused("bad_answer", field="details-failed"):
        reported(world, **given)
    assert not Engagement.objects.exists()
