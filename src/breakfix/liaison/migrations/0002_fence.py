"""The second fence of cases at vendors: as far as the engagement is seen."""

from django.db import migrations

from breakfix.kernel.fence import policies

ENGAGEMENT = "EXISTS (SELECT 1 FROM incidents_engagement above WHERE above.id = engagement_id)"
CASE = "EXISTS (SELECT 1 FROM liaison_vendorcase above WHERE above.id = case_id)"
CONDITIONS = {
    "liaison_letter": ENGAGEMENT,
    "liaison_vendorcase": ENGAGEMENT,
    **dict.fromkeys(("liaison_vendorcontact", "liaison_vendorpromise", "liaison_vendorclaim"), CASE),
}


class Migration(migrations.Migration):
    dependencies = [
        ("liaison", "0001_initial"),
        ("histories", "0002_fence"),
    ]
    operations = [policies(CONDITIONS)]
