"""What is in a reading: sums and instants as they are written, clocks that add up, text that has its hash."""

import hashlib
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakfix.kernel import clock
from breakfix.kernel.access import Role
from breakfix.kernel.ledger import merkle
from tests.api.conftest import NOW, problem_of
from tests.web import scene
from tests.web.scene import Scene


@pytest.fixture
def made(_noon: None) -> Scene:
    return scene.scene()


def read(caller: Any, path: str) -> Any:
    answer = caller.get(path)
    assert answer.status_code == 200, answer.content[:300]
    return answer.json()


def test_engagement_tells_its_clocks_so_that_they_can_be_added_up(made: Scene, program: Any) -> None:
    told = read(program("rita"), f"/engagements/{made.northgate['engagement_id']}")
    assert (told["zone"], told["site"]["zone"]) == ("America/New_York", "America/New_York")
    assert told["submitted_at"].endswith("Z")
    assert len(told["clocks"]) > 4
    for one in told["clocks"]:
        counted = [stretch for stretch in one["stretches"] if stretch["counted"]]
        spans = [instant(stretch["end"]) - instant(stretch["start"]) for stretch in counted]
        assert int(sum(spans, timedelta()).total_seconds()) == one["elapsed_seconds"], one["kind"]
        waited = (0, "0.0") if one["kind"] == "RESTORE" else (None, None)
        assert (one["parts_delay_seconds"], one["parts_delay_percent"]) == waited
    assert told["exposure"]["cap"].keys() == {"amount", "currency"}
    committed = Decimal(told["exposure"]["forensic"]["amount"]) + Decimal(told["exposure"]["cap"]["amount"])
    assert Decimal(told["exposure"]["committed"]["amount"]) == committed


def instant(text: str) -> datetime:
    assert text.endswith("Z")
    return datetime.fromisoformat(text)


def test_technician_reads_no_money_of_an_engagement(made: Scene, program: Any) -> None:
    told = read(program("tom"), f"/engagements/{made.northgate['engagement_id']}")
    assert (told["exposure"], told["downtime"], told["forensic_fee"], told["documents"]) == (None, None, None, [])
    assert told["clocks"]


@pytest.mark.parametrize("name", ["quote", "change", "report", "invoice"])
def test_text_has_the_hash_that_is_approved(name: str, made: Scene, program: Any) -> None:
    told = read(program("alice"), f"/{name}s/{made.northgate[f'{name}_id']}")
    assert hashlib.sha256(told["canonical"].encode()).hexdigest() == told["sha256"]


def test_log_entry_is_in_the_log_that_its_proof_names(made: Scene, program: Any) -> None:
    told = read(program("ada"), "/log/1")
    leaf = merkle.leaf_hash(told["leaf"].encode())
    assert leaf.hex() == told["leaf_hash"]
    proof = told["proof"]
    path = [bytes.fromhex(one) for one in proof["path"]]
    assert merkle.verify_inclusion(proof["position"], proof["size"], leaf, path, bytes.fromhex(proof["root"]))


def test_file_has_the_hash_that_its_list_names(made: Scene, program: Any) -> None:
    rita = program("rita")
    listed = read(rita, f"/engagements/{made.northgate['engagement_id']}/files")["items"]
    assert listed
    for one in listed:
        answer = rita.get(f"/files/{one['token']}")
        assert hashlib.sha256(answer.content).hexdigest() == one["sha256"]
        assert answer["Content-Disposition"].startswith("attachment")
        assert rita.get(f"/files/{one['token']}", **{"If-None-Match": answer["ETag"]}).status_code == 304


def test_filters_of_the_engagements_keep_what_they_name(made: Scene, program: Any) -> None:
    dana, mine = program("dana"), made.northgate["engagement_id"]

    def found(words: str) -> list[int]:
        return [one["id"] for one in read(dana, f"/engagements?{words}")["items"]]

    everything = found("")
    assert len(everything) == 2
    assert found(f"asset={made.northgate['asset_id']}") == [mine]
    assert found("status=ACCEPTED") == [mine]
    assert found("priority=P4") == [one for one in everything if one != mine]
    assert found("open=true") == everything
    assert found("open=false") == []
    assert problem_of(dana.get("/engagements?open=yes")) == (400, "invalid_parameter")
    assert problem_of(dana.get("/engagements?status=LOST")) == (400, "invalid_parameter")


def test_reading_that_did_not_change_is_not_sent_again(made: Scene, program: Any) -> None:
    caller, path = program("alice"), f"/quotes/{made.northgate['quote_id']}"
    tag = caller.get(path)["ETag"]
    again = caller.get(path, **{"If-None-Match": tag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)


def test_me_says_whose_token_it_is(made: Scene, program: Any) -> None:
    told = read(program("alice"), "/me")
    assert (told["person"]["name"], told["organisation"]["side"], told["roles"]) == (
        "Alice Brandt",
        "client",
        ["approver"],
    )
    assert datetime.fromisoformat(told["now"]) == clock.now() == NOW
    machine = read(program("dana", roles=[Role.DISPATCHER]), "/me")
    assert (machine["person"], machine["roles"]) == (None, ["dispatcher"])
    assert b"secret" not in program("dana").get("/me").content


def test_timeline_pages_through_everything_that_happened(made: Scene, program: Any) -> None:
    rita, path = program("rita"), f"/engagements/{made.northgate['engagement_id']}/timeline"
    whole = read(rita, f"{path}?limit=100")
    by_page: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = read(rita, f"{path}?limit=7&cursor={cursor}")
        by_page, cursor = by_page + page["items"], page["next"]
    assert by_page == whole["items"]
    assert whole["next"] is None
    assert [one["position"] for one in by_page] == sorted(one["position"] for one in by_page)


def test_addresses_of_people_are_told_to_their_own_organisation(made: Scene, program: Any) -> None:
    dana, rita = program("dana"), program("rita")
    for caller, own in ((dana, "Ironbridge"), (rita, "Northgate")):
        everybody = read(caller, "/people?limit=100")["items"]
        assert {one["organisation"]["name"].startswith(own) for one in everybody} == {True, False}
        for one in everybody:
            assert (one["email"] is not None) == one["organisation"]["name"].startswith(own), one
    assert [one["name"] for one in read(rita, "/people?email=ALICE@northgate.example")["items"]] == ["Alice Brandt"]
    assert read(dana, "/people?email=alice@northgate.example")["items"] == []
