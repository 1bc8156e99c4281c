"""Ordered parts, one row for each unit: a serial belongs to one thing."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from breakfix.incidents.models import Engagement
from breakfix.kernel.models import Row
from breakfix.parts.values import Disposition, Status


def _choices(words: Any) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in words]


class PartOrder(Row):
    """One unit on its way to one engagement; `quote_line` names the approved line that pays for it."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    quote_line = models.CharField(max_length=40)
    unit = models.PositiveIntegerField()
    part_number = models.CharField(max_length=200)
    description = models.CharField(max_length=200)
    supplier = models.CharField(max_length=200)
    data_bearing = models.BooleanField(default=False)
    status = models.CharField(max_length=20, choices=_choices(Status), default=Status.ORDERED)
    serial_received = models.CharField(max_length=80, blank=True)
    serial_installed = models.CharField(max_length=80, blank=True)
    serial_removed = models.CharField(max_length=80, blank=True)
    removed_disposition = models.CharField(max_length=30, blank=True, choices=_choices(Disposition))
    return_reason = models.CharField(max_length=300, blank=True)
    ordered_at = models.DateTimeField()
    expected_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)
    installed_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engagement", "quote_line", "unit"], name="part_unit_ordered_once"),
            models.UniqueConstraint(
                fields=["engagement", "part_number", "serial_received"],
                condition=~Q(serial_received=""),
                name="part_serial_once",
            ),
            models.CheckConstraint(
                condition=~Q(status="INSTALLED")
                | Q(serial_installed=F("serial_received"), installed_at__isnull=False) & ~Q(serial_installed=""),
                name="part_installed_as_received",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part_number} ({self.status.lower().replace('_', ' ')})"

    @property
    def subject(self) -> str:
        """How open ends name this unit."""
        return f"part/{self.pk}"
