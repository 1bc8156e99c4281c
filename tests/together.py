"""Deeds side by side on PostgreSQL: begun at once, or one of them in the very middle of another."""

import threading
import time
from collections.abc import Callable

from django.db import DatabaseError, connection

from breakfix.kernel.errors import Refused

PATIENCE = 60  # seconds until a test gives up on a deed that never ends
Do = Callable[[], object]


def how_it_ended(deed: Do) -> str:
    """With "done", the code of a refusal, or what the database said of a fault that nobody declared."""
    try:
        deed()
    except Refused as no:
        return no.code
    except DatabaseError as error:
        return str(error).split("\n", 1)[0]
    return "done"


def both(*deeds: Do) -> list[str]:
    """Each deed in a thread of its own, begun together; how each ended, in the order given."""
    start, said = threading.Barrier(len(deeds)), [""] * len(deeds)

    def press(number: int, do: Do) -> None:
        try:
            start.wait(10)
            said[number] = how_it_ended(do)
        finally:
            connection.close()

    people = [threading.Thread(target=press, args=one) for one in enumerate(deeds)]
    for one in people:
        one.start()
    for one in people:
        one.join(PATIENCE)
    return said


class Begun:
    """A deed that began beside an open transaction of the test, and by now waits for it or has ended."""

    def __init__(self, deed: Do) -> None:
        self._said, self._backend = "", 0
        self._thread = threading.Thread(target=self._press, args=[deed])
        self._thread.start()
        until = time.monotonic() + PATIENCE
        while self._thread.is_alive() and not self._waits():
            assert time.monotonic() < until, "the deed neither waits nor ends"
            time.sleep(0.01)

    def _press(self, deed: Do) -> None:
        try:
            connection.ensure_connection()
            self._backend = connection.connection.info.backend_pid
            self._said = how_it_ended(deed)
        finally:
            connection.close()

    def _waits(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted", [self._backend])
            return cursor.fetchone() is not None

    @property
    def has_ended(self) -> bool:
        return not self._thread.is_alive()

    def said(self) -> str:
        """How it ended, once what it waited for is over."""
        self._thread.join(PATIENCE)
        return self._said
