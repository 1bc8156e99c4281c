"""The table of overrides of a credit hold: a part of `models`, apart because nothing else hangs on it."""

from django.conf import settings
from django.db import models

from breakfix.agreements.models import CreditHold
from breakfix.kernel.models import Row


class CreditOverride(Row):
    """The provider's finance lets one P1 be taken on past a credit hold: past that one, and no later one."""

    engagement = models.ForeignKey("incidents.Engagement", on_delete=models.PROTECT, related_name="+")
    hold = models.ForeignKey(CreditHold, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        app_label = "incidents"
        constraints = [models.UniqueConstraint(fields=["engagement", "hold"], name="credit_override_once")]

    def __str__(self) -> str:
        return f"credit override for engagement {self.engagement_id}"
