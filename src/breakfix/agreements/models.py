"""Agreements between a provider and a client, in versions that are never edited once signed."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from breakfix.agreements.values import Terms, VersionStatus
from breakfix.kernel.ledger.canonical import plain
from breakfix.kernel.models import Row
from breakfix.parties.models import Organisation, Person

STATUSES = [(status.value, status.value.lower()) for status in VersionStatus]


class Agreement(Row):
    """One provider, one client, one currency; what they agreed stands in its versions."""

    number = models.CharField(max_length=30)
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "number"], name="agreement_number_once"),
            # Two agreements of one pair would make "the version in force" a matter of luck.
            models.UniqueConstraint(fields=["provider", "client"], name="agreement_pair_once"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def topic(self) -> str:
        return f"agreement/{self.pk}"

    @property
    def party_ids(self) -> tuple[int, int]:
        return (self.client_id, self.provider_id)


class AgreementVersion(Row):
    """What was agreed from `effective_at` until `ends_at` (half-open), under one hash that both sides signed.

    With `starts_on_signature`, `effective_at` is the second signature's and empty until then. ENDED: a later
    signed version, or the notice of one side, ends this one at `ends_at`, until which it stays in force.
    WITHDRAWN: never signed by both.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    terms: "models.JSONField[Any, Any]" = models.JSONField()
    sha256 = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=STATUSES, default=VersionStatus.DRAFT.value)
    # The provider's person who answers for every engagement under this version (domain.md G4).
    accountable_person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    starts_on_signature = models.BooleanField()
    effective_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    drafted_at = models.DateTimeField()
    provider_signed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    provider_signed_at = models.DateTimeField(null=True)
    client_signed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    client_signed_at = models.DateTimeField(null=True)
    # Of the one with which notice was given: why, and by whom; also where a later one went on. NULL where nobody did.
    ended_because = models.CharField(max_length=500, null=True)
    ended_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "version"], name="agreement_version_once"),
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(status="SIGNED"), name="agreement_one_signed_version"
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=models.F("effective_at")),
                name="agreement_version_period",
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.version}"

    @cached_property
    def parsed(self) -> Terms:
        """The terms as typed values, parsed once for this instance; no price that is not stored is among them."""
        return Terms.stored(self.terms)

    @property
    def is_signed(self) -> bool:
        return self.status in (VersionStatus.SIGNED, VersionStatus.ENDED)

    @property
    def is_open(self) -> bool:
        """Whether it can still be changed and signed."""
        return self.status in (VersionStatus.DRAFT, VersionStatus.PROPOSED)

    @property
    def is_given_notice(self) -> bool:
        """Whether one side ended the agreement with this version, so that none goes on from `ends_at`."""
        return self.ended_because is not None

    def content(self) -> dict[str, Any]:
        """What the hash binds: who agrees with whom on what, from when. Needs `agreement` to be selected."""
        agreement = self.agreement
        return {
            "agreement": agreement.number,
            "version": self.version,
            "provider": agreement.provider_id,
            "client": agreement.client_id,
            "currency": agreement.currency,
            "accountable_person": self.accountable_person_id,
            "effective_at": None if self.starts_on_signature else plain(self.effective_at),
            "terms": self.terms,
        }


class CreditHold(Row):
    """The provider's finance gives this client no further credit, and why: nothing is taken on while it stands."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_because = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(lifted_at=None), name="credit_hold_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None) | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="credit_hold_lifted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"credit hold since {self.placed_at:%Y-%m-%d}"
