"""Service credits on invoices, and credit notes that release what a month's cap kept back.

SQLite changes the table by copying it: what guards it is laid aside and put back word for word.
"""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

guards = import_module("breakfix.quotes.migrations.0005_dispositions")


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0006_guard_extensions"),
        ("incidents", "0010_fence"),
        ("parties", "0003_person_sessions_ended"),
    ]

    operations = [
        migrations.RunPython(guards.lay_aside, guards.put_back),
        migrations.AddField(
            model_name="invoice",
            name="corrects",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="billing.invoice"
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="credit_minor",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="invoice",
            name="kind",
            field=models.CharField(
                choices=[("INVOICE", "INVOICE"), ("CREDIT_NOTE", "CREDIT_NOTE")], default="INVOICE", max_length=11
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="labour_minor",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="invoice",
            name="withheld_minor",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("corrects", None), ("kind", "INVOICE"), ("subtotal_minor__gte", 0)),
                    models.Q(
                        ("corrects__isnull", False),
                        ("kind", "CREDIT_NOTE"),
                        ("labour_minor", 0),
                        ("subtotal_minor__lt", 0),
                        ("withheld_minor", 0),
                    ),
                    _connector="OR",
                ),
                name="credit_note_corrects_an_invoice",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("credit_minor__gte", 0), ("labour_minor__gte", 0), ("withheld_minor__gte", 0)),
                name="invoice_credit_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(fields=("corrects",), name="invoice_corrected_once"),
        ),
        migrations.RunPython(guards.put_back, guards.lay_aside),
    ]
