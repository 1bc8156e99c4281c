"""Alerts over the API: listed, filtered, read, reported and dismissed by programs."""

from typing import Any

import pytest

from breakfix.intake.models import Alert
from breakfix.intake.receiving import receive
from breakfix.kernel import clock
from tests.api.conftest import problem_of
from tests.api.test_mails import CALM
from tests.makers import World
from tests.makers_alerts import alert, source, told


@pytest.fixture(name="drafts")
def _drafts(world: World) -> list[Alert]:
    now = clock.now()
    made = source(world, at=now)
    for name in ("First", "Second"):
        receive(made, told(alert(name, begun=now)), now)
    return list(Alert.objects.order_by("id"))


def test_alerts_are_listed_and_dismissed(program: Any, drafts: list[Alert]) -> None:
    dana = program("dana")
    found = dana.get("/alerts?decided=no").json()["items"]
    assert [one["id"] for one in found] == [one.pk for one in drafts]
    assert (found[0]["source"], found[0]["told"], found[0]["impact"]) == ("Prometheus", 1, "High")
    done = dana.post(f"/alerts/{drafts[0].pk}/dismiss", {"reason": "maintenance"})
    assert (done.status_code, done.json()["kind"]) == (200, "alert")
    assert [one["id"] for one in dana.get("/alerts?decided=yes").json()["items"]] == [drafts[0].pk]
    assert dana.get(f"/alerts/{drafts[0].pk}").json()["dismissal"] == "maintenance"
    assert dana.get("/alerts?decided=perhaps").status_code == 400


def test_an_alert_is_reported_with_the_answers_its_domain_asks(program: Any, drafts: list[Alert]) -> None:
    rita, there = program("rita"), f"/alerts/{drafts[0].pk}/report"
    words: dict[str, Any] = {"answers": CALM}
    for details, code, field in (
        ({"failed": "two"}, "bad_answer", "details-failed"),
        ({"emergency": "No"}, "unknown_question", "details-emergency"),
    ):
        no = rita.post(there, {**words, "details": details})
        assert (*problem_of(no), no.json()["field"]) == (409, code, field)
    other = rita.post(there, {**words, "domain": "NET-UC", "details": {"failed": "2"}})
    assert other.json()["field"] == "details-failed"  # what is asked goes by the kind of thing that is reported
    made = rita.post(there, {**words, "details": {"failed": "2", "rebuild": "not known yet"}})
    assert made.status_code in {200, 201}, made.content
    found = rita.get(f"/engagements/{rita.get(f'/alerts/{drafts[0].pk}').json()['engagement_id']}").json()
    assert {one["asked"]: one["answer"] for one in found["details"]} == {
        "How many of them show amber, red or nothing?": "2 drives",
        "Does a rebuild run?": "",
    }


def test_others_have_no_alerts(program: Any, drafts: list[Alert]) -> None:
    assert program("hana").get("/alerts").json()["items"] == []
    assert problem_of(program("hana").get(f"/alerts/{drafts[0].pk}")) == (404, "not_found")
    assert problem_of(program("tom").get("/alerts")) == (404, "not_found")


def test_sources_say_what_came_and_that_it_adds_up(program: Any, drafts: list[Alert]) -> None:
    (one,) = program("dana").get("/alert-sources").json()["items"]
    assert (one["messages"], one["alerts"], one["counted"], one["adds_up"]) == (len(drafts),) * 3 + (True,)
    assert program("hana").get("/alert-sources").json()["items"] == []
