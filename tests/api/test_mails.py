"""Mails over the API: listed, counted, settled, assigned and reported by programs."""

from typing import Any

import pytest

from breakfix.intake.mails import take
from breakfix.intake.models import MailDraft
from breakfix.intake.values import Door
from breakfix.kernel import clock
from tests import makers_mails, people
from tests.api.conftest import problem_of
from tests.makers import World
from tests.makers_mails import mail

CALM = {
    "revenue": "degraded",
    "people": "from_5",
    "records": "no_risk",
    "obligation": "none",
    "harm_within": "within_5bd",
    "workaround": "partial",
    "trend": "stable",
}


@pytest.fixture(name="came")
def _came(world: World) -> list[int]:
    now = clock.now()
    box = makers_mails.mailbox(at=now)
    raws = (mail(sender="x@elsewhere.example"), mail(number=2), mail(number=2), b"?")
    return [take(box, raw, Door.HTTP, now).mail_id for raw in raws]


def test_mails_are_listed_counted_and_settled(program: Any, came: list[int]) -> None:
    dana = program("dana")
    assert [one["outcome"] for one in dana.get("/mails").json()["items"]] == [
        "quarantine",
        "ticket",
        "ignored",
        "quarantine",
    ]
    waiting = dana.get("/mails?waiting=yes").json()["items"]
    assert [one["id"] for one in waiting] == [came[0], came[3]]
    (box,) = dana.get("/mailboxes").json()["items"]
    assert (box["fetched"], box["stored"], box["ticket"], box["ignored"], box["quarantine"]) == (4, 4, 1, 1, 2)
    assert box["adds_up"] is True
    done = dana.post(f"/mails/{came[3]}/settle", {"reason": "Told them."})
    assert (done.status_code, done.json()["kind"]) == (200, "mail")
    assert [one["id"] for one in dana.get("/mails?waiting=yes").json()["items"]] == [came[0]]
    assert problem_of(dana.post(f"/mails/{came[3]}/settle", {"reason": "Again."})) == (409, "not_quarantined")


def test_a_mail_is_assigned_and_reported(program: Any, came: list[int], world: World) -> None:
    rita = people.person("rita").pk
    done = program("dana").post(f"/mails/{came[0]}/assign", {"person_id": rita})
    assert (done.status_code, done.json()["kind"]) == (200, "maildraft")
    draft = MailDraft.objects.get(mail=came[0])
    wrong = program("dana").post(f"/mails/{came[3]}/assign", {"person_id": people.person("alice").pk})
    assert problem_of(wrong) == (409, "may_not_report")
    words = {"answers": CALM, "domain": "HW-RAID", "asset_id": world.assets["backup"].pk}
    no = program("rita").post(f"/mail-drafts/{draft.pk}/report", {**words, "details": {"rebuild": "perhaps"}})
    assert (*problem_of(no), no.json()["field"]) == (409, "bad_answer", "details-rebuild")
    words["details"] = {"failed": "2", "rebuild": "No", "drives": ""}
    made = program("rita").post(f"/mail-drafts/{draft.pk}/report", words)
    assert made.status_code in {200, 201}, made.content
    found = program("rita").get(f"/mail-drafts/{draft.pk}").json()
    assert found["engagement_id"] == MailDraft.objects.get(pk=draft.pk).engagement_id
    details = program("rita").get(f"/engagements/{found['engagement_id']}").json()["details"]
    assert [one["answer"] for one in details] == ["2 drives", "No"]


def test_others_have_no_mails(program: Any, came: list[int]) -> None:
    assert program("cal").get("/mails").json()["items"] == []
    assert problem_of(program("cal").get(f"/mails/{came[0]}")) == (404, "not_found")
    assert problem_of(program("rita").get("/mails")) == (404, "not_found")
    assert program("seth").get("/mail-drafts").json()["items"] == []
