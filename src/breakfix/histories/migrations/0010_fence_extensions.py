"""The second fence of forensic extensions: as far as their engagement is seen."""

from importlib import import_module

from django.db import migrations

from breakfix.kernel.fence import policies

ENGAGEMENT = import_module("breakfix.histories.migrations.0002_fence").ENGAGEMENT


class Migration(migrations.Migration):
    dependencies = [
        ("histories", "0009_fence_deposits"),
        ("diagnosis", "0002_forensic_extension"),
    ]
    operations = [policies({"diagnosis_forensicextension": ENGAGEMENT})]
