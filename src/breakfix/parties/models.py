"""Who there is: organisations, their sites and people, what people may do, and who was let in on what."""

from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from breakfix.kernel.access import Role, Side
from breakfix.kernel.models import Row

SIDES = [(Side.CLIENT.value, "client"), (Side.PROVIDER.value, "provider")]
ROLES = [(role.value, role.value.replace("_", " ")) for role in Role]


class Organisation(Row):
    """A client or a provider: the owner of a log, and the border that data crosses only by a grant."""

    name = models.CharField(max_length=120)
    legal_name = models.CharField(max_length=200)
    slug = models.CharField(max_length=50, unique=True)
    side = models.CharField(max_length=10, choices=SIDES)
    zone = models.CharField(max_length=60)
    tax_id = models.CharField(max_length=60, blank=True)
    address = models.TextField(blank=True)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(side__in=["client", "provider"]), name="organisation_side"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def topic(self) -> str:
        return f"organisation/{self.pk}"

    @property
    def is_provider(self) -> bool:
        return self.side == Side.PROVIDER


class Site(Row):
    """A place of an organisation; its zone governs every clock of what breaks there (domain.md R8)."""

    PERSONAL: ClassVar[tuple[str, ...]] = ("contact_name", "contact_phone")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    address = models.TextField()
    zone = models.CharField(max_length=60)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    contact_name = models.CharField(max_length=120, blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    access_notes = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="site_name_once")]

    def __str__(self) -> str:
        return self.name


class Person(AbstractBaseUser, Row):
    """Somebody who signs in, by e-mail address. What they may do is in their role holdings, nowhere else."""

    PERSONAL: ClassVar[tuple[str, ...]] = ("email", "name", "phone")
    # Not evidence: a password proves nothing later, and a sign-in is not a deed.
    SECRET: ClassVar[tuple[str, ...]] = ("password", "last_login", "sessions_ended")

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=40, blank=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    is_active = models.BooleanField(default=True)
    # How often all sessions were ended at once: part of what each session is checked against, at every request.
    sessions_ended = models.PositiveIntegerField(default=0)

    objects: ClassVar[BaseUserManager[Self]] = BaseUserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # A new password ends every session in Django; here a count does, too: roles taken, access switched off.
        said = f"{self.sessions_ended} {self.password}"
        return salted_hmac("breakfix.parties.session", said, secret=secret, algorithm="sha256").hexdigest()


class RoleHolding(Row):
    """One role that a person holds, or held: [since, until)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="role_holdings")
    role = models.CharField(max_length=30, choices=ROLES)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "role"], condition=Q(until=None), name="role_held_once"),
        ]

    def __str__(self) -> str:
        return f"{self.role} since {self.since:%Y-%m-%d}"


class Grant(Row):
    """Who may see a topic, why and until when: each `visible_to` reads it, later modules write it."""

    topic = models.CharField(max_length=80)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", null=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    reason = models.CharField(max_length=300)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation=None) ^ Q(person=None),
                name="grant_one_receiver",
            ),
        ]
        indexes = [
            models.Index(fields=["topic", "organisation"], name="grant_topic_organisation"),
            models.Index(fields=["topic", "person"], name="grant_topic_person"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} for {'a person' if self.person_id else f'organisation {self.organisation_id}'}"


class Token(Row):
    """A key to the API: a person's own, or a machine's of the organisation. Only the secret's SHA-256 is kept."""

    # Not evidence: who has the log could otherwise try secrets against it; and that a token was used is no deed.
    SECRET: ClassVar[tuple[str, ...]] = ("sha256", "last_used_at")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    issued_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    sha256 = models.CharField(max_length=64, unique=True)
    scopes: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    roles: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    # Set once, on what `issue_token` returns, and stored nowhere.
    secret: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_personal(self) -> bool:
        return self.person_id is not None
