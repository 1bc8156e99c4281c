"""The second fence: a client's own monitoring, and the desk of the provider that is told of it."""

from django.db import migrations

from breakfix.kernel.fence import policies

MINE = "(SELECT breakfix_organisation())"
OF_SOURCE = "EXISTS (SELECT 1 FROM intake_alertsource above WHERE above.id = source_id)"

CONDITIONS = {
    "intake_alertsource": f"(client_id = {MINE} OR provider_id = {MINE})",
    "intake_delivery": OF_SOURCE,
    "intake_alert": OF_SOURCE,
    "intake_alertcount": "EXISTS (SELECT 1 FROM intake_alert above WHERE above.id = alert_id)",
}


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0001_initial"),
        ("histories", "0002_fence"),
    ]
    operations = [policies(CONDITIONS)]
