"""Service reports: what was done, frozen when it is issued."""

import json
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from breakfix.incidents.models import Engagement
from breakfix.kernel.models import Row
from breakfix.reports.values import ReportStatus


def _person(*, null: bool = False) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=null)


class ServiceReport(Row):
    """One version of the report. `canonical` never changes after issue and holds the names of who worked.

    `sha256` binds it; a correction is the next version, with a note of what it changes.
    """

    PERSONAL: ClassVar[tuple[str, ...]] = ("canonical",)

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=[(s.value, s.value) for s in ReportStatus])
    prevention = models.TextField()
    residual_risk = models.TextField()
    spares_advice = models.TextField(blank=True)
    change_note = models.TextField(blank=True)
    canonical = models.TextField()
    sha256 = models.CharField(max_length=64)
    author = _person()
    issued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    accepted_by = _person(null=True)
    accepted_at = models.DateTimeField(null=True)
    disputed_by = _person(null=True)
    disputed_at = models.DateTimeField(null=True)
    dispute_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engagement", "version"], name="service_report_version_once"),
            models.UniqueConstraint(
                fields=["engagement"],
                condition=Q(status__in=["ISSUED", "ACCEPTED"]),
                name="service_report_one_in_force",
            ),
            models.CheckConstraint(
                condition=~Q(status="ACCEPTED") | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="service_report_accepted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} version {self.version}"

    @cached_property
    def content(self) -> dict[str, Any]:
        """What was issued."""
        frozen: dict[str, Any] = json.loads(self.canonical)
        return frozen

    @property
    def is_late(self) -> bool:
        """Issued after the two business days in which it is promised."""
        return self.issued_at > self.due_at
