"""Dispositions after a rejection, each a tranche of its own; the guards are laid aside and put back as in 0003.

Here also those on invoices that look at tranches: SQLite renames the copied table under them.
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
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid")
        _laid_aside[:] = cursor.fetchall()
    for name, _ in _laid_aside:
        schema_editor.execute(f"DROP TRIGGER {name}", params=None)


def put_back(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for _, sql in _laid_aside:
            schema_editor.execute(sql, params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0002_cancelled_at"),
        ("kernel", "0003_guess"),
        ("quotes", "0004_shared_savings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(lay_aside, put_back),
        migrations.CreateModel(
            name="Choice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "option",
                    models.CharField(
                        choices=[
                            ("revise", "revise"),
                            ("second_opinion", "second_opinion"),
                            ("return", "return"),
                            ("destroy", "destroy"),
                            ("nothing", "nothing"),
                        ],
                        max_length=20,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=400)),
                ("chosen_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Disposition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "option",
                    models.CharField(
                        choices=[
                            ("revise", "revise"),
                            ("second_opinion", "second_opinion"),
                            ("return", "return"),
                            ("destroy", "destroy"),
                            ("nothing", "nothing"),
                        ],
                        max_length=20,
                    ),
                ),
                ("description", models.CharField(max_length=200)),
                ("price_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("parts", "parts"),
                            ("hw_labour", "hw_labour"),
                            ("professional_labour", "professional_labour"),
                            ("data_recovery", "data_recovery"),
                            ("freight", "freight"),
                            ("travel", "travel"),
                            ("fees", "fees"),
                        ],
                        max_length=30,
                    ),
                ),
                ("offered_at", models.DateTimeField()),
                ("ordered_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="tranche",
            name="tranche_of_a_quote",
        ),
        migrations.AlterField(
            model_name="tranche",
            name="kind",
            field=models.CharField(
                choices=[
                    ("FORENSIC", "FORENSIC"),
                    ("BASE", "BASE"),
                    ("CHANGE_ORDER", "CHANGE_ORDER"),
                    ("DISPOSITION", "DISPOSITION"),
                ],
                max_length=14,
            ),
        ),
        migrations.AddField(
            model_name="choice",
            name="chosen_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="choice",
            name="quote",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="quotes.quote"),
        ),
        migrations.AddField(
            model_name="disposition",
            name="engagement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.engagement"
            ),
        ),
        migrations.AddField(
            model_name="disposition",
            name="evidence",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.file"
            ),
        ),
        migrations.AddField(
            model_name="disposition",
            name="offered_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="disposition",
            name="ordered_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="disposition",
            name="quote",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="quotes.quote"),
        ),
        migrations.AddField(
            model_name="choice",
            name="disposition",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="quotes.disposition"
            ),
        ),
        migrations.AddField(
            model_name="tranche",
            name="disposition",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="quotes.disposition"
            ),
        ),
        migrations.AddConstraint(
            model_name="tranche",
            constraint=models.UniqueConstraint(fields=("disposition",), name="tranche_one_per_disposition"),
        ),
        migrations.AddConstraint(
            model_name="tranche",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("disposition", None), ("kind", "FORENSIC"), ("quote", None)),
                    models.Q(("disposition__isnull", False), ("kind", "DISPOSITION"), ("quote", None)),
                    models.Q(("disposition", None), ("kind__in", ["BASE", "CHANGE_ORDER"]), ("quote__isnull", False)),
                    _connector="OR",
                ),
                name="tranche_of_a_quote",
            ),
        ),
        migrations.AddConstraint(
            model_name="disposition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("price_minor", 0), models.Q(("evidence__isnull", False), ("price_minor__gt", 0)), _connector="OR"
                ),
                name="disposition_at_proven_cost",
            ),
        ),
        migrations.AddConstraint(
            model_name="disposition",
            constraint=models.CheckConstraint(
                condition=models.Q(("option__in", ["return", "destroy"])), name="disposition_of_things"
            ),
        ),
        migrations.AddConstraint(
            model_name="disposition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ordered_at", None), ("ordered_by", None)),
                    models.Q(("ordered_at__isnull", False), ("ordered_by__isnull", False)),
                    _connector="OR",
                ),
                name="disposition_ordered_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="disposition",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ordered_at__isnull", False)),
                fields=("engagement",),
                name="disposition_ordered_once",
            ),
        ),
        migrations.RunPython(put_back, lay_aside),
    ]
