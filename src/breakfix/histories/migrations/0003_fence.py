"""The second fence of the tables that came later: tokens, invitations, questions about a quote."""

from django.db import migrations

from breakfix.kernel.fence import policies

MINE, ME = "(SELECT breakfix_organisation())", "(SELECT breakfix_person())"

CONDITIONS = {
    "parties_token": f"(organisation_id = {MINE} OR person_id = {ME})",
    "accounts_invitation": "EXISTS (SELECT 1 FROM parties_person above WHERE above.id = person_id)",
    "quotes_question": "EXISTS (SELECT 1 FROM quotes_quote above WHERE above.id = quote_id)",
}


class Migration(migrations.Migration):
    dependencies = [
        ("histories", "0002_fence"),
        ("parties", "0002_token"),
        ("accounts", "0001_initial"),
        ("quotes", "0002_questions"),
    ]
    operations = [policies(CONDITIONS)]
