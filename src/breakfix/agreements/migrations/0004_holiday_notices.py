"""Agreements signed before hear of it, too, when the holidays that they copied come to their end."""

from typing import Any

from django.db import migrations

from breakfix.kernel import clock, fence


def plan_notices(apps: Any, _schema_editor: Any) -> None:
    """One look for each agreement: nobody would ever have planned the notice of what was signed before."""
    now, tasks = clock.real_now(), apps.get_model("kernel", "Task")
    signed = apps.get_model("agreements", "AgreementVersion").objects.filter(status="SIGNED")
    with fence.as_machine():  # whoever applies it: rows behind the fence are seen by nobody else
        found = list(signed.values_list("agreement_id", flat=True))
    for key in found:
        payload = {"topic": f"agreement/{key}"}
        times = dict.fromkeys(("planned_at", "due_at", "next_attempt_at"), now)
        tasks.objects.get_or_create(
            key=f"holidays.plan:upgrade:{key}", defaults={"kind": "holidays.plan", "payload": payload, **times}
        )


class Migration(migrations.Migration):
    dependencies = [("agreements", "0003_credit_holds"), ("kernel", "0003_guess")]

    operations = [migrations.RunPython(plan_notices, migrations.RunPython.noop)]
