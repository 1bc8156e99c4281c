"""Traffic of this door: what came is kept as it came, and counted. None of it is a deed."""

import hashlib
from datetime import datetime

from django.db.models import F

from breakfix.intake.models import Alert, AlertCount, AlertSource, Delivery
from breakfix.intake.rules.parts import clean
from breakfix.intake.values import Outcome


def keep(source: AlertSource, body: bytes, at: datetime, *, signed: str = "") -> Delivery:
    """Store a message before it is read: whatever happens next, it is not lost. `signed` tells equal bodies apart."""
    sha256 = hashlib.sha256(signed.encode() + body).hexdigest()
    return Delivery.objects.create(source=source, body=body, sha256=sha256, received_at=at)


def settle(delivery: Delivery, outcome: Outcome, reason: str) -> None:
    """Note what became of a message; what could be read is not kept a second time."""
    delivery.outcome, delivery.reason = outcome.value, clean(reason, 300)
    if outcome is not Outcome.QUARANTINE:
        delivery.body = b""
    delivery.save(update_fields=["outcome", "reason", "body"])


def count(alert: Alert, at: datetime, *, repeated: bool) -> None:
    """One more telling of a failure; counted in the database, so that none is lost between two workers."""
    known = AlertCount.objects.filter(alert=alert)
    more = {"told": F("told") + 1, "repeated": F("repeated") + int(repeated), "last_received_at": at}
    if not known.update(**more):
        AlertCount.objects.create(alert=alert, told=1, repeated=int(repeated), last_received_at=at)
