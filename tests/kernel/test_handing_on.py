"""Worlds that another worker has built: the same rows as building them again would have left."""

from pathlib import Path

import pytest
from django.db import transaction

from breakfix.kernel.ledger.rebuild import differences
from tests import handed_on, makers_incidents, snapshots
from tests.makers import World
from tests.makers import world as make_world


def as_another_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that remembers nothing itself."""
    for name in ("_memories", "_states", "_sound"):
        monkeypatch.setattr(snapshots, name, {})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BREAKFIX_SHARED", str(tmp_path))
    as_another_worker(monkeypatch)
    return tmp_path


def carried_on() -> tuple[World, int]:
    world = make_world()
    return world, makers_incidents.qualified(world).pk


@pytest.mark.skipif(handed_on.ON_POSTGRESQL, reason="nothing is handed on there")
@pytest.mark.django_db
def test_another_worker_gets_the_rows_and_knows_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def twice() -> tuple[snapshots.State, int]:
        with transaction.atomic():
            _, key = carried_on()
            stands = snapshots.state()
            assert snapshots._states[snapshots._heads()] == stands
            assert snapshots.told_by_the_log(lambda: ["looked at everything"]) == []
            transaction.set_rollback(True)
        return stands, key

    built = twice()
    as_another_worker(monkeypatch)
    for name in ("_whole_world", "_small_world"):
        monkeypatch.setattr(f"tests.makers.{name}", None)  # nobody builds it again
    assert twice() == built
    assert differences() == []


def test_nothing_is_laid_over_what_lies_there(tmp_path: Path) -> None:
    handed_on.hand_on(tmp_path / "one", "first")
    handed_on.hand_on(tmp_path / "one", "second")
    assert handed_on.take(tmp_path / "one") == "first"
    assert handed_on.take(tmp_path / "other") is None
    assert handed_on.take(None) is None
