"""Invoices and their lines. Triggers in the first migration keep what an invoice may never do."""

import json
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import F, Q

from breakfix.billing.values import InvoiceStatus
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
    status = models.CharField(max_length=8, choices=[(s.value, s.value) for s in InvoiceStatus])
    currency = models.CharField(max_length=3)
    subtotal_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
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
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def total(self) -> Money:
        return Money.from_minor(self.total_minor, self.currency)

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
