"""What a tranche is follows from its offer, and what an offer is never changes: the database asks for both."""

from importlib import import_module
from typing import Any

from django.db import migrations

guard = import_module("breakfix.billing.migrations.0002_guard")
REFUSALS = (
    (
        "tranche_of_its_kind",
        "quotes_tranche",
        "INSERT",
        "NEW.kind <> 'FORENSIC' AND (NEW.kind = 'CHANGE_ORDER')"
        " <> ((SELECT kind FROM quotes_quote WHERE id = NEW.quote_id) = 'CHANGE_ORDER')",
        "a change order is a tranche beside the base, the quote is the base",
    ),
    (
        "quote_stays_what_it_is",
        "quotes_quote",
        "UPDATE",
        "OLD.issued_at IS NOT NULL AND NEW.kind <> OLD.kind",
        "an issued quote never changes",
    ),
    (
        "change_order_never_changes",
        "quotes_changeorder",
        "UPDATE",
        "EXISTS (SELECT 1 FROM quotes_quote WHERE id = OLD.quote_id AND issued_at IS NOT NULL)",
        "what an issued change order rests on never changes",
    ),
)


def raise_guard(apps: Any, schema_editor: Any) -> None:
    on_sqlite = schema_editor.connection.vendor == "sqlite"
    made = guard.refusals_on_sqlite(REFUSALS) if on_sqlite else guard.refusals_on_postgresql(REFUSALS)
    for statement in made:
        schema_editor.execute(statement, params=None)


def lower_guard(apps: Any, schema_editor: Any) -> None:
    on_sqlite = schema_editor.connection.vendor == "sqlite"
    for name, table, *_ in REFUSALS:
        schema_editor.execute(f"DROP TRIGGER guard_{name}" + ("" if on_sqlite else f" ON {table}"), params=None)
        if not on_sqlite:
            schema_editor.execute(f"DROP FUNCTION guard_{name}()", params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0003_guard_agreement"),
        ("quotes", "0003_change_orders"),
    ]
    operations = [migrations.RunPython(raise_guard, lower_guard)]
