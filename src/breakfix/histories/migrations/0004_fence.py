"""The second fence of change orders."""

from django.db import migrations

from breakfix.kernel.fence import policies

CONDITIONS = {
    "quotes_changeorder": "EXISTS (SELECT 1 FROM quotes_quote above WHERE above.id = quote_id)",
}


class Migration(migrations.Migration):
    dependencies = [
        ("histories", "0003_fence"),
        ("quotes", "0003_change_orders"),
    ]
    operations = [policies(CONDITIONS)]
