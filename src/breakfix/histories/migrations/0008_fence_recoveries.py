"""The second fence of what came back of a recovery: as far as the engagement is seen."""

from django.db import migrations

from breakfix.kernel.fence import policies

CONDITIONS = {
    "work_recovery": "EXISTS (SELECT 1 FROM incidents_engagement above WHERE above.id = engagement_id)",
}


class Migration(migrations.Migration):
    dependencies = [
        ("histories", "0007_fence_dispositions"),
        ("work", "0004_recoveries"),
    ]
    operations = [policies(CONDITIONS)]
