"""What `make test` tries on some and `make soak` on everybody, on both databases.

On SQLite every route is tried by every role in `make test`, too. Rights are decided in Python and come to the same on
both databases, so on PostgreSQL one of each way through the second fence is enough there.
"""

import os
from collections.abc import Sequence

SOAK = int(os.environ.get("BREAKFIX_SOAK") or "0")
ON_POSTGRESQL = bool(os.environ.get("TEST_DATABASE_URL"))


def tried(everybody: Sequence[str], *, on_postgresql: str) -> list[str]:
    """Who tries something in this run: everybody, or on PostgreSQL only those named."""
    few = on_postgresql.split()
    assert set(few) <= set(everybody), "named for PostgreSQL, but nobody of those who are to try it"
    return [one for one in everybody if SOAK or not ON_POSTGRESQL or one in few]
