"""What the outage costs meanwhile: its factor, the dated duties, and the warnings about clocks."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from breakfix.incidents import queries
from breakfix.incidents.models import Clock, Degradation, Engagement, Obligation
from breakfix.incidents.rules import closing, harm, warning
from breakfix.incidents.values import Status
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import Row
from breakfix.parties import rules as texts


@transaction.atomic
def set_degradation(engagement_id: int, *, factor: Decimal, reason: str, by: Actor, at: datetime) -> Engagement:
    """Say how much of the full outage counts from now on, e.g. 0.25 behind a loaner; the past stays (ruling 32)."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.SET_DEGRADATION, org=engagement.client_id)
    closing.check_open(Status(engagement.status))
    factor = harm.degradation(factor, restored=engagement.restored_at is not None)
    reason = texts.text(reason, "reason", longest=300)
    engagement.degradation = factor
    engagement.save(update_fields=["degradation"])
    setting = Degradation.objects.create(engagement=engagement, factor=factor, since=at, reason=reason)
    line = f"From here on the outage counts at {factor.normalize():f}: {reason}"
    _tell(engagement, "degradation.set", line, [engagement, setting], by, at, {"factor": factor})
    return engagement


@transaction.atomic
def meet_obligation(engagement_id: int, *, obligation_id: int | None = None, by: Actor, at: datetime) -> Engagement:
    """Say that a dated duty is fulfilled as of now: its clock stops, met or missed."""
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.MEET_OBLIGATION, org=engagement.party_ids)
    closing.check_open(Status(engagement.status))
    chosen = harm.choose_duty(queries.obligations(engagement, at), obligation_id)
    duty = queries.lock_obligation(engagement, chosen)
    duty.met_at = at
    duty.save(update_fields=["met_at"])
    reading = next(one for one in queries.obligations(engagement, at) if one.duty.obligation_id == duty.pk)
    line = f"Obligation fulfilled, {reading.verdict.value}: {duty.name}"
    _tell(engagement, "obligation.met", line, [duty], by, at, {"verdict": reading.verdict})
    return engagement


@transaction.atomic
def note_breach(
    engagement_id: int,
    *,
    percent: int,
    clock_id: int | None = None,
    obligation_id: int | None = None,
    by: Actor,
    at: datetime,
) -> Engagement:
    """Put on record that a share of a promise is used up and who is told; each share once (domain.md §3.9).

    Refused when it is not so: a hold may have moved the instant since the warning was planned.
    """
    engagement = queries.lock_engagement(engagement_id, by)
    require(by, Deed.NOTE_BREACH)
    watched = queries.watched(engagement, at, clock_id=clock_id, obligation_id=obligation_id)
    warning.check_can_warn(watched, percent)
    rows: list[Row] = _mark_warned(engagement, percent, clock_id=clock_id, obligation_id=obligation_id)
    line = f"{watched.name}: {percent} % used, due {watched.shown_due(engagement.zone)}."
    facts: dict[str, object] = {
        "clock": watched.name,
        "percent": percent,
        "due_at": watched.due_at,
        "clock_id": clock_id,
        "obligation_id": obligation_id,
        "told": [str(role) for role in warning.told(percent, obligation=obligation_id is not None)],
    }
    _tell(engagement, "clock.warned", line, rows, by, at, facts)
    return engagement


def _mark_warned(
    engagement: Engagement, percent: int, *, clock_id: int | None, obligation_id: int | None
) -> list[Row]:
    """Remember which share of a promise was warned of."""
    row: Clock | Obligation
    if clock_id is not None:
        row = Clock.objects.get(pk=clock_id, engagement=engagement)
    else:
        row = queries.lock_obligation(engagement, obligation_id or 0)
    row.warned_percent = percent
    row.save(update_fields=["warned_percent"])
    return [row]


def _tell(
    engagement: Engagement,
    kind: str,
    line: str,
    rows: list[Row],
    by: Actor,
    at: datetime,
    facts: dict[str, object] | None = None,
) -> None:
    record(
        kind,
        subject=engagement,
        by=by,
        at=at,
        to=engagement.party_ids,
        topic=engagement.topic,
        line=line,
        facts=facts,
        changed=rows,
    )
