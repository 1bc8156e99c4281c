"""One engagement from failure to closure, with its clocks, holds, dated obligations and open ends."""

from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from breakfix.agreements.models import AgreementVersion
from breakfix.agreements.values import Coverage, Priority
from breakfix.assets.models import Asset
from breakfix.incidents.downgrades import DowngradeProposal as DowngradeProposal
from breakfix.incidents.imported import PastIncident as PastIncident
from breakfix.incidents.indexed import ReportWord as ReportWord
from breakfix.incidents.overrides import CreditOverride as CreditOverride
from breakfix.incidents.statements import StatementOfWork as StatementOfWork
from breakfix.incidents.values import (
    ClockKind,
    EndKind,
    EscalationKind,
    FeeAccepted,
    HelpReason,
    HoldReason,
    Level,
    Status,
)
from breakfix.kernel.access import Role
from breakfix.kernel.models import Row
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.calendars import Calendar
from breakfix.parties.models import Organisation, Site


def _choices(words: Any) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in words]


class Engagement(Row):
    """Incident and commercial envelope in one (domain.md R16); what governs it is snapshotted at submission."""

    PERSONAL: ClassVar[tuple[str, ...]] = ("callback",)

    number = models.CharField(max_length=20)
    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    agreement_version = models.ForeignKey(AgreementVersion, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", null=True)
    domain = models.CharField(max_length=20)
    title = models.CharField(max_length=160)
    description = models.TextField(blank=True)
    prior_attempt = models.BooleanField(default=False)
    # The answers and scores as reported: a later change of priority leaves them alone (domain.md §4.1).
    answers: "models.JSONField[Any, Any]" = models.JSONField()
    # What the domain asked, with the words as they were asked: [{"id", "asked", "answer"}], "" is not known yet;
    # one that was answered afterwards has "later", "later_by" (a person's number) and "later_at" too.
    # NULL for whatever was reported before: SQLite adds no other column below the triggers of billing.
    details: "models.JSONField[Any, Any]" = models.JSONField(null=True)
    # Legal hold and the word on wiping, as incidents/rules/preserving.py has them.
    preserved: "models.JSONField[Any, Any]" = models.JSONField(null=True)
    points: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    impact_score = models.IntegerField()
    urgency_score = models.IntegerField()
    impact = models.CharField(max_length=10, choices=_choices(Level))
    urgency = models.CharField(max_length=10, choices=_choices(Level))
    priority = models.CharField(max_length=2, choices=_choices(Priority))
    floor_reason = models.CharField(max_length=200, blank=True)
    late_classification = models.BooleanField(default=False)
    status = models.CharField(max_length=20, choices=_choices(Status), default=Status.DRAFT.value)
    hold_from = models.CharField(max_length=20, choices=_choices(Status), blank=True)
    # One accountable person of the provider, never nobody (domain.md G4).
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    callback = models.CharField(max_length=60, blank=True)
    need_to_know = models.BooleanField(default=False)
    calendar: "models.JSONField[Any, Any]" = models.JSONField()
    # Rates of the downtime meter at submission: {"name", "business_minor", "off_minor", "calendar"}; {} without any.
    downtime: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    route = models.CharField(max_length=20, blank=True)
    route_reason = models.CharField(max_length=400, blank=True)
    cover_waived = models.BooleanField(default=False)
    ending = models.CharField(max_length=30, blank=True)
    # The earlier report of the same failure: this one is over, and what was to be done on it is done there.
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True)
    outage_started_at = models.DateTimeField()
    submitted_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    contacted_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    diagnosis_completed_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    restored_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    onsite_needed = models.BooleanField(default=True)
    distance_miles = models.DecimalField(max_digits=7, decimal_places=1, null=True)
    degradation = models.DecimalField(max_digits=5, decimal_places=4, default=Decimal("1.0000"))
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "number"], name="engagement_number_once"),
            models.CheckConstraint(
                condition=Q(degradation__gte=0) & Q(degradation__lte=1), name="engagement_degradation"
            ),
            models.CheckConstraint(
                condition=Q(status="ON_HOLD") & ~Q(hold_from="") | ~Q(status="ON_HOLD") & Q(hold_from=""),
                name="engagement_held_from_somewhere",
            ),
        ]
        indexes = [models.Index(fields=["status", "priority"], name="engagement_desk")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def topic(self) -> str:
        """How grants and the evidence log name this engagement."""
        return f"engagement/{self.pk}"

    @property
    def party_ids(self) -> tuple[int, int]:
        """The two organisations whose logs hear of it."""
        return (self.client_id, self.provider_id)

    @property
    def zone(self) -> str:
        """IANA zone of the site, as snapshotted: every rule about hours and dates evaluates in it (domain.md R8)."""
        return str(self.calendar["zone"])

    @property
    def hours(self) -> Calendar:
        """Business hours of the site as snapshotted at submission."""
        return Calendar.from_json(self.calendar)


class Clock(Row):
    """The facts of one promise; elapsed, due and verdict are computed from them on reading, never stored."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=_choices(ClockKind))
    sequence = models.IntegerField(default=1)
    priority = models.CharField(max_length=2, choices=_choices(Priority))
    coverage = models.CharField(max_length=20, choices=_choices(Coverage))
    target_seconds = models.BigIntegerField()
    # How the target was found, in one sentence: "4 h of the agreement + 60 min for 85 mi".
    target_reason = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    void = models.BooleanField(default=False)
    warned_percent = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engagement", "kind", "sequence"], name="clock_sequence_once"),
            models.CheckConstraint(condition=Q(target_seconds__gte=0), name="clock_target_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.sequence}"


class Hold(Row):
    """Why work waited and whose turn it was, [started, ended); the pause table says which clocks it stops."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=30, choices=_choices(HoldReason))
    note = models.TextField(blank=True)
    question = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    vendor_ref = models.CharField(max_length=80, blank=True)
    window_id = models.CharField(max_length=80, blank=True)
    expected_until = models.DateTimeField(null=True)
    # Of a question to the client: how often it was asked again, and when last.
    reminders = models.PositiveIntegerField(default=0)
    reminded_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engagement"], condition=Q(ended_at=None), name="hold_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return self.reason


class PauseProposal(Row):
    """A wait that nobody noted while it lasted, put to the client: it stops a clock only once the client consents."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=30, choices=_choices(HoldReason))
    note = models.TextField()
    # What the same wait would have had to name while it lasted (holding.EVIDENCE).
    question = models.TextField(blank=True)
    vendor_ref = models.CharField(max_length=80, blank=True)
    window_id = models.CharField(max_length=80, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    consented = models.BooleanField(null=True)
    decision_note = models.CharField(max_length=300, blank=True)
    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["engagement"], condition=Q(decided_at=None), name="pause_proposal_one_at_a_time"
            ),
            models.CheckConstraint(condition=Q(ended_at__gt=models.F("started_at")), name="pause_proposal_period"),
            models.CheckConstraint(
                condition=Q(decided_at=None, consented=None) | Q(decided_at__isnull=False, consented__isnull=False),
                name="pause_proposal_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} proposed for the past"


class Obligation(Row):
    """A dated duty of the client. Its clock never pauses; harm counts once the deadline is past (domain.md §4.4)."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=160)
    source = models.CharField(max_length=200)
    triggered_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    harm_minor = models.BigIntegerField(default=0)
    harm_per_day_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    owner = models.CharField(max_length=120, blank=True)
    ends_with_restoration = models.BooleanField(default=True)
    met_at = models.DateTimeField(null=True)
    met_by_restoration = models.BooleanField(default=False)
    warned_percent = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Degradation(Row):
    """From when on the outage counts by which factor: 1 until a person says otherwise, with a reason."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    factor = models.DecimalField(max_digits=5, decimal_places=4)
    since = models.DateTimeField()
    reason = models.CharField(max_length=300)

    def __str__(self) -> str:
        return f"{self.factor} since {self.since:%Y-%m-%d %H:%M}"


class OpenEnd(Row):
    """What is still to be done, by whom, by when: "what needs me", and what keeps an engagement from closing."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=_choices(EndKind))
    what = models.CharField(max_length=200)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=30, blank=True, choices=_choices(Role))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    due_at = models.DateTimeField(null=True)
    subject = models.CharField(max_length=80, blank=True)
    blocks_close = models.BooleanField(default=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "role"], name="open_end_open", condition=Q(closed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.what


class Drill(Row):
    """A rehearsal of the ladder between a provider and one client: no engagement, no clock, everybody answers."""

    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    scenario = models.CharField(max_length=300)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=300, blank=True)  # empty: it went to its last rung

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "client"], condition=Q(ended_at=None), name="drill_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"drill {self.started_at:%Y-%m-%d %H:%M}"


class Escalation(Row):
    """One step of an engagement or a drill: why, who is asked, and whether they answered or the next one was."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+", null=True)
    drill = models.ForeignKey(Drill, on_delete=models.PROTECT, related_name="steps", null=True)
    kind = models.CharField(max_length=12, choices=_choices(EscalationKind))
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="+", null=True)
    obligation = models.ForeignKey("Obligation", on_delete=models.PROTECT, related_name="+", null=True)
    help_reason = models.CharField(max_length=12, blank=True, choices=_choices(HelpReason))
    why = models.CharField(max_length=400)
    rung = models.PositiveSmallIntegerField()
    asks = models.CharField(max_length=60)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=30, choices=_choices(Role))
    reachable = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    until = models.DateTimeField()
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True
    )
    acknowledged_at = models.DateTimeField(null=True)
    advanced_at = models.DateTimeField(null=True)
    advanced_because = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(engagement__isnull=False, drill=None) | Q(engagement=None, drill__isnull=False),
                name="escalation_of_one",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None) | Q(advanced_at=None), name="escalation_answered_or_advanced"
            ),
        ]
        indexes = [models.Index(fields=["engagement", "asked_at"], name="escalation_of_engagement")]

    def __str__(self) -> str:
        return f"{self.asks}: {self.why}"

    @property
    def is_open(self) -> bool:
        """Whether an answer is still waited for."""
        return self.acknowledged_at is None and self.advanced_at is None


class ForensicFee(Row):
    """The flat price of the diagnosis (domain.md §4.7): known, with its ceiling, before anybody starts."""

    engagement = models.OneToOneField(Engagement, on_delete=models.PROTECT, related_name="+")
    base_minor = models.BigIntegerField()
    ceiling_minor = models.BigIntegerField()
    charged_minor = models.BigIntegerField(null=True)
    charged_reason = models.CharField(max_length=200, blank=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_how = models.CharField(max_length=20, blank=True, choices=_choices(FeeAccepted))
    started_at = models.DateTimeField(null=True)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(base_minor__gte=0)
                & Q(ceiling_minor__gte=models.F("base_minor"))
                & (Q(charged_minor=None) | Q(charged_minor__lte=models.F("ceiling_minor"))),
                name="forensic_fee_within_ceiling",
            ),
        ]

    def __str__(self) -> str:
        return f"forensic fee of engagement {self.engagement_id}"

    @property
    def base(self) -> Money:
        """The fee within business hours."""
        return Money.from_minor(self.base_minor, self.currency)

    @property
    def ceiling(self) -> Money:
        """The most it can be: what the client accepts."""
        return Money.from_minor(self.ceiling_minor, self.currency)

    @property
    def charged(self) -> Money | None:
        """What it came to, once diagnostic work began."""
        return None if self.charged_minor is None else Money.from_minor(self.charged_minor, self.currency)
