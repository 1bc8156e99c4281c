"""A forensic extension is a tranche of its own, beside the fee's and outside N.

SQLite changes the table by copying it: what guards it is laid aside and put back word for word, as in 0005.
"""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

guards = import_module("breakfix.quotes.migrations.0005_dispositions")


class Migration(migrations.Migration):
    dependencies = [
        ("diagnosis", "0002_forensic_extension"),
        ("incidents", "0003_deposit_ends"),
        ("quotes", "0006_deposits"),
    ]

    operations = [
        migrations.RunPython(guards.lay_aside, guards.put_back),
        migrations.RemoveConstraint(
            model_name="tranche",
            name="tranche_of_a_quote",
        ),
        migrations.AddField(
            model_name="tranche",
            name="extension",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="diagnosis.forensicextension",
            ),
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
                ],
                max_length=14,
            ),
        ),
        migrations.AddConstraint(
            model_name="tranche",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("disposition", None), ("extension", None), ("kind", "FORENSIC"), ("quote", None)),
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
        migrations.AddConstraint(
            model_name="tranche",
            constraint=models.UniqueConstraint(fields=("extension",), name="tranche_one_per_extension"),
        ),
        migrations.RunPython(guards.put_back, guards.lay_aside),
    ]
