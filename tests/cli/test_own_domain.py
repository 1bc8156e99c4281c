"""A domain that an operator adds as files, from end to end: started with the folder named, and without any code."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.playing import ROOT, STORIES, in_folder

EXAMPLES = ROOT / "examples" / "domains"
STORY = STORIES / "the-contact-that-came-late.yaml"


def printers(told: dict[str, object]) -> dict[str, object]:
    """The story of a telephone line, told of a printer."""
    text = json.dumps(told, default=str).replace("LIAISON", "X-PRINT").replace("CCNA", "Server+")
    story: dict[str, Any] = json.loads(text)
    # Up to the contact: what this story goes on to is no printer's.
    contact = next(n for n, step in enumerate(story["steps"]) if step["do"] == "make_contact")
    story["steps"] = story["steps"][: contact + 1]
    story["expect"] = {"figures": {"forensic": "380.00"}, "states": {"engagement": "DIAGNOSING", "findings": 0}}
    tom = {"by": "lee", "do": "record_check"}
    story["steps"] += [
        {"at": "2026-12-28 17:37", **tom, "with": {"item": "counter", "reading": "1204551"}},
        {"at": "2026-12-28 17:38", **tom, "with": {"item": "trunks", "reading": "0"}, "refused": "unknown_item"},
    ]
    return {**story, "end": "2026-12-28 17:40"}


@pytest.mark.plays
def test_own_domain_is_reported_staffed_priced_and_diagnosed(tmp_path: Path) -> None:
    told = printers(yaml.safe_load(STORY.read_text("utf-8")))
    path = tmp_path / "printer.yaml"
    path.write_text(yaml.safe_dump(told, sort_keys=False), "utf-8")
    played = in_folder(EXAMPLES, "breakfix", "play", "--json", str(path))
    report = json.loads(played.stdout or "{}")
    assert report.get("failed") == [], played.stdout + played.stderr
    assert report["figures"]["forensic"] == "380.00"
    without = in_folder(tmp_path, "breakfix", "play", "--json", str(path))
    assert without.returncode != 0  # printer.yaml is no domain


@pytest.mark.plays
def test_tables_do_not_depend_on_an_operators_files() -> None:
    # The settings of the tests: nothing is read from this installation.
    around = {**os.environ, "BREAKFIX_DOMAINS": str(EXAMPLES), "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    line = [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run", "--settings", "tests.settings"]
    made = subprocess.run(line, env=around, capture_output=True, text=True, timeout=120, check=False, cwd=ROOT)
    assert made.returncode == 0, made.stdout + made.stderr


@pytest.mark.plays
def test_command_says_which_file_and_field_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "X-PRINT.yaml").write_text("code: X-PRINT\n", "utf-8")
    answered = in_folder(tmp_path, "breakfix", "doctor")
    assert answered.returncode == 1
    assert answered.stderr == f"Error: {tmp_path / 'X-PRINT.yaml'}: order: field required.\n"


@pytest.mark.plays
@pytest.mark.parametrize(
    ("was", "became", "said"),
    [
        ("A+, Server+", "A+, Sever+", "certificates: the catalogue has no Sever+."),
        ("protocol: X-PRINT", "protocol: X-PRIMT", "X-PRIMT"),
    ],
)
def test_nothing_starts_with_a_domain_that_would_fail_at_its_first_engagement(
    was: str, became: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BREAKFIX_VAR", str(tmp_path / "var"))
    own = tmp_path / "own"
    shutil.copytree(EXAMPLES, own)
    file = own / "X-PRINT.yaml"
    text = file.read_text("utf-8")
    assert text.count(was) == 1
    file.write_text(text.replace(was, became), "utf-8")
    started = in_folder(own, "breakfix", "worker", "--once", "--no-prepare")
    assert started.returncode == 1
    assert said in started.stderr
