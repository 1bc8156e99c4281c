"""Django's PostgreSQL, which is told who stands before it with the first statement of each of them."""

from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from breakfix.kernel import fence


class DatabaseWrapper(base.DatabaseWrapper):
    """Named in the settings as `breakfix.kernel.postgresql`."""

    told: fence.Standing | None = None  # who the connection believes is there; None where it has to be told

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.execute_wrappers.append(self._sent)

    def _sent(self, send: Callable[..., Any], *statement: Any) -> Any:
        fence.tell(self)
        return send(*statement)

    def init_connection_state(self) -> None:
        super().init_connection_state()
        self.told = None  # also the one after a lost one
        fence.tell(self)

    # What is rolled back takes along what was told since: who is believed to be there is whoever was before.

    def _rollback(self) -> None:
        self.told = None
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        try:
            super()._savepoint_rollback(sid)  # type: ignore[misc]
        finally:
            self.told = None

    def _commit(self) -> None:
        # Of a transaction whose error somebody swallowed PostgreSQL makes a rollback, without a word.
        if self.connection is not None and self.connection.info.transaction_status is TransactionStatus.INERROR:
            self.told = None
        super()._commit()  # type: ignore[misc]
