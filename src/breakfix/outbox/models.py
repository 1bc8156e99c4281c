"""What this door keeps: how people wish to be told, their devices, and how far each message got."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from breakfix.approvals.values import Channel
from breakfix.kernel.models import Row
from breakfix.outbox.values import MessageStatus


def _person() -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")


class Preference(Row):
    """How one person chose to be told of what; without a row their roles' suggestion counts."""

    PERSONAL: ClassVar[tuple[str, ...]] = ("chosen", "quiet_from", "quiet_until", "zone")

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # {event: [channel, ...]}, complete at the time of choosing.
    chosen: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    # Wall-clock minutes since midnight: an hour of the night is no instant.
    quiet_from = models.SmallIntegerField(null=True)
    quiet_until = models.SmallIntegerField(null=True)
    zone = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__gte=0, quiet_from__lt=1440, quiet_until__gte=0, quiet_until__lt=1440),
                name="preference_quiet_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"preferences of person {self.person_id}"


class Device(Row):
    """One browser that asked for push messages (RFC 8030). Its address is a capability: whoever has it can send."""

    PERSONAL: ClassVar[tuple[str, ...]] = ("label",)
    SECRET: ClassVar[tuple[str, ...]] = ("endpoint", "p256dh", "auth")

    person = _person()
    label = models.CharField(max_length=80)
    endpoint = models.CharField(max_length=1000)
    p256dh = models.CharField(max_length=120)
    auth = models.CharField(max_length=40)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint"], condition=Q(removed_at=None), name="device_endpoint_once"),
        ]

    def __str__(self) -> str:
        return f"device of person {self.person_id}"


class Message(models.Model):
    """Traffic: one message to one person by one channel. Its words and addresses are not kept here."""

    key = models.CharField(max_length=160, unique=True)
    # What the outside knows it by: it tells nothing, and a repeated one is the same message.
    public_id = models.CharField(max_length=48, unique=True)
    channel = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Channel])
    person = _person()
    topic = models.CharField(max_length=80)
    attempt = models.ForeignKey("approvals.Attempt", on_delete=models.PROTECT, related_name="+", null=True)
    status = models.CharField(
        max_length=12,
        choices=[(one.value, one.value) for one in MessageStatus],
        default=MessageStatus.WAITING.value,
    )
    # How often it was on its way without our hearing what became of it.
    unsure = models.SmallIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)
    begun_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["attempt"], name="message_attempt")]

    def __str__(self) -> str:
        return f"{self.channel} {self.public_id} {self.status}"


class Acknowledgement(models.Model):
    """Traffic: what a gateway told us, by its id, so that the same telling is never taken twice."""

    webhook_id = models.CharField(max_length=120, unique=True)
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.webhook_id
