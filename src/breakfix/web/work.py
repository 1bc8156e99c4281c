"""Work on an engagement: planned by the desk, followed by both sides, with every billed hour derived."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.changes import queries as changes
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import Status
from breakfix.kernel.access import Deed, may
from breakfix.kernel.money import Money, format_money
from breakfix.kernel.worktime.tiers import Tier
from breakfix.parts import queries as parts
from breakfix.quotes import queries as quotes
from breakfix.web import panels
from breakfix.web.door import Visit, deed, page
from breakfix.work import queries as work
from breakfix.work.actions import again, ending, planning
from breakfix.work.values import CostKind, HourRow, OrderHours, Place, StepStatus

S = Status
MAY_PLAN = (S.APPROVED, S.SCHEDULED, S.IN_PROGRESS)
STEP_LOOKS = {
    StepStatus.PLANNED: ("mute", ""),
    StepStatus.STARTED: ("info", "tool"),
    StepStatus.DONE: ("good", "check"),
    StepStatus.SKIPPED: ("wait", "circle-dashed"),
    StepStatus.STOPPED: ("bad", "ban"),
}
TIER_WORDS = {Tier.BUSINESS: "business hours", Tier.AFTER_HOURS: "after hours", Tier.SUNDAY: "Sunday or holiday"}
COST_KINDS = [
    (CostKind.TRIP.value, "Another trip", "At the agreed price; leave the amount empty"),
    (CostKind.FREIGHT.value, "Freight", "As the carrier's receipt says"),
    (CostKind.LOANER.value, "A loaner"),
    (CostKind.OTHER.value, "Something else"),
]
PLACES = [(Place.ONSITE.value, "On site"), (Place.REMOTE.value, "From afar")]


def work_page(visit: Visit, engagement_id: int) -> HttpResponse:
    """The plan, the orders with steps and minutes, the meter of the cap, and what was used."""
    found = incidents.get_engagement(engagement_id, visit.by)
    orders = work.orders_of(found)
    derived = {one.order: one for one in work.order_hours(found, visit.at)}
    change = changes.approved_change(found)
    quote = quotes.binding_quote(found)
    context = {
        "engagement": found,
        "may_plan": S(found.status) in MAY_PLAN and work.live_order(found) is None,
        "change": change,
        "guard": changes.guard(change, visit.at) if change else None,
        "places": PLACES,
        "orders": [_order(one, derived.get(one.number), quote, visit.at) for one in reversed(orders)],
        "meters": [] if visit.by.field_only else work.meters(found, visit.at),
        "uses": work.uses_of(found),
        **_borne(visit, found),
        "may_dispute": _is_back(found),
        "steps_stopped": work.is_stopped(found),
    }
    return visit.page("web/work/page.html", context)


def order(visit: Visit, order_id: int) -> HttpResponse:
    """A work order stands on the page of its engagement's work."""
    return work_page(visit, work.get_order(order_id, visit.by).engagement_id)


# ------------------------------------------------------------------------------------------- what is shown


def _borne(visit: Visit, found: Any) -> dict[str, Any]:
    """What the provider bears and never bills; whoever works in the field sees no money."""
    rows = () if visit.by.field_only else work.borne(found, visit.at)
    nothing = Money.zero(found.currency)
    return {
        "borne": rows,
        "borne_total": sum((one.amount for one in rows), nothing),
        "may_bear": quotes.binding_quote(found) is not None and not incidents.is_over(found),
        "cost_kinds": COST_KINDS,
        "faulty": [(one.pk, parts.fault_of(one)) for one in parts.faulty(found)],
    }


def _order(one: Any, derived: OrderHours | None, quote: Any, at: datetime) -> dict[str, Any]:
    return {
        "order": one,
        "steps": [{"step": step, "look": STEP_LOOKS[StepStatus(step.status)]} for step in one.steps.all()],
        "entries": [{"entry": it, "length": (it.ended_at or at) - it.started_at} for it in one.entries.all()],
        "restorations": list(one.restorations.all()),
        "hours": list(_hours(derived, quote)) if derived else [],
        "minimum": derived.added if derived else None,
    }


def _hours(derived: OrderHours, quote: Any) -> Iterable[dict[str, Any]]:
    """Minutes to billed hours to their rate, one line per level and tier (domain.md §11 rulings 13-15)."""
    for row in (*derived.rows, *((derived.added,) if derived.added else ())):
        yield {
            "row": row,
            "tier": TIER_WORDS[row.tier],
            "is_minimum": row is derived.added,
            "words": _words(row, minimum=row is derived.added),
            "rate": _rate(row, quote),
        }


def _words(row: HourRow, *, minimum: bool) -> str:
    if minimum:
        return f"added, so that the visit comes to its minimum: {row.hours.normalize():f} h"
    return f"{row.minutes} min = {row.minutes / 60:.2f} h, rounded up to {row.hours.normalize():f} h"


def _rate(row: HourRow, quote: Any) -> str:
    if quote is None:
        return ""
    tariff = quote.tariff
    rate, times = Money.of(tariff.rate(row.level), tariff.currency), tariff.multipliers[row.tier.value]
    return f"{format_money(rate)} × {times.normalize():f} per hour"


def _is_back(found: Any) -> bool:
    """Whether the engineer says that the service is back and it is not resolved yet, also while something is held."""
    return S(found.hold_from or found.status) is S.RESTORED


def work_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """What the reader may do about the work now: plan it, or say that the service is not back."""
    planner = may(visit.by, Deed.PLAN_WORK) and visit.by.organisation_id == found.provider_id
    if planner and S(found.status) in MAY_PLAN and work.live_order(found) is None:
        return {"plans": True, "change": changes.approved_change(found), "disputes": False}
    client = may(visit.by, Deed.DISPUTE_RESTORATION) and visit.by.organisation_id == found.client_id
    if client and _is_back(found):
        return {"plans": False, "disputes": True}
    return None


def orders_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """The order that counts, in short."""
    last = work.last_order(found)
    if last is None:
        return None
    steps = list(last.steps.all())
    done = sum(step.status in (StepStatus.DONE, StepStatus.SKIPPED) for step in steps)
    return {"order": last, "steps": len(steps), "done": done, "current": work.current_step(last)}


panels.add(panels.Panel("work", 70, "web/work/act.html", work_panel))
panels.add(panels.Panel("orders", 70, "web/work/panel.html", orders_panel, "side"))

_PAGE = "engagements/<int:engagement_id>/work"
urlpatterns = [
    path(_PAGE, page(work_page), name="work"),
    path(f"{_PAGE}/plan_work", deed(planning.plan_work, on=work_page, done="Planned."), name="plan_work"),
    path(f"{_PAGE}/bear_cost", deed(again.bear_cost, on=work_page, done="On record, not billed."), name="bear_cost"),
    path(
        f"{_PAGE}/dispute_restoration",
        deed(ending.dispute_restoration, on=work_page, done="Disputed. Objective and meter run on."),
        name="dispute_restoration",
    ),
    path("work/<int:order_id>", page(order), name="work_order"),
]
