"""The database goes away under the worker, which waits for it instead of ending."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import OperationalError, connection

from breakfix.jobs import worker
from breakfix.kernel import clock
from tests import makers_incidents
from tests.makers import World


def test_worker_outlives_a_database_that_does_not_answer(transactional_db: None, world: World) -> None:
    makers_incidents.reported(world)  # committed: the worker closes its connection and opens a new one
    stop, tries = threading.Event(), 0
    patience = threading.Timer(30, stop.set)  # a worker that no longer asks must not keep the test waiting
    patience.start()

    def away(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal tries
        tries += 1
        if tries > 1:
            stop.set()
        raise OperationalError("the server closed the connection unexpectedly")

    with clock.set_to(makers_incidents.REPORTED), connection.execute_wrapper(away):
        worker.work(stop)
    patience.cancel()
    assert tries > 1
