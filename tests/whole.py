"""What `make test` tries on some, `make deep` on more, and `make soak` on everybody, on both databases.

Every route is tried by every role on the pages (tests/web/test_matrix.py). The very same rights decide at every other
door, so there one of each side and of each kind of right is enough, and on PostgreSQL one of each way through its
second fence.
"""

import os
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

SOAK = int(os.environ.get("BREAKFIX_SOAK") or "0")
ON_POSTGRESQL = bool(os.environ.get("TEST_DATABASE_URL"))


def tried(everybody: Sequence[str], *, here: str = "", on_postgresql: str, quick: str = "") -> list[Any]:
    """Who tries something in this run: in a soak everybody, else those named; `here` for SQLite, if not everybody.

    Where `quick` names some of them, the others are left to `make deep`.
    """
    few = (on_postgresql if ON_POSTGRESQL else here).split()
    assert set(few) <= set(everybody), "named to try it, but nobody of those who are to"
    assert set(quick.split()) <= set(everybody), "named to try it at once, but nobody of those who are to"
    found = [one for one in everybody if SOAK or not few or one in few]
    return deep_but(quick.split(), found) if quick else list(found)


def deep_but(quick: Iterable[Any], everything: Iterable[Any]) -> list[Any]:
    """Arguments for `parametrize`: those of `quick` as they are, the others for `make deep`."""
    known = set(quick)
    return [one if one in known else pytest.param(one, marks=pytest.mark.deep) for one in everything]
