"""The second fence: how somebody is told is their own; how far a message got, also of those who see its attempt."""

from django.db import migrations

from breakfix.kernel.fence import policies

ME = "(SELECT breakfix_person())"

CONDITIONS = {
    "outbox_preference": f"person_id = {ME}",
    "outbox_device": f"person_id = {ME}",
    "outbox_message": f"(person_id = {ME} OR EXISTS"
    " (SELECT 1 FROM approvals_attempt above WHERE above.id = attempt_id))",
    "outbox_acknowledgement": "false",
}


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0001_initial"),
        ("histories", "0002_fence"),
    ]
    operations = [policies(CONDITIONS)]
