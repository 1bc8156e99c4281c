"""The provider's people who are sent, what they may be sent on, and the cover behind them."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from breakfix.kernel.models import File, Row
from breakfix.kernel.money import Money
from breakfix.parties.models import Organisation, Person
from breakfix.roster.values import (
    Clear,
    ClearanceKind,
    Held,
    InsuranceKind,
    Policy,
    Validity,
    Working,
)

LEVELS = [(level, f"L{level}") for level in (1, 2, 3, 4)]


def _choices(
    words: type[Validity] | type[ClearanceKind] | type[InsuranceKind],
) -> list[tuple[str, str]]:
    return [(word.value, word.value.replace("_", " ")) for word in words]


class Certification(models.Model):
    """A row of the packaged catalogue, copied when somebody first holds it: the package is its source."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    vendor = models.CharField(max_length=60)
    level = models.CharField(max_length=40)
    domain = models.CharField(max_length=60)
    validity = models.CharField(max_length=20, choices=_choices(Validity))
    months = models.IntegerField(null=True)
    validity_because = models.CharField(max_length=120)
    renewal = models.CharField(max_length=200)
    basis = models.CharField(max_length=120)
    source = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.code

    @property
    def unverified(self) -> bool:
        """True where a part of the row was never read anywhere: shown wherever somebody sees it."""
        return "memory" in f"{self.basis} {self.source}"


class Technician(Row):
    """A person whom the provider sends. Where they start from is personal: usually it is their home."""

    PERSONAL: ClassVar[tuple[str, ...]] = ("base_latitude", "base_longitude")

    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    level = models.SmallIntegerField(choices=LEVELS)
    active = models.BooleanField(default=True)
    hourly_cost_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    base_latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    base_longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    emergency_roster = models.BooleanField(default=False)
    engaged_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=4), name="technician_level"),
            models.CheckConstraint(condition=Q(hourly_cost_minor__gte=0), name="technician_cost"),
        ]

    def __str__(self) -> str:
        return f"technician {self.pk}, L{self.level}"

    @property
    def hourly_cost(self) -> Money:
        """What an hour costs the provider: never shown to a client."""
        return Money.from_minor(self.hourly_cost_minor, self.currency)


class Skill(Row):
    """A domain this technician is sent for."""

    technician = models.ForeignKey(Technician, on_delete=models.PROTECT, related_name="skills")
    # No choices: which domains there are is the operator's, and a table must not depend on that (decision 0023).
    domain = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["technician", "domain"], name="skill_once")]

    def __str__(self) -> str:
        return self.domain


class HeldCertification(Row):
    """One certificate of one technician; a renewal is a new row, the old one stays what it was."""

    PERSONAL: ClassVar[tuple[str, ...]] = ("number",)

    technician = models.ForeignKey(Technician, on_delete=models.PROTECT, related_name="certificates")
    certification = models.ForeignKey(Certification, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=60, blank=True)
    issued_on = models.DateField()
    valid_until = models.DateField(null=True)
    version = models.CharField(max_length=40, blank=True)
    verified_on = models.DateField(null=True)
    verified_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    evidence = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("issued_on")), name="certificate_dates"
            ),
        ]

    def __str__(self) -> str:
        return f"certificate {self.pk} of technician {self.technician_id}"

    @property
    def facts(self) -> Held:
        """What the rules decide on; needs `certification` loaded."""
        return Held(
            code=self.certification.code,
            validity=Validity(self.certification.validity),
            issued_on=self.issued_on,
            valid_until=self.valid_until,
            version=self.version,
            verified_on=self.verified_on,
        )


class Clearance(Row):
    """That a client lets this technician in: a background check, an NDA, the client's own clearance."""

    technician = models.ForeignKey(Technician, on_delete=models.PROTECT, related_name="clearances")
    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=_choices(ClearanceKind))
    valid_until = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} for {self.client_id}"

    @property
    def facts(self) -> Clear:
        return Clear(ClearanceKind(self.kind), self.client_id, self.valid_until)


class Insurance(Row):
    """One policy of a provider, as its certificate of insurance states it: evidence of cover, not cover."""

    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=_choices(InsuranceKind))
    insurer = models.CharField(max_length=120)
    policy_number = models.CharField(max_length=60)
    named_insured = models.CharField(max_length=200)
    per_claim_minor = models.BigIntegerField()
    aggregate_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    valid_from = models.DateField()
    valid_until = models.DateField()
    retro_date = models.DateField(null=True)
    additional_insured = models.BooleanField(default=False)
    waiver_of_subrogation = models.BooleanField(default=False)
    evidence = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+", null=True)
    endorsement = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="insurance_dates"),
            models.CheckConstraint(
                condition=Q(per_claim_minor__gte=0, aggregate_minor__gte=F("per_claim_minor")),
                name="insurance_limits",
            ),
            models.CheckConstraint(
                condition=Q(additional_insured=False, waiver_of_subrogation=False) | ~Q(endorsement=None),
                name="insurance_endorsed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} insurance of {self.provider_id} until {self.valid_until}"

    @property
    def per_claim(self) -> Money:
        return Money.from_minor(self.per_claim_minor, self.currency)

    @property
    def aggregate(self) -> Money:
        return Money.from_minor(self.aggregate_minor, self.currency)

    @property
    def facts(self) -> Policy:
        return Policy(
            kind=InsuranceKind(self.kind),
            insurer=self.insurer,
            named_insured=self.named_insured,
            per_claim=self.per_claim,
            aggregate=self.aggregate,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            retro_date=self.retro_date,
        )


class Shift(Row):
    """When a technician is there, or can be called: [starts_at, ends_at)."""

    technician = models.ForeignKey(Technician, on_delete=models.PROTECT, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    on_call = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_forward")]
        indexes = [models.Index(fields=["technician", "starts_at"], name="shift_of_technician")]

    def __str__(self) -> str:
        return f"{'on call' if self.on_call else 'shift'} of technician {self.technician_id}"

    @property
    def facts(self) -> Working:
        return Working(self.starts_at, self.ends_at, self.on_call)
