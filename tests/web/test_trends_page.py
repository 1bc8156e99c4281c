"""What fails, on its page: the same number of queries for one failure as for many."""

from collections.abc import Callable
from datetime import UTC, datetime

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.histories.test_trends import kept
from tests.makers import World


def test_page_reads_as_much_of_many_as_of_one(world: World, sign_in: Callable[[str], Client]) -> None:
    nora, counts = sign_in("nora"), []
    assert "Nothing has failed" in nora.get("/assets/trends").content.decode()
    for number in range(3):
        kept(world, f"INC{number}", datetime(2026, 10, 5 + number, 9, tzinfo=UTC), 4)
        if number != 1:
            with CaptureQueriesContext(connection) as queries:
                page = nora.get("/assets/trends").content.decode()
            counts.append(len(queries))
    assert counts[0] == counts[1]
    assert "2026-10" in page
    assert "2 within 90 days of the time before" in page
