"""The second fence of deposits: as far as their quote is seen."""

from django.db import migrations

from breakfix.kernel.fence import policies

CONDITIONS = {"quotes_deposit": "EXISTS (SELECT 1 FROM quotes_quote above WHERE above.id = quote_id)"}


class Migration(migrations.Migration):
    dependencies = [
        ("histories", "0008_fence_recoveries"),
        ("quotes", "0006_deposits"),
    ]
    operations = [policies(CONDITIONS)]
