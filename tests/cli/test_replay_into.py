"""`breakfix replay --into`: the replayed log becomes a client's own history, once."""

import json
from pathlib import Path

import pytest

from breakfix.cli.replay import importing
from breakfix.incidents.models import PastIncident
from breakfix.kernel.ledger.rebuild import rebuild
from breakfix.kernel.models import Entry
from tests.cli.logs import EXCERPT, GOOD, HEAD, MAP, MAPS, mapped, replayed, written
from tests.makers import World
from tests.makers_assets import register_assets

UCI = MAPS / "uci498.yaml"


def test_real_log_is_kept_in_batches_and_a_second_run_adds_nothing(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 7)
    found = json.loads(replayed(EXCERPT, UCI, "--into", "northgate", "--json").output)
    assert (found["imported"], found["already_there"], found["with_asset"]) == (18, 0, 0)
    assert Entry.objects.filter(kind="history.imported").count() == 3
    client = small_world.organisation("northgate").pk
    kept = PastIncident.objects.filter(client=client, source="UCI 498 (ServiceNow)")
    assert (kept.count(), sum(len(one.events) for one in kept)) == (18, found["events"])
    assert sum(one.refused for one in kept) == sum(found["refused"].values())
    one = kept.get(number="INC0000045")
    assert (one.first_at.isoformat(), one.events[0]["written"]) == ("2016-02-29T01:23:00+00:00", "2016-02-29T01:23")
    assert (one.title, one.asset, one.priority_word) == ("", None, "3")
    before = rebuild()
    again = json.loads(replayed(EXCERPT, UCI, "--into", "northgate", "--json").output)
    assert (again["imported"], again["already_there"]) == (0, 18)
    assert (rebuild(), Entry.objects.filter(kind="history.imported").count()) == (before, 3)


def test_machine_and_title_are_the_last_that_the_log_says(small_world: World, tmp_path: Path) -> None:
    register_assets(small_world)
    lines = [
        "I1,New,2026-03-02T08:00,2,2,3,,Array lost\u202e a drive",
        "I1,Active,2026-03-02T09:00,2,2,3,NG-00417,",
        "I2,New,2026-03-02T09:00,2,2,3,NG-9,=1+1",
        ",New,2026-03-02T09:00,2,2,3,NG-9,",
    ]
    log = written(tmp_path, "\n".join([f"{HEAD},tag,title", *lines]))
    columns = MAP["columns"] | {"asset": "tag", "title": "title"}
    result = replayed(log, mapped(tmp_path, columns=columns, asset_by="tag"), "--into", "northgate")
    assert (result.exit_code, result.output.splitlines()[-2]) == (
        0,
        "2 incidents imported, 1 of them on a machine of the register; 0 were there already.",
    )
    first, second = PastIncident.objects.order_by("number")
    assert (first.title, first.asset) == ("Array lost a drive", small_world.assets["backup"])
    assert (second.title, second.asset, second.asset_word) == ("=1+1", None, "NG-9")


def test_without_it_nothing_is_written(small_world: World) -> None:
    assert replayed(EXCERPT, UCI).exit_code == 0
    assert not PastIncident.objects.exists()


@pytest.mark.parametrize(
    ("into", "words"), [("nobody", "there is no organisation 'nobody'"), ("ironbridge", "not_a_client: ")]
)
def test_it_goes_into_a_client_or_nowhere(small_world: World, tmp_path: Path, into: str, words: str) -> None:
    log = written(tmp_path, "\n".join([HEAD, *GOOD]))
    result = replayed(log, mapped(tmp_path), "--into", into)
    assert (result.exit_code, words in result.output) == (1, True)
    assert not PastIncident.objects.exists()


def test_one_incident_that_cannot_be_kept_is_named_and_the_others_stay(small_world: World, tmp_path: Path) -> None:
    long = [f"I8,Active,2026-03-02T08:{n % 60:02},2,2,3" for n in range(10_001)]
    log = written(tmp_path, "\n".join([HEAD, *GOOD, *long, "I9,New,2026-03-02T08:00,2,2,3"]))
    found = json.loads(replayed(log, mapped(tmp_path), "--into", "northgate", "--json").output)
    assert [one["number"] for one in found["not_kept"]] == ["I8"]
    assert "10,000 events" in found["not_kept"][0]["why"]
    assert PastIncident.objects.filter(number="I9").exists()
    assert found["imported"] == found["incidents"] - 1
