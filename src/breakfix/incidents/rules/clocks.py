"""What a clock shows at any instant, and every minute of why (domain.md §4.3, §11 rulings 20-23).

Clocks are arithmetic over stored facts: when they started and stopped, which holds there were, and the
calendar as it was when the engagement was submitted. Nothing here is stored; nothing is asked of the clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from breakfix.agreements.values import Coverage, PauseEffect, PauseRules
from breakfix.incidents.values import ClockKind, HoldReason, Verdict
from breakfix.kernel.worktime.calendars import Calendar
from breakfix.kernel.worktime.clocks import Pause, Stretch, due, elapsed, explain

PERCENTS = (50, 75, 90, 100)
# By which instant of the engagement it is told that what was promised came at all.
CAME_BY = {ClockKind.ENGAGE: "contacted_at", ClockKind.ONSITE: "arrived_at", ClockKind.RESTORE: "restored_at"}
WORDS = {
    HoldReason.AWAITING_CLIENT_INFO: "waiting for the client's answer",
    HoldReason.AWAITING_CLIENT_ACCESS: "waiting for access",
    HoldReason.AWAITING_CLIENT_APPROVAL: "waiting for the client's approval",
    HoldReason.AWAITING_CHANGE_WINDOW: "waiting for the change window",
    HoldReason.AWAITING_THIRD_PARTY: "waiting for a third party",
    HoldReason.AWAITING_PARTS: "waiting for parts",
    HoldReason.FORCE_MAJEURE: "force majeure",
    HoldReason.PROVIDER_INTERNAL: "the provider's own reasons",
}


@dataclass(frozen=True)
class Held:
    """One hold, [start, end); `end` None while it lasts."""

    reason: HoldReason
    start: datetime
    end: datetime | None


@dataclass(frozen=True)
class Facts:
    """What is stored about one clock."""

    kind: ClockKind
    coverage: Coverage
    target: timedelta
    started_at: datetime
    stopped_at: datetime | None = None
    void: bool = False
    sequence: int = 1
    target_reason: str = ""
    clock_id: int | None = None
    warned_percent: int = 0
    # False where what was promised had not come when the clock stopped: something else ended it, as a restoration.
    came: bool = True


@dataclass(frozen=True)
class Reading:
    """A clock at one instant. `remaining` is negative past the target; `due_at` None while a pause holds it open.

    `stretches` run from the start to the stop (or the instant asked for) and add up to `elapsed`; `ahead`
    goes on from there to `due_at` as things stand.
    """

    clock_id: int | None
    kind: ClockKind
    sequence: int
    coverage: Coverage
    calendar: Calendar
    target: timedelta
    target_reason: str
    started_at: datetime
    stopped_at: datetime | None
    read_at: datetime
    elapsed: timedelta
    remaining: timedelta
    due_at: datetime | None
    verdict: Verdict
    stretches: tuple[Stretch, ...]
    ahead: tuple[Stretch, ...]
    pauses: tuple[Pause, ...] = ()
    # Of the objective: what counted while work waited for parts, which stops no clock (domain.md §4.3).
    parts_delay: timedelta = timedelta(0)

    @property
    def parts_percent(self) -> Decimal:
        """The share of what was used that went by waiting for parts, in percent with one decimal."""
        if not self.elapsed:
            return Decimal("0.0")
        micro = timedelta(microseconds=1)
        share = Decimal(self.parts_delay // micro) * 100 / Decimal(self.elapsed // micro)
        return share.quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def is_open(self) -> bool:
        """Still counting towards its target, or past it and not stopped."""
        return self.stopped_at is None and self.verdict is not Verdict.VOID

    @property
    def percent(self) -> int:
        """Used share of the target in whole percent, rounded down; may exceed 100."""
        return percent_of(self.elapsed, self.target)

    @property
    def due_first(self) -> datetime | None:
        """When it was due as it was started, before any pause was known."""
        return due(self.calendar, self.started_at, self.target, ())

    @property
    def paused(self) -> timedelta:
        """How much of its own hours went by while it was paused: what its pauses add to the time that it may take."""
        end = self.stopped_at or self.read_at
        return elapsed(self.calendar, self.started_at, end, ()) - self.elapsed


def came_by(kind: ClockKind) -> str:
    """The instant of the engagement at which what this clock promises came."""
    return CAME_BY.get(kind, "submitted_at")


def had_come(came_at: datetime | None, stopped_at: datetime | None) -> bool:
    """Whether what was promised came by the time at which its clock stopped; what comes after that is late."""
    return came_at is not None and (stopped_at is None or came_at <= stopped_at)


def share_of(target: timedelta, percent: int) -> timedelta:
    """That share of the target, rounded up to the microsecond: by then the whole percent is used."""
    return -(-target * percent // 100)


def percent_of(used: timedelta, target: timedelta) -> int:
    """Used share in whole percent, rounded down; 100 for a target of nothing."""
    return used * 100 // target if target else 100


def calendar_of(coverage: Coverage, hours: Calendar) -> Calendar:
    """The calendar in which a clock of this coverage counts."""
    return hours if coverage is Coverage.BUSINESS else Calendar.always_on(hours.zone)


def pauses_for(
    kind: ClockKind, holds: Iterable[Held], *, acknowledged_at: datetime | None, rules: PauseRules
) -> list[Pause]:
    """The holds that stop this clock under the agreement's pause table.

    A hold for want of access begins when arrival or refusal was documented, so FROM_EVIDENCE needs no other
    instant; a question pauses ENGAGE only from the human acknowledgement on.
    """
    pauses: list[Pause] = []
    for held in holds:
        effect, start = rules.effect(held.reason, kind), held.start
        if effect is PauseEffect.RUN:
            continue
        if effect is PauseEffect.PAUSE_AFTER_ACK:
            if acknowledged_at is None:
                continue
            start = max(start, acknowledged_at)
        if held.end is None or held.end > start:
            pauses.append(Pause(start, held.end, WORDS[held.reason]))
    return pauses


def waits_for_parts(kind: ClockKind, holds: Iterable[Held]) -> list[Pause]:
    """The spans in which work waited for parts, as far as this clock tells of them: the objective alone does."""
    if kind is not ClockKind.RESTORE:
        return []
    return [Pause(held.start, held.end) for held in holds if held.reason is HoldReason.AWAITING_PARTS]


def counted_within(reading: Reading, spans: Sequence[Pause]) -> timedelta:
    """How much of what the clock counted lies in these spans, each moment once; what was paused or closed is none."""
    end = reading.stopped_at or reading.read_at
    beside = elapsed(reading.calendar, reading.started_at, end, [*reading.pauses, *spans])
    return reading.elapsed - beside


def reading(
    facts: Facts, *, hours: Calendar, pauses: Sequence[Pause], parts: Sequence[Pause] = (), at: datetime
) -> Reading:
    """The clock as it stands at `at`; facts after `at` are not yet known then. `parts`: when parts were waited for.

    `at` before the start gives an empty reading. Raises NeverDue where the calendar never opens again.
    """
    calendar = calendar_of(facts.coverage, hours)
    stopped = facts.stopped_at if facts.stopped_at is not None and facts.stopped_at <= at else None
    end = stopped if stopped is not None else at
    known = _known(pauses, end, stopped is not None)
    used = elapsed(calendar, facts.started_at, end, known)
    due_at = due(calendar, facts.started_at, facts.target, known)
    ahead_from = max(end, facts.started_at)
    found = Reading(
        clock_id=facts.clock_id,
        kind=facts.kind,
        sequence=facts.sequence,
        coverage=facts.coverage,
        calendar=calendar,
        target=facts.target,
        target_reason=facts.target_reason,
        started_at=facts.started_at,
        stopped_at=stopped,
        read_at=at,
        elapsed=used,
        remaining=facts.target - used,
        due_at=due_at,
        verdict=_verdict(facts, stopped, used, known, at),
        stretches=explain(calendar, facts.started_at, end, known),
        ahead=explain(calendar, ahead_from, due_at, known) if due_at and due_at > ahead_from else (),
        pauses=tuple(known),
    )
    return replace(found, parts_delay=counted_within(found, parts)) if parts else found


def _known(pauses: Iterable[Pause], end: datetime, stopped: bool) -> list[Pause]:
    """The pauses as seen at `end`: later ones are unknown, and a stopped clock is not paused any further."""
    known = []
    for pause in pauses:
        if pause.start >= end and (stopped or pause.start > end):
            continue
        over = pause.end is not None and pause.end <= end
        known.append(pause if over else Pause(pause.start, end if stopped else None, pause.reason))
    return known


def _verdict(
    facts: Facts, stopped: datetime | None, used: timedelta, pauses: Iterable[Pause], at: datetime
) -> Verdict:
    if facts.void:
        return Verdict.VOID
    if used > facts.target:
        return Verdict.MISSED
    if stopped is not None:
        # What had not come by then is not kept, also where a wait that was agreed to later gives the time back.
        return Verdict.MET if facts.came else Verdict.VOID
    paused = any(pause.end is None and pause.start <= at for pause in pauses)
    return Verdict.PAUSED if paused else Verdict.RUNNING


def printout(reading: Reading) -> dict[str, Any]:
    """The clock as JSON that anybody can recompute: counted stretches add up to `elapsed_seconds`, and going on
    through `ahead` to `target_seconds` is `due_at`."""
    return {
        "kind": reading.kind.value,
        "sequence": reading.sequence,
        "coverage": reading.coverage.value,
        "target_seconds": reading.target // timedelta(seconds=1),
        "target_reason": reading.target_reason,
        "calendar": reading.calendar.to_json(),
        "started_at": reading.started_at.isoformat(),
        "stopped_at": reading.stopped_at.isoformat() if reading.stopped_at else None,
        "read_at": reading.read_at.isoformat(),
        "stretches": [stretch.to_json() for stretch in reading.stretches],
        "ahead": [stretch.to_json() for stretch in reading.ahead],
        "elapsed_seconds": reading.elapsed // timedelta(seconds=1),
        "due_at": reading.due_at.isoformat() if reading.due_at else None,
        "verdict": reading.verdict.value,
        **(_parts(reading) if reading.kind is ClockKind.RESTORE else {}),
    }


def _parts(reading: Reading) -> dict[str, Any]:
    seconds = reading.parts_delay // timedelta(seconds=1)
    return {"parts_delay_seconds": seconds, "parts_delay_percent": str(reading.parts_percent)}


def warning_instants(reading: Reading) -> dict[int, datetime]:
    """When 50, 75, 90 and 100 % of the target will have been used, as things stand; for open clocks only.

    At 100 % nothing is missed yet: a clock is missed once it runs past its target.
    """
    if not reading.is_open:
        return {}
    instants = {}
    for percent in PERCENTS:
        when = due(reading.calendar, reading.started_at, share_of(reading.target, percent), reading.pauses)
        if when is not None:
            instants[percent] = when
    return instants
