import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("incidents", "0002_cancelled_at"),
        ("kernel", "0003_guess"),
        ("parties", "0003_person_sessions_ended"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Handover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "direction",
                    models.CharField(choices=[("taken", "taken"), ("handed_back", "handed_back")], max_length=12),
                ),
                ("place", models.CharField(max_length=200)),
                ("note", models.CharField(blank=True, max_length=400)),
                ("done_at", models.DateTimeField()),
                ("signed_at", models.DateTimeField(null=True)),
                (
                    "done_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "engagement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.engagement"
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CustodyItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("position", models.CharField(blank=True, max_length=60)),
                ("description", models.CharField(max_length=200)),
                ("maker", models.CharField(blank=True, max_length=80)),
                ("model", models.CharField(blank=True, max_length=80)),
                ("serial", models.CharField(max_length=80)),
                ("seal", models.CharField(max_length=60)),
                ("condition", models.CharField(blank=True, max_length=300)),
                (
                    "status",
                    models.CharField(
                        choices=[("IN_CUSTODY", "IN_CUSTODY"), ("RETURNED", "RETURNED"), ("DESTROYED", "DESTROYED")],
                        default="IN_CUSTODY",
                        max_length=12,
                    ),
                ),
                (
                    "decision",
                    models.CharField(
                        blank=True, choices=[("return", "return"), ("destroy", "destroy")], max_length=10
                    ),
                ),
                ("decision_reason", models.CharField(blank=True, max_length=400)),
                ("decided_at", models.DateTimeField(null=True)),
                ("destroyed_at", models.DateTimeField(null=True)),
                ("destruction", models.CharField(blank=True, max_length=400)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "destroyed_evidence",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.file"
                    ),
                ),
                (
                    "engagement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.engagement"
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="parties.organisation"
                    ),
                ),
                (
                    "handed_back",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="custody.handover",
                    ),
                ),
                (
                    "taken",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="custody.handover"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("signed_at", None), ("signed_by", None)),
                    models.Q(("signed_at__isnull", False), ("signed_by__isnull", False)),
                    _connector="OR",
                ),
                name="handover_signed_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="custodyitem",
            constraint=models.UniqueConstraint(fields=("engagement", "serial"), name="custody_serial_once"),
        ),
        migrations.AddConstraint(
            model_name="custodyitem",
            constraint=models.UniqueConstraint(fields=("engagement", "seal"), name="custody_seal_once"),
        ),
        migrations.AddConstraint(
            model_name="custodyitem",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("serial", ""), _negated=True), models.Q(("seal", ""), _negated=True)),
                name="custody_item_sealed",
            ),
        ),
        migrations.AddConstraint(
            model_name="custodyitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("destroyed_at", None), ("handed_back", None), ("status", "IN_CUSTODY")),
                    models.Q(
                        ("decision", "return"),
                        ("destroyed_at", None),
                        ("handed_back__isnull", False),
                        ("status", "RETURNED"),
                    ),
                    models.Q(
                        ("decision", "destroy"),
                        ("destroyed_at__isnull", False),
                        ("handed_back", None),
                        ("status", "DESTROYED"),
                    ),
                    _connector="OR",
                ),
                name="custody_ends_as_decided",
            ),
        ),
    ]
