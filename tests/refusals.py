"""A refusal leaves no trace: `with refused("code"): deed(...)` compares every table before and after."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from breakfix.kernel.errors import Refused
from tests import snapshots


def trace() -> snapshots.State:
    """Every row of every table of ours, logs and planned tasks included."""
    return snapshots.state()


@contextmanager
def refused(code: str, *, field: str | None = None) -> Iterator[pytest.ExceptionInfo[Refused]]:
    """Pass if the block is refused with this code (and this field, if given) and nothing was written."""
    before = trace()
    with pytest.raises(Refused) as refusal:
        yield refusal
    assert refusal.value.code == code
    if field is not None:
        assert refusal.value.field == field
    assert trace() == before
