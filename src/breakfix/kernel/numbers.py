"""Numbers without gaps: quotes, invoices and engagements count per organisation and year."""

from datetime import datetime

from django.db import connection

from breakfix.kernel import fence
from breakfix.kernel.models import Counter


def next_number(series: str, organisation_id: int, at: datetime) -> str:
    """The next number of this series and year, e.g. "Q-2026-0007"; a refused deed gives it back."""
    if not connection.in_atomic_block:
        raise RuntimeError("a number belongs to the transaction that uses it")
    name = f"{series}-{at.year}"
    # A client's report takes the next number of its provider.
    with fence.as_machine():
        counter, _ = Counter.objects.select_for_update().get_or_create(organisation_id=organisation_id, series=name)
        counter.last += 1
        counter.save(update_fields=["last"])
    return f"{name}-{counter.last:04d}"
