"""What one worker of a run has built, handed on to the others: a file for each, in the folder BREAKFIX_SHARED.

Without that folder, and on PostgreSQL (whose sequences would not know of rows that another database has numbered),
every worker builds for itself.
"""

import fcntl
import hashlib
import os
import pickle
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ON_POSTGRESQL = bool(os.environ.get("TEST_DATABASE_URL"))
_held: list[Path] = []


def folder() -> Path | None:
    """Where this run hands things on; None if nowhere."""
    named = os.environ.get("BREAKFIX_SHARED")
    return Path(named) if named and not ON_POSTGRESQL else None


def place(key: Any) -> Path | None:
    """The file of what is told by this key."""
    shared = folder()
    return shared / hashlib.sha256(repr(key).encode()).hexdigest() if shared else None


@contextmanager
def alone(at: Path | None) -> Iterator[None]:
    """Let nobody else build the same meanwhile. Who builds a part of something waits for nobody: others may wait."""
    if at is None or _held:
        yield
        return
    with at.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _held.append(at)
        try:
            yield
        finally:
            _held.pop()


def take(at: Path | None) -> Any:
    """What lies there, or None. Only this run's own workers have written it."""
    return pickle.loads(at.read_bytes()) if at is not None and at.exists() else None


def hand_on(at: Path | None, made: Any) -> None:
    """Lay it there as a whole, if nothing lies there yet."""
    if at is None or at.exists():
        return
    draft = at.with_suffix(f".{secrets.token_hex(8)}")
    draft.write_bytes(pickle.dumps(made))
    draft.replace(at)
