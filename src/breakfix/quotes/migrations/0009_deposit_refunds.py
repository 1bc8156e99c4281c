"""What of a deposit was paid back: never more than was paid, and with its reference."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("quotes", "0008_one_version"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="deposit",
            name="refund_reference",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="deposit",
            name="refunded_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="deposit",
            name="refunded_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="deposit",
            name="refunded_minor",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddConstraint(
            model_name="deposit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("refund_reference", ""), ("refunded_at", None), ("refunded_by", None), ("refunded_minor", 0)
                    ),
                    models.Q(
                        ("refunded_at__gte", models.F("settled_at")),
                        ("refunded_minor__gt", 0),
                        ("refunded_minor__lte", models.F("amount_minor")),
                        ("refunded_at__isnull", False),
                        ("refunded_by__isnull", False),
                        models.Q(("refund_reference", ""), _negated=True),
                        models.Q(("reference", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="deposit_refund_of_what_was_paid",
            ),
        ),
    ]
