"""What `make test` tries on some and `make soak` on everybody, on both databases.

Every route is tried by every role on the pages (tests/web/test_matrix.py). The very same rights decide at every other
door, so there one of each side and of each kind of right is enough, and on PostgreSQL one of each way through its
second fence.
"""

import os
from collections.abc import Sequence

SOAK = int(os.environ.get("BREAKFIX_SOAK") or "0")
ON_POSTGRESQL = bool(os.environ.get("TEST_DATABASE_URL"))


def tried(everybody: Sequence[str], *, here: str = "", on_postgresql: str) -> list[str]:
    """Who tries something in this run: in a soak everybody, else those named; `here` for SQLite, if not everybody."""
    few = (on_postgresql if ON_POSTGRESQL else here).split()
    assert set(few) <= set(everybody), "named to try it, but nobody of those who are to"
    return [one for one in everybody if SOAK or not few or one in few]
