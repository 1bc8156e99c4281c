"""What `breakfix serve` says when others could read along, and that it leaves nothing running."""

import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from click.testing import CliRunner

from breakfix.cli import serve


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("LOCALHOST", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.7", False),
        ("localhost.example", False),
        ("breakfix.example", False),
    ],
)
def test_warning_is_for_what_others_reach_without_a_proxy(settings: Any, host: str, alone: bool) -> None:
    settings.BREAKFIX_BEHIND_PROXY = False
    words = serve.in_the_open(host)
    assert (words == "") is alone
    if not alone:
        assert host in words
        assert "plain HTTP" in words
        assert "BREAKFIX_BEHIND_PROXY" in words
    settings.BREAKFIX_BEHIND_PROXY = True
    assert serve.in_the_open(host) == ""


@pytest.mark.django_db
def test_told_to_stop_while_it_starts_it_leaves_no_child_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGTERM, lambda *_: pytest.fail("it ended and left its child"))
    start, started = subprocess.Popen, []

    def told_at_once(_command: list[str]) -> "subprocess.Popen[bytes]":
        started.append(start([sys.executable, "-c", "import time; time.sleep(60)"]))
        os.kill(os.getpid(), signal.SIGTERM)
        return started[-1]

    monkeypatch.setattr(serve.subprocess, "Popen", told_at_once)
    try:
        ran = CliRunner().invoke(serve.serve, ["--web-only", "--no-prepare"])
    finally:
        for one, how in before.items():
            signal.signal(one, how)
    assert (ran.exit_code, [one.poll() is not None for one in started]) == (0, [True])
