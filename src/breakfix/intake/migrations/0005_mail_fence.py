"""The second fence: a provider's own mailboxes; a draft is also its client's."""

from django.db import migrations

from breakfix.kernel.fence import policies

MINE = "(SELECT breakfix_organisation())"
OF_MAILBOX = "EXISTS (SELECT 1 FROM intake_mailbox above WHERE above.id = mailbox_id)"

CONDITIONS = {
    "intake_mailbox": f"(provider_id = {MINE})",
    "intake_mail": OF_MAILBOX,
    "intake_mailtally": OF_MAILBOX,
    "intake_maildraft": f"(client_id = {MINE} OR provider_id = {MINE})",
}


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0004_mail"),
    ]
    operations = [policies(CONDITIONS)]
