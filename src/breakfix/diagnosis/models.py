"""What was looked at, and what was concluded from it."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from breakfix.assets.models import Asset
from breakfix.diagnosis.values import DossierKind, ExtensionStatus, RootCauseStatus
from breakfix.incidents.models import Engagement
from breakfix.kernel.models import File, Row
from breakfix.kernel.money import Money
from breakfix.parties.models import Organisation, Site


class Check(Row):
    """One step of the protocol as it was done: item, limits and wording are copied, so that it reads by itself."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    protocol = models.CharField(max_length=30)
    item = models.CharField(max_length=40)
    position = models.PositiveIntegerField()
    what = models.CharField(max_length=300)
    required = models.BooleanField()
    reading = models.TextField(blank=True)
    slots: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    unit = models.CharField(max_length=20, blank=True)
    limits = models.CharField(max_length=200, blank=True)
    within = models.BooleanField(null=True)
    evidence = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+", null=True)
    note = models.TextField(blank=True)
    done_at = models.DateTimeField()
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["engagement", "item"], name="check_once")]

    def __str__(self) -> str:
        return f"{self.protocol} {self.item}"


class RootCause(Row):
    """The evidenced cause. `canonical` is frozen at issue and holds the names of who signed; `sha256` binds it."""

    PERSONAL: ClassVar[tuple[str, ...]] = ("canonical",)

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    version = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=20, choices=[(one.value, one.value) for one in RootCauseStatus])
    summary = models.TextField()
    symptoms = models.TextField(blank=True)
    root_cause = models.TextField()
    failure_mode = models.CharField(max_length=80)
    confidence = models.DecimalField(max_digits=3, decimal_places=2)
    inconclusive = models.BooleanField(default=False)
    findings: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    contributing: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    excluded: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    timeline: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    options: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    scope_affected = models.TextField(blank=True)
    actions_now = models.TextField(blank=True)
    prevention = models.TextField(blank=True)
    limits = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    peer_needed = models.CharField(max_length=120, blank=True)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    reviewed_at = models.DateTimeField(null=True)
    review_note = models.TextField(blank=True)
    issued_at = models.DateTimeField(null=True)
    canonical: "models.JSONField[Any, Any]" = models.JSONField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    # The client's answer to an inconclusive one: another engineer is to look.
    opinion_asked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(opinion_asked_at=None) | Q(status="ISSUED", inconclusive=True),
                name="root_cause_opinion_on_inconclusive",
            ),
            models.UniqueConstraint(fields=["engagement", "version"], name="root_cause_version_once"),
            models.CheckConstraint(condition=Q(confidence__gte=0, confidence__lte=1), name="root_cause_confidence"),
            models.CheckConstraint(
                condition=~Q(status="ISSUED") | ~Q(sha256="") & Q(issued_at__isnull=False), name="root_cause_frozen"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} version {self.version}"

    @property
    def is_reviewed(self) -> bool:
        """Whether a peer agreed to what it says now."""
        return self.reviewed_at is not None


class ForensicExtension(Row):
    """Further hours of diagnosis at a flat sum: asked before they are worked, due only if approved and begun (R3).

    `begun_at` is the first protocol step recorded under it. `sha256` binds what the client was asked.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=[(one.value, one.value) for one in ExtensionStatus])
    hours = models.DecimalField(max_digits=5, decimal_places=2)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    derivation = models.CharField(max_length=200)
    known = models.TextField()
    plan = models.TextField()
    sha256 = models.CharField(max_length=64)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["engagement"], condition=Q(status="ASKED"), name="forensic_extension_one_asked"
            ),
            models.CheckConstraint(
                condition=Q(hours__gt=0) & Q(amount_minor__gt=0), name="forensic_extension_is_something"
            ),
            models.CheckConstraint(
                condition=Q(begun_at=None) | Q(status="APPROVED", begun_at__gte=models.F("ended_at")),
                name="forensic_extension_approved_first",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hours} h of further diagnosis"

    @property
    def amount(self) -> Money:
        """The flat sum, before tax."""
        return Money.from_minor(self.amount_minor, self.currency)

    @property
    def subject(self) -> str:
        """How its round of approval names it."""
        return f"forensic_extension/{self.pk}"


_KINDS = [(one.value, one.value) for one in DossierKind]


class DossierEntry(Row):
    """What the client knows of its own place and would have to explain to a stranger. Nobody of a provider reads it
    before it is revealed for an engagement; `confirmed_at` is when somebody last said that it still holds."""

    PERSONAL: ClassVar[tuple[str, ...]] = ("title", "text")

    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", null=True)
    kind = models.CharField(max_length=20, choices=_KINDS)
    title = models.CharField(max_length=120)
    text = models.TextField()
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "dossier entries"

    def __str__(self) -> str:
        return self.title


class DossierReveal(Row):
    """One kind of entries shown to those dispatched on one engagement, [revealed, withdrawn)."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=_KINDS)
    revealed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    revealed_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["engagement", "kind"], condition=Q(withdrawn_at=None), name="dossier_revealed_once"
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class DossierReading(Row):
    """That somebody read it, and which entries: the client sees every one."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entries: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{len(self.entries)} entries read"


class Collection(Row):
    """One run of the offline collector that the client allowed: a key for one bundle, used once, until it expires.

    `nonce` is what its key is made of; it is gone once the bundle is here or the client changed its mind.
    """

    SECRET: ClassVar[tuple[str, ...]] = ("nonce",)

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    nonce = models.CharField(max_length=64, blank=True)
    allowed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    allowed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # What was agreed on when it is to be deleted. Nothing deletes it by itself yet.
    keep_until = models.DateField()
    withdrawn_at = models.DateTimeField(null=True)
    handed_in_at = models.DateTimeField(null=True)
    handed_in_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    bundle = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+", null=True)
    system = models.CharField(max_length=20, blank=True)
    machine = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["engagement"],
                condition=Q(withdrawn_at=None, handed_in_at=None),
                name="collection_one_open",
            ),
            models.CheckConstraint(
                condition=Q(handed_in_at=None, bundle=None)
                | Q(handed_in_at__isnull=False, bundle__isnull=False, withdrawn_at=None, nonce=""),
                name="collection_used_once",
            ),
        ]

    def __str__(self) -> str:
        return f"collection {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether it was neither used nor withdrawn; it may have expired all the same."""
        return self.withdrawn_at is None and self.handed_in_at is None


class CollectedOutput(Row):
    """What one command of a bundle printed, kept as a file of the engagement."""

    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="outputs")
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+")
    command = models.CharField(max_length=400)
    outcome = models.CharField(max_length=20)
    exit_code = models.BigIntegerField(null=True)
    started_at = models.DateTimeField()
    cut = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.command
