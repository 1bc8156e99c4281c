"""Told to stop, Breakfix finishes what is in hand: the request that it was asked, the task that it took."""

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from breakfix.cli.serve import web_command

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120  # seconds
OURS = ("DJANGO_", "BREAKFIX_", "DATABASE_", "TEST_DATABASE_", "EMAIL_", "PROMETHEUS_", "COV_", "PYTEST_")
pytestmark = pytest.mark.plays


def started(command: list[str], var: Path, **more: str) -> "subprocess.Popen[str]":
    var.mkdir(exist_ok=True)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    env = {**clean, "BREAKFIX_VAR": str(var), "BREAKFIX_LOG_FORMAT": "json", **more}
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def wait_until(true: Callable[[], bool], running: "subprocess.Popen[str]") -> None:
    """Look again until it is so; fails when the program ends or it takes too long."""
    for _ in range(PATIENCE * 10):
        if true():
            return
        assert running.poll() is None, running.stderr and running.stderr.read()
        threading.Event().wait(0.1)
    raise AssertionError("it never came to that")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def test_a_request_in_hand_is_answered_before_the_web_server_ends(tmp_path: Path) -> None:
    port, answers = free_port(), []
    command = web_command("127.0.0.1", port, 1, "tests.cli.slow:application")
    web = started(command, tmp_path, BREAKFIX_SECRET_KEY="x" * 50)
    try:
        wait_until(lambda: listens(port), web)

        def ask() -> None:
            asking = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            asking.request("GET", "/slow")
            answer = asking.getresponse()
            answers.append((answer.status, answer.read()))

        asked = threading.Thread(target=ask)
        asked.start()
        wait_until((tmp_path / "began").exists, web)
        web.send_signal(signal.SIGTERM)
        wait_until(lambda: not listens(port), web)  # nobody new is let in, and it has not ended
        (tmp_path / "leave").touch()
        asked.join(PATIENCE)
        assert answers == [(200, b"alive\n")]
        assert web.wait(PATIENCE) == 0
    finally:
        (tmp_path / "leave").touch()
        web.kill()
        web.communicate()


def test_a_task_in_hand_is_finished_before_the_worker_ends(tmp_path: Path) -> None:
    worker = started([sys.executable, "-m", "tests.cli.slow"], tmp_path)
    try:
        wait_until((tmp_path / "began").exists, worker)
        worker.send_signal(signal.SIGTERM)
        (tmp_path / "leave").touch()
        _, said = worker.communicate(timeout=PATIENCE)
    finally:
        (tmp_path / "leave").touch()
        worker.kill()
    assert worker.returncode == 0, said
    with sqlite3.connect(tmp_path / "breakfix.sqlite3") as database:
        rows = database.execute("SELECT key, done_at IS NOT NULL, attempts FROM kernel_task ORDER BY id").fetchall()
    database.close()
    assert rows == [("first", 1, 1), ("second", 0, 0)]
    [line] = [one for one in map(json.loads, said.splitlines()) if one["event"] == "task"]
    assert (line["task"], line["kind"], line["outcome"]) == ("first", "test.slow", "done")
