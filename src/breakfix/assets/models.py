"""What clients run: their machines and the services on them. What makers sell is in the packaged catalogue."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q

from breakfix.assets.values import COVER_WORDS, AssetFacts, CoverFacts, CoverKind, Cycle, Raid
from breakfix.kernel.models import Row
from breakfix.kernel.money import Money
from breakfix.parties.models import Organisation, Site


class BusinessService(Row):
    """What stops when a machine stops, and what an hour of that costs its owner (domain.md §4.4)."""

    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    owner_role = models.CharField(max_length=120, blank=True)
    business_rate_minor = models.BigIntegerField()
    off_rate_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    # {"mon": [["08:00", "18:00"]], ...}: the hours at the business rate, as the kernel's Calendar reads them.
    hours: "models.JSONField[Any, Any]" = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "name"], name="business_service_once"),
            models.CheckConstraint(
                condition=Q(business_rate_minor__gte=0, off_rate_minor__gte=0), name="business_service_rates"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def business_rate(self) -> Money:
        return Money.from_minor(self.business_rate_minor, self.currency)

    @property
    def off_rate(self) -> Money:
        return Money.from_minor(self.off_rate_minor, self.currency)


class Asset(Row):
    """A machine that may break. The client owns the record, whoever repairs it (domain.md R6)."""

    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    tag = models.CharField(max_length=60, blank=True)
    # Spelled as in the catalogue where it knows the model; `device_kind` is then the catalogue's, else empty.
    maker = models.CharField(max_length=60)
    model = models.CharField(max_length=120)
    device_kind = models.CharField(max_length=30, blank=True)
    serial = models.CharField(max_length=120, blank=True)
    firmware = models.CharField(max_length=120, blank=True)
    role_text = models.CharField(max_length=200, blank=True)
    installed_on = models.DateField(null=True)
    warranty_until = models.DateField(null=True)
    useful_life_years = models.PositiveIntegerField(null=True)
    eol_on = models.DateField(null=True)
    os_product = models.CharField(max_length=60, blank=True)
    os_cycle = models.CharField(max_length=60, blank=True)
    service = models.ForeignKey(BusinessService, on_delete=models.PROTECT, related_name="+", null=True)
    legacy = models.BooleanField(null=True)
    # Facts by name, and {"raid": {"level", "drives", "drive_tb", "failed"}} where there is an array.
    config: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    registered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "tag"], condition=~Q(tag=""), name="asset_tag_once"),
            models.UniqueConstraint(
                fields=["client", "maker", "serial"], condition=~Q(serial=""), name="asset_serial_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def topic(self) -> str:
        return f"asset/{self.pk}"

    @property
    def raid(self) -> Raid | None:
        """The array, or None for a machine without one."""
        stored = self.config.get("raid")
        return Raid(**{**stored, "drive_tb": Decimal(stored["drive_tb"])}) if stored else None

    @property
    def other_facts(self) -> dict[str, str]:
        """The configuration without the array."""
        return {name: text for name, text in self.config.items() if name != "raid"}

    def facts(self, cycle: Cycle | None) -> AssetFacts:
        """What the flags need, with the operating system's cycle where one is known."""
        return AssetFacts(
            installed_on=self.installed_on,
            warranty_until=self.warranty_until,
            useful_life_years=self.useful_life_years,
            eol_on=self.eol_on,
            cycle=cycle,
            legacy=self.legacy,
        )


class Cover(Row):
    """What somebody else owes the client already: asked first, so that nobody pays for one repair twice (A5).

    Of one machine, of one site, or of the whole client; of the domains named, or of all where none is.
    """

    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    domains: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    kind = models.CharField(max_length=20, choices=[(kind.value, COVER_WORDS[kind]) for kind in CoverKind])
    holder = models.CharField(max_length=120)
    reference = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    # In the words of the contract: how fast, which hours, what not.
    promise = models.CharField(max_length=400, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    registered_at = models.DateTimeField()
    ended_on = models.DateField(null=True)
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=models.F("valid_from")), name="cover_period"
            ),
            models.CheckConstraint(condition=Q(asset=None) | Q(site=None), name="cover_of_one_thing"),
        ]
        indexes = [models.Index(fields=["client", "valid_until"], name="cover_of_client")]

    def __str__(self) -> str:
        return str(self.facts)

    @property
    def facts(self) -> CoverFacts:
        """What the route test needs of it."""
        return CoverFacts(
            kind=CoverKind(self.kind),
            holder=self.holder,
            reference=self.reference,
            phone=self.phone,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            ended_on=self.ended_on,
        )
