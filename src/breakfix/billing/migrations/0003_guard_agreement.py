"""No quote is approved that nobody was asked about: the database looks for the answer under the very hash.

Until now a row that called itself APPROVED could be inserted beside the one that the client signed, and carry a tranche.
A quote becomes approved only with an approved round about it, bound to its hash, in which a person decided; and what a
round asked about, and how it ended, stays.
"""

from importlib import import_module
from typing import Any

from django.db import migrations

guard = import_module("breakfix.billing.migrations.0002_guard")
NOBODY_AGREED = (
    "NOT EXISTS (SELECT 1 FROM approvals_round r JOIN approvals_seat s ON s.round_id = r.id"
    " WHERE r.subject = 'quote/' || NEW.id AND r.subject_sha256 = NEW.sha256 AND r.engagement_id = NEW.engagement_id"
    " AND r.purpose = 'quote' AND r.status = 'APPROVED' AND s.decided_by_id IS NOT NULL"
    " AND s.state IN ('APPROVED', 'BYPASSED_EMERGENCY', 'RATIFIED', 'RATIFICATION_REFUSED'))"
)
WORDS = "a quote is approved by those who were asked about it"
REFUSALS = (
    (
        "quote_inserted_with_its_round",
        "quotes_quote",
        "INSERT",
        f"NEW.status = 'APPROVED' AND {NOBODY_AGREED}",
        WORDS,
    ),
    (
        "quote_approved_with_its_round",
        "quotes_quote",
        "UPDATE",
        f"NEW.status = 'APPROVED' AND OLD.status <> 'APPROVED' AND {NOBODY_AGREED}",
        WORDS,
    ),
    (
        "round_never_changes",
        "approvals_round",
        "UPDATE",
        "NEW.subject <> OLD.subject OR NEW.subject_sha256 <> OLD.subject_sha256 OR NEW.purpose <> OLD.purpose"
        " OR NEW.engagement_id <> OLD.engagement_id OR (OLD.status <> 'OPEN' AND NEW.status <> OLD.status)",
        "what a round asked about and how it ended never changes",
    ),
    ("round_never_goes", "approvals_round", "DELETE", "OLD.status <> 'OPEN'", "a round that ended never goes"),
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
        ("billing", "0002_guard"),
        ("approvals", "0001_initial"),
        ("quotes", "0001_initial"),
    ]
    operations = [migrations.RunPython(raise_guard, lower_guard)]
