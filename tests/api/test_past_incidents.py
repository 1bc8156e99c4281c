"""A history that a program of the client sends: once, whole or not at all, and its own client's alone."""

from typing import Any

import pytest

from breakfix.incidents.models import PastIncident
from tests.api.conftest import problem_of
from tests.makers import World

EVENTS = [
    {"at": "2016-03-01T09:00:00Z", "written": "1/3/2016 09:00", "word": "Active", "state": "IN_PROGRESS"},
    {"at": "2016-03-01T10:00:00+02:00", "written": "1/3/2016 10:00", "word": "-100", "state": None},
]


def batch(*numbers: str, **more: Any) -> dict[str, Any]:
    lives = [{"number": number, "events": EVENTS, "asset": "NG-00417", **more} for number in numbers]
    return {"source": "Old desk", "asset_by": "tag", "lives": lives}


@pytest.fixture
def address(world: World) -> str:
    return f"/organisations/{world.organisation('northgate').pk}/past-incidents"


def test_batches_are_kept_once(world: World, address: str, program: Any) -> None:
    nora = program("nora")
    first = nora.post(address, batch("INC1", "INC2"))
    assert first.status_code == 201, first.content
    assert [one["number"] for one in first.json()["items"]] == ["INC1", "INC2"]
    second = nora.post(address, batch("INC2", "INC3"))
    assert [one["number"] for one in second.json()["items"]] == ["INC3"]
    kept = PastIncident.objects.get(number="INC1")
    assert kept.asset == world.assets["backup"]
    assert [one["at"] for one in kept.events] == ["2016-03-01T08:00:00+00:00", "2016-03-01T09:00:00+00:00"]


def test_history_is_read_by_its_client_with_what_the_log_wrote(world: World, address: str, program: Any) -> None:
    assert program("nora").post(address, batch("INC1")).status_code == 201
    assert program("nora").post(address, {**batch("INC2", asset=""), "source": "Other desk"}).status_code == 201
    rita, backup = program("rita"), world.assets["backup"]
    [one] = rita.get(f"/past-incidents?asset={backup.pk}").json()["items"]
    assert (one["number"], one["asset"]["name"], one["resolved_at"]) == ("INC1", "nyc-backup-01", None)
    assert [event["word"] for event in one["events"]] == ["-100", "Active"]
    assert one["events"][0]["refused"] == "garbage state -100"
    assert [one["number"] for one in rita.get("/past-incidents?source=Other%20desk").json()["items"]] == ["INC2"]
    assert len(rita.get("/past-incidents").json()["items"]) == 2
    for who in ("hugo", "charlie", "dana", "percy", "tom"):
        assert program(who).get("/past-incidents").json()["items"] == []


@pytest.mark.parametrize(
    ("sent", "code", "field"),
    [
        (batch("INC1", "INC1"), "number_twice", "lives-1"),
        (batch(), "bad_batch", "lives"),
        (batch("INC1", colour="red"), "unknown_field", "lives-0-colour"),
        (batch("INC1", events=[{**EVENTS[0], "state": "OPEN"}]), "invalid_field", "lives-0-events-0-state"),
        (batch("INC1", events=[{**EVENTS[0], "at": "soon"}]), "invalid_field", "lives-0-events-0-at"),
        (batch("INC1", title="x\u202e"), "invalid_field", "lives-0-title"),
        ({**batch("INC1"), "asset_by": "name"}, "invalid_field", "asset_by"),
    ],
)
def test_batch_with_a_fault_is_refused_whole(
    address: str, program: Any, sent: dict[str, Any], code: str, field: str
) -> None:
    answer = program("nora").post(address, sent)
    assert problem_of(answer)[1] == code, answer.content
    assert answer.json()["field"] == field
    assert not PastIncident.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("hugo", 404), ("dana", 403), ("percy", 403), ("rita", 403)])
def test_history_is_sent_by_an_administrator_of_its_own_client(
    address: str, program: Any, who: str, status: int
) -> None:
    assert program(who).post(address, batch("INC1")).status_code == status
    assert not PastIncident.objects.exists()
