"""The second fence: PostgreSQL is told who stands before it, and shows no row across the border of organisations.

`visible_to` is the first fence. Should a query ever forget it, row-level security asks who was let in here: nobody
is, until a door says so, and nobody sees nothing. On SQLite there is no second fence, and all of this does nothing.

What the settings hold is `breakfix.person` and `breakfix.organisation` (ids) and `breakfix.machine` ("on").
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from django.db import migrations
from psycopg.pq import TransactionStatus

from breakfix.kernel.access import Actor


class Standing(NamedTuple):
    """Who stands before the database."""

    person: int | None = None
    organisation: int | None = None
    machine: bool = False


NOBODY, MACHINE = Standing(), Standing(machine=True)
_standing: ContextVar[Standing] = ContextVar("standing")
# What a whole process is that serves nobody in particular: the worker, the terminal, a migration.
_process = [NOBODY]
TELL = (
    "SELECT set_config('breakfix.person', %s, false), set_config('breakfix.organisation', %s, false),"
    " set_config('breakfix.machine', %s, false)"
)


def standing() -> Standing:
    """Who stands there now, in this thread."""
    return _standing.get(_process[0])


def process_is_machine() -> None:
    """From now on this whole process acts for the house; said before it connects, and never by a web server."""
    _process[0] = MACHINE


def let_in(by: Actor) -> None:
    """From now on this one stands before the database: a door says so once it knows who asks."""
    _stand(MACHINE if by.is_machine else Standing(by.person_id, by.organisation_id))


def let_in_person(person_id: int, organisation_id: int) -> None:
    """As `let_in`, before anybody asked for this person's roles."""
    _stand(Standing(person_id, organisation_id))


def leave() -> None:
    """Nobody stands there any more: a door says so before and after each request."""
    _stand(_process[0])


@contextmanager
def as_machine() -> Iterator[None]:
    """For the few steps of a deed that cross the border on purpose: the other side's log, its grants, its numbers.

    The caller has decided what may be read or written; keep it as short as a step.
    """
    before = standing()
    _stand(MACHINE)
    try:
        yield
    finally:
        _stand(before)


def _stand(who: Standing) -> None:
    _standing.set(who)


def tell(database: Any) -> None:
    """Say who stands there, where that is news to this connection; below the ORM, so that it is no query of a page.

    Each statement asks for this before it is sent, so whoever stands there for no statement costs none.
    """
    who = standing()
    if who == database.told or database.connection is None or database.connection.closed:
        return
    # A failed transaction takes nothing; its rollback brings back who stood there when it began.
    if database.connection.info.transaction_status is TransactionStatus.INERROR:
        return
    database.told = None  # whatever interrupts this, it is said again
    with database.wrap_database_errors, database.connection.cursor() as cursor:
        cursor.execute(TELL, [str(who.person or ""), str(who.organisation or ""), "on" if who.machine else ""])
    database.told = who


# ------------------------------------------------------------------------------------------ for migrations


def policies(conditions: Mapping[str, str]) -> migrations.RunPython:
    """A migration's operation: from now on each table shows, takes and changes only rows that meet its condition.

    FORCE binds the owner of the tables too. The machine passes everywhere.
    """

    def raise_fence(_apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return
        for table, condition in conditions.items():
            passes = f"((SELECT breakfix_machine()) OR {condition})"
            schema_editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY", params=None)
            schema_editor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY", params=None)
            made = f"CREATE POLICY fence ON {table} USING {passes} WITH CHECK {passes}"
            schema_editor.execute(made, params=None)

    def lower_fence(_apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return
        for table in conditions:
            schema_editor.execute(f"DROP POLICY fence ON {table}", params=None)
            schema_editor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY", params=None)
            schema_editor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY", params=None)

    return migrations.RunPython(raise_fence, lower_fence)
