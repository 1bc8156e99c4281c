"""`breakfix receive-mail` as a process of its own, killed with a mail in hand: nothing is lost, nothing is doubled.

Whoever hands a mail over keeps it until 250 is said, and comes again with the same bytes.
"""

import os
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.makers_mails import mail

pytestmark = pytest.mark.plays
WORLD = """
from breakfix.cli import ingest
source, box = ingest._trial()
from breakfix.kernel import clock
from breakfix.kernel.access import Role
from breakfix.parties import queries
print(box.address, queries.people_with(Role.REQUESTER, source.client_id, clock.now())[0].email)
"""
# The command itself, which stops at one place until it is killed: after the commit, or with the transaction open.
STOPPED = """
import sys, threading
from breakfix.cli.main import main
def stop():
    print("stopped", flush=True)
    threading.Event().wait(120)
import breakfix.cli.serve as serve
after = sys.argv.pop()
begin = serve.start_django
def begun():
    begin()
    from breakfix.intake import smtp, steps
    place, name = {"commit": (smtp, "receive"), "receipt": (steps, "keep_mail")}[after]
    real = getattr(place, name)
    def stopping(*given, **named):
        found = real(*given, **named)
        stop()
        return found
    setattr(place, name, stopping)
serve.start_django = begun
main()
"""


@pytest.fixture(name="place")
def _place(tmp_path: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BREAKFIX_", "DATABASE_URL"))}
    own = {"BREAKFIX_VAR": str(tmp_path / "var"), "DJANGO_SETTINGS_MODULE": "breakfix.settings"}
    return {**clean, **own, "BREAKFIX_SECRET_KEY": "x" * 50, "PYTHONUNBUFFERED": "1"}


def asked(place: dict[str, str], words: str) -> list[Any]:
    with sqlite3.connect(Path(place["BREAKFIX_VAR"]) / "breakfix.sqlite3", timeout=20) as database:
        return database.execute(words).fetchall()


def listening(place: dict[str, str], *how: str) -> tuple["subprocess.Popen[str]", int]:
    """The command as a process that takes mail, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, *(how[:2] or ("-m", "breakfix")), "receive-mail", f"--port={port}", "--no-prepare"]
    process = subprocess.Popen([*command, *how[2:]], env=place, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "Mail is taken" in process.stdout.readline()
    return process, port


def hand_over(port: int, sender: str, to: str, raw: bytes) -> str:
    """What the other side hears: "250", or that nobody answers any more."""
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            client.sendmail(sender, [to], raw)
    except (OSError, smtplib.SMTPException) as no:
        return type(no).__name__
    return "250"


def killed(place: dict[str, str], after: str, sender: str, to: str, raw: bytes) -> str:
    """Hand over a mail, kill the process at this place, and say what the sender heard."""
    process, port = listening(place, "-c", STOPPED, after)
    assert process.stdout is not None
    heard: list[str] = []
    sending = threading.Thread(target=lambda: heard.append(hand_over(port, sender, to, raw)))
    sending.start()
    try:
        assert process.stdout.readline() == "stopped\n"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    sending.join(60)
    return heard[0]


@pytest.mark.parametrize(("after", "kept"), [("commit", 1), pytest.param("receipt", 0, marks=pytest.mark.deep)])
def test_a_receiver_that_is_killed_loses_and_doubles_nothing(place: dict[str, str], after: str, kept: int) -> None:
    made = subprocess.run([sys.executable, "-c", WORLD], env=place, capture_output=True, text=True, check=True)
    to, sender = made.stdout.split()[-2:]
    raw = mail(sender=sender, to=to)
    assert killed(place, after, sender, to, raw) == "SMTPServerDisconnected"  # no 250: the sender keeps it
    assert asked(place, "SELECT count(*) FROM intake_mail") == [(kept,)]
    process, port = listening(place)
    try:
        assert hand_over(port, sender, to, raw) == "250"
        assert hand_over(port, sender, to, mail(sender=sender, to=to, number=2)) == "250"
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 0
    once = [sys.executable, "-m", "breakfix", "worker", "--once", "--no-prepare"]
    assert subprocess.run(once, env=place, timeout=120, check=False).returncode == 0
    became = asked(place, "SELECT outcome, count(*) FROM intake_mail GROUP BY outcome ORDER BY outcome")
    # Handed over twice it is kept twice and told once: the second is seen to be the same, and says so.
    assert became == ([("ignored", 1)] if kept else []) + [("ticket", 2)]
    assert asked(place, "SELECT count(*) FROM intake_maildraft") == [(2,)]
    assert asked(place, "SELECT fetched, refused FROM intake_mailtally") == [(2 + kept, 0)]
    assert asked(place, "SELECT count(*) FROM intake_mail") == [(2 + kept,)]
