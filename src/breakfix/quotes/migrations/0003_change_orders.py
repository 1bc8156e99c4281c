"""Change orders: offers that add to an approved quote.

SQLite changes a table by copying it, which drops the triggers on it and trips over those that name it: they are laid
aside before and put back after, word for word, so that what guards an issued quote guards it all the time.
"""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_laid_aside: list[tuple[str, str]] = []


def lay_aside(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "sqlite":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%quotes_quote%' ORDER BY rowid"
        )
        _laid_aside[:] = cursor.fetchall()
    for name, _ in _laid_aside:
        schema_editor.execute(f"DROP TRIGGER {name}", params=None)


def put_back(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for _, sql in _laid_aside:
            schema_editor.execute(sql, params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("kernel", "0003_guess"),
        ("quotes", "0002_questions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(lay_aside, put_back),
        migrations.CreateModel(
            name="ChangeOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("new_fault", "new_fault"),
                            ("client_request", "client_request"),
                            ("took_longer", "took_longer"),
                            ("underestimated", "underestimated"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reason", models.TextField()),
                ("excluded", models.TextField(blank=True)),
                ("found_at", models.DateTimeField()),
                ("raised_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="quote",
            name="quote_version_once",
        ),
        migrations.RemoveConstraint(
            model_name="quote",
            name="quote_one_draft",
        ),
        migrations.RemoveConstraint(
            model_name="quote",
            name="quote_one_offer",
        ),
        migrations.AddField(
            model_name="quote",
            name="kind",
            field=models.CharField(
                choices=[("QUOTE", "QUOTE"), ("CHANGE_ORDER", "CHANGE_ORDER")], default="QUOTE", max_length=12
            ),
        ),
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.UniqueConstraint(fields=("engagement", "number", "version"), name="quote_version_once"),
        ),
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["DRAFT", "REVIEWED"])),
                fields=("engagement", "kind"),
                name="quote_one_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "QUOTE"), ("status__in", ["ISSUED", "APPROVED", "SETTLED"])),
                fields=("engagement",),
                name="quote_one_offer",
            ),
        ),
        migrations.AddField(
            model_name="changeorder",
            name="base",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="quotes.quote"),
        ),
        migrations.AddField(
            model_name="changeorder",
            name="evidence",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.file"),
        ),
        migrations.AddField(
            model_name="changeorder",
            name="quote",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="change_order", to="quotes.quote"
            ),
        ),
        migrations.AddConstraint(
            model_name="changeorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("cause__in", ["new_fault", "client_request"])), name="change_order_for_a_cause"
            ),
        ),
        migrations.AddConstraint(
            model_name="changeorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("found_at__lte", models.F("raised_at"))), name="change_order_found_then_raised"
            ),
        ),
        migrations.RunPython(put_back, lay_aside),
    ]
