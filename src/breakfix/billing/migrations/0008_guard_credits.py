"""A service credit lowers a bill and never raises one; a credit note gives back no more than was withheld.

A tranche of service credits is capped at zero and no other goes below it: what a credit takes off one invoice opens no
room in any cap for another.
"""

from importlib import import_module
from typing import Any

from django.db import migrations

extensions = import_module("breakfix.billing.migrations.0006_guard_extensions")
# Those of 0006 that did not know of credits: the first one below takes its place.
BEFORE = tuple(one for one in extensions.REFUSALS if one[0] == "tranche_begins_agreed")
_KNOWN = "NEW.kind NOT IN ('FORENSIC', 'EXTENSION', 'DISPOSITION')"
_NOW = "NEW.kind NOT IN ('FORENSIC', 'EXTENSION', 'DISPOSITION', 'SERVICE_CREDIT')"
_BELOW = " OR (NEW.kind = 'SERVICE_CREDIT' AND NEW.cap_minor <> 0)"
REFUSALS = (
    *((*place, f"{condition.replace(_KNOWN, _NOW)}{_BELOW}", words) for *place, condition, words in BEFORE),
    (
        "credit_note_within_withheld",
        "billing_invoice",
        "UPDATE",
        "NEW.status = 'ISSUED' AND NEW.kind = 'CREDIT_NOTE' AND -NEW.subtotal_minor > COALESCE((SELECT withheld_minor"
        " FROM billing_invoice WHERE id = NEW.corrects_id AND status = 'ISSUED' AND kind = 'INVOICE'"
        " AND subtotal_minor >= -NEW.subtotal_minor AND currency = NEW.currency AND provider_id = NEW.provider_id"
        " AND engagement_id = NEW.engagement_id), -1)",
        "a credit note gives back what was withheld, no more",
    ),
    (
        "credit_note_of_credits_only",
        "billing_invoice",
        "UPDATE",
        "NEW.status = 'ISSUED' AND NEW.kind = 'CREDIT_NOTE' AND EXISTS (SELECT 1 FROM billing_invoiceline l"
        " JOIN quotes_tranche t ON t.id = l.tranche_id WHERE l.invoice_id = NEW.id AND t.kind <> 'SERVICE_CREDIT')",
        "a credit note touches no cap",
    ),
    (
        # The month's cap is a share of it.
        "invoice_tells_no_labour_that_it_does_not_bill",
        "billing_invoice",
        "UPDATE",
        "NEW.status = 'ISSUED' AND NEW.labour_minor > (SELECT COALESCE(SUM(amount_minor), 0) FROM billing_invoiceline"
        " WHERE invoice_id = NEW.id AND amount_minor > 0)",
        "no more labour than an invoice bills",
    ),
    (
        "invoice_tells_its_credit",
        "billing_invoice",
        "UPDATE",
        "NEW.status = 'ISSUED' AND NEW.credit_minor <> -(SELECT COALESCE(SUM(l.amount_minor),"
        " 0) FROM billing_invoiceline l JOIN quotes_tranche t ON t.id = l.tranche_id WHERE l.invoice_id = NEW.id"
        " AND t.kind = 'SERVICE_CREDIT')",
        "the credit that an invoice tells is the one on its lines",
    ),
)


def raise_guard(apps: Any, schema_editor: Any) -> None:
    extensions._lower(schema_editor, BEFORE)
    extensions._raise(schema_editor, REFUSALS)


def lower_guard(apps: Any, schema_editor: Any) -> None:
    extensions._lower(schema_editor, REFUSALS)
    extensions._raise(schema_editor, BEFORE)


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_credits"), ("quotes", "0010_credit_tranche")]
    operations = [migrations.RunPython(raise_guard, lower_guard)]
