"""Who may spend how much for whom, and each round of approval with its seats, attempts and findings."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from breakfix.approvals.values import (
    CallStatus,
    Channel,
    Outcome,
    Purpose,
    RoundStatus,
    RungName,
    SeatKind,
    SeatState,
)
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import Role
from breakfix.kernel.models import Row
from breakfix.kernel.money import Money
from breakfix.parties.models import Organisation


def _choices(words: Any) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in words]


def _person(*, null: bool = False) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=null)


class Authority(Row):
    """How much one person may approve on one seat of the client's policy, incl. tax: [since, until)."""

    person = _person()
    seat = models.CharField(max_length=30)
    limit_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "authorities"
        constraints = [
            models.CheckConstraint(condition=Q(limit_minor__gt=0), name="authority_limit_positive"),
            models.UniqueConstraint(fields=["person", "seat"], condition=Q(until=None), name="authority_held_once"),
        ]

    def __str__(self) -> str:
        return f"{self.seat} up to {self.limit}"

    @property
    def limit(self) -> Money:
        return Money.from_minor(self.limit_minor, self.currency)


class Delegation(Row):
    """B may act on a seat for A, [starts, ends), up to a limit that is never above A's own ("B for A")."""

    delegator = _person()
    delegate = _person()
    seat = models.CharField(max_length=30)
    # None where the seat is about a risk, not about money.
    limit_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(delegator=F("delegate")), name="delegation_to_another"),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="delegation_dated"),
            models.CheckConstraint(
                condition=Q(limit_minor=None) | Q(limit_minor__gt=0), name="delegation_limit_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seat} from {self.starts_at:%Y-%m-%d} to {self.ends_at:%Y-%m-%d}"

    @property
    def limit(self) -> Money | None:
        return None if self.limit_minor is None else Money.from_minor(self.limit_minor, self.currency)


class Round(Row):
    """One question to the client's people about one document, bound by the hash of what they were shown."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=80)
    subject_sha256 = models.CharField(max_length=64)
    purpose = models.CharField(max_length=20, choices=_choices(Purpose))
    # The maximum incl. tax of all tranches so far; None where no money is at stake (changes).
    exposure_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    # How many seats suffice; None: all of them.
    quorum = models.IntegerField(null=True)
    # Set by an emergency authorisation: nothing beyond what restores the service may be done under it.
    limited_to_restoring = models.BooleanField(default=False)
    status = models.CharField(max_length=12, choices=_choices(RoundStatus), default=RoundStatus.OPEN.value)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject"], condition=Q(status="OPEN"), name="round_open_once_per_subject"
            ),
            models.CheckConstraint(
                condition=Q(exposure_minor=None) | Q(exposure_minor__gte=0), name="round_exposure"
            ),
            models.CheckConstraint(
                condition=Q(status="OPEN", closed_at=None) | ~Q(status="OPEN") & Q(closed_at__isnull=False),
                name="round_closed_at_an_instant",
            ),
        ]

    def __str__(self) -> str:
        return f"approval of {self.subject}"

    @property
    def exposure(self) -> Money | None:
        """What the approvers' limits are tested against."""
        return None if self.exposure_minor is None else Money.from_minor(self.exposure_minor, self.currency)


class Seat(Row):
    """One place in a round that one person fills; a bypassed one has to be ratified by its holder."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="seats")
    position = models.IntegerField()
    name = models.CharField(max_length=30)
    kind = models.CharField(max_length=20, choices=_choices(SeatKind))
    # The roles of which any one qualifies, as the policy had them when the round was opened.
    roles: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    state = models.CharField(max_length=24, choices=_choices(SeatState), default=SeatState.PENDING.value)
    notified_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    decided_by = _person(null=True)
    # Whom the decision was made for: the delegator, or the only holder of a bypassed seat.
    for_person = _person(null=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    emergency = models.BooleanField(default=False)
    ratify_by = models.DateTimeField(null=True)
    ratified_by = _person(null=True)
    ratified_at = models.DateTimeField(null=True)
    ratify_reason = models.TextField(blank=True)
    lapsed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["round", "name"], name="seat_name_once"),
            # Seats are distinct people (domain.md §9.4); only an emergency may fill several at a stroke.
            models.UniqueConstraint(
                fields=["round", "decided_by"], condition=Q(emergency=False), name="seat_person_once"
            ),
            models.CheckConstraint(
                condition=Q(emergency=False) | Q(ratify_by__isnull=False, kind="spend"),
                name="seat_emergency_to_ratify",
            ),
        ]

    def __str__(self) -> str:
        return f"seat {self.name}"

    @property
    def subject(self) -> str:
        """How the engagement's open ends name this seat."""
        return f"round/{self.round_id}/{self.name}"

    @property
    def qualifying(self) -> tuple[Role, ...]:
        """The roles of which any one qualifies."""
        return tuple(Role(role) for role in self.roles)

    @property
    def people(self) -> frozenset[int]:
        """Everybody who stands behind what happened on this seat."""
        found = (self.decided_by_id, self.for_person_id, self.ratified_by_id)
        return frozenset(person for person in found if person is not None)


class Attempt(Row):
    """One try to reach somebody for a seat, at the instant of its rung, and what came of it."""

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="attempts")
    rung = models.CharField(max_length=12, choices=_choices(RungName))
    channel = models.CharField(max_length=8, choices=_choices(Channel), blank=True)
    person = _person(null=True)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=20, choices=_choices(Outcome))
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seat", "rung", "channel", "person"], name="attempt_once")]

    def __str__(self) -> str:
        return f"{self.rung}: {self.channel or 'nobody'} {self.outcome}"


class PhoneCall(Row):
    """The desk calls one approver about one seat; the code that their telephone receives signs it, once.

    The code itself is kept nowhere: it follows from the installation's secret key, this row and its salt.
    """

    SECRET: ClassVar[tuple[str, ...]] = ("salt",)

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="calls")
    person = _person()
    placed_by = _person()
    # The end of the number that was called, so that everybody can see which one it was.
    number_end = models.CharField(max_length=4)
    salt = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=_choices(CallStatus), default=CallStatus.PLACED.value)
    placed_at = models.DateTimeField()
    until = models.DateTimeField()
    wrong = models.IntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seat", "person"], condition=Q(status="PLACED"), name="call_open_once"),
            models.CheckConstraint(condition=Q(placed_at__lt=F("until")), name="call_ends"),
        ]

    def __str__(self) -> str:
        return f"call to …{self.number_end}"


class Finding(Row):
    """Something an auditor of the client must see: raised by a rule, never by a person's choice.

    It stays open until somebody of the client says what happened and what will change; both stay.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    seat = models.OneToOneField(Seat, on_delete=models.PROTECT, related_name="finding", null=True)
    what = models.CharField(max_length=300)
    opened_at = models.DateTimeField()
    what_happened = models.TextField(blank=True)
    what_changes = models.TextField(blank=True)
    answered_by = _person(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None, answered_by=None)
                | Q(closed_at__isnull=False, answered_by__isnull=False) & ~Q(what_happened="") & ~Q(what_changes=""),
                name="finding_closed_by_an_answer",
            ),
        ]

    def __str__(self) -> str:
        return self.what
