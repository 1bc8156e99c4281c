"""The table of statements of work: a part of `models`, apart because nothing else hangs on it."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from breakfix.incidents.values import SowOutcome
from breakfix.kernel.models import Row
from breakfix.kernel.money import Money


class StatementOfWork(Row):
    """What is done although it is not agreed, or somebody else owes it: an approver of the client accepts it.

    `because` holds each exception in words, as the route test found it when the statement was put to the client.
    """

    engagement = models.ForeignKey("incidents.Engagement", on_delete=models.PROTECT, related_name="+")
    scope = models.TextField()
    because: "models.JSONField[Any, Any]" = models.JSONField()
    outside = models.BooleanField()  # of the agreed scope, by its domain or by an exclusion
    waives = models.BooleanField()  # a warranty or contract that somebody else would repair under
    # The price of the diagnosis, where the agreement names none.
    fee_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True, choices=[(one.value, one.value) for one in SowOutcome])
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        app_label = "incidents"
        constraints = [
            models.UniqueConstraint(fields=["engagement"], condition=Q(decided_at=None), name="sow_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(decided_at=None, outcome="") | Q(decided_at__isnull=False) & ~Q(outcome=""),
                name="sow_decided",
            ),
            models.CheckConstraint(condition=Q(fee_minor=None) | Q(fee_minor__gte=0), name="sow_fee"),
            models.CheckConstraint(condition=Q(outside=True) | Q(waives=True), name="sow_of_an_exception"),
        ]

    def __str__(self) -> str:
        return f"statement of work for engagement {self.engagement_id}"

    @property
    def fee(self) -> Money | None:
        """What it states for the diagnosis within business hours."""
        return None if self.fee_minor is None else Money.from_minor(self.fee_minor, self.currency)
