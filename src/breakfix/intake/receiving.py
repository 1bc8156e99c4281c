"""One message of a source, from its bytes to what became of it: kept, read, and each alert in it taken once."""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from breakfix.intake import actions, queries, steps
from breakfix.intake.models import Alert, AlertSource, Delivery
from breakfix.intake.rules import storms
from breakfix.intake.rules.reading import read
from breakfix.intake.rules.storms import Known, Step
from breakfix.intake.values import Outcome, Signal, Unmapped
from breakfix.kernel.access import SYSTEM

log = logging.getLogger(__name__)
OURS = "it could not be taken, by a fault of ours; it is in the log"


@dataclass(frozen=True)
class Taken:
    """What became of a message: its outcome, why where it is no ticket, and the drafts that it was about."""

    outcome: Outcome
    reason: str = ""
    drafts: list[int] = field(default_factory=list)


class Replayed(Exception):
    """What was signed once was shown a second time."""


def receive(source: AlertSource, body: bytes, at: datetime, *, signed: str = "") -> Taken:
    """Keep a message and take what it says, in one transaction: whoever gets an answer may forget the message.

    Never raises for what the message holds: what cannot be read is in the quarantine, with its bytes and why.
    `signed` is what was signed with the body; raises Replayed where both came before.
    """
    with transaction.atomic():
        # One message of a source after the other: which is the first telling of a failure is then no race.
        source = queries.lock_source(source.pk, SYSTEM)
        delivery = steps.keep(source, body, at, signed=signed)
        repeated = queries.came_before(delivery)
        if signed and repeated:
            raise Replayed  # and nothing of it is kept
        try:
            with transaction.atomic():
                return _take(delivery, body, at, repeated=repeated)
        except Unmapped as no:
            reason = str(no)
        except Exception:
            log.exception("delivery %s could not be taken", delivery.pk)
            reason = OURS
        steps.settle(delivery, Outcome.QUARANTINE, reason)
        return Taken(Outcome.QUARANTINE, reason)


def _take(delivery: Delivery, body: bytes, at: datetime, *, repeated: bool) -> Taken:
    done = [_one(delivery.source, signal, at, repeated=repeated) for signal in read(body, delivery.source.zone)]
    outcome = storms.outcome(step for step, _, _ in done)
    # Why one of several alerts came to nothing matters only where all of them did.
    why = next((reason for _, _, reason in done if reason), "") if outcome is Outcome.IGNORED else ""
    steps.settle(delivery, outcome, why)
    return Taken(outcome, why, sorted({alert.pk for _, alert, _ in done if alert is not None}))


def _one(source: AlertSource, signal: Signal, at: datetime, *, repeated: bool) -> tuple[Step, Alert | None, str]:
    alert = queries.last_alert(source, storms.fingerprint(signal))
    known = Known(alert.begun_at, alert.dated, alert.ended_at is not None) if alert else None
    step, why = storms.step(signal, known, repeated=repeated)
    if step is Step.DRAFT:
        alert = actions.draft_alert(source.pk, signal=signal, by=SYSTEM, at=at)
    elif step is Step.END and alert is not None:
        actions.end_alert(alert.pk, by=SYSTEM, at=at)
    if alert is not None:
        steps.count(alert, at, repeated=repeated)
    return step, alert, why
