"""Ordered parts, one row for each unit: a serial belongs to one thing."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from breakfix.incidents.models import Engagement
from breakfix.kernel.models import File, Row
from breakfix.kernel.money import Money
from breakfix.parties.models import Organisation
from breakfix.parts.values import (
    BEFORE_ORDER,
    BUILT_IN,
    Basis,
    Category,
    Custody,
    Disposition,
    Grade,
    Lead,
    LoanStatus,
    Quoted,
    Said,
    Status,
)
from breakfix.roster.models import Technician

_NOT_BOUGHT = sorted(status.value for status in BEFORE_ORDER)
_FITTED = sorted(status.value for status in BUILT_IN | {Status.FAILED_IN_WARRANTY})


def _choices(words: Any) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in words]


class PartOrder(Row):
    """One unit on its way to one engagement; `quote_line` names the approved line that pays for it.

    A unit that was dead or failed keeps its serial; the unit that `replaces` it has a row of its own on the same
    line, so that the client pays for one that works.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    # Empty until an approved quote pays for it: such a unit is never billed.
    quote_line = models.CharField(max_length=40, blank=True)
    unit = models.PositiveIntegerField()
    part_number = models.CharField(max_length=200)
    description = models.CharField(max_length=200)
    supplier = models.CharField(max_length=200, blank=True)
    data_bearing = models.BooleanField(default=False)
    # What the line that pays for it promised, of whoever fits something else; and what it was fitted in place of.
    condition = models.CharField(max_length=12, blank=True, choices=_choices(Grade))
    cost_minor = models.BigIntegerField(null=True)
    alternate_for = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=30, choices=_choices(Status), default=Status.ORDERED)
    serial_received = models.CharField(max_length=80, blank=True)
    serial_installed = models.CharField(max_length=80, blank=True)
    serial_removed = models.CharField(max_length=80, blank=True)
    removed_disposition = models.CharField(max_length=30, blank=True, choices=_choices(Disposition))
    return_reason = models.CharField(max_length=300, blank=True)
    needed_at = models.DateTimeField(null=True)
    needed_for = models.CharField(max_length=300, blank=True)
    reserved_until = models.DateTimeField(null=True)
    own_risk_reason = models.CharField(max_length=300, blank=True)
    ordered_at = models.DateTimeField(null=True)
    expected_at = models.DateTimeField(null=True)
    carrier = models.CharField(max_length=120, blank=True)
    tracking = models.CharField(max_length=120, blank=True)
    shipped_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    inspected_at = models.DateTimeField(null=True)
    inspection = models.CharField(max_length=400, blank=True)
    issued_to = models.ForeignKey(Technician, on_delete=models.PROTECT, related_name="+", null=True)
    issued_at = models.DateTimeField(null=True)
    installed_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    # Dead on arrival, or failed within its warranty; what the supplier was told, and what came of it.
    fault = models.TextField(blank=True)
    fault_evidence = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+", null=True)
    failed_at = models.DateTimeField(null=True)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, related_name="+", null=True)
    claim_reference = models.CharField(max_length=80, blank=True)
    claimed_at = models.DateTimeField(null=True)
    claim_settled_at = models.DateTimeField(null=True)
    claim_settlement = models.CharField(max_length=300, blank=True)
    # The old part that the supplier wants back.
    core_due_at = models.DateTimeField(null=True)
    custody = models.CharField(max_length=10, blank=True, choices=_choices(Custody))
    custody_reason = models.CharField(max_length=400, blank=True)
    custody_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    custody_at = models.DateTimeField(null=True)
    core_tracking = models.CharField(max_length=120, blank=True)
    core_shipped_at = models.DateTimeField(null=True)
    core_settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engagement", "quote_line", "unit"], name="part_unit_ordered_once"),
            models.UniqueConstraint(
                fields=["engagement", "part_number", "serial_received"],
                condition=~Q(serial_received=""),
                name="part_serial_once",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=_FITTED)
                | Q(serial_installed=F("serial_received"), installed_at__isnull=False) & ~Q(serial_installed=""),
                name="part_installed_as_received",
            ),
            models.CheckConstraint(
                condition=Q(status__in=_NOT_BOUGHT)
                | Q(ordered_at__isnull=False, expected_at__isnull=False)
                & ~Q(supplier="")
                & ~Q(quote_line="", own_risk_reason=""),
                name="part_ordered_for_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["CORE_SHIPPED", "CORE_CREDITED"], data_bearing=True) | Q(custody="release"),
                name="part_core_released",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part_number} ({self.status.lower().replace('_', ' ')})"

    @property
    def quoted(self) -> Quoted:
        """What the client was promised for its money."""
        return Quoted(self.part_number, self.condition, self.cost_minor)

    @property
    def was_dead(self) -> bool:
        """Whether it never worked: what fails later was built in before."""
        return self.failed_at is not None and not self.serial_installed

    @property
    def subject(self) -> str:
        """How open ends name this unit."""
        return f"part/{self.pk}"


class SupplierOffer(Row):
    """What one supplier would send, at what price, until when, and how soon: the provider's own knowledge.

    `lead_*` are hours from the order to the door: optimistic, most likely, pessimistic.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    wanted = models.CharField(max_length=200)
    part_number = models.CharField(max_length=200)
    supplier = models.CharField(max_length=200)
    condition = models.CharField(max_length=12, choices=_choices(Grade))
    cost_minor = models.BigIntegerField()
    freight_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    warranty_days = models.PositiveIntegerField()
    lead_optimistic = models.DecimalField(max_digits=8, decimal_places=2)
    lead_likely = models.DecimalField(max_digits=8, decimal_places=2)
    lead_pessimistic = models.DecimalField(max_digits=8, decimal_places=2)
    valid_until = models.DateTimeField()
    evidence = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(cost_minor__gt=0, freight_minor__gte=0), name="supplier_offer_priced"),
            models.CheckConstraint(
                condition=Q(lead_optimistic__gte=0)
                & Q(lead_likely__gte=F("lead_optimistic"))
                & Q(lead_pessimistic__gte=F("lead_likely")),
                name="supplier_offer_lead_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part_number} from {self.supplier}"

    @property
    def cost(self) -> Money:
        return Money.from_minor(self.cost_minor, self.currency)

    @property
    def freight(self) -> Money:
        return Money.from_minor(self.freight_minor, self.currency)

    @property
    def lead(self) -> Lead:
        """How long delivery takes, as a distribution."""
        return Lead(self.lead_optimistic, self.lead_likely, self.lead_pessimistic)


class Loaner(Row):
    """A machine of the provider that stands in for a client's while that is repaired."""

    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    tag = models.CharField(max_length=60)
    description = models.CharField(max_length=200)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "tag"], name="loaner_tag_once")]

    def __str__(self) -> str:
        return f"{self.description} ({self.tag})"


class Loan(Row):
    """One loaner for one engagement. With a `free_reason` the provider caused the need, and it costs nothing."""

    loaner = models.ForeignKey(Loaner, on_delete=models.PROTECT, related_name="+")
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=_choices(LoanStatus), default=LoanStatus.OFFERED)
    free_reason = models.CharField(max_length=300, blank=True)
    offered_at = models.DateTimeField()
    due_at = models.DateTimeField()
    lent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    condition = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["loaner"], condition=Q(status__in=["OFFERED", "LENT"]), name="loan_one_at_a_time"
            ),
            models.CheckConstraint(condition=Q(due_at__gt=F("offered_at")), name="loan_forward"),
        ]

    def __str__(self) -> str:
        return f"loan of {self.loaner_id}"

    @property
    def subject(self) -> str:
        """How open ends name this loan."""
        return f"loan/{self.pk}"


class CataloguePart(Row):
    """A part that a provider knows: what it is, and in which grades it is bought. Its number is kept in capitals."""

    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    part_number = models.CharField(max_length=200)
    maker = models.CharField(max_length=60)
    description = models.CharField(max_length=200)
    category = models.CharField(max_length=12, choices=_choices(Category))
    grades: "models.JSONField[Any, Any]" = models.JSONField()
    data_bearing = models.BooleanField(default=False)
    core_due = models.BooleanField(default=False)
    added_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "part_number"],
                condition=Q(withdrawn_at__isnull=True),
                name="catalogue_part_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.maker} {self.part_number}"


class Fit(Row):
    """That a part fits, or does not fit, one model of machine, within a range of its firmware; and who says so."""

    part = models.ForeignKey(CataloguePart, on_delete=models.PROTECT, related_name="fits_known")
    maker = models.CharField(max_length=60)
    model = models.CharField(max_length=120)
    fits = models.BooleanField()
    firmware_from = models.CharField(max_length=120, blank=True)
    firmware_until = models.CharField(max_length=120, blank=True)
    basis = models.CharField(max_length=20, choices=_choices(Basis))
    source = models.CharField(max_length=300)
    noted_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.part.part_number} in {self.maker} {self.model}"

    @property
    def said(self) -> Said:
        """The statement without its row."""
        return Said(self.fits, self.firmware_from, self.firmware_until, Basis(self.basis), self.source)


class Alternate(Row):
    """That one part may stand in for another, never by itself the other way round; and on what conditions."""

    part = models.ForeignKey(CataloguePart, on_delete=models.PROTECT, related_name="alternates_known")
    alternate = models.ForeignKey(CataloguePart, on_delete=models.PROTECT, related_name="+")
    conditions = models.CharField(max_length=300, blank=True)
    basis = models.CharField(max_length=20, choices=_choices(Basis))
    source = models.CharField(max_length=300)
    noted_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["part", "alternate"], condition=Q(withdrawn_at__isnull=True), name="alternate_once"
            ),
            models.CheckConstraint(condition=~Q(part=F("alternate")), name="alternate_is_another"),
        ]

    def __str__(self) -> str:
        return f"{self.alternate.part_number} for {self.part.part_number}"
