"""The index of the words of reports, fenced as the engagement is; what was reported before today is in it as well."""

from importlib import import_module
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from breakfix.incidents.rules.likeness import words_in
from breakfix.kernel import fence

conditions = import_module("breakfix.histories.migrations.0002_fence")
LONGEST, AT_ONCE = 64, 200


def index_reports(apps: Any, _schema_editor: Any) -> None:
    """Whoever applies it: rows behind the fence are seen by nobody else."""
    word_of = apps.get_model("incidents", "ReportWord")
    with fence.as_machine():
        rows = apps.get_model("incidents", "Engagement").objects.order_by("pk")
        for key, title, description in rows.values_list("pk", "title", "description").iterator(AT_ONCE):
            kept = sorted({word[:LONGEST] for word in words_in(f"{title} {description}")})
            word_of.objects.bulk_create(word_of(engagement_id=key, word=word, among=len(kept)) for word in kept)


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0013_statements_of_work"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReportWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(max_length=64)),
                ("among", models.PositiveIntegerField()),
                (
                    "engagement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="incidents.engagement",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["word", "engagement"], name="report_word")],
                "constraints": [models.UniqueConstraint(fields=("engagement", "word"), name="report_word_once")],
            },
        ),
        fence.policies({"incidents_reportword": conditions.ENGAGEMENT}),
        migrations.RunPython(index_reports, migrations.RunPython.noop),
    ]
