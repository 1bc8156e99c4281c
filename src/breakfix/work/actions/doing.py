"""What is done on site: steps with their results, and the time it takes."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from breakfix.agreements.values import Domain
from breakfix.dispatch import queries as dispatch
from breakfix.dispatch import steps as dispatch_steps
from breakfix.dispatch.models import Booking
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules import preserving, words
from breakfix.incidents.values import HoldReason
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel import files
from breakfix.kernel.access import Actor, Deed, require
from breakfix.kernel.errors import NotFound
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import File, Row
from breakfix.kernel.worktime.zones import zone_of
from breakfix.parties import rules as texts
from breakfix.quotes import queries as quotes
from breakfix.quotes.models import Quote
from breakfix.quotes.values import Status as QuoteStatus
from breakfix.roster import queries as roster
from breakfix.work import queries, steps
from breakfix.work.models import MeterNotice, TimeEntry, WorkOrder, WorkStep
from breakfix.work.rules import conduct, extra
from breakfix.work.values import Status, StepStatus, TimeKind

_CLOCKED = {
    TimeKind.WORKING: "is on the clock",
    TimeKind.WAITING_CLIENT: "is waiting for the client",
    TimeKind.PROTECTIVE: "takes protective steps",
}


@transaction.atomic
def complete_step(
    engagement_id: int,
    *,
    position: int,
    result: str,
    evidence: Upload | None = None,
    skip: bool = False,
    by: Actor,
    at: datetime,
) -> WorkStep:
    """A step of the plan is done, with what came of it; an optional one may be skipped, with the reason."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.COMPLETE_STEP, org=engagement.provider_id)
    order = queries.order_on(engagement)
    conduct.check_begun(EngagementStatus(engagement.status), Status(order.status))
    dispatch.ready_booking(engagement, by=by, at=at)
    step = _step(order, position)
    conduct.check_can_complete(step.facts, queries.facts_of(order), skip=skip, has_evidence=evidence is not None)
    if step.destroys and not skip:
        preserving.check_may_wipe(Domain(engagement.domain), engagement.preserved)
    if step.status == StepStatus.PLANNED and not skip:
        _check_may_begin(step, order, at)
    steps.move_step(step, StepStatus.SKIPPED if skip else StepStatus.DONE)
    step.started_at = step.started_at or (None if skip else at)
    step.done_at, step.done_by_id = at, by.person_id
    step.result = words.check_no_amount(texts.text(result, "result", longest=4000), "result")
    kept = _keep(evidence, engagement, at)
    step.evidence = kept
    step.save()
    rows: list[Row] = [step, *([kept] if kept else []), *steps.advance(order, at=at)]
    word = "skipped" if skip else "done"
    line = f"Step {step.position} of {order.number} {word}: {step.name}. {step.result}"
    facts = {"position": step.position, "evidence": kept.sha256 if kept else ""}
    _tell(order, f"step.{'skipped' if skip else 'completed'}", line, rows, by, at, facts)
    return step


def _step(order: WorkOrder, position: int) -> WorkStep:
    found = next((step for step in order.steps.all() if step.position == position), None)
    if found is None:
        raise NotFound("This step")
    return found


def _check_may_begin(step: WorkStep, order: WorkOrder, at: datetime) -> None:
    """A step that could not begin by itself: the client stopped the work, or the window has become too short."""
    conduct.check_not_stopped(queries.is_stopped(order.engagement))
    if step.point_of_no_return and order.change is not None:
        steps.check_guard(order, order.change, at)


@transaction.atomic
def clock_on(
    engagement_id: int,
    *,
    kind: TimeKind = TimeKind.WORKING,
    since: datetime | None = None,
    note: str = "",
    evidence: Upload | None = None,
    change_order_id: int | None = None,
    by: Actor,
    at: datetime,
) -> TimeEntry:
    """From now, or from `since`, this technician's minutes count; whoever may not work here now is kept off.

    They count for the agreed scope, or for the change order that is named.
    """
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.CLOCK_ON, org=engagement.provider_id)
    # After the engagement, as dispatch takes them: two deeds must not wait for each other.
    technician = roster.technician_of(by.person_id)
    if technician is not None:
        roster.lock_technician(technician.pk, by=by)
    order, begun = queries.order_on(engagement), since or at
    conduct.check_begun(EngagementStatus(engagement.status), Status(order.status))
    booking = dispatch.ready_booking(engagement, by=by, at=at)
    _check_clock(booking, order, begun, at)
    dispatch.check_fit(booking, engagement, at=begun)
    dispatch.check_fit(booking, engagement, at=at)
    conduct.check_waiting(kind, has_evidence=evidence is not None)
    extra_work = _ordered(engagement, change_order_id, kind, begun, at)
    kept = _keep(evidence, engagement, at)
    entry = TimeEntry.objects.create(
        order=order,
        change_order=extra_work,
        technician_id=booking.technician_id,
        level=booking.technician.level,
        kind=kind.value,
        started_at=begun,
        note=_note(note),
        evidence=kept,
    )
    if order.status == Status.PAUSED:
        conduct.check_transition(Status.PAUSED, Status.WORKING)
        order.status = Status.WORKING.value
        order.save()
    rows: list[Row] = [entry, order, *([kept] if kept else []), *dispatch_steps.begin(booking, begun)]
    under = f" for {extra_work}" if extra_work else ""
    line = f"An L{entry.level} {_CLOCKED[kind]}{under} since {_clock(engagement, begun)}."
    facts = {"level": entry.level, "kind": kind, "since": begun, "change_order": str(extra_work or "")}
    _tell(order, "time.started", line, rows, by, at, facts)
    return entry


def _ordered(
    engagement: Engagement, change_order_id: int | None, kind: TimeKind, since: datetime, at: datetime
) -> Quote | None:
    """The change order that this time belongs to, which may take it now; None for the agreed scope."""
    extra.check_named(kind, ordered=change_order_id is not None)
    if change_order_id is None:
        return None
    quote = quotes.find_order(engagement, change_order_id)
    extra.check_ordered(
        kind,
        QuoteStatus(quote.status),
        found_at=quote.change_order.found_at,
        agreed_at=quote.decided_at,
        since=since,
    )
    if kind is TimeKind.PROTECTIVE:
        extra.check_protective_left(queries.protective_time(quote, at))
    return quote


def _check_clock(booking: Booking, order: WorkOrder, since: datetime, at: datetime) -> None:
    running = queries.open_entry(booking.technician_id)
    here = running is not None and running.order_id == order.pk
    conduct.check_booking(booking.starts_at, at=since)
    waits = [one for one in incidents.holds(order.engagement) if one.reason == HoldReason.AWAITING_CLIENT_APPROVAL]
    extra.check_not_waited(since, [one.ended_at for one in waits])
    conduct.check_can_clock_on(
        since,
        open_here=here,
        open_elsewhere=running is not None and not here,
        last_end=queries.last_end(booking.technician_id),
        started_at=order.started_at or at,
        acknowledged_at=booking.protocol_acknowledged_at,
        at=at,
    )


@transaction.atomic
def clock_off(
    engagement_id: int, *, until: datetime | None = None, note: str = "", by: Actor, at: datetime
) -> TimeEntry:
    """This technician's minutes end, now or at `until`; marks of the maximum that are reached by them are told."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.CLOCK_OFF, org=engagement.provider_id)
    order, ended = queries.order_on(engagement), until or at
    entry = _running(order, by)
    started = conduct.check_can_clock_off(entry.started_at if entry else None, ended, at=at)
    assert entry is not None  # noqa: S101 - the check above refuses without one
    entry.ended_at, entry.note = ended, _note(f"{entry.note} {note}".strip())
    entry.save()
    rows: list[Row] = [entry]
    if queries.on_the_clock(order) == 0:
        conduct.check_transition(Status(order.status), Status.PAUSED)
        order.status = Status.PAUSED.value
        order.save()
        rows.append(order)
    line = f"An L{entry.level} worked from {_clock(engagement, started)} to {_clock(engagement, ended)}."
    facts = {"level": entry.level, "kind": entry.kind, "since": started, "until": ended}
    _tell(order, "time.ended", line, rows, by, at, facts)
    _tell_marks(engagement, steps.note_marks(engagement, at=at), by, at)
    return entry


def _running(order: WorkOrder, by: Actor) -> TimeEntry | None:
    entries = order.entries.all()
    return next((one for one in entries if one.ended_at is None and one.technician.person_id == by.person_id), None)


@transaction.atomic
def note_meter(engagement_id: int, *, by: Actor, at: datetime) -> list[MeterNotice]:
    """Tell what marks of the maximum were reached since the last look; nothing happens where none was."""
    engagement = incidents.lock_engagement(engagement_id, by)
    require(by, Deed.NOTE_METER)
    notices = steps.note_marks(engagement, at=at)
    _tell_marks(engagement, notices, by, at)
    return notices


def _keep(evidence: Upload | None, engagement: Engagement, at: datetime) -> File | None:
    return files.keep(evidence, topic=engagement.topic, at=at) if evidence is not None else None


def _note(note: str) -> str:
    return words.check_no_amount(texts.text(note, "note", longest=400, required=False), "note")


def _clock(engagement: Engagement, at: datetime) -> str:
    return at.astimezone(zone_of(engagement.zone)).strftime("%H:%M")


def _tell(
    order: WorkOrder, kind: str, line: str, rows: Sequence[Row], by: Actor, at: datetime, facts: dict[str, object]
) -> None:
    record(
        kind,
        subject=order,
        by=by,
        at=at,
        to=order.engagement.party_ids,
        topic=order.engagement.topic,
        line=line,
        facts={"order": order.number, **facts},
        changed=rows,
    )


def _tell_marks(engagement: Engagement, notices: Sequence[MeterNotice], by: Actor, at: datetime) -> None:
    for entry in steps.marks_to_tell(engagement, notices):
        record("meter.reached", by=by, at=at, **entry)
