"""Writes that later modules need inside their own deeds; each returns the rows it changed, for `record(changed=...)`.

The caller holds the engagement locked (`queries.lock_engagement`) and hands in that very instance.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from breakfix.agreements.values import PauseEffect, Priority
from breakfix.incidents import fees, queries
from breakfix.incidents.models import (
    Clock,
    DowngradeProposal,
    Engagement,
    ForensicFee,
    Hold,
    Obligation,
    OpenEnd,
    PauseProposal,
    StatementOfWork,
)
from breakfix.incidents.rules import closing, targets, transitions
from breakfix.incidents.values import ClockKind, EndKind, FeeAccepted, HoldReason, SowOutcome, Status, Verdict
from breakfix.kernel.access import Actor, Role, Side
from breakfix.kernel.errors import Refused
from breakfix.kernel.models import Row

S = Status

# The states whose first instant the engagement keeps, as `approved_at`.
_STAMPED = (S.ACKNOWLEDGED, S.APPROVED, S.RESTORED, S.RESOLVED, S.ACCEPTED, S.CANCELLED, S.CLOSED)
# Which promise a next step serves: its due instant is the step's.
_STEP_CLOCK = {
    S.SUBMITTED: ClockKind.ACK,
    S.ACKNOWLEDGED: ClockKind.ENGAGE,
    S.QUALIFIED: ClockKind.ENGAGE,
    S.DISPATCHED: ClockKind.ENGAGE,
    S.QUOTE_PENDING: ClockKind.QUOTE,
    S.APPROVED: ClockKind.RESTORE,
    S.SCHEDULED: ClockKind.RESTORE,
    S.IN_PROGRESS: ClockKind.RESTORE,
}

# ------------------------------------------------------------------------------------------ the state


def move(
    engagement: Engagement,
    to: Status,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    held_for: HoldReason | None = None,
) -> list[Row]:
    """Take the engagement to another state, with all that hangs on it: stamps, clocks, derived pause, next step.

    Refuses what the transition table does not list. `reason` becomes the ending where the road ends here;
    `held_for` is needed for ON_HOLD, whose Hold row the caller writes.
    """
    status = Status(engagement.status)
    hold_from = Status(engagement.hold_from) if engagement.hold_from else None
    transitions.check_can_move(status, to, hold_from=hold_from)
    rows: list[Row] = [engagement]
    if status in (S.ON_HOLD, S.AWAITING_APPROVAL):
        rows += _end_hold(engagement, at)
    resumed = status is S.ON_HOLD and to is hold_from
    engagement.status, engagement.hold_from = to.value, status.value if to is S.ON_HOLD else ""
    if to in transitions.OVER and not engagement.ending:
        engagement.ending = reason[:30] or to.value.lower()
    _stamp(engagement, status, to, at)
    engagement.save()
    if not resumed and to is not S.ON_HOLD:
        rows += _clocks_after(engagement, status, to, at)
        rows += _ends_after(engagement, to, at)
    for kind in closing.ends_with(to):
        rows += close_end(engagement, kind, at=at)
    if to in transitions.OVER or to is S.ACCEPTED:
        rows += _take_back(engagement, to, by, at)
    return rows + _next_step_after(engagement, to, held_for, at)


def _take_back(engagement: Engagement, to: Status, by: Actor, at: datetime) -> list[Row]:
    """What still waited for the client's word is withdrawn with the engagement, and says why."""
    note = f"The engagement was {closing.MERGED_INTO if engagement.merged_into_id else to.value.lower()}."
    ended: dict[str, Any] = {"decided_at": at, "decided_by_id": by.person_id}
    waits = PauseProposal.objects.filter(engagement=engagement, decided_at=None)
    rows = _set(waits, consented=False, decision_note=note, **ended)
    for waiting in (StatementOfWork.objects, DowngradeProposal.objects):
        asked = waiting.filter(engagement=engagement, decided_at=None)
        rows += _set(asked, outcome=SowOutcome.WITHDRAWN.value, note=note, **ended)
    return rows


def go_on_from(engagement: Engagement, to: Status) -> list[Row]:
    """Held as it is, it goes on from there once the hold ends: what was going on has ended meanwhile."""
    transitions.check_can_move(Status(engagement.hold_from), to)
    return _set([engagement], hold_from=to.value)


def _set(rows: Iterable[Row], **values: Any) -> list[Row]:
    """The same written into each of these rows."""
    found = list(rows)
    for row in found:
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=[name.removesuffix("_id") for name in values])
    return found


def _stamp(engagement: Engagement, status: Status, to: Status, at: datetime) -> None:
    """Keep the first instant of each state, except of what was taken back."""
    if to is S.IN_PROGRESS and status is S.RESTORED:
        engagement.restored_at = None
    if to is S.IN_PROGRESS and status is S.RESOLVED:
        engagement.resolved_at = None
    name = f"{to.value.lower()}_at"
    if to in _STAMPED and getattr(engagement, name) is None:
        setattr(engagement, name, at)


def _clocks_after(engagement: Engagement, status: Status, to: Status, at: datetime) -> list[Row]:
    """What each transition starts and stops (domain.md §3.1, last column)."""
    match to:
        case S.SUBMITTED:
            onsite = [ClockKind.ONSITE] if engagement.onsite_needed else []
            kinds = [ClockKind.ACK, ClockKind.ENGAGE, *onsite, ClockKind.RESTORE]
            return [row for kind in kinds for row in start_clock(engagement, kind, at=at)]
        case S.ACKNOWLEDGED:
            update = start_clock(engagement, ClockKind.UPDATE, at=at)
            return stop_clock(engagement, ClockKind.ACK, at=at) + update
        case S.AWAITING_APPROVAL:
            # Derived from the state, never entered by hand (§11 ruling 20); it is also the approval latency.
            held = _hold(engagement, HoldReason.AWAITING_CLIENT_APPROVAL, at)
            return stop_clock(engagement, ClockKind.QUOTE, at=at) + held
        case S.RESTORED:
            return _restored(engagement, at)
        case S.IN_PROGRESS if status is S.RESTORED:
            return _restoration_disputed(engagement, at)
        case S.DECLINED:
            return _end_clocks(engagement, at, missed_stay=False)
        case S.CANCELLED | S.CLOSED | S.RESOLVED:
            return _end_clocks(engagement, at, missed_stay=True)
    return []


def wait(engagement: Engagement, reason: HoldReason, *, by: Actor, at: datetime, **given: Any) -> list[Row]:
    """Held from now on; `given` is what the reason has to name, and the caller has checked that it is named."""
    rows = move(engagement, S.ON_HOLD, by=by, at=at, held_for=reason)
    return rows + _hold(engagement, reason, at, **given)


def _hold(engagement: Engagement, reason: HoldReason, at: datetime, **given: Any) -> list[Row]:
    return [Hold.objects.create(engagement=engagement, reason=reason.value, started_at=at, **given)]


def _end_hold(engagement: Engagement, at: datetime) -> list[Row]:
    return _set(Hold.objects.filter(engagement=engagement, ended_at=None), ended_at=at)


def _restored(engagement: Engagement, at: datetime) -> list[Row]:
    """The service is back: objective and cadence stop, what was no longer needed is void, duties are met."""
    rows = stop_clock(engagement, ClockKind.RESTORE, at=at) + stop_clock(engagement, ClockKind.UPDATE, at=at)
    rows += _end_clocks(engagement, at, missed_stay=True)
    duties = Obligation.objects.filter(engagement=engagement, ends_with_restoration=True, met_at=None)
    return rows + _set(duties, met_at=at, met_by_restoration=True)


def _restoration_disputed(engagement: Engagement, at: datetime) -> list[Row]:
    """It was not back after all: the objective and the duties run on as if they had never stopped (§11 ruling 18)."""
    rows: list[Row] = []
    last = Clock.objects.filter(engagement=engagement, kind=ClockKind.RESTORE, void=False)
    for clock in last.order_by("-sequence")[:1]:
        back_at = clock.stopped_at or at
        # What was waited for while it seemed to be back stops nothing; what never does stays as it was.
        stops = queries.terms(engagement).pauses.effect
        for held in Hold.objects.filter(engagement=engagement, ended_at__gt=back_at):
            if stops(held.reason, clock.kind) is not PauseEffect.RUN:
                rows += _set([held], ended_at=max(held.started_at, back_at))
        rows += _set([clock], stopped_at=None)
    duties = Obligation.objects.filter(engagement=engagement, met_by_restoration=True)
    rows += _set(duties, met_at=None, met_by_restoration=False)
    return rows + start_clock(engagement, ClockKind.UPDATE, at=at)


def _ends_after(engagement: Engagement, to: Status, at: datetime) -> list[Row]:
    """What a state leaves open until a later module closes it: the report, the invoice."""
    due_at = None
    if to is S.RESOLVED:
        due_at = targets.report_due(at, engagement.hours)
        what, role, kind = "Issue the service report", Role.TECHNICIAN, EndKind.REPORT
    elif to is S.ACCEPTED or (to is S.CANCELLED and queries.fee(engagement).charged_minor is not None):
        what, role, kind = "Issue the invoice", Role.PROVIDER_FINANCE, EndKind.INVOICE
    else:
        return []
    return open_end(engagement, kind, what, organisation_id=engagement.provider_id, role=role, due_at=due_at, at=at)


def give_up(engagement: Engagement, *, due: bool, at: datetime) -> list[Row]:
    """The client wants no repair: what is due is invoiced, and what is open ends, before it is closed (ruling 19)."""
    engagement.ending = closing.NOT_APPROVED
    engagement.save(update_fields=["ending"])
    rows: list[Row] = [engagement, *close_end(engagement, EndKind.SEAT, at=at)]
    what, role = "Invoice what is due and close" if due else "Close", Role.PROVIDER_FINANCE
    rows += next_step(engagement, what, side=Side.PROVIDER, role=role, at=at)
    what, to = "Issue the invoice", engagement.provider_id
    return rows + (open_end(engagement, EndKind.INVOICE, what, organisation_id=to, role=role, at=at) if due else [])


# ------------------------------------------------------------------------------------------ clocks


def start_clock(
    engagement: Engagement, kind: ClockKind, at: datetime, stopped_at: datetime | None = None
) -> list[Row]:
    """Start a promise under the priority and the agreement of this engagement; its target is fixed here.

    `stopped_at` is for a clock that is recomputed from the past.
    """
    promise = targets.promise(
        kind,
        queries.terms(engagement).commitments,
        Priority(engagement.priority),
        hours=engagement.hours,
        start=at,
        miles=engagement.distance_miles,
    )
    clock = Clock.objects.create(
        engagement=engagement,
        kind=kind,
        sequence=Clock.objects.filter(engagement=engagement, kind=kind).count() + 1,
        priority=engagement.priority,
        coverage=promise.coverage,
        target_seconds=promise.seconds,
        target_reason=promise.reason,
        started_at=promise.start,
        stopped_at=stopped_at,
    )
    return [clock]


def stop_clock(engagement: Engagement, kind: ClockKind, at: datetime) -> list[Row]:
    """Stop this promise, if it is open: from here on it is met or missed for good."""
    return _set(Clock.objects.filter(engagement=engagement, kind=kind, stopped_at=None, void=False), stopped_at=at)


def _end_clocks(
    engagement: Engagement, at: datetime, *, missed_stay: bool, kinds: Collection[ClockKind] = tuple(ClockKind)
) -> list[Row]:
    """End every open promise of these kinds: void, unless it was missed already and that is to stay on record."""
    verdicts = {one.clock_id: one.verdict for one in queries.clock_history(engagement, at)}
    rows: list[Row] = []
    running = Clock.objects.filter(engagement=engagement, stopped_at=None, void=False, kind__in=kinds)
    for clock in running.order_by("id"):
        clock.stopped_at = at
        clock.void = not (missed_stay and verdicts[clock.pk] is Verdict.MISSED)
        clock.save(update_fields=["stopped_at", "void"])
        rows.append(clock)
    return rows


def note_update(engagement: Engagement, at: datetime) -> list[Row]:
    """The client was told something: this round of the cadence is met or missed, the next begins."""
    stopped = stop_clock(engagement, ClockKind.UPDATE, at=at)
    return stopped + start_clock(engagement, ClockKind.UPDATE, at=at) if stopped else []


def contacted(engagement: Engagement, at: datetime) -> list[Row]:
    """An engineer spoke with the requester: ENGAGE stops, and ACK where it was still open (§11 ruling 22)."""
    if engagement.contacted_at is not None:
        return []
    rows = _set([engagement], contacted_at=at)
    return rows + stop_clock(engagement, ClockKind.ENGAGE, at=at) + stop_clock(engagement, ClockKind.ACK, at=at)


def arrived(engagement: Engagement, at: datetime) -> list[Row]:
    """An engineer is on site: ONSITE stops; who stands there has also made contact."""
    if engagement.arrived_at is not None:
        return []
    rows = contacted(engagement, at=at)
    engagement.arrived_at = at
    engagement.save(update_fields=["arrived_at"])
    return [*rows, engagement, *stop_clock(engagement, ClockKind.ONSITE, at=at)]


def diagnosis_completed(engagement: Engagement, at: datetime) -> list[Row]:
    """The diagnosis is marked complete: QUOTE starts."""
    if engagement.diagnosis_completed_at is not None:
        return []
    return _set([engagement], diagnosis_completed_at=at) + start_clock(engagement, ClockKind.QUOTE, at=at)


def diagnosis_inconclusive(engagement: Engagement, at: datetime) -> list[Row]:
    """No cause was found that could be quoted: QUOTE is void unless missed, and the diagnosis is open again."""
    engagement.diagnosis_completed_at = None
    engagement.save(update_fields=["diagnosis_completed_at"])
    return [engagement, *_end_clocks(engagement, at, missed_stay=True, kinds=[ClockKind.QUOTE])]


# ------------------------------------------------------------------------------------------ open ends


def open_end(
    engagement: Engagement,
    kind: EndKind,
    what: str,
    *,
    organisation_id: int,
    role: Role | str = "",
    person_id: int | None = None,
    due_at: datetime | None = None,
    subject: str = "",
    blocks_close: bool = True,
    at: datetime,
) -> list[Row]:
    """Note what is to be done and by whom; the same one is not opened twice while it is open."""
    one: dict[str, Any] = {"engagement": engagement, "kind": kind, "subject": subject}
    one |= {"organisation_id": organisation_id, "role": str(role), "person_id": person_id}
    if OpenEnd.objects.filter(**one, closed_at=None).exists():
        return []
    one |= {"what": what[:200], "due_at": due_at, "blocks_close": blocks_close, "opened_at": at}
    return [OpenEnd.objects.create(**one)]


def close_end(engagement: Engagement, kind: EndKind, *, subject: str = "", at: datetime) -> list[Row]:
    """Close the open ends of this kind, of one subject or ("") of all."""
    ends = OpenEnd.objects.filter(engagement=engagement, kind=kind, closed_at=None).order_by("id")
    return _set(ends.filter(subject=subject) if subject else ends, closed_at=at)


def next_step(
    engagement: Engagement, what: str, *, side: Side, role: Role, due_at: datetime | None = None, at: datetime
) -> list[Row]:
    """Say who has to act now; `move` does it at each transition, a later module where a state has two turns."""
    rows = close_end(engagement, EndKind.NEXT_STEP, at=at)
    organisation_id = engagement.client_id if side is Side.CLIENT else engagement.provider_id
    return rows + open_end(
        engagement,
        EndKind.NEXT_STEP,
        what,
        organisation_id=organisation_id,
        role=role,
        due_at=due_at,
        blocks_close=False,
        at=at,
    )


def _next_step_after(engagement: Engagement, to: Status, held_for: HoldReason | None, at: datetime) -> list[Row]:
    step = transitions.HELD_STEPS.get(held_for) if held_for else transitions.NEXT_STEPS.get(to)
    if step is None:
        return close_end(engagement, EndKind.NEXT_STEP, at=at)
    due_at = _step_due(engagement, to, at)
    return next_step(engagement, step.what, side=step.side, role=step.role, due_at=due_at, at=at)


def _step_due(engagement: Engagement, status: Status, at: datetime) -> datetime | None:
    kind = _STEP_CLOCK.get(status)
    return next((one.due_at for one in queries.readings(engagement, at) if one.kind is kind), None)


def refresh_next_step(engagement: Engagement, at: datetime) -> list[Row]:
    """The promises changed, so the next step has another due instant; who has to act stays."""
    due_at = _step_due(engagement, Status(engagement.status), at)
    return _set(OpenEnd.objects.filter(engagement=engagement, kind=EndKind.NEXT_STEP, closed_at=None), due_at=due_at)


# ------------------------------------------------------------------------------------------ forensic fee


def ask_fee(engagement: Engagement, fee: ForensicFee, *, at: datetime) -> list[Row]:
    """The client's approvers have to accept the fee before anybody is sent."""
    whose: dict[str, Any] = {"organisation_id": engagement.client_id, "role": Role.APPROVER}
    return [fee, *open_end(engagement, EndKind.FEE, fees.asked(fee), **whose, blocks_close=False, at=at)]


def accept_fee(engagement: Engagement, how: FeeAccepted, *, at: datetime) -> list[Row]:
    """The client accepted the flat fee up to its ceiling; before that nobody is sent."""
    fee = queries.fee(engagement)
    if fee.accepted_at is not None:
        raise Refused("fee_already_accepted", "The forensic fee was accepted before.")
    fee.accepted_at, fee.accepted_how = at, how.value
    fee.save(update_fields=["accepted_at", "accepted_how"])
    return [fee, *close_end(engagement, EndKind.FEE, at=at)]


def charge_fee(engagement: Engagement, at: datetime) -> list[Row]:
    """Diagnostic work began: the fee is due, once, dearer outside the site's business hours (domain.md §4.7)."""
    fee: ForensicFee = queries.fee(engagement)
    if fee.charged_minor is not None:
        return []
    if fee.accepted_at is None:
        raise Refused("fee_not_accepted", "The client has not accepted the forensic fee yet.")
    charged, fee.charged_reason = fees.due(engagement, fee, at)
    fee.charged_minor, fee.started_at = charged.minor, at
    fee.save(update_fields=["charged_minor", "started_at", "charged_reason"])
    return [fee]
