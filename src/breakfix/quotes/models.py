"""Quotes, the suppliers' evidence behind them, and the tranches whose caps bind every invoice."""

import json
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import F, Q

from breakfix.agreements.values import TaxCategory
from breakfix.diagnosis.models import ForensicExtension
from breakfix.incidents.models import Engagement
from breakfix.kernel.columns import choices, person
from breakfix.kernel.models import File, Row
from breakfix.kernel.money import Money
from breakfix.quotes.frozen import draft_from_json, price_from_json, tariff_from_json
from breakfix.quotes.rules.settlement import tranche_key
from breakfix.quotes.values import (
    Cause,
    Draft,
    Mode,
    Option,
    Price,
    QuoteKind,
    RejectionReason,
    Status,
    Tariff,
    TrancheKind,
)

_AGREED_BY = ("quote", "extension", "disposition")
_ONE_EACH = Q(kind__in=["FORENSIC", "BASE", "SERVICE_CREDIT"])


class Quote(Row):
    """One version of an offer. From `issued_at` on its content, hash and figures never change.

    `canonical` is the JSON text that the approver is shown and whose SHA-256 is signed.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    # A change order is an offer like any other; approved, it adds a tranche and supersedes nothing (ruling 25).
    kind = models.CharField(max_length=12, choices=choices(QuoteKind), default=QuoteKind.QUOTE.value)
    number = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    revision = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=12, choices=choices(Status), default=Status.DRAFT)
    mode = models.CharField(max_length=10, choices=choices(Mode), default=Mode.NTE)
    author = person()
    reviewer = person(null=True)
    draft: "models.JSONField[Any, Any]" = models.JSONField()
    canonical = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    currency = models.CharField(max_length=3)
    q_minor = models.BigIntegerField()
    n_minor = models.BigIntegerField(null=True)
    p50_minor = models.BigIntegerField(null=True)
    p80_minor = models.BigIntegerField(null=True)
    p90_minor = models.BigIntegerField(null=True)
    credit_minor = models.BigIntegerField(null=True)
    tax_minor = models.BigIntegerField(null=True)
    exposure_minor = models.BigIntegerField(null=True)
    cash_out_minor = models.BigIntegerField(null=True)
    seed = models.CharField(max_length=40, blank=True)
    samples = models.IntegerField(null=True)
    library = models.CharField(max_length=40, blank=True)
    sampler = models.CharField(max_length=40, blank=True)
    drafted_at = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    rejection_reason = models.CharField(max_length=20, blank=True, choices=choices(RejectionReason))
    rejection_note = models.TextField(blank=True)
    # What it came to in the end, before the reduction to N: quote accuracy and NTE hits are computed from it.
    actual_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engagement", "number", "version"], name="quote_version_once"),
            models.UniqueConstraint(
                fields=["engagement", "kind"], condition=Q(status__in=["DRAFT", "REVIEWED"]), name="quote_one_draft"
            ),
            models.UniqueConstraint(
                fields=["engagement"],
                condition=Q(kind="QUOTE", status__in=["ISSUED", "APPROVED", "SETTLED"]),
                name="quote_one_offer",
            ),
            models.UniqueConstraint(
                fields=["engagement", "number"],
                condition=Q(kind="CHANGE_ORDER", status__in=["ISSUED", "APPROVED", "SETTLED"]),
                name="change_order_one_offer",
            ),
            models.CheckConstraint(
                condition=Q(issued_at=None)
                | Q(n_minor__gte=F("q_minor"), valid_until__gt=F("issued_at")) & ~Q(sha256="") & ~Q(canonical=""),
                name="quote_issued_whole",
            ),
            models.CheckConstraint(
                condition=Q(issued_at__isnull=False) | Q(status__in=["DRAFT", "REVIEWED", "WITHDRAWN"]),
                name="quote_issued_before_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} v{self.version}"

    @property
    def title(self) -> str:
        """What it is, with its number: how a sentence begins."""
        return f"{'Change order' if self.is_change_order else 'Quote'} {self}"

    @property
    def subject(self) -> str:
        """How rounds and open ends name this quote."""
        return f"quote/{self.pk}"

    def line_ref(self, key: str) -> str:
        """How parts and work name one of its lines."""
        return f"{self.subject}/{key}"

    @property
    def is_issued(self) -> bool:
        return self.issued_at is not None

    @property
    def is_change_order(self) -> bool:
        return self.kind == QuoteKind.CHANGE_ORDER

    @cached_property
    def content(self) -> dict[str, Any]:
        """What was issued, as shown to the approver; {} before."""
        frozen: dict[str, Any] = json.loads(self.canonical) if self.canonical else {}
        return frozen

    @property
    def inputs(self) -> Draft:
        """What the quoting engineer typed."""
        return draft_from_json(self.draft)

    @cached_property
    def price(self) -> Price:
        """The issued price with its lines, as frozen."""
        return price_from_json(self.content["price"])

    @cached_property
    def tariff(self) -> Tariff:
        """The prices that actual work is billed at, as frozen."""
        return tariff_from_json(self.content["tariff"])

    def money(self, minor: int | None) -> Money | None:
        return None if minor is None else Money.from_minor(minor, self.currency)

    @property
    def q(self) -> Money:
        """The quoted price."""
        return Money.from_minor(self.q_minor, self.currency)

    @property
    def n(self) -> Money | None:
        """The binding maximum before tax; None before issue."""
        return self.money(self.n_minor)

    @property
    def exposure(self) -> Money | None:
        """N plus tax, of a change order with all that was agreed before: what approval limits are tested against."""
        return self.money(self.exposure_minor)

    @property
    def cash_out(self) -> Money | None:
        """Forensic fee, N and tax on both: the most that can be paid in all."""
        return self.money(self.cash_out_minor)


class ChangeOrder(Row):
    """Why one offer raises the maximum of a repair that was approved already, and what proves it (domain.md §4.10).

    `excluded` is the sentence of the quote that left it out; without one the evidence is newer than the quote.
    """

    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="change_order")
    base = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="+")
    cause = models.CharField(max_length=20, choices=choices(Cause))
    reason = models.TextField()
    excluded = models.TextField(blank=True)
    evidence = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+")
    found_at = models.DateTimeField()
    raised_at = models.DateTimeField()

    class Meta:
        constraints = [
            # Underestimation is no cause: neither a deed nor a statement of SQL can make it one.
            models.CheckConstraint(
                condition=Q(cause__in=["new_fault", "client_request"]), name="change_order_for_a_cause"
            ),
            models.CheckConstraint(condition=Q(found_at__lte=F("raised_at")), name="change_order_found_then_raised"),
        ]

    def __str__(self) -> str:
        return f"change order {self.quote.number}"


class Question(Row):
    """What somebody of the client wants to know before they decide, and what the provider said to it."""

    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    asked_by = person()
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    answered_by = person(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None, answer="")
                | Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer=""),
                name="question_answered_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"question about {self.quote}"

    @property
    def subject(self) -> str:
        """How its open end names it: first the quote, on whose page it is answered."""
        return f"quote/{self.quote_id}/question/{self.pk}"


class Disposition(Row):
    """What handing back or destroying the client's things costs after a quote was not approved: a price to confirm.

    It lies outside N (domain.md §11 ruling 27). Ordered, it is a tranche of its own, and its price never changes.
    """

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="+")
    option = models.CharField(max_length=20, choices=choices(Option))
    description = models.CharField(max_length=200)
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    category = models.CharField(max_length=30, choices=choices(TaxCategory))
    evidence = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+", null=True)
    offered_by = person()
    offered_at = models.DateTimeField()
    ordered_by = person(null=True)
    ordered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(price_minor=0) | Q(price_minor__gt=0, evidence__isnull=False),
                name="disposition_at_proven_cost",
            ),
            models.CheckConstraint(condition=Q(option__in=["return", "destroy"]), name="disposition_of_things"),
            models.CheckConstraint(
                condition=Q(ordered_at=None, ordered_by=None) | Q(ordered_at__isnull=False, ordered_by__isnull=False),
                name="disposition_ordered_whole",
            ),
            models.UniqueConstraint(
                fields=["engagement"], condition=Q(ordered_at__isnull=False), name="disposition_ordered_once"
            ),
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def price(self) -> Money:
        return Money.from_minor(self.price_minor, self.currency)


class Choice(Row):
    """What somebody of the client wanted once an offer was rejected or had expired; the last one counts."""

    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="+")
    option = models.CharField(max_length=20, choices=choices(Option))
    note = models.CharField(max_length=400, blank=True)
    # Nobody, where nobody answered in time.
    chosen_by = person(null=True)
    chosen_at = models.DateTimeField()
    disposition = models.ForeignKey(Disposition, on_delete=models.PROTECT, related_name="+", null=True)

    def __str__(self) -> str:
        return f"{self.option} after {self.quote}"


class Deposit(Row):
    """What the client pays before the parts of an approved offer are ordered; it is settled once (§4.10)."""

    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    asked_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = person(null=True)
    reference = models.CharField(max_length=120, blank=True)
    waived_because = models.CharField(max_length=400, blank=True)
    refunded_minor = models.BigIntegerField(default=0)
    refunded_at = models.DateTimeField(null=True)
    refunded_by = person(null=True)
    refund_reference = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(refunded_minor=0, refunded_at=None, refunded_by=None, refund_reference="")
                | Q(refunded_minor__gt=0, refunded_minor__lte=F("amount_minor"), refunded_at__gte=F("settled_at"))
                & Q(refunded_by__isnull=False, refunded_at__isnull=False)
                & ~Q(refund_reference="")
                & ~Q(reference=""),
                name="deposit_refund_of_what_was_paid",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0)
                & (
                    Q(settled_at=None, settled_by=None, reference="", waived_because="")
                    | Q(settled_at__isnull=False, settled_by__isnull=False)
                    & (~Q(reference="") & Q(waived_because="") | Q(reference="") & ~Q(waived_because=""))
                ),
                name="deposit_settled_one_way",
            ),
        ]

    def __str__(self) -> str:
        return f"deposit on {self.quote}"

    @property
    def amount(self) -> Money:
        return Money.from_minor(self.amount_minor, self.currency)

    @property
    def refunded(self) -> Money:
        return Money.from_minor(self.refunded_minor, self.currency)


class SupplierEvidence(Row):
    """A supplier's own document behind one part's price; another price, supplier or date needs another one."""

    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="+")
    line = models.PositiveIntegerField()
    part_number = models.CharField(max_length=200)
    priced_sha256 = models.CharField(max_length=64)
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+")
    attached_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"supplier's offer for {self.part_number}"


class Tranche(Row):
    """A sum the client agreed to, with its own cap: no invoice may take `billed` above it (domain.md §4.10)."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=14, choices=choices(TrancheKind))
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="+", null=True)
    extension = models.ForeignKey(ForensicExtension, on_delete=models.PROTECT, related_name="+", null=True)
    disposition = models.ForeignKey(Disposition, on_delete=models.PROTECT, related_name="+", null=True)
    cap_minor = models.BigIntegerField()
    billed_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    agreed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(billed_minor__gte=0) | Q(kind="SERVICE_CREDIT")) & Q(billed_minor__lte=F("cap_minor")),
                name="tranche_never_above_cap",
            ),
            models.UniqueConstraint(fields=["engagement", "kind"], condition=_ONE_EACH, name="tranche_once"),
            # One approval binds one cap: the same quote under two kinds would double it.
            *(models.UniqueConstraint(fields=[one], name=f"tranche_one_per_{one}") for one in _AGREED_BY),
            models.CheckConstraint(
                condition=Q(kind__in=["FORENSIC", "SERVICE_CREDIT"], quote=None, extension=None, disposition=None)
                | Q(kind="EXTENSION", quote=None, extension__isnull=False, disposition=None)
                | Q(kind="DISPOSITION", quote=None, extension=None, disposition__isnull=False)
                | Q(kind__in=["BASE", "CHANGE_ORDER"], quote__isnull=False, extension=None, disposition=None),
                name="tranche_of_a_quote",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind.lower()} tranche"

    @property
    def of(self) -> int:
        """What a settlement calls it."""
        return tranche_key(TrancheKind(self.kind), self.quote_id or self.extension_id or self.disposition_id or 0)

    @property
    def cap(self) -> Money:
        return Money.from_minor(self.cap_minor, self.currency)

    @property
    def billed(self) -> Money:
        return Money.from_minor(self.billed_minor, self.currency)
