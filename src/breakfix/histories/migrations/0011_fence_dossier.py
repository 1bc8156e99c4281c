"""The second fence of the environment dossier: the client's own; of a provider, whoever was let in on an engagement on
which this kind of entry, of that very site, is revealed."""

from importlib import import_module

from django.db import migrations

from breakfix.kernel.fence import policies

fence = import_module("breakfix.histories.migrations.0002_fence")
REVEALED = (
    "EXISTS (SELECT 1 FROM diagnosis_dossierreveal r JOIN incidents_engagement e ON e.id = r.engagement_id"
    " WHERE e.site_id = diagnosis_dossierentry.site_id AND r.kind = diagnosis_dossierentry.kind"
    " AND r.withdrawn_at IS NULL)"
)
CONDITIONS = {
    "diagnosis_dossierreveal": fence.ENGAGEMENT,
    "diagnosis_dossierreading": fence.ENGAGEMENT,
    "diagnosis_dossierentry": f"(client_id = {fence.MINE} OR {REVEALED})",
}


class Migration(migrations.Migration):
    dependencies = [
        ("histories", "0010_fence_extensions"),
        ("diagnosis", "0004_dossier"),
    ]
    operations = [policies(CONDITIONS)]
