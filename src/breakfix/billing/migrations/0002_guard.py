"""What no invoice may ever do, refused by the database itself, on SQLite and on PostgreSQL.

Seven ways to overbill are closed: more lines on an issued invoice, changed lines, a raised cap, a lowered "billed so
far", another engagement or currency than the cap's, a tax beyond reason, and an invoice that passes the cap (the check
on the tranche, moved by the statement that issues). A tranche can only be as large as the approved quote or the
charged fee behind it, and an issued quote cannot change.
"""

from collections.abc import Iterable
from typing import Any

from django.db import migrations

# What an issued quote is; `sha256` covers the rest, which is in `canonical`.
FROZEN = (
    *("issued_at", "canonical", "sha256", "engagement_id", "number", "version", "currency", "mode", "valid_until"),
    *("q_minor", "n_minor", "p50_minor", "p80_minor", "p90_minor"),
    *("credit_minor", "tax_minor", "exposure_minor", "cash_out_minor"),
)


def differs(column: str) -> str:
    """Old and new value are not the same, where one of them may be NULL; the same words for both databases."""
    return f"NEW.{column} <> OLD.{column} OR (NEW.{column} IS NULL) <> (OLD.{column} IS NULL)"


# name, table, moment, column list, condition under which it is refused, what is said
REFUSALS: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "line_only_into_open_invoice",
        "billing_invoiceline",
        "INSERT",
        "(SELECT status FROM billing_invoice WHERE id = NEW.invoice_id) = 'ISSUED'",
        "an issued invoice takes no more lines",
    ),
    (
        "line_of_its_own_engagement",
        "billing_invoiceline",
        "INSERT",
        "(SELECT engagement_id FROM billing_invoice WHERE id = NEW.invoice_id)"
        " <> (SELECT engagement_id FROM quotes_tranche WHERE id = NEW.tranche_id)",
        "a line belongs to a tranche of its own engagement",
    ),
    (
        "line_never_changes",
        "billing_invoiceline",
        "UPDATE",
        "(SELECT status FROM billing_invoice WHERE id = OLD.invoice_id) = 'ISSUED'"
        " OR (SELECT status FROM billing_invoice WHERE id = NEW.invoice_id) = 'ISSUED'",
        "lines of an issued invoice never change",
    ),
    (
        "line_never_goes",
        "billing_invoiceline",
        "DELETE",
        "(SELECT status FROM billing_invoice WHERE id = OLD.invoice_id) = 'ISSUED'",
        "lines of an issued invoice never go",
    ),
    (
        "invoice_begins_open",
        "billing_invoice",
        "INSERT",
        "NEW.status = 'ISSUED'",
        "an invoice is issued, not inserted",
    ),
    (
        "invoice_never_changes",
        "billing_invoice",
        "UPDATE",
        "OLD.status = 'ISSUED'",
        "an issued invoice never changes",
    ),
    (
        "invoice_adds_up",
        "billing_invoice",
        "UPDATE",
        "NEW.status = 'ISSUED' AND NEW.subtotal_minor <>"
        " (SELECT COALESCE(SUM(amount_minor), 0) FROM billing_invoiceline WHERE invoice_id = NEW.id)",
        "an invoice is the sum of its lines",
    ),
    (
        # Asked again when it is issued: until then invoice and lines may still be moved about.
        "invoice_of_its_own_engagement",
        "billing_invoice",
        "UPDATE",
        "NEW.status = 'ISSUED' AND EXISTS (SELECT 1 FROM billing_invoiceline l JOIN quotes_tranche t"
        " ON t.id = l.tranche_id WHERE l.invoice_id = NEW.id AND (t.engagement_id <> NEW.engagement_id"
        " OR t.currency <> NEW.currency OR l.currency <> NEW.currency))",
        "an invoice bills its own engagement in the currency of its caps",
    ),
    (
        # A cap is before tax; the rates are not in the database, but no tax doubles a price.
        "invoice_taxed_in_reason",
        "billing_invoice",
        "UPDATE",
        "NEW.status = 'ISSUED' AND ABS(NEW.tax_minor) > ABS(NEW.subtotal_minor)",
        "a tax above the sum it is charged on is no tax",
    ),
    ("invoice_never_goes", "billing_invoice", "DELETE", "OLD.status = 'ISSUED'", "an issued invoice never goes"),
    (
        "tranche_begins_agreed",
        "quotes_tranche",
        "INSERT",
        "NEW.billed_minor <> 0"
        " OR (NEW.kind = 'FORENSIC' AND NEW.cap_minor <> COALESCE((SELECT charged_minor FROM incidents_forensicfee"
        " WHERE engagement_id = NEW.engagement_id), -1))"
        " OR (NEW.kind <> 'FORENSIC' AND NEW.cap_minor <> COALESCE((SELECT n_minor FROM quotes_quote"
        " WHERE id = NEW.quote_id AND engagement_id = NEW.engagement_id AND status = 'APPROVED'), -1))",
        "a tranche is exactly what was approved",
    ),
    (
        "tranche_never_changes",
        "quotes_tranche",
        "UPDATE",
        "NEW.cap_minor <> OLD.cap_minor OR NEW.kind <> OLD.kind OR NEW.engagement_id <> OLD.engagement_id"
        " OR NEW.currency <> OLD.currency OR COALESCE(NEW.quote_id, 0) <> COALESCE(OLD.quote_id, 0)",
        "a cap never changes; more work is a new approved change order",
    ),
    (
        "tranche_tells_what_was_billed",
        "quotes_tranche",
        "UPDATE",
        "NEW.billed_minor <> (SELECT COALESCE(SUM(l.amount_minor), 0) FROM billing_invoiceline l"
        " JOIN billing_invoice i ON i.id = l.invoice_id WHERE l.tranche_id = NEW.id AND i.status = 'ISSUED')",
        "what was billed is the sum of the issued lines, nothing else",
    ),
    ("tranche_never_goes", "quotes_tranche", "DELETE", "1 = 1", "a tranche never goes"),
    (
        "quote_never_changes",
        "quotes_quote",
        "UPDATE",
        f"OLD.issued_at IS NOT NULL AND ({' OR '.join(differs(column) for column in FROZEN)})",
        "an issued quote never changes",
    ),
    ("quote_never_goes", "quotes_quote", "DELETE", "OLD.issued_at IS NOT NULL", "an issued quote never goes"),
)
ISSUING = (
    "UPDATE quotes_tranche SET billed_minor = billed_minor + (SELECT SUM(amount_minor) FROM billing_invoiceline"
    " WHERE invoice_id = NEW.id AND tranche_id = quotes_tranche.id)"
    " WHERE id IN (SELECT tranche_id FROM billing_invoiceline WHERE invoice_id = NEW.id)"
)
ISSUED = "NEW.status = 'ISSUED' AND OLD.status <> 'ISSUED'"


def refusals_on_sqlite(refusals: Iterable[tuple[str, str, str, str, str]]) -> list[str]:
    return [
        f"CREATE TRIGGER guard_{name} BEFORE {moment} ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{words}'); END"
        for name, table, moment, condition, words in refusals
    ]


def refusals_on_postgresql(refusals: Iterable[tuple[str, str, str, str, str]]) -> list[str]:
    made: list[str] = []
    for name, table, moment, condition, words in refusals:
        gives = "OLD" if moment == "DELETE" else "NEW"
        made += [
            f"CREATE FUNCTION guard_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN"
            f" RAISE EXCEPTION '{words}' USING ERRCODE = 'check_violation'; END IF; RETURN {gives}; END $$",
            f"CREATE TRIGGER guard_{name} BEFORE {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION guard_{name}()",
        ]
    return made


def on_sqlite() -> list[str]:
    issuing = f"CREATE TRIGGER guard_issuing AFTER UPDATE ON billing_invoice WHEN {ISSUED} BEGIN {ISSUING}; END"
    return [*refusals_on_sqlite(REFUSALS), issuing]


def on_postgresql() -> list[str]:
    return [
        *refusals_on_postgresql(REFUSALS),
        f"CREATE FUNCTION guard_issuing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {ISSUED} THEN"
        f" {ISSUING}; END IF; RETURN NULL; END $$",
        "CREATE TRIGGER guard_issuing AFTER UPDATE ON billing_invoice FOR EACH ROW EXECUTE FUNCTION guard_issuing()",
    ]


def raise_guard(apps: Any, schema_editor: Any) -> None:
    vendor = schema_editor.connection.vendor
    for statement in on_sqlite() if vendor == "sqlite" else on_postgresql():
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0001_initial"),
        ("incidents", "0001_initial"),
        ("quotes", "0001_initial"),
    ]
    operations = [migrations.RunPython(raise_guard, migrations.RunPython.noop)]
