"""The second fence of what the provider holds: as far as the engagement is seen."""

from django.db import migrations

from breakfix.kernel.fence import policies

ENGAGEMENT = "EXISTS (SELECT 1 FROM incidents_engagement above WHERE above.id = engagement_id)"
CONDITIONS = {"custody_handover": ENGAGEMENT, "custody_custodyitem": ENGAGEMENT}


class Migration(migrations.Migration):
    dependencies = [
        ("histories", "0005_fence_calls"),
        ("custody", "0001_initial"),
    ]
    operations = [policies(CONDITIONS)]
