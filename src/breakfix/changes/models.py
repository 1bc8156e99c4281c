"""A change request: what will be done to a client's service, who agreed to it, and how it went."""

import json
from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from breakfix.changes.values import Ending, Kind, RiskScores, Status, StepPlan
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import Role
from breakfix.kernel.models import Row


def _choices(words: Any) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in words]


def _person() -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)


class Change(Row):
    """One plan and its decision; what the authority agrees to is the hash of `canonical`, and that never changes."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    kind = models.CharField(max_length=10, choices=_choices(Kind))
    status = models.CharField(max_length=14, choices=_choices(Status), default=Status.DRAFT)
    title = models.CharField(max_length=160)
    reason = models.CharField(max_length=400, blank=True)
    services = models.CharField(max_length=400, blank=True)
    continuity = models.CharField(max_length=400, blank=True)
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    # An extension is granted beside the approved plan, never written into it.
    extended_until = models.DateTimeField(null=True)
    extension_reason = models.CharField(max_length=400, blank=True)
    steps: "models.JSONField[Any, Any]" = models.JSONField()
    rollback: "models.JSONField[Any, Any]" = models.JSONField()
    rollback_minutes = models.IntegerField()
    tests: "models.JSONField[Any, Any]" = models.JSONField()
    comms = models.TextField()
    risk: "models.JSONField[Any, Any]" = models.JSONField()
    risk_score = models.IntegerField()
    canonical = models.TextField()
    sha256 = models.CharField(max_length=64)
    proposed_by = _person()
    proposed_at = models.DateTimeField()
    # Until when an emergency should be decided (60 min); None for a normal change.
    decide_by = models.DateTimeField(null=True)
    assessed_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    scheduled_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    review_due_at = models.DateTimeField(null=True)
    reviewed_by = _person()
    reviewed_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=20, choices=_choices(Ending), blank=True)
    findings = models.TextField(blank=True)
    lessons = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engagement", "number"], name="change_number_once"),
            models.CheckConstraint(condition=Q(window_end__gt=F("window_start")), name="change_window_forward"),
            models.CheckConstraint(condition=Q(risk_score__gte=5, risk_score__lte=25), name="change_risk_score"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def subject(self) -> str:
        """How approvals and open ends name this change."""
        return f"change/{self.pk}"

    @property
    def plan_steps(self) -> tuple[StepPlan, ...]:
        """The steps as they were approved."""
        return tuple(StepPlan(**{**step, "owner_role": Role(step["owner_role"])}) for step in self.steps)

    @property
    def scores(self) -> RiskScores:
        """The five scores that add up to the risk."""
        return RiskScores(**self.risk)

    @property
    def ends_at(self) -> datetime:
        """When the window ends, with the extension that was granted."""
        return self.extended_until or self.window_end

    @property
    def forward(self) -> timedelta:
        """How long all steps take."""
        return sum((timedelta(minutes=step["minutes"]) for step in self.steps), timedelta())

    @property
    def back(self) -> timedelta:
        """How long going back takes."""
        return timedelta(minutes=self.rollback_minutes)

    @property
    def is_emergency(self) -> bool:
        return self.kind == Kind.EMERGENCY

    @property
    def document(self) -> dict[str, Any]:
        """What was approved, as plain values: the pages and the change plan print this."""
        return cast(dict[str, Any], json.loads(self.canonical))
