"""Pages asked as they are in production: by a database role that owns nothing and that row-level security binds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.billing.plain_sql import plain_role


@contextmanager
def acting(role: str) -> Iterator[None]:
    """As this role, below the ORM, so that a page's queries are counted as they are in production."""
    connection.connection.execute(f'SET LOCAL ROLE "{role}"')
    yield
    # After a fault of the page its own transaction has failed, which is what the test has to report.
    if not connection.needs_rollback:
        connection.connection.execute("RESET ROLE")


@pytest.fixture
def as_plain_role(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request of the test's browsers is answered by a plain role; what the test itself does is not."""
    if connection.vendor != "postgresql":
        return
    role, request = plain_role(), Client.request

    def asked(self: Client, **given: Any) -> Any:
        with acting(role):
            return request(self, **given)

    monkeypatch.setattr(Client, "request", asked)
