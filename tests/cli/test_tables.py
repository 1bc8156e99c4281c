"""The tables of a new place, made at once, are those that its migrations make one after the other."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from breakfix.kernel import tables

OURS = ("DJANGO_", "BREAKFIX_", "DATABASE_", "TEST_DATABASE_", "EMAIL_", "COV_", "PYTEST_")


def made(var: Path, *command: str) -> dict[str, Any]:
    """What a place holds that this command has made: its tables, guards and what migrations leave in them."""
    var.mkdir()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    own = {"BREAKFIX_VAR": str(var), "BREAKFIX_SECRET_KEY": "x" * 50, "DJANGO_SETTINGS_MODULE": "breakfix.settings"}
    subprocess.run([sys.executable, "-m", *command], env={**clean, **own}, check=True, capture_output=True)
    with closing(sqlite3.connect(var / "breakfix.sqlite3")) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        held = {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}
        held["sqlite_sequence"] = 0  # it names an empty table or not, which comes to the same
        applied = set(database.execute("SELECT app, name FROM django_migrations"))
        kinds = set(database.execute("SELECT app_label, model FROM django_content_type"))
        rights = set(database.execute("SELECT codename, name FROM auth_permission"))
        schema = set(database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"))
    return {"schema": schema, "held": held, "applied": applied, "kinds": kinds, "rights": rights}


@pytest.mark.deep
@pytest.mark.plays
def test_tables_made_at_once_are_those_of_all_migrations(tmp_path: Path) -> None:
    at_once = made(tmp_path / "at-once", "breakfix", "migrate")
    one_by_one = made(tmp_path / "one-by-one", "django", "migrate")
    assert len(one_by_one["applied"]) > 100
    assert any(kind == "trigger" for kind, *_ in one_by_one["schema"])
    for what, came in one_by_one.items():
        assert at_once[what] == came, f"{what}: run python tools/tables.py"


@pytest.mark.django_db
def test_place_that_has_tables_keeps_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = connection.introspection.table_names()
    assert not tables.made_at_once()
    monkeypatch.setattr(tables, "FILE", tmp_path / "none")
    assert not tables.made_at_once()
    assert connection.introspection.table_names() == before
