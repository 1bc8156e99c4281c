"""The table of downgrades put to the client: a part of `models`, apart because nothing else hangs on it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from breakfix.agreements.values import Priority
from breakfix.incidents.values import DowngradeOutcome, PriorityChange
from breakfix.kernel.models import Row

PRIORITIES = [(one.value, one.value) for one in Priority]
OUTCOMES = [(one.value, one.value) for one in DowngradeOutcome]


class DowngradeProposal(Row):
    """The desk asks the client to let a lower priority hold; until somebody of theirs consents, nothing changes."""

    engagement = models.ForeignKey("incidents.Engagement", on_delete=models.PROTECT, related_name="+")
    was = models.CharField(max_length=2, choices=PRIORITIES)
    becomes = models.CharField(max_length=2, choices=PRIORITIES)
    change = models.CharField(max_length=30, choices=[(one.value, one.value) for one in PriorityChange])
    reason = models.CharField(max_length=400)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True, choices=OUTCOMES)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        app_label = "incidents"
        constraints = [
            models.UniqueConstraint(
                fields=["engagement"], condition=Q(decided_at=None), name="downgrade_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, outcome="") | Q(decided_at__isnull=False) & ~Q(outcome=""),
                name="downgrade_decided",
            ),
            # "P1" < "P2": the smaller word is the higher priority.
            models.CheckConstraint(condition=Q(becomes__gt=F("was")), name="downgrade_is_lower"),
        ]

    def __str__(self) -> str:
        return f"{self.was} to {self.becomes}"
