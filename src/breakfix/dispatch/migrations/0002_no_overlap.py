"""Two live bookings of one technician never overlap: PostgreSQL holds that by itself, without any extension.

SQLite has no exclusion constraints; there the check under the technician's lock is the only fence.
"""

from typing import Any

from django.db import migrations

ADD = """
ALTER TABLE dispatch_booking ADD CONSTRAINT booking_no_overlap EXCLUDE USING gist (
    int8range(technician_id, technician_id, '[]') WITH &&,
    tstzrange(starts_at, ends_at) WITH &&
) WHERE (released_at IS NULL)
"""
DROP = "ALTER TABLE dispatch_booking DROP CONSTRAINT booking_no_overlap"


def add(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(ADD)


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0001_initial")]

    operations = [migrations.RunPython(add, drop)]
