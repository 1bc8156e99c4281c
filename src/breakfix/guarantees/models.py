"""Guarantees on finished work."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from breakfix.assets.models import Asset
from breakfix.guarantees.values import GuaranteeKind
from breakfix.incidents.models import Engagement
from breakfix.kernel.models import Row


class Guarantee(Row):
    """The provider answers for this work through `ends_on`; `ends_at` is the local midnight after that day."""

    engagement = models.OneToOneField(Engagement, on_delete=models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", null=True)
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in GuaranteeKind])
    days = models.PositiveIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    ends_at = models.DateTimeField()
    basis = models.TextField()
    started_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="guarantee_forward"),
        ]
        indexes = [models.Index(fields=["asset", "ends_at"], name="guarantee_of_asset")]

    def __str__(self) -> str:
        return f"guarantee through {self.ends_on.isoformat()}"

    def is_live(self, at: datetime) -> bool:
        """Whether a claim at this instant is in time."""
        return at < self.ends_at
