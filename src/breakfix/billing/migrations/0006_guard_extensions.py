"""No further diagnosis is billed that the client did not approve, or that was approved and never begun.

An extension becomes approved only with an approved round about it, bound to its hash, in which a person decided; its
sum never changes; and its tranche is exactly that sum, once a step was recorded under it.
"""

from importlib import import_module
from typing import Any

from django.db import migrations

guard = import_module("breakfix.billing.migrations.0002_guard")
dispositions = import_module("breakfix.billing.migrations.0005_guard_dispositions")
# Those of 0005 that did not know of extensions; the first two below take their place.
BEFORE = dispositions.AFTER
BEGUN = (
    "COALESCE((SELECT amount_minor FROM diagnosis_forensicextension WHERE id = NEW.extension_id"
    " AND engagement_id = NEW.engagement_id AND currency = NEW.currency AND status = 'APPROVED'"
    " AND begun_at IS NOT NULL), -1)"
)
NOBODY_AGREED = (
    "NEW.status = 'APPROVED' AND NOT EXISTS (SELECT 1 FROM approvals_round r JOIN approvals_seat s ON s.round_id = r.id"
    " WHERE r.subject = 'forensic_extension/' || NEW.id AND r.subject_sha256 = NEW.sha256"
    " AND r.engagement_id = NEW.engagement_id AND r.purpose = 'forensic_extension' AND r.status = 'APPROVED'"
    " AND s.decided_by_id IS NOT NULL AND s.state = 'APPROVED')"
)
WORDS = "further diagnosis is approved by those who were asked about it"
FROZEN = ("engagement_id", "hours", "amount_minor", "currency", "derivation", "known", "plan", "sha256", "asked_at")
REFUSALS = (
    (
        "tranche_begins_agreed",
        "quotes_tranche",
        "INSERT",
        "NEW.billed_minor <> 0"
        " OR (NEW.kind = 'FORENSIC' AND NEW.cap_minor <> COALESCE((SELECT charged_minor FROM incidents_forensicfee"
        " WHERE engagement_id = NEW.engagement_id), -1))"
        f" OR (NEW.kind = 'EXTENSION' AND NEW.cap_minor <> {BEGUN})"
        f" OR (NEW.kind = 'DISPOSITION' AND NEW.cap_minor <> {dispositions.ORDERED})"
        " OR (NEW.kind NOT IN ('FORENSIC', 'EXTENSION', 'DISPOSITION') AND NEW.cap_minor <> COALESCE((SELECT n_minor"
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
        " OR COALESCE(NEW.disposition_id, 0) <> COALESCE(OLD.disposition_id, 0)"
        " OR COALESCE(NEW.extension_id, 0) <> COALESCE(OLD.extension_id, 0)",
        "a cap never changes; more work is a new approved change order",
    ),
    ("extension_inserted_with_its_round", "diagnosis_forensicextension", "INSERT", NOBODY_AGREED, WORDS),
    (
        "extension_approved_with_its_round",
        "diagnosis_forensicextension",
        "UPDATE",
        f"OLD.status <> 'APPROVED' AND {NOBODY_AGREED}",
        WORDS,
    ),
    (
        "extension_never_changes",
        "diagnosis_forensicextension",
        "UPDATE",
        " OR ".join(guard.differs(column) for column in FROZEN)
        + " OR (OLD.status <> 'ASKED' AND NEW.status <> OLD.status)",
        "what was asked and answered about further diagnosis never changes",
    ),
    ("extension_never_goes", "diagnosis_forensicextension", "DELETE", "1 = 1", "what was asked never goes"),
)


def _raise(schema_editor: Any, refusals: Any) -> None:
    on_sqlite = schema_editor.connection.vendor == "sqlite"
    for statement in guard.refusals_on_sqlite(refusals) if on_sqlite else guard.refusals_on_postgresql(refusals):
        schema_editor.execute(statement, params=None)


def _lower(schema_editor: Any, refusals: Any) -> None:
    on_sqlite = schema_editor.connection.vendor == "sqlite"
    for name, table, *_ in refusals:
        schema_editor.execute(f"DROP TRIGGER guard_{name}" + ("" if on_sqlite else f" ON {table}"), params=None)
        if not on_sqlite:
            schema_editor.execute(f"DROP FUNCTION guard_{name}()", params=None)


def raise_guard(apps: Any, schema_editor: Any) -> None:
    _lower(schema_editor, BEFORE)
    _raise(schema_editor, REFUSALS)


def lower_guard(apps: Any, schema_editor: Any) -> None:
    _lower(schema_editor, REFUSALS)
    _raise(schema_editor, BEFORE)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0005_guard_dispositions"),
        ("approvals", "0004_purpose_extension"),
        ("quotes", "0007_extension_tranche"),
    ]
    operations = [migrations.RunPython(raise_guard, lower_guard)]
