"""The second fence around the tallies of alerts; what came before they were made is what is kept of it."""

from typing import Any

from django.db import migrations
from django.db.models import Sum

from breakfix.kernel.fence import as_machine, policies

CONDITIONS = {"intake_alerttally": "EXISTS (SELECT 1 FROM intake_alertsource above WHERE above.id = source_id)"}


def count_before(apps: Any, _schema_editor: Any) -> None:
    tables = {
        name: apps.get_model("intake", name) for name in ("AlertSource", "AlertCount", "AlertTally", "Delivery")
    }
    with as_machine():  # whoever applies it: rows behind the fence are seen by nobody else
        for source in tables["AlertSource"].objects.all():
            told = tables["AlertCount"].objects.filter(alert__source=source).aggregate(all=Sum("told"))["all"] or 0
            kept = tables["Delivery"].objects.filter(source=source).count()
            tables["AlertTally"].objects.create(source=source, messages=kept, alerts=told)


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0006_alert_tally"),
    ]
    operations = [policies(CONDITIONS), migrations.RunPython(count_before, migrations.RunPython.noop)]
