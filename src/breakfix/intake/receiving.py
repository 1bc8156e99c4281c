"""One message of a source, from its bytes to what became of it: kept, read, and each alert in it taken once."""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from django.db import OperationalError, transaction

from breakfix.intake import queries, steps
from breakfix.intake.actions import alerts as actions
from breakfix.intake.models import Alert, AlertSource, Delivery
from breakfix.intake.rules import storms
from breakfix.intake.rules.reading import read
from breakfix.intake.rules.storms import Known, Step
from breakfix.intake.values import Outcome, Signal, Unmapped
from breakfix.kernel.access import SYSTEM

log = logging.getLogger(__name__)
OURS = queries.OURS


@dataclass(frozen=True)
class Taken:
    """What became of a message: its outcome, why where it is no ticket, and the alerts that it was about."""

    outcome: Outcome
    reason: str = ""
    alerts: list[int] = field(default_factory=list)


class Replayed(Exception):
    """What was signed once was shown a second time."""


class Closed(Exception):
    """The source was closed while the message was on its way."""


def receive(source: AlertSource, body: bytes, at: datetime, *, signed: str = "") -> Taken:
    """Keep a message and take what it says, in one transaction: whoever gets an answer may forget the message.

    Never raises for what the message holds: what cannot be read is in the quarantine, with its bytes and why.
    `signed` is what was signed with the body; raises Replayed where both came before, and Closed.
    """
    try:
        return _received(source, body, at, signed)
    except OperationalError:  # a deadlock with what somebody does about an alert: nothing was kept, so once more
        return _received(source, body, at, signed)


def _received(source: AlertSource, body: bytes, at: datetime, signed: str) -> Taken:
    with transaction.atomic():
        # One message of a source after the other: which is the first telling of a failure is then no race.
        source = queries.lock_source(source.pk, SYSTEM)
        if source.closed_at is not None:
            raise Closed
        delivery = steps.keep(source, body, at, signed=signed)
        repeated = queries.came_before(delivery)
        if signed and repeated:
            raise Replayed  # and nothing of it is kept
        try:
            with transaction.atomic():
                return _take(delivery, body, at, repeated=repeated)
        except Unmapped as no:
            reason = str(no)
        except OperationalError:
            raise
        except Exception:
            log.exception("delivery %s could not be taken", delivery.pk)
            reason = OURS
        steps.settle(delivery, Outcome.QUARANTINE, reason)
        return Taken(Outcome.QUARANTINE, reason)


def _take(delivery: Delivery, body: bytes, at: datetime, *, repeated: bool) -> Taken:
    said = read(body, delivery.source.zone)
    # Every alert that it may be about is held before the first entry of a log: the log comes last for everybody.
    known = queries.lock_last_alerts(delivery.source, {storms.fingerprint(one) for one in said})
    done = [_one(delivery.source, signal, known, at, repeated=repeated) for signal in said]
    outcome = storms.outcome(step for step, _ in done)
    # Why one of several alerts came to nothing matters only where all of them did.
    why = next((reason for _, reason in done if reason), "") if outcome is Outcome.IGNORED else ""
    steps.settle(delivery, outcome, why)
    about = {known[mark].pk for one in said if (mark := storms.fingerprint(one)) in known}
    return Taken(outcome, why, sorted(about))


def _one(
    source: AlertSource, signal: Signal, known: dict[str, Alert], at: datetime, *, repeated: bool
) -> tuple[Step, str]:
    mark = storms.fingerprint(signal)
    alert = known.get(mark)
    before = None
    if alert is not None:
        over = alert.ended_at is not None
        before = Known(alert.begun_at, alert.dated, over, queries.decided_at(alert))
    step, why = storms.step(signal, before, repeated=repeated)
    if alert is not None and step in {Step.END, Step.ANEW}:
        known[mark] = alert = actions.end_alert(alert.pk, by=SYSTEM, at=at)
    if step in {Step.DRAFT, Step.ANEW}:
        known[mark] = alert = actions.draft_alert(source.pk, signal=signal, by=SYSTEM, at=at)
    if alert is not None:
        steps.count(alert, at, repeated=repeated)
    return step, why
