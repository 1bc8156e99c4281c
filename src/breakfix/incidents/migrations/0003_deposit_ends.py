from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0002_cancelled_at"),
    ]

    operations = [
        migrations.AlterField(
            model_name="openend",
            name="kind",
            field=models.CharField(
                choices=[
                    ("next_step", "next_step"),
                    ("question", "question"),
                    ("fee", "fee"),
                    ("seat", "seat"),
                    ("ratification", "ratification"),
                    ("access", "access"),
                    ("review", "review"),
                    ("parts", "parts"),
                    ("report", "report"),
                    ("invoice", "invoice"),
                    ("guarantee", "guarantee"),
                    ("custody", "custody"),
                    ("deposit", "deposit"),
                    ("core", "core"),
                ],
                max_length=20,
            ),
        ),
    ]
