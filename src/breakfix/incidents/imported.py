"""The table of incidents from before Breakfix: a part of `models`, apart because nothing else hangs on it."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from breakfix.assets.models import Asset
from breakfix.incidents.values import Status
from breakfix.kernel.models import Row
from breakfix.parties.models import Organisation


class PastIncident(Row):
    """An incident of the client's from before Breakfix, as another system's log tells it; nobody here verified it.

    Its words and instants are the log's own. `events` holds each in the order of time: {"at", "written", "word",
    "state", "refused"}: what the log wrote, our state for it ("" is garbage), and why our table does not list the
    step, if it does not. What the log does not say stays empty.
    """

    PERSONAL: ClassVar[tuple[str, ...]] = ("title",)

    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=60)
    number = models.CharField(max_length=120)
    title = models.TextField(blank=True)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", null=True)
    asset_word = models.CharField(max_length=120, blank=True)
    priority_word = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=20, choices=[(status.value, status.value) for status in Status], blank=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    mid_life = models.BooleanField()
    refused = models.PositiveIntegerField()
    events: "models.JSONField[Any, Any]" = models.JSONField()
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "source", "number"], name="past_incident_once"),
            models.CheckConstraint(condition=Q(last_at__gte=models.F("first_at")), name="past_incident_in_order"),
        ]
        indexes = [models.Index(fields=["asset", "first_at"], name="past_incident_of_asset")]

    def __str__(self) -> str:
        return f"{self.source}: {self.number}"

    @property
    def words(self) -> list[str]:
        """The states that it went through, in the log's own words, each named once in a row."""
        said = [event["word"] for event in self.events]
        return [word for before, word in zip(["", *said], said, strict=False) if word != before]
