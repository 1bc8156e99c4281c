"""The second fence of what follows a rejection: as far as the engagement, or the quote, is seen."""

from django.db import migrations

from breakfix.kernel.fence import policies

CONDITIONS = {
    "quotes_disposition": "EXISTS (SELECT 1 FROM incidents_engagement above WHERE above.id = engagement_id)",
    "quotes_choice": "EXISTS (SELECT 1 FROM quotes_quote above WHERE above.id = quote_id)",
}


class Migration(migrations.Migration):
    dependencies = [
        ("histories", "0006_fence_custody"),
        ("quotes", "0005_dispositions"),
    ]
    operations = [policies(CONDITIONS)]
