"""`breakfix ingest`: files as messages, a trial in memory, and what became of each."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.plays
ALERTS = Path(__file__).parents[1] / "data" / "alerts"
BREAKFIX = Path(sys.executable).parent / "breakfix"


def asked(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BREAKFIX_", "DJANGO_"))}
    clean.pop("DATABASE_URL", None)
    return subprocess.run([str(BREAKFIX), "ingest", *map(str, arguments)], env=clean, capture_output=True, text=True)


@pytest.fixture(scope="module", name="trial")
def _trial(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("files")
    machine = {
        "receiver": "desk",
        "alerts": [{"status": "firing", "labels": {"alertname": "ArrayDegraded", "instance": "NG-0417:9100"}}],
    }
    (folder / "ours.json").write_text(json.dumps(machine))
    (folder / "empty").write_bytes(b"")
    (folder / "huge").write_bytes(b"x" * 3_000_000)
    (folder / "nulls").write_bytes(b"\x00" * 100)
    files = [ALERTS / "pingdom_up.json", ALERTS / "pingdom_down.json", ALERTS / "pingdom_up.json"]
    files += [ALERTS / "constructed_icinga2_host_mail.txt", *sorted(folder.iterdir())]
    done = asked("--channel", "alert", "--json", *files)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["channel"] == "alert"
    assert sum(found["outcomes"].values()) == len(files)
    return {f"{number} {one['file']}": one for number, one in enumerate(found["results"])}


def test_files_are_taken_in_their_order(trial: dict[str, dict[str, Any]]) -> None:
    assert [one["outcome"] for one in trial.values()][:4] == ["ignored", "ticket", "update", "ticket"]
    down, up = trial["1 pingdom_down.json"]["alerts"][0], trial["2 pingdom_up.json"]["alerts"][0]
    assert (down["tool"], down["severity"], down["ended"]) == ("pingdom", "major", False)
    assert up["ended"] is True


def test_a_machine_of_the_register_is_found(trial: dict[str, dict[str, Any]]) -> None:
    (ours,) = (one for name, one in trial.items() if name.endswith("ours.json"))
    assert ours["alerts"][0]["asset"] is not None, ours


def test_what_cannot_be_read_says_why(trial: dict[str, dict[str, Any]]) -> None:
    why = {one["file"]: (one["outcome"], one["reason"]) for one in trial.values()}
    assert why["empty"] == ("quarantine", "it is no JSON")
    assert why["nulls"] == ("quarantine", "it is no JSON")
    assert why["huge"][0] == "quarantine"
    assert "at most" in why["huge"][1]


@pytest.mark.parametrize("channel", ["alert", "mail"])
def test_a_secret_that_nobody_has_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, channel: str) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    clean = {**os.environ, "BREAKFIX_VAR": str(tmp_path / "var"), "DJANGO_SETTINGS_MODULE": "breakfix.settings"}
    given = [str(BREAKFIX), "ingest", "--channel", channel, "--secret", "bfa_no", str(ALERTS / "pingdom_up.json")]
    done = subprocess.run(given, env=clean, capture_output=True, text=True, check=False)
    assert (done.returncode, "no secret of a source" in done.stderr) == (2, True)
