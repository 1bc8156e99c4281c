"""How often a question was asked again, and what a past wait names; questions that are open now are asked again, too."""

from typing import Any

from django.db import migrations, models

from breakfix.kernel import clock, fence


def plan_open_questions(apps: Any, _schema_editor: Any) -> None:
    """One look for each: what was held before nobody would ever have planned."""
    now, tasks = clock.real_now(), apps.get_model("kernel", "Task")
    held = apps.get_model("incidents", "Hold").objects.filter(reason="AWAITING_CLIENT_INFO", ended_at=None)
    with fence.as_machine():  # whoever applies it: rows behind the fence are seen by nobody else
        found = list(held.values_list("engagement_id", flat=True))
    for key in found:
        payload = {"topic": f"engagement/{key}"}
        times = dict.fromkeys(("planned_at", "due_at", "next_attempt_at"), now)
        tasks.objects.get_or_create(
            key=f"question.plan:upgrade:{key}", defaults={"kind": "question.plan", "payload": payload, **times}
        )


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0011_drill_ended_because"),
        ("kernel", "0003_guess"),
    ]

    operations = [
        migrations.AddField(
            model_name="hold",
            name="reminded_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="hold",
            name="reminders",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="pauseproposal",
            name="question",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="pauseproposal",
            name="vendor_ref",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="pauseproposal",
            name="window_id",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.RunPython(plan_open_questions, migrations.RunPython.noop),
    ]
