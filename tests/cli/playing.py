"""`breakfix play` as anybody starts it: a program of its own, in an environment of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
STORIES = ROOT / "stories"
PATIENCE = 600  # seconds; a story takes some ten of them


@dataclass(frozen=True)
class Played:
    """How it ended, the one JSON object it printed, and what it complained of."""

    code: int
    report: dict[str, Any]
    complaints: str


def play(story: Path, *options: str) -> Played:
    """Play a story file with `--json`."""
    theirs = ("DJANGO_", "BREAKFIX_", "DATABASE_", "TEST_DATABASE_", "COV_", "PYTEST_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    done = subprocess.run(
        [sys.executable, "-m", "breakfix", "play", str(story), "--json", *options],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    report = json.loads(done.stdout) if done.stdout.strip() else {}
    return Played(done.returncode, report, done.stderr)


def in_folder(own: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command with `own` named as the operator's folder of domains, started as an operator starts it."""
    around = {**os.environ, "BREAKFIX_DOMAINS": str(own), "PYTHONPATH": str(ROOT / "src")}
    around.pop("DJANGO_SETTINGS_MODULE", None)
    line = [sys.executable, "-m", *words]
    return subprocess.run(line, env=around, capture_output=True, text=True, timeout=PATIENCE, check=False)


def new_database(name: str) -> sql.Composed:
    """The statement that makes a database with empty tables on the tests' server, a copy of the one of this run.

    Without BREAKFIX_TABLES it holds nothing, and whoever is started on it applies every migration.
    """
    ready = os.environ.get("BREAKFIX_TABLES")
    copied = sql.SQL(" TEMPLATE {}").format(sql.Identifier(ready)) if ready else sql.SQL("")
    return sql.SQL("CREATE DATABASE {}{}").format(sql.Identifier(name), copied)
