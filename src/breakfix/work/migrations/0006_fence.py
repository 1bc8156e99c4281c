"""The second fence of what was restored within the fee: as far as the engagement is seen."""

from django.db import migrations

from breakfix.kernel.fence import policies

CONDITIONS = {
    "work_feerestoration": "EXISTS (SELECT 1 FROM incidents_engagement above WHERE above.id = engagement_id)",
}


class Migration(migrations.Migration):
    dependencies = [
        ("work", "0005_within_fee"),
        ("histories", "0002_fence"),
    ]
    operations = [policies(CONDITIONS)]
