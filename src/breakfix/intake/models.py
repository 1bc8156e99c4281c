"""What this door keeps: where alerts and mails may come from, what came as it came, and the failures told of."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from breakfix.assets.models import Asset
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import Level
from breakfix.intake.values import Door, Outcome, Severity
from breakfix.kernel.models import Row
from breakfix.parties.models import Organisation, Site


def _choices(words: Any) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in words]


def _person() -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")


class AlertSource(Row):
    """A monitoring system of a client that may tell of failures at one site. Of its secret only the hash is kept."""

    # A signature can be checked only with the key itself: it is sealed with the installation's own.
    SECRET: ClassVar[tuple[str, ...]] = ("sha256", "signing_key")

    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    domain = models.CharField(max_length=20)
    added_by = _person()
    prefix = models.CharField(max_length=12)
    sha256 = models.CharField(max_length=64, unique=True)
    signing_key = models.CharField(max_length=300, blank=True)
    added_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    # Set once, on what `add_alert_source` returns, and stored nowhere.
    secret: str = ""
    signing_secret: str = ""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "name"], condition=Q(closed_at=None), name="alert_source_name_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def party_ids(self) -> tuple[int, int]:
        """The two organisations whose logs hear of its alerts."""
        return (self.client_id, self.provider_id)

    @property
    def zone(self) -> str:
        """Where the wall clocks of its machines hang (IANA)."""
        return self.site.zone


class Delivery(models.Model):
    """Traffic: one message as it came, and what became of it; its bytes where it could not be read."""

    source = models.ForeignKey(AlertSource, on_delete=models.PROTECT, related_name="+")
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=_choices(Outcome))
    reason = models.CharField(max_length=300, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["source", "sha256"], name="delivery_again"),
            models.Index(fields=["source", "received_at"], name="delivery_latest"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}: {self.outcome}"


class Alert(Row):
    """A failure that monitoring tells of: a draft until somebody reports it or says that it is none."""

    # Lines of a log may name people.
    PERSONAL: ClassVar[tuple[str, ...]] = ("text",)

    source = models.ForeignKey(AlertSource, on_delete=models.PROTECT, related_name="+")
    tool = models.CharField(max_length=20)
    fingerprint = models.CharField(max_length=64)
    title = models.CharField(max_length=160)
    text = models.TextField(blank=True)
    severity = models.CharField(max_length=10, choices=_choices(Severity))
    impact = models.CharField(max_length=10, choices=_choices(Level))
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", null=True)
    # What the machine calls itself, and what was asked of the register with it: "no asset is called so", ...
    host = models.CharField(max_length=160, blank=True)
    asset_note = models.CharField(max_length=200, blank=True)
    begun_at = models.DateTimeField()
    begun_note = models.CharField(max_length=200, blank=True)
    dated = models.BooleanField(default=False)
    first_received_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # How often it was back soon after its end.
    flaps = models.PositiveIntegerField(default=0)
    dismissed_at = models.DateTimeField(null=True)
    dismissal = models.CharField(max_length=300, blank=True)
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "fingerprint"], condition=Q(ended_at=None), name="alert_lasts_once"
            ),
            models.CheckConstraint(
                condition=Q(engagement=None) | Q(dismissed_at=None), name="alert_reported_or_dismissed"
            ),
        ]
        indexes = [
            models.Index(fields=["source", "first_received_at"], name="alert_latest"),
            models.Index(fields=["engagement"], name="alert_engagement"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def waits(self) -> bool:
        """Whether nobody has said yet what to do about it."""
        return self.engagement_id is None and self.dismissed_at is None


class AlertCount(models.Model):
    """Traffic: how often an alert was told. Ten thousand tellings of one failure are one entry of the log."""

    alert = models.OneToOneField(Alert, on_delete=models.PROTECT, related_name="count")
    told = models.IntegerField(default=0)
    # Of these: the very same bytes again, whoever sent them.
    repeated = models.IntegerField(default=0)
    last_received_at = models.DateTimeField()
    # Of one that came back: when it began the last time, if its tool said so, and since when it says that it is over.
    returned_at = models.DateTimeField(null=True)
    quiet_since = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"alert {self.alert_id} told {self.told} times"


class AlertTally(models.Model):
    """Traffic: what a source sent, counted apart from what is kept of it, so that the two can be compared."""

    source = models.OneToOneField(AlertSource, on_delete=models.PROTECT, related_name="tally")
    messages = models.IntegerField(default=0)
    # Of these turned away, and nothing of them kept: not signed as they should be, signed once before, too long.
    unsigned = models.IntegerField(default=0)
    replayed = models.IntegerField(default=0)
    oversized = models.IntegerField(default=0)
    # Alerts in the messages that were taken, and those of them that were about nothing known here.
    alerts = models.IntegerField(default=0)
    unmatched = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"source {self.source_id}: {self.messages} messages"


class Mailbox(Row):
    """An address at which a provider's desk is written to. Of the secret of its HTTP door only the hash is kept."""

    SECRET: ClassVar[tuple[str, ...]] = ("sha256",)

    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=120)
    added_by = _person()
    prefix = models.CharField(max_length=12)
    sha256 = models.CharField(max_length=64, unique=True)
    added_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    # Set once, on what `add_mailbox` returns, and stored nowhere.
    secret: str = ""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["address"], condition=Q(closed_at=None), name="mailbox_address_once"),
        ]

    def __str__(self) -> str:
        return self.address


class Mail(models.Model):
    """Traffic: one mail as it came, kept before anybody tried to read it; what it says, and what became of it."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="+")
    door = models.CharField(max_length=4, choices=_choices(Door))
    # Where it lay before: the same there is the same mail, however often it is fetched.
    origin = models.CharField(max_length=120, blank=True)
    raw = models.BinaryField()
    size = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    # Empty until it is settled.
    outcome = models.CharField(max_length=12, choices=_choices(Outcome), blank=True)
    reason = models.CharField(max_length=300, blank=True)
    mark = models.CharField(max_length=64, blank=True)
    message_id = models.CharField(max_length=250, blank=True)
    sender = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=160, blank=True)
    text = models.TextField(blank=True)
    # About which engagement it is; who may not see that, does not see this.
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+", null=True)
    # What people did about one of the quarantine.
    dismissed_at = models.DateTimeField(null=True)
    dismissal = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "origin"], condition=~Q(origin=""), name="mail_fetched_once"),
        ]
        indexes = [
            models.Index(fields=["mailbox", "sha256"], name="mail_again"),
            models.Index(fields=["mailbox", "mark"], name="mail_same"),
            models.Index(fields=["mailbox", "message_id"], name="mail_named"),
            models.Index(fields=["mailbox", "received_at"], name="mail_latest"),
            models.Index(fields=["mailbox", "sender", "received_at"], name="mail_from"),
        ]

    def __str__(self) -> str:
        return f"mail {self.pk}: {self.outcome or 'waits'}"


class MailTally(models.Model):
    """Traffic: how many mails a door handed us, and how many of these were refused unread."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="+")
    door = models.CharField(max_length=4, choices=_choices(Door))
    fetched = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    # Whoever fetches holds it until then.
    leased_until = models.DateTimeField(null=True)
    said = models.CharField(max_length=200, blank=True)
    said_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "door"], name="mail_tally_once")]

    def __str__(self) -> str:
        return f"{self.mailbox_id} {self.door}: {self.fetched}"


class MailDraft(Row):
    """A failure that somebody of a client wrote of: a draft until a person reports it or says that it is none."""

    PERSONAL: ClassVar[tuple[str, ...]] = ("title", "text")

    mail = models.OneToOneField(Mail, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    # In whose name it is reported; whether it is they who wrote, a mail does not prove.
    person = _person()
    title = models.CharField(max_length=160)
    text = models.TextField(blank=True)
    received_at = models.DateTimeField()
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+", null=True)
    dismissed_at = models.DateTimeField(null=True)
    dismissal = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(engagement=None) | Q(dismissed_at=None), name="mail_draft_reported_or_dismissed"
            ),
        ]
        indexes = [models.Index(fields=["provider", "received_at"], name="mail_draft_latest")]

    def __str__(self) -> str:
        return self.title

    @property
    def party_ids(self) -> tuple[int, int]:
        """The two organisations whose logs hear of it."""
        return (self.client_id, self.provider_id)

    @property
    def waits(self) -> bool:
        """Whether nobody has said yet what to do about it."""
        return self.engagement_id is None and self.dismissed_at is None
