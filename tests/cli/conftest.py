"""What programs that tests start find ready: tables, so that not each of them spends seconds on making them."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.db import connection


@pytest.fixture(scope="session")
def _empty_tables(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests' own SQLite database as its migrations left it, in a file."""
    path = tmp_path_factory.mktemp("tables") / "empty.sqlite3"
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(path)])
    return path


@pytest.fixture
def tables(_empty_tables: Path, tmp_path: Path) -> Path:
    """A SQLite database of this test's own, up to date and empty."""
    return Path(shutil.copy(_empty_tables, tmp_path / "tables.sqlite3"))
