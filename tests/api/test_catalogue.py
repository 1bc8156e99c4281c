"""The catalogue of parts and the offline collector over the API: kept, searched, read with what is known."""

import base64
from pathlib import Path
from typing import Any

import pytest

from breakfix.diagnosis.models import Collection
from breakfix.kernel import clock
from tests import makers, makers_quotes
from tests.api.conftest import problem_of
from tests.diagnosis.test_collecting import AT, bundle

pytestmark = pytest.mark.django_db


def test_part_is_listed_with_its_fits_and_alternates_and_found_by_words(program: Any) -> None:
    world = makers.world()
    quinn, provider = program("quinn"), world.organisation("ironbridge").pk
    typed = {"maker": "Dell", "description": "Fan", "category": "cooling", "grades": ["new"]}
    made = [
        quinn.post(f"/organisations/{provider}/catalogue-parts", {"part_number": number, **typed})
        for number in ("fan-1", "fan-2")
    ]
    assert [one.status_code for one in made] == [201, 201]
    there = made[0]["Location"].removeprefix("/api/v1")
    basis = {"basis": "tested_by_us", "source": "Bench test"}
    said = {"maker": "Dell", "model": "PowerEdge R710", "fits": True, "firmware_from": "2.0", **basis}
    assert quinn.post(f"{there}/fits", said).status_code == 201
    assert quinn.post(f"{there}/alternates", {"alternate": "FAN-2", **basis}).status_code == 201
    assert problem_of(quinn.post(f"{there}/alternates", {"alternate": "FAN-3", **basis}))[1] == "unknown_part"
    found = quinn.get("/catalogue-parts?words=r710").json()["items"]
    assert [one["part_number"] for one in found] == ["FAN-1"]
    told = quinn.get(there).json()
    assert (told["fits"][0]["firmware_from"], told["alternates"][0]["alternate_id"]) == ("2.0", made[1].json()["id"])
    assert quinn.post(f"/fits/{told['fits'][0]['id']}/withdraw", {"reason": "Wrong."}).status_code == 200
    assert quinn.get(there).json()["fits"] == []
    assert problem_of(program("alice").get("/catalogue-parts")) == (404, "not_found")
    assert quinn.get("/catalogue-parts?word=r710").status_code == 400


def test_bundle_is_handed_in_and_read_with_its_outputs(program: Any, tmp_path: Path) -> None:
    case = makers_quotes.awaiting_quote(makers.world())
    with clock.set_to(AT):
        rita, path = program("rita"), f"/engagements/{case.pk}"
        assert rita.post(f"{path}/collections", {"keep_days": 10}).status_code == 201
        content = bundle(Collection.objects.get(), tmp_path)
        sent = {"bundle": {"name": "bundle.zip", "content": base64.b64encode(content).decode()}}
        assert rita.post(f"{path}/hand-in-bundle", sent).status_code == 200
        assert problem_of(rita.post(f"{path}/hand-in-bundle", sent))[1] == "bundle_replayed"
        (one,) = program("dana").get(f"{path}/collections").json()["items"]
        (output,) = one["outputs"]
        assert (output["outcome"], output["exit_code"], output["cut"]) == ("ran", 0, False)
        assert one["bundle"]["name"] == "bundle.zip"
        assert "nonce" not in one
