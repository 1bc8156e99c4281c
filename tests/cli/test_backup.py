"""The restore drill: a backup under writes, brought back elsewhere, is the same and sends nothing twice."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pyrage
import pytest
from psycopg import sql

from tests.cli.playing import new_database

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 600  # seconds; a drill takes some twenty of them
OURS = ("DJANGO_", "BREAKFIX_", "DATABASE_", "TEST_DATABASE_", "EMAIL_", "COV_", "PYTEST_")


@dataclass(frozen=True)
class Place:
    """One installation: its folder and its database."""

    var: Path
    database: str = ""

    @property
    def env(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        database = {"DATABASE_URL": self.database} if self.database else {}
        return {**clean, **database, "BREAKFIX_VAR": str(self.var), "BREAKFIX_LOG_LEVEL": "ERROR"}

    def run(self, *command: str, expect: int = 0) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done

    def rows(self) -> dict[str, Any]:
        return dict(json.loads(self.run("tests.cli.drill", "rows").stdout))

    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.var)) for path in self.var.rglob("*") if path.is_file())

    def kept(self) -> list[str]:
        """Evidence and keys: all but the database."""
        return [name for name in self.files() if "sqlite3" not in name]


@pytest.fixture
def on_sqlite(tmp_path: Path, tables: Path) -> tuple[Place, Place]:
    here, there = Place(tmp_path / "here" / "var"), Place(tmp_path / "there" / "var")
    here.var.mkdir(parents=True)
    tables.rename(here.var / "breakfix.sqlite3")
    return here, there


@pytest.fixture
def on_postgresql(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Place, Place]]:
    """Two databases of this drill's own on the tests' server; the leftovers of a broken run go with its others."""
    url = os.environ["TEST_DATABASE_URL"]
    server, _, rest = url.partition("?")
    base, _, name = server.rpartition("/")
    options = f"?{rest}" if rest else ""
    drill = request.node.callspec.params["drill"].__name__
    names = [f"test_{name}_{drill}_{side}" for side in ("here", "there")]
    assert urlsplit(url).scheme.startswith("postgres")
    with psycopg.connect(f"{base}/postgres{options}", autocommit=True) as admin:
        for one in names:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(one)))
            # What is restored makes its tables itself; here they are only what the drill begins with.
            empty = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(one))
            admin.execute(new_database(one) if one.endswith("_here") else empty)
        here, there = (
            Place(tmp_path / one / "var", f"{base}/{one}{options}".replace("postgresql://", "postgres://"))
            for one in names
        )
        yield here, there
        for one in names:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(one)))


def under_writes(here: Place, file: Path, *how: str) -> tuple[list[str], list[str]]:
    """Take a backup while somebody writes; the sites that were there before it began, and all that ever came."""
    stop = file.with_name("stop")
    command = [sys.executable, "-m", "tests.cli.drill", "write", str(stop)]
    with subprocess.Popen(command, cwd=ROOT, env=here.env, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        before = [writer.stdout.readline().strip() for _ in range(5)]
        try:
            here.run("breakfix", "backup", str(file), *how)
        finally:
            stop.touch()
        after = [line.strip() for line in writer.stdout]
    assert writer.returncode == 0
    return before, [*before, *after]


def under_way(here: Place, there: Place, tmp_path: Path) -> None:
    """While somebody writes: what comes back is a state that was, with everything acknowledged before it began."""
    here.run("tests.cli.drill", "build", "small")
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "identity").write_text(f"# made for a drill\n{identity}\n")
    kept = tmp_path / "backup.age"
    before, ever = under_writes(here, kept, "--recipient", str(identity.to_public()))
    restored = there.run("breakfix", "restore", str(kept), "--identity-file", str(tmp_path / "identity"))
    assert "every log is proved" in restored.stdout
    sites = set(there.rows()["sites"]) & set(ever)
    assert set(before) <= sites == set(ever[: len(sites)])  # nothing lost, nothing out of order
    nothing_is_sent_twice(there)


def nothing_is_sent_twice(there: Place) -> None:
    there.run("breakfix", "worker", "--once", "--no-prepare")
    told = there.run("breakfix", "resume-outgoing", expect=1).stdout
    assert "mail:waits" in told
    assert "mail:sent" not in told
    assert "1 tasks were discarded" in there.run("breakfix", "resume-outgoing", "--discard").stdout
    there.run("breakfix", "worker", "--once", "--no-prepare")
    assert not (there.var / "mail").exists()


def at_rest(here: Place, there: Place, tmp_path: Path) -> None:
    """Nobody writes: every row of every table, every file and every key come back as they were."""
    here.run("tests.cli.drill", "build", "whole")
    (tmp_path / "words").write_text("a passphrase of a drill\n")
    (tmp_path / "other").write_text("a passphrase of others\n")
    file, how = str(tmp_path / "rest.age"), ("--passphrase-file", str(tmp_path / "words"))
    here.run("breakfix", "backup", file, *how)
    wrong = there.run("breakfix", "restore", file, "--passphrase-file", str(tmp_path / "other"), expect=1)
    assert "backup_unreadable" in wrong.stderr
    assert there.files() == []
    there.run("breakfix", "restore", file, *how)
    was, now = here.rows(), there.rows()
    different = {name for name, told in was["tables"].items() if now["tables"].get(name) != told}
    assert different <= {"kernel_pause", "django_migrations", "sqlite_sequence"}
    assert now["heads"] == was["heads"]
    assert there.kept() == here.kept()
    again = there.run("breakfix", "restore", file, *how, expect=1)
    assert "place_not_empty" in again.stderr


DRILLS = [under_way, at_rest]


@pytest.mark.deep
@pytest.mark.plays
@pytest.mark.parametrize("drill", DRILLS, ids=lambda drill: drill.__name__)
def test_restore_drill(drill: Any, on_sqlite: tuple[Place, Place], tmp_path: Path) -> None:
    drill(*on_sqlite, tmp_path)


@pytest.mark.postgres
@pytest.mark.deep
@pytest.mark.plays
@pytest.mark.parametrize("drill", DRILLS, ids=lambda drill: drill.__name__)
def test_restore_drill_on_postgresql(drill: Any, on_postgresql: tuple[Place, Place], tmp_path: Path) -> None:
    drill(*on_postgresql, tmp_path)
