"""Room for the mode in which a saving is shared; the guards are laid aside and put back as in 0003."""

from importlib import import_module

from django.db import migrations, models

before = import_module("breakfix.quotes.migrations.0003_change_orders")


class Migration(migrations.Migration):
    dependencies = [("quotes", "0003_change_orders"), ("billing", "0004_guard_change_orders")]
    operations = [
        migrations.RunPython(before.lay_aside, before.put_back),
        migrations.AlterField(
            model_name="quote",
            name="mode",
            field=models.CharField(
                choices=[("NTE", "NTE"), ("FIXED", "FIXED"), ("NTE_SHARED", "NTE_SHARED")],
                default="NTE",
                max_length=10,
            ),
        ),
        migrations.RunPython(before.put_back, before.lay_aside),
    ]
