"""The second fence of calls to approvers: as far as the seat they are about is seen."""

from django.db import migrations

from breakfix.kernel.fence import policies

CONDITIONS = {"approvals_phonecall": "EXISTS (SELECT 1 FROM approvals_seat above WHERE above.id = seat_id)"}


class Migration(migrations.Migration):
    dependencies = [
        ("histories", "0004_fence"),
        ("approvals", "0003_phone_calls"),
    ]
    operations = [policies(CONDITIONS)]
