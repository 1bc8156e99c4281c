"""A service credit is a tranche capped at zero: it may go below, never above.

SQLite changes the table by copying it: what guards it is laid aside and put back word for word, as in 0005.
"""

from importlib import import_module

from django.db import migrations, models

guards = import_module("breakfix.quotes.migrations.0005_dispositions")


class Migration(migrations.Migration):
    dependencies = [
        ("diagnosis", "0005_collector"),
        ("incidents", "0010_fence"),
        ("quotes", "0009_deposit_refunds"),
    ]

    operations = [
        migrations.RunPython(guards.lay_aside, guards.put_back),
        migrations.RemoveConstraint(
            model_name="tranche",
            name="tranche_never_above_cap",
        ),
        migrations.RemoveConstraint(
            model_name="tranche",
            name="tranche_once",
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
                    ("EXTENSION", "EXTENSION"),
                    ("DISPOSITION", "DISPOSITION"),
                    ("SERVICE_CREDIT", "SERVICE_CREDIT"),
                ],
                max_length=14,
            ),
        ),
        migrations.AddConstraint(
            model_name="tranche",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("billed_minor__gte", 0), ("kind", "SERVICE_CREDIT"), _connector="OR"),
                    ("billed_minor__lte", models.F("cap_minor")),
                ),
                name="tranche_never_above_cap",
            ),
        ),
        migrations.AddConstraint(
            model_name="tranche",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ["FORENSIC", "BASE", "SERVICE_CREDIT"])),
                fields=("engagement", "kind"),
                name="tranche_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="tranche",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("disposition", None),
                        ("extension", None),
                        ("kind__in", ["FORENSIC", "SERVICE_CREDIT"]),
                        ("quote", None),
                    ),
                    models.Q(
                        ("disposition", None), ("extension__isnull", False), ("kind", "EXTENSION"), ("quote", None)
                    ),
                    models.Q(
                        ("disposition__isnull", False), ("extension", None), ("kind", "DISPOSITION"), ("quote", None)
                    ),
                    models.Q(
                        ("disposition", None),
                        ("extension", None),
                        ("kind__in", ["BASE", "CHANGE_ORDER"]),
                        ("quote__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="tranche_of_a_quote",
            ),
        ),
        migrations.RunPython(guards.put_back, guards.lay_aside),
    ]
