"""What is charged after a rejection is exactly what the client ordered: the database asks for that, too.

A disposition is offered first and ordered by somebody of the client; from then on its price stays. It belongs to a quote
that was not approved, so that nobody orders a second price for a repair that has one.
"""

from importlib import import_module
from typing import Any

from django.db import migrations

guard = import_module("breakfix.billing.migrations.0002_guard")
ORDERED = (
    "COALESCE((SELECT d.price_minor FROM quotes_disposition d JOIN quotes_quote q ON q.id = d.quote_id"
    " WHERE d.id = NEW.disposition_id AND d.engagement_id = NEW.engagement_id AND d.currency = NEW.currency"
    " AND d.ordered_at IS NOT NULL AND q.engagement_id = d.engagement_id AND q.status IN ('REJECTED', 'EXPIRED')), -1)"
)
OF_THE_CLIENT = (
    "(SELECT organisation_id FROM parties_person WHERE id = NEW.ordered_by_id)"
    " = (SELECT client_id FROM incidents_engagement WHERE id = NEW.engagement_id)"
)
# Those of 0002 that did not know of dispositions, and what takes their place.
BEFORE = tuple(one for one in guard.REFUSALS if one[0] in ("tranche_begins_agreed", "tranche_never_changes"))
AFTER = (
    (
        "tranche_begins_agreed",
        "quotes_tranche",
        "INSERT",
        "NEW.billed_minor <> 0"
        " OR (NEW.kind = 'FORENSIC' AND NEW.cap_minor <> COALESCE((SELECT charged_minor FROM incidents_forensicfee"
        " WHERE engagement_id = NEW.engagement_id), -1))"
        f" OR (NEW.kind = 'DISPOSITION' AND NEW.cap_minor <> {ORDERED})"
        " OR (NEW.kind NOT IN ('FORENSIC', 'DISPOSITION') AND NEW.cap_minor <> COALESCE((SELECT n_minor"
        " FROM quotes_quote WHERE id = NEW.quote_id AND engagement_id = NEW.engagement_id"
        " AND status = 'APPROVED'), -1))",
        "a tranche is exactly what was approved",
    ),
    (
        "tranche_never_changes",
        "quotes_tranche",
        "UPDATE",
        "NEW.cap_minor <> OLD.cap_minor OR NEW.kind <> OLD.kind OR NEW.engagement_id <> OLD.engagement_id"
        " OR NEW.currency <> OLD.currency OR COALESCE(NEW.quote_id, 0) <> COALESCE(OLD.quote_id, 0)"
        " OR COALESCE(NEW.disposition_id, 0) <> COALESCE(OLD.disposition_id, 0)",
        "a cap never changes; more work is a new approved change order",
    ),
)
ADDED = (
    (
        "disposition_begins_offered",
        "quotes_disposition",
        "INSERT",
        "NEW.ordered_at IS NOT NULL",
        "a disposition is offered, then ordered",
    ),
    (
        "disposition_ordered_by_the_client",
        "quotes_disposition",
        "UPDATE",
        f"NEW.ordered_at IS NOT NULL AND OLD.ordered_at IS NULL AND NOT COALESCE({OF_THE_CLIENT}, FALSE)",
        "a disposition is ordered by somebody of the client",
    ),
    (
        "disposition_never_changes",
        "quotes_disposition",
        "UPDATE",
        "NEW.price_minor <> OLD.price_minor OR NEW.currency <> OLD.currency OR NEW.option <> OLD.option"
        " OR NEW.engagement_id <> OLD.engagement_id OR NEW.quote_id <> OLD.quote_id"
        " OR (OLD.ordered_at IS NOT NULL AND (NEW.ordered_at IS NULL OR NEW.ordered_at <> OLD.ordered_at))",
        "the price of a disposition never changes; another price is another offer",
    ),
    (
        "disposition_never_goes",
        "quotes_disposition",
        "DELETE",
        "OLD.ordered_at IS NOT NULL",
        "an ordered disposition never goes",
    ),
)


def _raise(schema_editor: Any, refusals: Any) -> None:
    on_sqlite = schema_editor.connection.vendor == "sqlite"
    made = guard.refusals_on_sqlite(refusals) if on_sqlite else guard.refusals_on_postgresql(refusals)
    for statement in made:
        schema_editor.execute(statement, params=None)


def _drop(schema_editor: Any, refusals: Any) -> None:
    on_sqlite = schema_editor.connection.vendor == "sqlite"
    for name, table, *_ in refusals:
        schema_editor.execute(f"DROP TRIGGER guard_{name}" + ("" if on_sqlite else f" ON {table}"), params=None)
        if not on_sqlite:
            schema_editor.execute(f"DROP FUNCTION guard_{name}()", params=None)


def raise_guard(apps: Any, schema_editor: Any) -> None:
    _drop(schema_editor, BEFORE)
    _raise(schema_editor, (*AFTER, *ADDED))


def lower_guard(apps: Any, schema_editor: Any) -> None:
    _drop(schema_editor, (*AFTER, *ADDED))
    _raise(schema_editor, BEFORE)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0004_guard_change_orders"),
        ("quotes", "0005_dispositions"),
    ]
    operations = [migrations.RunPython(raise_guard, lower_guard)]
