"""Whom to send: the bench ranked term by term, who may not go and why, who is booked, and taking somebody off."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.dispatch import queries as dispatch
from breakfix.dispatch.actions import desk
from breakfix.dispatch.values import FIRST_VISIT, REPAIR_VISIT, SENT_AGAIN, Scored
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import ClockKind, Status
from breakfix.kernel.access import Deed, may
from breakfix.kernel.binding import bind
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.money import half_up
from breakfix.web import clocks, panels
from breakfix.web.door import Visit, deed, page, zone_of
from breakfix.web.roster import READERS

PLAN = ("planned_start", "planned_end", "required_level")
USUAL_VISIT = timedelta(hours=8)
TERM_WORDS = {
    "skill": "Skill fit",
    "eta": "There in time",
    "continuity": "Knows the place",
    "load": "Free that day",
    "quality": "Fixed first time",
    "cost": "Cost",
}
LEVELS = [(level, f"Level {level}") for level in (1, 2, 3, 4)]


@dataclass(frozen=True)
class Plan:
    """For which work people are ranked; `fault` says what of the wanted plan could not be read."""

    planned_end: datetime
    planned_start: datetime | None = None
    required_level: int | None = None
    fault: Refused | None = None


def whom_to_send(visit: Visit, engagement_id: int) -> HttpResponse:
    """The ranking for a planned period and level, both of which the desk may change before it decides."""
    found = incidents.get_engagement(engagement_id, visit.by)
    if not _may_see_bench(visit, found):
        raise NotFound("This bench")
    live = dispatch.live_bookings(found)
    deed_now = _deed_now(Status(found.status), live)
    plan = _plan(visit, found, _soon(visit.at) if deed_now == Deed.BOOK_SPECIALIST else None)
    proposal = _proposal(visit, found, plan)
    chosen = visit.typed.values.get("technician_id") or visit.request.GET.get("technician_id", "")
    context = {
        "engagement": found,
        "plan": plan,
        "levels": LEVELS,
        "usual_level": dispatch.usual_level(found.domain),
        "deed": deed_now,
        "needs_start": deed_now == Deed.BOOK_SPECIALIST,
        "start_help": "" if deed_now == Deed.BOOK_SPECIALIST else "Empty means now.",
        "ranking": proposal.ranking,
        "candidates": [_candidate(n, *one, visit.at) for n, one in enumerate(proposal.eligible, start=1)],
        "excluded": proposal.excluded,
        "chosen": chosen,
        "gone": _gone(chosen, proposal),
        "live": live,
        "may_release": dispatch.may_release(found),
        "decisions": dispatch.dispatches(found, by=visit.by),
        "fee": incidents.fee(found),
        "target": next((one for one in clocks.readings(visit, found) if one.kind == _target(found)), None),
    }
    return visit.page("web/dispatch/page.html", context)


def booking(visit: Visit, booking_id: int) -> HttpResponse:
    """A booking is dealt with where its engagement's people are."""
    found = dispatch.visible_to(visit.by).filter(pk=booking_id).first()
    if found is None:
        raise NotFound("This booking")
    return whom_to_send(visit, found.engagement_id)


# ------------------------------------------------------------------------------------------- what is asked


def _asked(
    *, planned_end: datetime, planned_start: datetime | None = None, required_level: int | None = None
) -> Plan:
    return Plan(planned_end, planned_start, required_level)


def _plan(visit: Visit, found: Any, start: datetime | None) -> Plan:
    """What was typed, else what the address asks for, else from `start` (None: now) for as long as usual."""
    given: Mapping[str, str] = visit.typed.values or visit.request.GET.dict()
    wanted = {name: given[name] for name in PLAN if given.get(name)}
    usual = Plan(_usual_end(found, visit.at), start)
    try:
        return read_plan(wanted, usual, zone_of(visit.request))
    except Refused as no:
        return replace(usual, fault=no)


def read_plan(wanted: Mapping[str, str], usual: Plan, zone: str) -> Plan:
    """The wanted period and level; what is missing is as usual. Refuses what cannot be read or makes no sense."""
    kept = {"planned_end": usual.planned_end.isoformat()}
    kept |= {"planned_start": usual.planned_start.isoformat()} if usual.planned_start else {}
    plan: Plan = _asked(**bind(_asked, {**kept, **wanted}, zone=zone))
    if plan.required_level is not None and not 1 <= plan.required_level <= 4:
        raise Refused("no_such_level", "Levels go from 1 to 4.", field="required_level")
    if plan.planned_end <= (plan.planned_start or plan.planned_end - USUAL_VISIT):
        raise Refused("ends_before_start", "Plan the end of work after its start.", field="planned_end")
    return plan


def _usual_end(found: Any, at: datetime) -> datetime:
    """Until the service should be back, else eight hours from now, on the full hour."""
    restore = [one.due_at for one in incidents.readings(found, at) if one.kind is ClockKind.RESTORE and one.due_at]
    wanted = restore[0] if restore and restore[0] > at + timedelta(hours=1) else at + USUAL_VISIT
    full = wanted.replace(minute=0, second=0, microsecond=0)
    return full if full == wanted else full + timedelta(hours=1)


def _soon(at: datetime) -> datetime:
    """The next full five minutes that are still ahead when the form comes back."""
    full = at.replace(second=0, microsecond=0)
    return full + timedelta(minutes=10 - full.minute % 5)


def _proposal(visit: Visit, found: Any, plan: Plan) -> dispatch.Proposal:
    return dispatch.proposal(
        found,
        by=visit.by,
        planned_start=plan.planned_start,
        planned_end=max(plan.planned_end, (plan.planned_start or visit.at) + timedelta(minutes=1)),
        required_level=plan.required_level,
        at=visit.at,
    )


def _deed_now(status: Status, live: Collection[Any]) -> str:
    if needs_somebody(status, live):
        return Deed.DISPATCH_TECHNICIAN.value
    return Deed.BOOK_SPECIALIST.value if status in REPAIR_VISIT else ""


def _target(found: Any) -> ClockKind:
    return ClockKind.ONSITE if found.onsite_needed else ClockKind.ENGAGE


# ------------------------------------------------------------------------------------------- what is shown


def _candidate(number: int, technician: Any, score: Scored, at: datetime) -> dict[str, Any]:
    minutes = score.eta.minutes
    return {
        "number": number,
        "technician": technician,
        "total": half_up(score.total, 2),
        "eta": score.eta,
        "there_at": None if minutes is None else at + timedelta(minutes=minutes),
        "terms": list(_terms(score)),
    }


def _gone(chosen: str, proposal: dispatch.Proposal) -> str:
    """Who was chosen and may not go for this plan: the page says so and chooses nobody in their place."""
    if not chosen or any(str(one.pk) == chosen for one, _ in proposal.eligible):
        return ""
    names = {str(one.pk): one.person.name for one, _ in proposal.excluded}
    return names.get(chosen, "Whoever you chose")


def _terms(score: Scored) -> Iterable[dict[str, Any]]:
    for term in score.terms:
        yield {
            "label": TERM_WORDS.get(term.name, term.name),
            "value": half_up(term.value, 4).normalize(),
            "weight": Decimal(term.weight),
            "points": half_up(term.points, 2),
            "why": term.why,
        }


def best_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """For the desk, while somebody has to be sent: the top-ranked and the way to the rest."""
    if not may(visit.by, Deed.DISPATCH_TECHNICIAN) or visit.by.organisation_id != found.provider_id:
        return None
    if Status(found.status) not in FIRST_VISIT:
        return None
    seen = first_choice(visit, found)
    return {**seen, "excluded": len(seen["excluded"])}


def first_choice(visit: Visit, found: Any) -> dict[str, Any]:
    """Who would be sent for work as long as usual, why this one, how many more could go, and who may not and why."""
    plan = Plan(_usual_end(found, visit.at))
    proposal = _proposal(visit, found, plan)
    first = _candidate(1, *proposal.eligible[0], visit.at) if proposal.eligible else None
    return {
        "best": first,
        "plan": plan,
        "ranking": proposal.ranking,
        "excluded": proposal.excluded,
        "others": max(len(proposal.eligible) - 1, 0),
    }


def needs_somebody(status: Status, live: Collection[Any]) -> bool:
    """Whether somebody can be sent who was not: the way to the first visit is open."""
    return status in FIRST_VISIT or (status in SENT_AGAIN and not live)


def coming_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """For both sides: who is on it, expected when, and why this person."""
    live = dispatch.live_bookings(found)
    bench = _may_see_bench(visit, found) and not incidents.is_over(found)
    return {"live": live, "may_see_bench": bench} if live or bench else None


def _may_see_bench(visit: Visit, found: Any) -> bool:
    """The bench names colleagues, what they hold and what they cost: it is for those who read the roster."""
    return visit.by.organisation_id == found.provider_id and bool(visit.by.roles & READERS)


panels.add(panels.Panel("dispatch", 30, "web/dispatch/best.html", best_panel))
panels.add(panels.Panel("coming", 30, "web/dispatch/coming.html", coming_panel, "side"))
panels.SUBJECTS["booking"] = "booking"


_PAGE = "engagements/<int:engagement_id>/dispatch"
urlpatterns = [
    path(_PAGE, page(whom_to_send), name="dispatch"),
    path(
        f"{_PAGE}/dispatch_technician",
        deed(desk.dispatch_technician, on=whom_to_send, done="Sent. They see the engagement from now on."),
        name="dispatch_technician",
    ),
    path(
        f"{_PAGE}/book_specialist",
        deed(desk.book_specialist, on=whom_to_send, done="Booked. They see the engagement from now on."),
        name="book_specialist",
    ),
    path("bookings/<int:booking_id>", page(booking), name="booking"),
    path(
        "bookings/<int:booking_id>/release_booking",
        deed(desk.release_booking, on=booking, done="Taken off. They see the engagement no longer."),
        name="release_booking",
    ),
]
