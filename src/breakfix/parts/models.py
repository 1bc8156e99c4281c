"""Ordered parts, one row for each unit: a serial belongs to one thing."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from breakfix.incidents.models import Engagement
from breakfix.kernel.models import File, Row
from breakfix.parts.values import BUILT_IN, Custody, Disposition, Status
from breakfix.roster.models import Technician

_FITTED = sorted(status.value for status in BUILT_IN | {Status.FAILED_IN_WARRANTY})


def _choices(words: Any) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in words]


class PartOrder(Row):
    """One unit on its way to one engagement; `quote_line` names the approved line that pays for it.

    A unit that was dead or failed keeps its serial; the unit that `replaces` it has a row of its own on the same
    line, so that the client pays for one that works.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    quote_line = models.CharField(max_length=40)
    unit = models.PositiveIntegerField()
    part_number = models.CharField(max_length=200)
    description = models.CharField(max_length=200)
    supplier = models.CharField(max_length=200)
    data_bearing = models.BooleanField(default=False)
    status = models.CharField(max_length=30, choices=_choices(Status), default=Status.ORDERED)
    serial_received = models.CharField(max_length=80, blank=True)
    serial_installed = models.CharField(max_length=80, blank=True)
    serial_removed = models.CharField(max_length=80, blank=True)
    removed_disposition = models.CharField(max_length=30, blank=True, choices=_choices(Disposition))
    return_reason = models.CharField(max_length=300, blank=True)
    ordered_at = models.DateTimeField()
    expected_at = models.DateTimeField()
    carrier = models.CharField(max_length=120, blank=True)
    tracking = models.CharField(max_length=120, blank=True)
    shipped_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    inspected_at = models.DateTimeField(null=True)
    inspection = models.CharField(max_length=400, blank=True)
    issued_to = models.ForeignKey(Technician, on_delete=models.PROTECT, related_name="+", null=True)
    issued_at = models.DateTimeField(null=True)
    installed_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    # Dead on arrival, or failed within its warranty; what the supplier was told, and what came of it.
    fault = models.TextField(blank=True)
    fault_evidence = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+", null=True)
    failed_at = models.DateTimeField(null=True)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, related_name="+", null=True)
    claim_reference = models.CharField(max_length=80, blank=True)
    claimed_at = models.DateTimeField(null=True)
    claim_settled_at = models.DateTimeField(null=True)
    claim_settlement = models.CharField(max_length=300, blank=True)
    # The old part that the supplier wants back.
    core_due_at = models.DateTimeField(null=True)
    custody = models.CharField(max_length=10, blank=True, choices=_choices(Custody))
    custody_reason = models.CharField(max_length=400, blank=True)
    custody_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    custody_at = models.DateTimeField(null=True)
    core_tracking = models.CharField(max_length=120, blank=True)
    core_shipped_at = models.DateTimeField(null=True)
    core_settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engagement", "quote_line", "unit"], name="part_unit_ordered_once"),
            models.UniqueConstraint(
                fields=["engagement", "part_number", "serial_received"],
                condition=~Q(serial_received=""),
                name="part_serial_once",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=_FITTED)
                | Q(serial_installed=F("serial_received"), installed_at__isnull=False) & ~Q(serial_installed=""),
                name="part_installed_as_received",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["CORE_SHIPPED", "CORE_CREDITED"], data_bearing=True) | Q(custody="release"),
                name="part_core_released",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part_number} ({self.status.lower().replace('_', ' ')})"

    @property
    def was_dead(self) -> bool:
        """Whether it never worked: what fails later was built in before."""
        return self.failed_at is not None and not self.serial_installed

    @property
    def subject(self) -> str:
        """How open ends name this unit."""
        return f"part/{self.pk}"
