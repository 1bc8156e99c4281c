"""`make soak` has all the time: nothing of ours ends one of its tests because it takes long."""

import importlib
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"


def test_no_test_of_a_soak_is_ended_for_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(TOOLS)
    check, lanes = importlib.import_module("check"), {}

    def told(_tally: Any, lane: str, *arguments: str, **_env: str) -> None:
        lanes[lane] = arguments

    monkeypatch.setattr(check.Tally, "pytest", told)
    monkeypatch.setattr(check, "database", lambda: nullcontext("postgres://somewhere"))
    tally = check.Tally()
    check.soak(tally)
    assert tally.patience is None
    assert len(lanes) == 4
    assert [lane for lane, given in lanes.items() if "faulthandler_timeout=0" not in given] == []
