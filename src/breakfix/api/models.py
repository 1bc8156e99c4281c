"""The door's own traffic: answers kept for retries, and what is left of everybody's allowance."""

from typing import Any

from django.db import models


class StoredAnswer(models.Model):
    """What one `Idempotency-Key` came to; without a status it is still being worked on, by `claim`."""

    scope = models.CharField(max_length=64)  # SHA-256 of token and route
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)  # SHA-256 of what was sent
    claim = models.UUIDField()
    claimed_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    headers: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    body = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="answer_key_once")]
        indexes = [models.Index(fields=["claimed_at"], name="answer_age")]

    def __str__(self) -> str:
        return f"answer {self.status or 'in flight'}"


class Allowance(models.Model):
    """How many requests one token or one address has taken in the current minute, in all processes together."""

    key = models.CharField(max_length=80, primary_key=True)
    window = models.BigIntegerField()  # minutes since 1970
    used = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["window"], name="allowance_age")]

    def __str__(self) -> str:
        return f"{self.key}: {self.used}"
