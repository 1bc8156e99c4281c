"""Who was sent, on what grounds, and when they are taken up by it."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from breakfix.dispatch.values import Lane, Presence, Purpose
from breakfix.incidents.models import Engagement
from breakfix.kernel.models import Row
from breakfix.roster.models import Technician


class Dispatch(Row):
    """One decision whom to send, with the whole ranking it was taken on. The provider's own: it names colleagues."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=20, choices=[(one.value, one.value) for one in Purpose])
    chosen = models.ForeignKey(Technician, on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveIntegerField()
    reason = models.CharField(max_length=400, blank=True)
    ranking: "models.JSONField[Any, Any]" = models.JSONField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField()
    planned_start = models.DateTimeField()
    planned_end = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(planned_end__gt=F("planned_start")), name="dispatch_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} dispatch {self.pk}"


class Booking(Row):
    """[starts_at, ends_at) of one technician for one engagement; both sides see who comes and why.

    Two live bookings of one technician never overlap: on PostgreSQL by constraint, everywhere by a check under
    the technician's lock.
    """

    technician = models.ForeignKey(Technician, on_delete=models.PROTECT, related_name="+")
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    dispatch = models.ForeignKey(Dispatch, on_delete=models.PROTECT, related_name="bookings")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    lane = models.CharField(max_length=20, choices=[(one.value, one.value) for one in Lane])
    # Priority at dispatch: the emergency charge depends on it, whatever the priority becomes (domain.md §11, 16).
    priority = models.CharField(max_length=2)
    eta_at = models.DateTimeField(null=True)
    # Why this person, in words fit for the client.
    grounds = models.TextField()
    protocol_version = models.CharField(max_length=40, blank=True)
    protocol_acknowledged_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    release_reason = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="booking_forward"),
        ]
        indexes = [models.Index(fields=["technician", "starts_at"], name="booking_of_technician")]

    def __str__(self) -> str:
        return f"booking {self.pk}"

    @property
    def is_live(self) -> bool:
        return self.released_at is None

    def presence(self, engagement_id: int | None = None) -> Presence:
        """The booking as the rules see it; `engagement_id` is the one being dispatched."""
        return Presence(
            booking_id=self.pk,
            starts_at=self.starts_at,
            ends_at=min(self.ends_at, self.released_at or self.ends_at),
            lane=Lane(self.lane),
            started=self.started_at is not None,
            here=self.engagement_id == engagement_id,
        )


class Outcome(Row):
    """Whether a repair held at the first visit: what the quality term of later rankings is made of."""

    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, related_name="+")
    technician = models.ForeignKey(Technician, on_delete=models.PROTECT, related_name="+")
    domain = models.CharField(max_length=20)
    first_time_fix = models.BooleanField()
    noted_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["technician", "domain"], name="outcome_of_technician")]

    def __str__(self) -> str:
        return f"outcome of booking {self.booking_id}"
