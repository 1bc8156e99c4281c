"""The second fence of escalations and drills: as far as the engagement is seen, or of one's own rehearsals."""

from django.db import migrations

from breakfix.kernel.fence import policies

MINE = "(SELECT breakfix_organisation())"
ENGAGEMENT = "EXISTS (SELECT 1 FROM incidents_engagement above WHERE above.id = engagement_id)"
DRILL = "EXISTS (SELECT 1 FROM incidents_drill above WHERE above.id = drill_id)"
CONDITIONS = {
    "incidents_drill": f"(provider_id = {MINE} OR client_id = {MINE})",
    "incidents_escalation": f"({ENGAGEMENT} OR {DRILL})",
}


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0009_ladder"),
        ("histories", "0002_fence"),
    ]
    operations = [policies(CONDITIONS)]
