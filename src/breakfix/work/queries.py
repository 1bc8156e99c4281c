"""Every read of work; each begins at the engagements that somebody may see. Hours and money are computed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Max, Prefetch, QuerySet, Sum

from breakfix.approvals import queries as approvals
from breakfix.approvals.values import Purpose, RoundStatus, SeatState
from breakfix.changes import queries as changes
from breakfix.changes.models import Change
from breakfix.changes.values import Guard
from breakfix.dispatch import queries as dispatch
from breakfix.dispatch.models import Booking
from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules.clocks import Reading
from breakfix.incidents.values import HoldReason
from breakfix.kernel.access import SYSTEM, Actor
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.worktime.coverage import Interval
from breakfix.kernel.worktime.tiers import Tier
from breakfix.parts import queries as parts
from breakfix.quotes import queries as quotes
from breakfix.quotes import versions
from breakfix.quotes.models import Quote, Tranche
from breakfix.quotes.values import Actuals, LineUse
from breakfix.quotes.values import Status as QuoteStatus
from breakfix.work import recoveries
from breakfix.work.models import (
    AccessGranted,
    MeterNotice,
    OwnCost,
    Restoration,
    TimeEntry,
    UseOfLine,
    WorkOrder,
    WorkStep,
)
from breakfix.work.rules import bearing, conduct, extra, hours, metering
from breakfix.work.values import Borne, CostKind, OrderHours, Place, Status, StepFacts, TimeKind, Worked

FARTHEST = timedelta(hours=24)  # how far ahead a mark is looked for
_LIVE = [status.value for status in conduct.LIVE]

# ------------------------------------------------------------------------------------------- orders


def visible_to(by: Actor) -> QuerySet[WorkOrder]:
    """The work orders of the engagements this actor was let in on, with steps and times."""
    seen = incidents.visible_to(by).order_by().select_related(None).values("pk")
    return _whole(WorkOrder.objects.filter(engagement__in=seen))


def _whole(orders: QuerySet[WorkOrder]) -> QuerySet[WorkOrder]:
    steps = WorkStep.objects.select_related("done_by", "evidence").order_by("position")
    entries = TimeEntry.objects.select_related("technician__person", "evidence").order_by("started_at", "id")
    tests = Restoration.objects.select_related("restored_by", "disputed_by").order_by("restored_at", "id")
    related = ("engagement__client", "engagement__provider", "engagement__site", "engagement__asset")
    orders = orders.select_related(*related, "change", "planned_by", "started_by").order_by("planned_at", "id")
    return orders.prefetch_related(
        Prefetch("steps", steps), Prefetch("entries", entries), Prefetch("restorations", tests)
    )


def get_order(order_id: int, by: Actor) -> WorkOrder:
    """This work order, or NotFound."""
    found = visible_to(by).filter(pk=order_id).first()
    if found is None:
        raise NotFound("This work order")
    return found


def orders_of(engagement: Engagement) -> list[WorkOrder]:
    """Every work order of an engagement, oldest first."""
    return list(_whole(WorkOrder.objects.filter(engagement=engagement)))


def live_order(engagement: Engagement) -> WorkOrder | None:
    """The one that is planned or going on."""
    return _whole(WorkOrder.objects.filter(engagement=engagement, status__in=_LIVE)).first()


def order_on(engagement: Engagement) -> WorkOrder:
    """The order that is planned or going on, tied to this very instance; refuses where there is none."""
    order = live_order(engagement)
    if order is None:
        raise Refused("no_work_planned", "No work is planned on this engagement; ask the desk to plan it.")
    order.engagement = engagement
    if order.change is not None:
        order.change.engagement = engagement
    return order


def last_order(engagement: Engagement) -> WorkOrder | None:
    """The one that was planned last, whatever became of it."""
    return _whole(WorkOrder.objects.filter(engagement=engagement)).last()


def facts_of(order: WorkOrder) -> tuple[StepFacts, ...]:
    """The steps as the rules see them, in order."""
    return tuple(step.facts for step in order.steps.all())


def current_step(order: WorkOrder) -> WorkStep | None:
    """The first step that is still to be done: what the technician's page shows large."""
    return next((step for step in order.steps.all() if step.facts.is_open), None)


def guard(order: WorkOrder, change: Change, at: datetime) -> Guard:
    """Whether the open steps and going back still fit into the window, with the sum printed."""
    return changes.guard(change, at, forward=conduct.forward(facts_of(order)))


def is_stopped(engagement: Engagement) -> bool:
    """Whether the client refused to ratify the emergency approval of the quote that counts (§11 ruling 8)."""
    approved = [
        one
        for one in approvals.rounds_for(engagement)
        if one.purpose == Purpose.QUOTE and one.status == RoundStatus.APPROVED
    ]
    refused = SeatState.RATIFICATION_REFUSED
    return bool(approved) and any(seat.state == refused for seat in approved[-1].seats.all())


# ------------------------------------------------------------------------------------------- times


def open_entry(technician_id: int) -> TimeEntry | None:
    """Where this technician is on the clock now, on whatever engagement."""
    rows = TimeEntry.objects.filter(technician=technician_id, ended_at=None)
    return rows.select_related("order__engagement", "technician").first()


def last_end(technician_id: int) -> datetime | None:
    """When this technician's latest entry ended, on whatever engagement."""
    rows = TimeEntry.objects.filter(technician=technician_id, ended_at__isnull=False)
    latest: datetime | None = rows.aggregate(latest=Max("ended_at"))["latest"]
    return latest


def on_the_clock(order: WorkOrder) -> int:
    """How many people are."""
    return TimeEntry.objects.filter(order=order, ended_at=None).count()


def entries_of(engagement: Engagement) -> list[TimeEntry]:
    """Everybody's time on an engagement, in order."""
    rows = TimeEntry.objects.filter(order__engagement=engagement)
    return list(rows.select_related("order", "technician__person", "evidence").order_by("started_at", "id"))


# ------------------------------------------------------------------------------------------- hours and money


def order_hours(engagement: Engagement, at: datetime) -> tuple[OrderHours, ...]:
    """The billed hours of every order with the sums behind them; who is on the clock counts up to `at`."""
    return _hours_over_time(engagement)(at)


def _hours_over_time(engagement: Engagement) -> Callable[[datetime], tuple[OrderHours, ...]]:
    """`order_hours` for any instant, after one reading."""
    entries = entries_of(engagement)
    named = any(one.change_order_id for one in entries)
    bound = versions.bound_versions(engagement) if named else {}
    held = [one for one in incidents.holds(engagement) if one.reason == HoldReason.PROVIDER_INTERNAL]
    rule = hours.rate_rule(incidents.terms(engagement), engagement.hours)
    quoted = _quoted_tiers(quotes.binding_quote(engagement)) if held else {}

    def until(at: datetime) -> tuple[OrderHours, ...]:
        waits = [Interval(hold.started_at, hold.ended_at or max(at, hold.started_at)) for hold in held]
        return hours.billable(_worked(entries, bound, at), rule, quoted=quoted, delays=waits)

    return until


def _worked(entries: Iterable[TimeEntry], bound: Mapping[int, int], at: datetime) -> list[Worked]:
    """Everybody's billable time; under a change order only if it was approved, protective steps for half an hour.

    `bound` has the approved version of each version of a change order.
    """
    kept: list[Worked] = []
    left = dict.fromkeys(bound.values(), extra.PROTECTIVE)
    for one in entries:
        of, end = bound.get(one.change_order_id or 0, 0), one.ended_at or at
        if one.started_at >= end or (one.change_order_id and not of):
            continue
        if one.kind == TimeKind.PROTECTIVE:
            end = min(end, one.started_at + left[of])
            left[of] -= end - one.started_at
        if end > one.started_at:
            kept.append(Worked(one.order.number, one.level, one.started_at, end, Place(one.order.place), of))
    return kept


def protective_time(order: Quote, at: datetime) -> timedelta:
    """How long people took protective steps for a change order so far, whatever its version was then."""
    same = {"change_order__engagement": order.engagement_id, "change_order__number": order.number}
    rows = TimeEntry.objects.filter(**same, kind=TimeKind.PROTECTIVE.value)
    return sum(((one.ended_at or at) - one.started_at for one in rows), timedelta())


def _quoted_tiers(quote: Quote | None) -> dict[int, frozenset[Tier]]:
    found: dict[int, frozenset[Tier]] = {}
    for line in quote.price.labour if quote else ():
        if line.level is not None and line.tier is not None:
            found[line.level] = found.get(line.level, frozenset()) | {line.tier}
    return found


def uses_of(engagement: Engagement) -> list[UseOfLine]:
    """What was noted as used, in order."""
    rows = UseOfLine.objects.filter(engagement=engagement)
    return list(rows.select_related("used_by").order_by("used_at", "id"))


def used(engagement: Engagement, order: Quote | None = None) -> dict[str, Decimal]:
    """How much of each line of the base or of a change order was used, less what was taken back."""
    rows = UseOfLine.objects.filter(engagement=engagement, change_order=order).values("line")
    rows = rows.annotate(total=Sum("quantity"))
    return {row["line"]: row["total"] for row in rows.order_by("line") if row["total"]}


def last_use(engagement: Engagement, order: Quote | None, line: str, by: Actor) -> UseOfLine | None:
    """What this person last noted on a line of the base or of a change order."""
    rows = UseOfLine.objects.filter(engagement=engagement, change_order=order, line=line, used_by=by.person_id)
    return rows.order_by("used_at", "id").last()


def unbilled(engagement: Engagement) -> dict[str, str]:
    """The visits that had to be made again, by number, with why; none of their hours is billed."""
    rows = WorkOrder.objects.filter(engagement=engagement).exclude(unbilled_reason="")
    return dict(rows.order_by("id").values_list("number", "unbilled_reason"))


def borne(engagement: Engagement, at: datetime) -> tuple[Borne, ...]:
    """What the provider bears and never bills: the hours of visits made again, then what else they cost."""
    quote, again = quotes.binding_quote(engagement), unbilled(engagement)
    done = order_hours(engagement, at) if quote is not None and again else ()
    labour = [
        one
        for mine in done
        if mine.order in again and quote is not None
        for one in bearing.unbilled_labour(mine, again[mine.order], quote.tariff)
    ]
    costs = OwnCost.objects.filter(engagement=engagement).order_by("noted_at", "id")
    words = {CostKind.TRIP.value: "at the agreed price"}
    return (
        *labour,
        *(Borne(one.description, one.reason, one.amount, words.get(one.kind, "at cost")) for one in costs),
    )


def actuals(engagement: Engagement, at: datetime) -> Actuals:
    """What was really done by `at`, under the base quote and under each change order: hours, parts, lines used.

    A visit that had to be made again is no part of it (domain.md §11 ruling 34).
    """
    return _actuals_over_time(engagement)(at)


def _actuals_over_time(engagement: Engagement) -> Callable[[datetime], Actuals]:
    """`actuals` for any instant, after one reading."""
    quote = quotes.binding_quote(engagement)
    if quote is None:
        return lambda at: Actuals()
    again, built_in, billed = unbilled(engagement), parts.installed(engagement), _hours_over_time(engagement)
    orders = [(one, used(engagement, one)) for one in quotes.bound_orders(engagement)]
    used_of_base, recovered = used(engagement), recoveries.verified(engagement)

    def by(at: datetime) -> Actuals:
        hours_of = [one for one in billed(at) if one.order not in again]
        ordered = {one.pk: _done(one, one.pk, found, built_in, hours_of) for one, found in orders}
        return replace(_done(quote, 0, used_of_base, built_in, hours_of), ordered=ordered, recovered=recovered)

    return by


def _done(
    quote: Quote, of: int, found: Mapping[str, Decimal], built_in: Mapping[str, int], hours_of: Iterable[OrderHours]
) -> Actuals:
    """What was done under one offer; parts name theirs by the line they were ordered for."""

    def uses(keys: Iterable[str]) -> tuple[LineUse, ...]:
        return tuple(LineUse(key, found[key]) for key in keys if key in found)

    installed = ((line.key, built_in.get(quote.line_ref(line.key), 0)) for line in quote.price.parts)
    return Actuals(
        labour=tuple(use for order in hours_of for use in order.uses_under(of)),
        parts=tuple(LineUse(key, Decimal(count)) for key, count in installed if count),
        charges=uses(line.key for line in quote.price.charges),
        contingents=uses(line.key for line in quote.price.contingents),
        units=uses(line.key for line in quote.price.units),
    )


def meter(engagement: Engagement, at: datetime) -> metering.CapMeter | None:
    """How much of the base quote's maximum is used; None before a quote is approved."""
    return next(iter(meters(engagement, at)), None)


def meters(engagement: Engagement, at: datetime) -> list[metering.CapMeter]:
    """How much of each maximum is used: the base quote's, then those of its change orders; empty before approval."""
    return [metering.cap_meter(bill) for bill in quotes.settling(engagement)(actuals(engagement, at))]


def orders_waiting(engagement: Engagement, at: datetime | None = None) -> list[str]:
    """The change orders that the client's people are being asked about, at `at` those whose offer still stands."""
    asked = [one for one in quotes.orders_of(engagement, SYSTEM) if one.status == QuoteStatus.ISSUED]
    return [str(one) for one in asked if at is None or (one.valid_until is not None and one.valid_until > at)]


def next_mark(engagement: Engagement, at: datetime) -> datetime | None:
    """When those on the clock will reach the next mark of a cap if they go on; None within a day, or if nobody is."""
    if not TimeEntry.objects.filter(order__engagement=engagement, ended_at=None).exists():
        return None
    minute, done, settled = timedelta(minutes=1), _actuals_over_time(engagement), quotes.settling(engagement)

    def reached(minutes: int) -> int:
        return sum(len(metering.cap_meter(bill).reached) for bill in settled(done(at + minutes * minute)))

    now, low, high = reached(0), 0, FARTHEST // minute
    if reached(high) == now:
        return None
    # More time never costs less, so halving finds the minute.
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if reached(middle) == now else (low, middle)
    return at + high * minute


def tranches_by_offer(engagement: Engagement) -> dict[int, Tranche]:
    """The sums that the meters measure, by the id of the quote or change order."""
    return {one.quote_id: one for one in quotes.tranches(engagement) if one.quote_id is not None}


def notices_of(engagement: Engagement) -> list[MeterNotice]:
    """The marks of the caps that were reached so far."""
    rows = MeterNotice.objects.filter(engagement=engagement).select_related("tranche__quote")
    return list(rows.order_by("percent", "reached_at"))


# ------------------------------------------------------------------------------------------- access


def access_of(engagement: Engagement) -> QuerySet[AccessGranted]:
    """Everybody who was let into a system of the client, and whether they still are."""
    rows = AccessGranted.objects.filter(engagement=engagement)
    return rows.select_related("technician__person", "granted_by", "revoked_by").order_by("granted_at", "id")


def access_now(by: Actor) -> list[AccessGranted]:
    """What is still to be revoked on every engagement this actor may see, the first to end first."""
    seen = incidents.visible_to(by).order_by().select_related(None).values("pk")
    rows = AccessGranted.objects.filter(engagement__in=seen, revoked_at=None)
    related = ("engagement__client", "engagement__site", "technician__person", "granted_by")
    return list(rows.select_related(*related).order_by("until", "id"))


# ------------------------------------------------------------------------------------------- the technician


@dataclass(frozen=True)
class Visit:
    """One booking of a technician with the work on it: what their page lists."""

    booking: Booking
    engagement: Engagement
    order: WorkOrder | None
    step: WorkStep | None
    entry: TimeEntry | None
    readings: list[Reading]

    @property
    def protocol_confirmed(self) -> bool:
        return self.booking.protocol_acknowledged_at is not None


def technician_page(by: Actor, at: datetime) -> list[Visit]:
    """What this technician is on now and next; as many queries for three visits as for one."""
    mine = dispatch.my_bookings(by, at)
    engagements = {one.engagement_id: one.engagement for one in mine}
    found = incidents.readings_of(list(engagements.values()), at) if engagements else {}
    live = _whole(WorkOrder.objects.filter(engagement__in=list(engagements), status__in=_LIVE))
    orders = {order.engagement_id: order for order in live}
    return [_visit(booking, orders.get(booking.engagement_id), found[booking.engagement_id]) for booking in mine]


def _visit(booking: Booking, order: WorkOrder | None, found: list[Reading]) -> Visit:
    entries = order.entries.all() if order else ()
    running = [one for one in entries if one.ended_at is None and one.technician_id == booking.technician_id]
    step = current_step(order) if order and Status(order.status) in conduct.LIVE else None
    return Visit(booking, booking.engagement, order, step, running[0] if running else None, found)
