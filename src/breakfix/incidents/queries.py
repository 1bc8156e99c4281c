"""Every read of engagements; each begins at `visible_to`. Readings of clocks are computed for the instant asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from breakfix.agreements.values import Coverage, Priority, Terms
from breakfix.incidents.models import Clock, Degradation, Engagement, ForensicFee, Hold, Obligation, OpenEnd
from breakfix.incidents.rules import clocks as clock_rules
from breakfix.incidents.rules import closing, harm, priority, transitions
from breakfix.incidents.rules.clocks import Facts, Held, Reading
from breakfix.incidents.rules.harm import Duty, DutyReading, Meter
from breakfix.incidents.rules.warning import Watched
from breakfix.incidents.values import ClockKind, HoldReason, Status
from breakfix.kernel.access import Actor, Role, Side
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.money import Money
from breakfix.kernel.worktime.calendars import Calendar
from breakfix.parties import queries as parties

_ORDER = {kind.value: number for number, kind in enumerate(ClockKind)}

# ------------------------------------------------------------------------------------------ engagements


def visible_to(by: Actor) -> QuerySet[Engagement]:
    """The engagements this actor was let in on, and nothing of any other."""
    rows = Engagement.objects.filter(parties.shared_with(by, "engagement"))
    related = ("client", "provider", "site", "asset", "agreement_version__agreement", "owner", "requester")
    return rows.select_related(*related).order_by("-submitted_at", "-id")


def get_engagement(engagement_id: int, by: Actor) -> Engagement:
    """This engagement, or NotFound."""
    return _one(visible_to(by), engagement_id)


def lock_engagement(engagement_id: int, by: Actor) -> Engagement:
    """As `get_engagement`, held until the end of the deed: before what belongs to it and who works on it."""
    return _one(visible_to(by).select_for_update(of=("self",)), engagement_id)


def _one(rows: QuerySet[Engagement], engagement_id: int) -> Engagement:
    try:
        return rows.get(pk=engagement_id)  # not `first`: nothing of this wide row has to be ordered
    except Engagement.DoesNotExist:
        raise NotFound("This engagement") from None


def terms(engagement: Engagement) -> Terms:
    """The agreement as it was in force when the engagement was submitted; later versions do not touch it."""
    return engagement.agreement_version.parsed


def is_active(engagement: Engagement) -> bool:
    """Whether work is going on, so that it may be put on hold (domain.md §11 ruling 20)."""
    return Status(engagement.status) in transitions.ACTIVE


def may_become(engagement: Engagement) -> frozenset[Status]:
    """The states that are open to it from here: what a page offers."""
    held = Status(engagement.hold_from) if engagement.hold_from else None
    return transitions.allowed_from(Status(engagement.status), held)


def is_over(engagement: Engagement) -> bool:
    """Whether nothing more will be done: closed, cancelled or declined."""
    return Status(engagement.status) in transitions.OVER


def is_given_up(engagement: Engagement) -> bool:
    """Whether the client wants no repair any more, and only what is open keeps it from being closed."""
    return closing.is_given_up(Status(engagement.status), engagement.ending)


def may_close(engagement: Engagement, by: Actor) -> bool:
    """Whether a page offers this reader to close it: nothing is said about what is still open."""
    return closing.may_close(Status(engagement.status), engagement.ending, client=by.side is Side.CLIENT)


def may_update(engagement: Engagement) -> bool:
    """Whether there is progress that the client can be told of: the rule behind the form."""
    try:
        closing.check_can_update(Status(engagement.status))
    except Refused:
        return False
    return True


def fee(engagement: Engagement) -> ForensicFee:
    """The flat price of its diagnosis."""
    return ForensicFee.objects.get(engagement=engagement)


def holds(engagement: Engagement) -> list[Hold]:
    """Every hold, in order; the derived wait for approval among them."""
    return list(Hold.objects.filter(engagement=engagement).order_by("started_at", "id"))


def open_hold(engagement: Engagement) -> Hold | None:
    """What it waits for now."""
    return Hold.objects.filter(engagement=engagement, ended_at=None).first()


def topic_holders(engagement: Engagement) -> list[Any]:
    """Who was let in on it, why and until when."""
    return parties.holders_of(engagement.topic)


# ------------------------------------------------------------------------------------------ clocks


def readings(engagement: Engagement, at: datetime) -> list[Reading]:
    """The clocks that count now, one of each kind, as they stand at `at`: what the chips show."""
    return readings_of([engagement], at)[engagement.pk]


def readings_of(engagements: Sequence[Engagement], at: datetime) -> dict[int, list[Reading]]:
    """As `readings`, for many engagements in two queries."""
    every = _all_readings(engagements, at)
    return {key: list({one.kind: one for one in found}.values()) for key, found in every.items()}


def readings_with(engagement: Engagement, extra: Held, at: datetime) -> list[Reading]:
    """As `readings`, if work had also been held then: nothing is changed by asking."""
    every = _all_readings([engagement], at, extra)
    return list({one.kind: one for one in every[engagement.pk]}.values())


def clock_history(engagement: Engagement, at: datetime) -> list[Reading]:
    """Every clock there ever was: replaced and void ones, and each round of the update cadence."""
    return _all_readings([engagement], at)[engagement.pk]


def clock_histories(engagements: Sequence[Engagement], at: datetime) -> dict[int, list[Reading]]:
    """As `clock_history`, for many engagements in two queries."""
    return _all_readings(engagements, at)


def printouts(engagement: Engagement, at: datetime) -> list[dict[str, Any]]:
    """Every clock and obligation as JSON that anybody can recompute by hand (domain.md §9.16)."""
    clocks = [clock_rules.printout(one) for one in clock_history(engagement, at)]
    return clocks + [harm.duty_printout(one) for one in obligations(engagement, at)]


def _all_readings(engagements: Sequence[Engagement], at: datetime, *extra: Held) -> dict[int, list[Reading]]:
    ids = [engagement.pk for engagement in engagements]
    clocks: dict[int, list[Clock]] = {key: [] for key in ids}
    held: dict[int, list[Held]] = {key: [*extra] for key in ids}
    for clock in Clock.objects.filter(engagement__in=ids).order_by("sequence", "id"):
        clocks[clock.engagement_id].append(clock)
    for hold in Hold.objects.filter(engagement__in=ids).order_by("started_at", "id"):
        held[hold.engagement_id].append(Held(HoldReason(hold.reason), hold.started_at, hold.ended_at))
    parsed = {one.agreement_version_id: terms(one) for one in engagements}
    return {
        one.pk: [
            _reading(clock, one, held[one.pk], parsed[one.agreement_version_id], at)
            for clock in sorted(clocks[one.pk], key=lambda clock: (_ORDER[clock.kind], clock.sequence))
        ]
        for one in engagements
    }


def _reading(clock: Clock, engagement: Engagement, held: Iterable[Held], agreed: Terms, at: datetime) -> Reading:
    kind = ClockKind(clock.kind)
    facts = Facts(
        kind=kind,
        coverage=Coverage(clock.coverage),
        target=timedelta(seconds=clock.target_seconds),
        started_at=clock.started_at,
        stopped_at=clock.stopped_at,
        void=clock.void,
        sequence=clock.sequence,
        target_reason=clock.target_reason,
        clock_id=clock.pk,
        came=clock_rules.had_come(getattr(engagement, clock_rules.came_by(kind)), clock.stopped_at),
    )
    acked = engagement.acknowledged_at
    held = list(held)
    pauses = clock_rules.pauses_for(kind, held, acknowledged_at=acked, rules=agreed.pauses)
    parts = clock_rules.waits_for_parts(kind, held)
    return clock_rules.reading(facts, hours=engagement.hours, pauses=pauses, parts=parts, at=at)


# ------------------------------------------------------------------------------------------ harm


def obligations(engagement: Engagement, at: datetime) -> list[DutyReading]:
    """The dated duties as they stand, nearest deadline first."""
    return [harm.duty_reading(duty, at) for duty in _duties(engagement)]


def lock_obligation(engagement: Engagement, obligation_id: int) -> Obligation:
    """One dated duty of this engagement, or NotFound."""
    rows = Obligation.objects.select_for_update(of=("self",)).filter(engagement=engagement)
    found = rows.filter(pk=obligation_id).first()
    if found is None:
        raise NotFound("This obligation")
    return found


def _duties(engagement: Engagement) -> list[Duty]:
    rows = Obligation.objects.filter(engagement=engagement).order_by("deadline_at", "id")
    return [
        Duty(
            name=row.name,
            source=row.source,
            triggered_at=row.triggered_at,
            deadline_at=row.deadline_at,
            harm=Money.from_minor(row.harm_minor, row.currency),
            per_day=Money.from_minor(row.harm_per_day_minor, row.currency),
            met_at=row.met_at,
            owner=row.owner,
            obligation_id=row.pk,
        )
        for row in rows
    ]


def rates(engagement: Engagement) -> harm.Rates | None:
    """What an hour of outage costs, as it was at submission; None where no service was named."""
    kept = engagement.downtime
    if not kept:
        return None
    return harm.Rates(
        name=kept["name"],
        business=Money.from_minor(kept["business_minor"], kept["currency"]),
        off=Money.from_minor(kept["off_minor"], kept["currency"]),
        hours=Calendar.from_json(kept["calendar"]),
    )


def meter(engagement: Engagement, at: datetime) -> Meter | None:
    """The money lost so far with its derivation; without a named service only harms can fall."""
    zero = Money.zero(engagement.currency)
    nothing = harm.Rates("no service named", zero, zero, engagement.hours)
    duties, known = _duties(engagement), rates(engagement)
    if known is None and not duties:
        return None
    settings = Degradation.objects.filter(engagement=engagement).order_by("since", "id")
    return harm.meter(
        known or nothing,
        started_at=engagement.outage_started_at,
        # What a merged report lost from there on is counted once, by the one that goes on.
        restored_at=engagement.cancelled_at if engagement.merged_into_id else engagement.restored_at,
        factors=[harm.Factor(one.since, one.factor, one.reason) for one in settings],
        duties=duties,
        at=at,
    )


# ------------------------------------------------------------------------------------------ alarms


@dataclass(frozen=True)
class Alarm:
    """A warning that will be due: for a clock or an obligation at a percentage, or the raise to P2 (percent 0)."""

    due_at: datetime
    percent: int
    clock_id: int | None = None
    obligation_id: int | None = None


def watched(engagement: Engagement, at: datetime, *, clock_id: int | None, obligation_id: int | None) -> Watched:
    """The clock or the obligation that a warning is about, or NotFound."""
    if clock_id is not None:
        warned = Clock.objects.filter(pk=clock_id, engagement=engagement).values_list("warned_percent", flat=True)
        for one in clock_history(engagement, at):
            if one.clock_id == clock_id:
                return Watched(one.kind.value, one.is_open, one.percent, warned[0], one.due_at)
        raise NotFound("This clock")
    told = dict(Obligation.objects.filter(engagement=engagement).values_list("pk", "warned_percent"))
    for duty in obligations(engagement, at):
        if duty.duty.obligation_id == obligation_id and obligation_id is not None:
            return Watched(duty.duty.name, duty.is_open, duty.percent, told[obligation_id], duty.due_at)
    raise NotFound("This obligation")


def alarms(engagement: Engagement, at: datetime) -> list[Alarm]:
    """The warnings not yet given, as things stand at `at`, earliest first; a hold or a resume moves them."""
    if is_over(engagement):
        return []
    warned = dict(Clock.objects.filter(engagement=engagement).values_list("pk", "warned_percent"))
    found = []
    for one in readings(engagement, at):
        for percent, when in clock_rules.warning_instants(one).items():
            if one.clock_id is not None and percent > warned[one.clock_id]:
                found.append(Alarm(when, percent, clock_id=one.clock_id))
    told = dict(Obligation.objects.filter(engagement=engagement).values_list("pk", "warned_percent"))
    for duty in _duties(engagement):
        for percent, when in harm.duty_warnings(duty).items():
            if duty.obligation_id is not None and percent > told[duty.obligation_id]:
                found.append(Alarm(when, percent, obligation_id=duty.obligation_id))
        raises = Priority(engagement.priority) > Priority.P2 and not closing.is_settled(Status(engagement.status))
        if duty.met_at is None and raises:
            when = duty.deadline_at - timedelta(hours=priority.OBLIGATION_FLOOR_HOURS)
            # One microsecond later, because exactly twelve hours away is not yet less than twelve.
            found.append(Alarm(when + timedelta(microseconds=1), 0, obligation_id=duty.obligation_id))
    return sorted(found, key=lambda alarm: (alarm.due_at, alarm.percent))


# ------------------------------------------------------------------------------------------ who acts


def open_ends(engagement: Engagement) -> list[OpenEnd]:
    """What is still open on it, oldest first; the next step among them."""
    rows = OpenEnd.objects.filter(engagement=engagement, closed_at=None)
    return list(rows.select_related("organisation", "person").order_by("opened_at", "id"))


def may_let_go(engagement: Engagement, by: Actor, at: datetime) -> bool:
    """Whether this person ends a hold or agrees to wiping: a security officer, or, without any, an administrator."""
    if by.organisation_id != engagement.client_id:
        return False
    if Role.SECURITY_OFFICER in by.roles:
        return True
    officers = parties.people_with(Role.SECURITY_OFFICER, engagement.client_id, at)
    return Role.CLIENT_ADMIN in by.roles and not officers.exists()


def open_ends_for(by: Actor) -> QuerySet[OpenEnd]:
    """What needs this person: addressed to them, to a role they hold, or to their organisation as a whole."""
    mine = Q(person=by.person_id) | Q(person=None, role__in=[*sorted(by.roles), ""])
    rows = OpenEnd.objects.filter(mine, organisation=by.organisation_id, closed_at=None)
    visible = visible_to(by).order_by().select_related(None).values("pk")
    related = ("engagement__client", "engagement__provider", "engagement__site", "engagement__asset")
    rows = rows.filter(engagement__in=visible).select_related(*related, "organisation", "person")
    return rows.order_by(F("due_at").asc(nulls_last=True), "opened_at", "id")


@dataclass(frozen=True)
class DeskLine:
    """One engagement on the desk: its clocks, which of them breaks first, and who has to act."""

    engagement: Engagement
    readings: list[Reading]
    first: Reading | None
    next_steps: list[OpenEnd]

    @property
    def due_at(self) -> datetime | None:
        """When the first of its commitments breaks, or broke."""
        return self.first.due_at if self.first else None


@dataclass(frozen=True)
class Desk:
    """Both lanes, each by time to breach: P3 and P4 never stand before P1 and P2 (domain.md B5)."""

    emergency: list[DeskLine]
    standard: list[DeskLine]


def desk_list(by: Actor, at: datetime) -> Desk:
    """Every engagement that is not over, in its lane; the number of queries does not grow with their number."""
    over = [state.value for state in transitions.OVER]
    engagements = list(visible_to(by).exclude(status__in=over))
    found = readings_of(engagements, at)
    steps: dict[int, list[OpenEnd]] = {one.pk: [] for one in engagements}
    ends = OpenEnd.objects.filter(engagement__in=list(steps), closed_at=None)
    for end in ends.select_related("organisation", "person").order_by("opened_at", "id"):
        steps[end.engagement_id].append(end)
    lines = [_desk_line(one, found[one.pk], steps[one.pk]) for one in engagements]
    lines.sort(key=lambda line: (line.due_at is None, line.due_at or at, line.engagement.pk))
    urgent = {Priority.P1, Priority.P2}
    return Desk(
        emergency=[line for line in lines if line.engagement.priority in urgent],
        standard=[line for line in lines if line.engagement.priority not in urgent],
    )


def _desk_line(engagement: Engagement, found: list[Reading], steps: list[OpenEnd]) -> DeskLine:
    threatened = [one for one in found if one.is_open and one.due_at is not None]
    first = min(threatened, key=lambda one: (one.due_at, one.kind), default=None)
    return DeskLine(engagement, found, first, steps)


# ------------------------------------------------------------------------------------------ the route test


# ------------------------------------------------------------------------------------------ timeline


def timeline(engagement: Engagement, by: Actor) -> list[parties.Told]:
    """What happened, in order, out of the log of the reader's organisation (machines read the client's)."""
    log = by.organisation_id if by.organisation_id is not None else engagement.client_id
    return parties.told_on(engagement.topic, log)


def under(engagement: Engagement) -> dict[str, Any]:
    """The version of the agreement that governs it, as whoever adds its clocks up again has to name it."""
    version = engagement.agreement_version
    return {"agreement": version.agreement.number, "version": version.version, "sha256": version.sha256}
