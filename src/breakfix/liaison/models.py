"""Cases at vendors, what was said and promised there, by whose authority, and what the client may claim."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from breakfix.incidents.models import Engagement
from breakfix.kernel.models import File, Row
from breakfix.kernel.worktime.calendars import Calendar
from breakfix.liaison.values import Basis, CaseResult, CaseStatus, ClaimAbout, Days, VendorKind, Way


def _choices(words: Any) -> list[tuple[str, str]]:
    return [(word.value, word.value) for word in words]


def _person(*, null: bool = False) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=null)


class Letter(Row):
    """A letter of authority: for what the client lets its provider speak to one vendor, until when."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    vendor_name = models.CharField(max_length=120)
    scope = models.CharField(max_length=400)
    valid_until = models.DateTimeField()
    canonical = models.TextField()
    sha256 = models.CharField(max_length=64)
    signed_copy = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+", null=True)
    granted_by = _person()
    granted_at = models.DateTimeField()
    revoked_by = _person(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoke_reason = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(valid_until__gt=models.F("granted_at")), name="letter_for_some_time"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="letter_revoked_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class VendorCase(Row):
    """One case at one vendor, under the vendor's own reference."""

    PERSONAL: ClassVar[tuple[str, ...]] = ("contact",)

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    vendor_kind = models.CharField(max_length=10, choices=_choices(VendorKind))
    vendor_name = models.CharField(max_length=120)
    reference = models.CharField(max_length=80)
    tier = models.PositiveSmallIntegerField(default=1)
    contact = models.CharField(max_length=160, blank=True)
    status = models.CharField(max_length=10, choices=_choices(CaseStatus), default=CaseStatus.OPEN)
    opened_at = models.DateTimeField()
    noted_at = models.DateTimeField()
    next_contact_at = models.DateTimeField(null=True)
    # The hold that names this case began then; it is over once another one, or none, is open.
    waits_since = models.DateTimeField(null=True)
    # What the vendor's own agreement with the client says; {} and None where nobody wrote it down.
    days = models.CharField(max_length=10, choices=_choices(Days), default=Days.ALWAYS)
    hours: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    availability = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    response_minutes = models.PositiveIntegerField(null=True)
    amount_rule = models.CharField(max_length=1000, blank=True)
    terms_source = models.CharField(max_length=300, blank=True)
    closed_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=12, blank=True, choices=_choices(CaseResult))
    result_text = models.CharField(max_length=2000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engagement", "number"], name="vendor_case_number_once"),
            models.CheckConstraint(condition=~Q(reference="") & ~Q(vendor_name=""), name="vendor_case_named"),
            models.CheckConstraint(
                condition=Q(status="OPEN", closed_at=None, result="", next_contact_at__isnull=False)
                | (Q(status="CLOSED", closed_at__isnull=False, next_contact_at=None) & ~Q(result="")),
                name="vendor_case_closed_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["next_contact_at"], name="vendor_case_next", condition=Q(status="OPEN")),
        ]

    def __str__(self) -> str:
        return f"{self.vendor_name} {self.reference}"

    @property
    def subject(self) -> str:
        """How open ends name it."""
        return f"vendor_case/{self.pk}"

    @property
    def calendar(self) -> Calendar:
        """The vendor's stated hours; round the clock where none were stated."""
        return Calendar.from_json(self.hours) if self.hours else Calendar.always_on("UTC")


class VendorContact(Row):
    """One contact with the vendor, as it was noted: never changed, corrected by a later entry only."""

    PERSONAL: ClassVar[tuple[str, ...]] = ("spoke_with",)

    case = models.ForeignKey(VendorCase, on_delete=models.PROTECT, related_name="contacts")
    number = models.PositiveIntegerField()
    way = models.CharField(max_length=10, choices=_choices(Way))
    spoke_with = models.CharField(max_length=120, blank=True)
    said = models.TextField()
    # Whether a person of the vendor answered: the first such contact ends its response time.
    answered = models.BooleanField(default=True)
    tier = models.PositiveSmallIntegerField()
    next_contact_at = models.DateTimeField(null=True)
    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="+", null=True)
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, related_name="corrected_by", null=True)
    contacted_by = _person()
    contacted_at = models.DateTimeField()
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="vendor_contact_number_once")]

    def __str__(self) -> str:
        return f"contact {self.number} of {self.case_id}"


class VendorPromise(Row):
    """What the vendor promised until when, with the hours in which it is measured as they were stated then."""

    case = models.ForeignKey(VendorCase, on_delete=models.PROTECT, related_name="promises")
    contact = models.ForeignKey(VendorContact, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=300)
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    within_minutes = models.PositiveIntegerField(null=True)
    basis = models.CharField(max_length=8, choices=_choices(Basis))
    hours: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    kept_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=models.F("made_at")), name="vendor_promise_ahead"),
        ]

    def __str__(self) -> str:
        return self.what

    @property
    def calendar(self) -> Calendar:
        """The vendor's hours as they were stated when it promised."""
        return Calendar.from_json(self.hours) if self.hours else Calendar.always_on("UTC")


class VendorClaim(Row):
    """A draft of what the client may claim from its vendor: frozen as drafted, sent by the client alone."""

    case = models.ForeignKey(VendorCase, on_delete=models.PROTECT, related_name="claims")
    number = models.CharField(max_length=20)
    about = models.CharField(max_length=14, choices=_choices(ClaimAbout))
    canonical = models.TextField()
    sha256 = models.CharField(max_length=64)
    drafted_by = _person()
    drafted_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.number
