"""One version of a change order is open or agreed: signed twice it would be two caps for one job."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("quotes", "0007_extension_tranche")]

    operations = [
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "CHANGE_ORDER"), ("status__in", ["ISSUED", "APPROVED", "SETTLED"])),
                fields=("engagement", "number"),
                name="change_order_one_offer",
            ),
        ),
    ]
