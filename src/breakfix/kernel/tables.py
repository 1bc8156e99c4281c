"""The tables of a new place on SQLite, made at once: `tables.sql` is what all migrations up to some day come to.

One migration after the other takes a machine half a minute in which nothing is to be seen; this takes a moment. What
was added after that day `migrate` adds, as it always does, so an old file is slower and never wrong. That it comes to
the same as the migrations themselves is shown by tests/cli/test_tables.py; `python tools/tables.py` writes it anew.
"""

from pathlib import Path

from django.db import connection, transaction

from breakfix.kernel import clock

FILE = Path(__file__).with_name("tables.sql")
APART = ";\n\n"  # between two statements; a trigger has no such place inside


def made_at_once() -> bool:
    """Make all tables of an empty SQLite database; on any other, touch nothing and say False."""
    if connection.vendor != "sqlite" or not FILE.exists() or connection.introspection.table_names():
        return False
    statements = FILE.read_text(encoding="utf-8").strip().removesuffix(";").split(APART)
    with transaction.atomic(), connection.cursor() as cursor:
        # Whoever starts at the same time has made them while this one waited for its turn.
        if connection.introspection.table_names(cursor):
            return False
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("UPDATE django_migrations SET applied = %s", [clock.real_now()])
    return True
