"""Work on an engagement: orders and steps, people's minutes, what was used, who had access, what was tested."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from breakfix.changes.models import Change
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import Role
from breakfix.kernel.models import File, Row
from breakfix.kernel.money import Money
from breakfix.quotes.models import Quote, Tranche
from breakfix.roster.models import Technician
from breakfix.work.values import CostKind, Place, Status, StepFacts, StepStatus, TimeKind


def _choices(words: Any) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in words]


def _change_order() -> "models.ForeignKey[Any, Any]":
    """The change order that it was done under, and with it the tranche that pays for it; null: the base."""
    return models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="+", null=True)


def _person() -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)


class WorkOrder(Row):
    """One visit's work under one plan. An engagement has at most one that is not over."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="+", null=True)
    number = models.CharField(max_length=20)
    status = models.CharField(max_length=12, choices=_choices(Status), default=Status.PLANNED)
    place = models.CharField(max_length=10, choices=_choices(Place), default=Place.ONSITE)
    planned_start = models.DateTimeField()
    planned_end = models.DateTimeField()
    planned_by = _person()
    planned_at = models.DateTimeField()
    started_by = _person()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # Why it ended early, or what the check for a second fault showed.
    ending = models.TextField(blank=True)
    # A visit that the provider has to make again: none of its hours is billed.
    unbilled_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engagement", "number"], name="work_order_number_once"),
            models.UniqueConstraint(
                fields=["engagement"],
                condition=Q(status__in=["PLANNED", "WORKING", "PAUSED"]),
                name="work_order_one_live",
            ),
            models.CheckConstraint(condition=Q(planned_end__gt=F("planned_start")), name="work_order_forward"),
        ]

    def __str__(self) -> str:
        return self.number


class WorkStep(Row):
    """One step of an order, in the order of the approved plan, and what came of it."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    minutes = models.PositiveIntegerField()
    owner_role = models.CharField(max_length=30, choices=_choices(Role))
    mandatory = models.BooleanField(default=True)
    takes_image = models.BooleanField(default=False)
    point_of_no_return = models.BooleanField(default=False)
    evidence_needed = models.BooleanField(default=False)
    destroys = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=_choices(StepStatus), default=StepStatus.PLANNED)
    started_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = _person()
    result = models.TextField(blank=True)
    evidence = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "position"], name="work_step_position_once")]

    def __str__(self) -> str:
        return f"{self.position} {self.name}"

    @property
    def facts(self) -> StepFacts:
        """The step as the rules see it."""
        return StepFacts(
            position=self.position,
            name=self.name,
            minutes=self.minutes,
            mandatory=self.mandatory,
            takes_image=self.takes_image,
            point_of_no_return=self.point_of_no_return,
            evidence_needed=self.evidence_needed,
            status=StepStatus(self.status),
        )


class TimeEntry(Row):
    """One person's time on an order, [started, ended); what they are billed at follows from it, never the reverse."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="entries")
    change_order = _change_order()
    technician = models.ForeignKey(Technician, on_delete=models.PROTECT, related_name="+")
    # The level at that time: a later promotion does not make past work dearer.
    level = models.SmallIntegerField()
    kind = models.CharField(max_length=20, choices=_choices(TimeKind), default=TimeKind.WORKING)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=400, blank=True)
    evidence = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["technician"], condition=Q(ended_at=None), name="time_entry_one_clock_each"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=F("started_at")), name="time_entry_forward"
            ),
            models.CheckConstraint(
                condition=Q(kind="working") | Q(evidence__isnull=False), name="time_entry_waiting_proven"
            ),
            models.CheckConstraint(
                condition=~Q(kind="protective") | Q(change_order__isnull=False), name="time_entry_protects_something"
            ),
        ]
        indexes = [models.Index(fields=["technician", "started_at"], name="time_entry_of_technician")]

    def __str__(self) -> str:
        return f"L{self.level} {self.kind} since {self.started_at:%Y-%m-%d %H:%M}"


class UseOfLine(Row):
    """How much of a quoted charge or contingent line was really used; a negative quantity takes back."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    change_order = _change_order()
    line = models.CharField(max_length=20)
    description = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=9, decimal_places=2)
    note = models.CharField(max_length=400, blank=True)
    used_at = models.DateTimeField()
    used_by = _person()

    class Meta:
        indexes = [models.Index(fields=["engagement", "line"], name="use_of_line")]

    def __str__(self) -> str:
        return f"{self.line} x {self.quantity}"


class AccessGranted(Row):
    """What the client's security officer let somebody into, and until when: [granted, until or revoked)."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    technician = models.ForeignKey(Technician, on_delete=models.PROTECT, related_name="+")
    system = models.CharField(max_length=160)
    granted_by = _person()
    granted_at = models.DateTimeField()
    until = models.DateTimeField()
    revoked_by = _person()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "access granted"
        constraints = [
            models.UniqueConstraint(
                fields=["engagement", "technician", "system"],
                condition=Q(revoked_at=None),
                name="access_granted_once",
            ),
            models.CheckConstraint(condition=Q(until__gt=F("granted_at")), name="access_granted_forward"),
        ]

    def __str__(self) -> str:
        return f"access to {self.system}"

    @property
    def subject(self) -> str:
        """How open ends name this access."""
        return f"access/{self.pk}"


class Restoration(Row):
    """The tests by which the service was shown to be back, and the client's dispute of it, if there was one."""

    order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="restorations")
    tests: "models.JSONField[Any, Any]" = models.JSONField()
    restored_by = _person()
    restored_at = models.DateTimeField()
    disputed_by = _person()
    disputed_at = models.DateTimeField(null=True)
    dispute_reason = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"restored {self.restored_at:%Y-%m-%d %H:%M}"


class FeeRestoration(Row):
    """Restored within the flat fee of the diagnosis, without any order: what it was, what was done, and its tests."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    cause = models.TextField()
    done = models.TextField()
    tests: "models.JSONField[Any, Any]" = models.JSONField()
    restored_by = _person()
    restored_at = models.DateTimeField()
    disputed_by = _person()
    disputed_at = models.DateTimeField(null=True)
    dispute_reason = models.TextField(blank=True)
    second_fault_check = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"restored within the fee {self.restored_at:%Y-%m-%d %H:%M}"


class Recovery(Row):
    """How much of a must-have list came back under one success fee, as reported and as the client verified it.

    The last one of a fee counts; one that the client did not agree to is no result.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    line = models.CharField(max_length=20)
    wanted = models.PositiveIntegerField()
    recovered = models.PositiveIntegerField()
    why = models.TextField()
    confidence = models.DecimalField(max_digits=3, decimal_places=2)
    listing = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+")
    reported_by = _person()
    reported_at = models.DateTimeField()
    # None: not decided yet.
    agreed = models.BooleanField(null=True)
    takes_files = models.BooleanField(default=False)
    note = models.CharField(max_length=400, blank=True)
    decided_by = _person()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "recoveries"
        constraints = [
            models.CheckConstraint(
                condition=Q(wanted__gte=1, recovered__lte=F("wanted"), confidence__gte=0, confidence__lte=1),
                name="recovery_within_its_list",
            ),
            models.CheckConstraint(
                condition=Q(agreed=None, decided_by=None, decided_at=None)
                | Q(agreed__isnull=False, decided_by__isnull=False, decided_at__isnull=False),
                name="recovery_decided_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recovered} of {self.wanted}"

    @property
    def subject(self) -> str:
        """How open ends name it."""
        return f"recovery/{self.pk}"


class OwnCost(Row):
    """What the provider bears because of its own part or work: on record with its reason, never billed."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=_choices(CostKind))
    description = models.CharField(max_length=200)
    reason = models.CharField(max_length=300)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    receipt = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+", null=True)
    noted_at = models.DateTimeField()
    noted_by = _person()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gte=0), name="own_cost_not_negative")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.description}"

    @property
    def amount(self) -> Money:
        return Money.from_minor(self.amount_minor, self.currency)


class MeterNotice(Row):
    """That a share of a tranche's cap was reached: told once, with the figures of that moment."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    tranche = models.ForeignKey(Tranche, on_delete=models.PROTECT, related_name="+")
    percent = models.PositiveSmallIntegerField()
    actual_minor = models.BigIntegerField()
    cap_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reached_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tranche", "percent"], name="meter_notice_once")]

    def __str__(self) -> str:
        return f"{self.percent} % of the cap"

    @property
    def actual(self) -> Money:
        return Money.from_minor(self.actual_minor, self.currency)

    @property
    def cap(self) -> Money:
        return Money.from_minor(self.cap_minor, self.currency)
