"""Items of the client in the provider's hands, and every time that they changed hands."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from breakfix.custody.values import Decision, Direction, ItemStatus
from breakfix.incidents.models import Engagement
from breakfix.kernel.models import File, Row
from breakfix.parties.models import Organisation


def _choices(words: Any) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in words]


def _person() -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)


class Handover(Row):
    """Items going from one side to the other at one place: who of the provider did it, who of the client signed."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    direction = models.CharField(max_length=12, choices=_choices(Direction))
    place = models.CharField(max_length=200)
    note = models.CharField(max_length=400, blank=True)
    done_by = _person()
    done_at = models.DateTimeField()
    signed_by = _person()
    signed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by=None) | Q(signed_at__isnull=False, signed_by__isnull=False),
                name="handover_signed_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"handover {self.pk}"

    @property
    def subject(self) -> str:
        """How open ends name it."""
        return f"handover/{self.pk}"


class CustodyItem(Row):
    """One thing of the client: always in exactly one organisation's hands, under the seal it was given."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    position = models.CharField(max_length=60, blank=True)
    description = models.CharField(max_length=200)
    maker = models.CharField(max_length=80, blank=True)
    model = models.CharField(max_length=80, blank=True)
    serial = models.CharField(max_length=80)
    seal = models.CharField(max_length=60)
    condition = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=12, choices=_choices(ItemStatus), default=ItemStatus.IN_CUSTODY)
    holder = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    taken = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="+")
    handed_back = models.ForeignKey(Handover, on_delete=models.PROTECT, related_name="+", null=True)
    decision = models.CharField(max_length=10, blank=True, choices=_choices(Decision))
    decision_reason = models.CharField(max_length=400, blank=True)
    decided_by = _person()
    decided_at = models.DateTimeField(null=True)
    destroyed_at = models.DateTimeField(null=True)
    destruction = models.CharField(max_length=400, blank=True)
    destroyed_evidence = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engagement", "serial"], name="custody_serial_once"),
            models.UniqueConstraint(fields=["engagement", "seal"], name="custody_seal_once"),
            models.CheckConstraint(condition=~Q(serial="") & ~Q(seal=""), name="custody_item_sealed"),
            models.CheckConstraint(
                condition=Q(status="IN_CUSTODY", handed_back=None, destroyed_at=None)
                | Q(status="RETURNED", handed_back__isnull=False, decision="return", destroyed_at=None)
                | Q(status="DESTROYED", handed_back=None, decision="destroy", destroyed_at__isnull=False),
                name="custody_ends_as_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.description} {self.serial}"
