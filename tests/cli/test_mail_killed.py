"""The worker as a process of its own, killed while it fetches mail: nothing is lost, nothing is doubled."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.intake.mail_server import Box, serving
from tests.makers_mails import mail

pytestmark = pytest.mark.plays
WORLD = "from breakfix.cli import ingest; print(ingest._trial()[1].address)"


@pytest.fixture(name="place")
def _place(tmp_path: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BREAKFIX_", "DATABASE_URL"))}
    own = {"BREAKFIX_VAR": str(tmp_path / "var"), "DJANGO_SETTINGS_MODULE": "breakfix.settings"}
    return {**clean, **own, "BREAKFIX_SECRET_KEY": "x" * 50}


def worker(place: dict[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "breakfix", "worker", "--once", "--no-prepare"], env=place)


def killed(place: dict[str, str], box: Box, at: str) -> None:
    """Start a worker, and kill it while the server lets it wait at this command."""
    box.stalls_on = at
    box.stalled.clear()
    process = worker(place)
    try:
        assert box.stalled.wait(60), f"nobody came as far as {at}"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    box.stalls_on = ""
    asked(place, "UPDATE intake_mailtally SET leased_until = NULL")  # five minutes later


def asked(place: dict[str, str], words: str) -> list[Any]:
    with sqlite3.connect(Path(place["BREAKFIX_VAR"]) / "breakfix.sqlite3", timeout=20) as database:
        return database.execute(words).fetchall()


def test_a_worker_that_is_killed_loses_and_doubles_nothing(place: dict[str, str]) -> None:
    made = subprocess.run([sys.executable, "-c", WORLD], env=place, capture_output=True, text=True, check=True)
    with serving(Box(mail(number=1), mail(number=2), mail(number=3))) as box:
        place["BREAKFIX_IMAP_URL"] = box.url.partition("#")[0] + "#" + made.stdout.split()[-1]
        killed(place, box, "UID STORE 1")  # kept and committed, not marked yet
        killed(place, box, "UID FETCH 2 (BODY")  # half of it has arrived
        assert asked(place, "SELECT count(*) FROM intake_mail") == [(1,)]
        assert worker(place).wait(120) == 0
        assert box.fetched == [1, 2, 3]
    became = asked(place, "SELECT origin, count(*) FROM intake_mail GROUP BY origin ORDER BY origin")
    assert became == [(f"INBOX:7:{uid}", 1) for uid in (1, 2, 3)]
    assert asked(place, "SELECT fetched, refused FROM intake_mailtally") == [(3, 0)]
