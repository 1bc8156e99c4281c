"""Invoices and their lines. Triggers in the first migration keep what an invoice may never do."""

import json
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import F, Q

from breakfix.billing.values import InvoiceKind, InvoiceStatus
from breakfix.incidents.models import Engagement
from breakfix.kernel.models import Row
from breakfix.kernel.money import Money
from breakfix.parties.models import Organisation
from breakfix.quotes.models import Tranche


class Invoice(Row):
    """Once ISSUED it never changes. Setting that status is the statement that moves the tranches' billed sums."""

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    provider = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    kind = models.CharField(
        max_length=11, choices=[(k.value, k.value) for k in InvoiceKind], default=InvoiceKind.INVOICE.value
    )
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True)
    status = models.CharField(max_length=8, choices=[(s.value, s.value) for s in InvoiceStatus])
    currency = models.CharField(max_length=3)
    subtotal_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    # Hourly labour billed, the service credit on it, and what of that waits for the month's end: all before tax.
    labour_minor = models.BigIntegerField(default=0)
    credit_minor = models.BigIntegerField(default=0)
    withheld_minor = models.BigIntegerField(default=0)
    issued_at = models.DateTimeField()
    due_on = models.DateField()
    canonical = models.TextField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "number"], name="invoice_number_once"),
            models.CheckConstraint(
                condition=Q(total_minor=F("subtotal_minor") + F("tax_minor")), name="invoice_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(kind=InvoiceKind.INVOICE.value, corrects=None, subtotal_minor__gte=0)
                | Q(
                    kind=InvoiceKind.CREDIT_NOTE.value,
                    corrects__isnull=False,
                    labour_minor=0,
                    subtotal_minor__lt=0,
                    withheld_minor=0,
                ),
                name="credit_note_corrects_an_invoice",
            ),
            models.CheckConstraint(
                condition=Q(labour_minor__gte=0, credit_minor__gte=0, withheld_minor__gte=0),
                name="invoice_credit_not_negative",
            ),
            models.UniqueConstraint(fields=["corrects"], name="invoice_corrected_once"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def total(self) -> Money:
        return Money.from_minor(self.total_minor, self.currency)

    @property
    def is_credit_note(self) -> bool:
        return self.kind == InvoiceKind.CREDIT_NOTE

    @property
    def labour(self) -> Money:
        return Money.from_minor(self.labour_minor, self.currency)

    @property
    def credit(self) -> Money:
        """The service credit taken off, before tax."""
        return Money.from_minor(self.credit_minor, self.currency)

    @property
    def withheld(self) -> Money:
        """What of the credit earned the month's cap kept back; a credit note releases it."""
        return Money.from_minor(self.withheld_minor, self.currency)

    @property
    def subtotal(self) -> Money:
        return Money.from_minor(self.subtotal_minor, self.currency)

    @property
    def tax(self) -> Money:
        return Money.from_minor(self.tax_minor, self.currency)

    @cached_property
    def content(self) -> dict[str, Any]:
        """What was issued."""
        frozen: dict[str, Any] = json.loads(self.canonical)
        return frozen


class InvoiceLine(Row):
    """One line, always of one tranche: nothing can be billed outside a cap."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    tranche = models.ForeignKey(Tranche, on_delete=models.PROTECT, related_name="+")
    ref = models.CharField(max_length=20)
    description = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=12, decimal_places=4)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    tax_category = models.CharField(max_length=30)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_once")]

    def __str__(self) -> str:
        return self.description

    @property
    def amount(self) -> Money:
        return Money.from_minor(self.amount_minor, self.currency)
