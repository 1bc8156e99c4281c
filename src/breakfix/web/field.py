"""The technician's page: what is next, where, until when, and only the deeds that are possible now."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.changes import queries as changes
from breakfix.diagnosis import queries as diagnosis
from breakfix.diagnosis.actions import protocol
from breakfix.dispatch import queries as dispatch
from breakfix.dispatch.actions import visit as site_visit
from breakfix.incidents import details
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import course
from breakfix.incidents.values import ClockKind, HoldReason, Status
from breakfix.kernel.access import SYSTEM, Role
from breakfix.kernel.errors import NotFound, Refused
from breakfix.parts import catalogue
from breakfix.parts import queries as parts
from breakfix.parts.values import AT_HAND, UNDECIDED, Disposition, Grade
from breakfix.quotes import queries as quotes
from breakfix.quotes.values import Status as QuoteStatus
from breakfix.reports import queries as reports
from breakfix.web import checks, panels
from breakfix.web.door import Visit, deed, page
from breakfix.work import proofs, recoveries, within_fee
from breakfix.work import queries as work
from breakfix.work.actions import again, doing, ending, planning, using
from breakfix.work.actions.waiting import wait_for_change_order
from breakfix.work.values import Status as OrderStatus
from breakfix.work.values import StepStatus, TimeKind

S = Status
BEGUN = (OrderStatus.WORKING, OrderStatus.PAUSED)
MAY_ARRIVE = (S.DISPATCHED, S.DIAGNOSING, S.APPROVED, S.SCHEDULED, S.IN_PROGRESS)
MAY_USE = (S.APPROVED, S.SCHEDULED, S.IN_PROGRESS, S.RESTORED)
WAITS = {
    S.QUOTE_PENDING: "The quote is being written.",
    S.AWAITING_APPROVAL: "The client decides on the quote. Nothing is repaired before.",
    S.ON_HOLD: "The engagement is on hold.",
    S.ACCEPTED: "The client has accepted the work.",
    S.CLOSED: "This engagement is closed.",
    S.CANCELLED: "This engagement was cancelled.",
}
REPORTED = "The client chooses: a second opinion, or the end."
PASSED = (StepStatus.STARTED, StepStatus.DONE)
TIME_KINDS = [
    (TimeKind.WORKING.value, "Working"),
    (TimeKind.WAITING_CLIENT.value, "Waiting for the client", "Needs evidence; billed as work"),
]
PROTECTIVE = (TimeKind.PROTECTIVE.value, "Protective steps", "Evidence, at most 30 minutes; free if it is rejected")
TAKES_WORK = (QuoteStatus.DRAFT, QuoteStatus.REVIEWED, QuoteStatus.ISSUED, QuoteStatus.APPROVED)
GRADES = [
    (Grade.NEW.value, "New"),
    (Grade.OEM_REFURB.value, "Refurbished"),
    (Grade.TESTED_USED.value, "Tested, used"),
]
DISPOSITIONS = [
    (Disposition.LEFT_WITH_CLIENT.value, "Left with the client"),
    (Disposition.RETURNED_TO_SUPPLIER.value, "Goes back to the supplier"),
    (
        Disposition.CORE_EXCHANGE.value,
        "Is a core",
        "Owed to the supplier; what held data leaves once the client agrees",
    ),
    (Disposition.NOTHING_REMOVED.value, "Nothing was taken out"),
]
# Refused, they open the fold with the parts again.
UNIT_DEEDS = ("receive_part", "inspect_part", "install_part", "declare_dead", "return_part", "ship_core")


def my_visits(visit: Visit) -> HttpResponse:
    """What this technician is on now and next."""
    if Role.TECHNICIAN not in visit.by.roles:
        raise NotFound("This page")
    return visit.page("web/field/visits.html", {"visits": work.technician_page(visit.by, visit.at)})


def on_site(visit: Visit, engagement_id: int) -> HttpResponse:
    """One visit: the next step large, the rest folded away."""
    found = incidents.get_engagement(engagement_id, visit.by)
    booking = _booking(visit, found)
    order = work.live_order(found)
    context = {
        "engagement": found,
        "details": details.details(found),
        "booking": booking,
        "protocol": incidents.terms(found).protocol,
        "meter": work.meter(found, visit.at),
        "ends": [one for one in incidents.open_ends(found) if one.role == Role.TECHNICIAN],
        "access": [one for one in work.access_of(found) if _is_mine_now(one, booking, visit.at)],
        **_clocks(visit, found),
        **_order(visit, found, order, booking),
        **(checks.listing(visit, found) if _is_diagnosing(found) else {}),
        "reported": _is_diagnosing(found) and diagnosis.is_reported(found),
        "refused": _is_diagnosing(found) and diagnosis.was_refused(found),
        **_material(found),
        "recovery": _recovery(found),
        **_within_fee(found),
    }
    context["now"] = next_deed(found, booking, context)
    context["waits"] = REPORTED if context.get("reported") else _waits(found)
    return visit.page("web/field/page.html", context)


def _waits(found: Any) -> str:
    """What this engagement waits for instead of its technician."""
    held = incidents.open_hold(found) if S(found.status) is S.ON_HOLD else None
    if held is None or held.reason != HoldReason.AWAITING_CLIENT_APPROVAL:
        return WAITS.get(S(found.status), "")
    return f"The client decides on a further sum. {held.note}".strip()


def _booking(visit: Visit, found: Any) -> Any:
    """The reader's own booking: whoever has none has no such page."""
    try:
        return dispatch.own_booking(found.pk, by=visit.by, at=visit.at)
    except Refused:
        raise NotFound("This visit") from None


# ------------------------------------------------------------------------------------------- what is next


def next_deed(found: Any, booking: Any, seen: dict[str, Any]) -> str:
    """The one thing to do now, by the name of its card."""
    status = S(found.status)
    if booking.protocol_acknowledged_at is None and status not in (S.RESOLVED, S.ACCEPTED, *_over()):
        return "rules"
    if status is S.DISPATCHED:
        return "contact"
    if status is S.DIAGNOSING:
        return _next_of_diagnosis(found, booking, seen)
    if status is S.APPROVED:
        return "change" if seen["change"] is None else "plan"
    if seen["may_start"]:
        return "start"
    if seen["fee_now"]:
        return str(seen["fee_now"])
    if seen["begun"]:
        return _next_of_work(status, seen)
    return "report" if status is S.RESOLVED and seen["report"] is None else "wait"


def _within_fee(found: Any) -> dict[str, Any]:
    """Whether it may end within the flat fee, and what is left of it: `fee_now` is "resolve" once it is restored."""
    status, ordered = S(found.status), within_fee.orders(found)
    disputed = status is S.IN_PROGRESS and not ordered
    stands = within_fee.counts(found) if status is S.RESTORED else None
    return {
        "may_end_in_fee": status is S.DIAGNOSING or disputed,
        "fee_now": "resolve" if stands else "within_fee" if disputed else "",
    }


def _over() -> tuple[Status, ...]:
    return (S.CLOSED, S.CANCELLED, S.DECLINED)


def _next_of_diagnosis(found: Any, booking: Any, seen: dict[str, Any]) -> str:
    if found.diagnosis_completed_at is not None:
        return "cause"
    if seen["reported"]:
        return "wait"
    if found.onsite_needed and booking.arrived_at is None:
        return "arrive"
    return "check" if seen["current"] is not None else "complete"


def _recovery(found: Any) -> str:
    """Of a data recovery what is still to be done before anything is restored, or that it failed."""
    if not recoveries.may_report(found):
        return ""
    open_fees = recoveries.unverified(found)
    if not open_fees:
        return "lost" if recoveries.is_lost(found) else ""
    last = recoveries.latest(found, open_fees[0])
    return "verify" if last is not None and last.decided_at is None else "recover"


def _next_of_work(status: Status, seen: dict[str, Any]) -> str:
    if seen["steps_now"] and seen["entry"] is None:
        return "clock_on"
    if seen["steps_now"]:
        return "step"
    if seen["recovery"] in ("recover", "verify"):
        return str(seen["recovery"])
    if status is S.IN_PROGRESS and not seen["recovery"]:
        return "restore"
    if seen["entry"] is not None:
        return "clock_off"
    return "parts" if seen["parts_open"] else "resolve"


# ------------------------------------------------------------------------------------------- what is shown


def _is_diagnosing(found: Any) -> bool:
    return S(found.status) is S.DIAGNOSING and found.diagnosis_completed_at is None


def _is_mine_now(access: Any, booking: Any, at: datetime) -> bool:
    return access.technician_id == booking.technician_id and access.revoked_at is None and at < access.until


def _clocks(visit: Visit, found: Any) -> dict[str, Any]:
    """The promise that breaks first, and the objective to restore."""
    mine = [one for one in incidents.readings(found, visit.at) if one.is_open and one.kind is not ClockKind.QUOTE]
    by_due = sorted((one for one in mine if one.due_at), key=lambda one: one.due_at or visit.at)
    return {"readings": by_due[:2], "duties": [d for d in incidents.obligations(found, visit.at) if d.is_open][:1]}


def _order(visit: Visit, found: Any, order: Any, booking: Any) -> dict[str, Any]:
    """The work order as far as this technician can act on it."""
    if order is not None:
        order.engagement = found
    change = order.change if order else changes.approved_change(found)
    if change is not None:
        change.engagement = found
    begun = order is not None and OrderStatus(order.status) in BEGUN
    steps = list(order.steps.all()) if order else []
    entries = list(order.entries.all()) if order else []
    planned = order is not None and order.status == OrderStatus.PLANNED
    return {
        "order": order,
        "change": change,
        "guard": work.guard(order, change, visit.at) if order and change else None,
        "may_start": planned and S(found.status) in (S.SCHEDULED, S.IN_PROGRESS),
        "begun": begun and S(found.status) in (S.IN_PROGRESS, S.RESTORED),
        "may_leave": begun and S.IN_PROGRESS in (found.status, found.hold_from),
        "steps": steps,
        "steps_now": _steps_now(steps) if begun else [],
        "entry": next((one for one in entries if _runs(one, booking)), None),
        "tests": list(change.tests) if change else [],
        "proofs": proofs.unplanned(found, list(change.tests) if change else []),
        "past_no_return": any(one.point_of_no_return and one.status in PASSED for one in steps),
        **_work_kinds(found, visit.at),
    }


def _runs(entry: Any, booking: Any) -> bool:
    return bool(entry.ended_at is None and entry.technician_id == booking.technician_id)


def _steps_now(steps: list[Any]) -> list[Any]:
    """What may be done now: up to and with the first mandatory step that is open."""
    found = []
    for step in steps:
        if step.facts.is_open:
            found.append(step)
            if step.mandatory:
                break
    return found


def _material(found: Any) -> dict[str, Any]:
    """Parts by unit, and what of the quote can be noted as used."""
    ordered = parts.parts_of(found)
    quote = quotes.binding_quote(found)
    usable = quote is not None and S(found.status) in MAY_USE
    return {
        "parts": ordered,
        "parts_open": [one for one in ordered if one.status in UNDECIDED],
        "dispositions": DISPOSITIONS,
        "grades": GRADES,
        "stands": stands_for(found, ordered),
        "unit_deeds": UNIT_DEEDS,
        "uses": [*_uses(found, quote), *_uses_of_orders(found)] if usable else [],
        "may_arrive": found.onsite_needed and S(found.status) in MAY_ARRIVE,
        "report": reports.latest_report(found) if S(found.status) in (S.RESOLVED, S.ACCEPTED) else None,
    }


def stands_for(found: Any, units: list[Any]) -> list[tuple[str, Any]]:
    """What may be built in instead of the units that are at hand, by their numbers; for those who build them in."""
    known = catalogue.known(found, [one.part_number for one in units if one.status in AT_HAND])
    return [(number, one.alternates) for number, one in known.items() if one.alternates]


def _uses(found: Any, quote: Any, order: Any = None) -> list[dict[str, Any]]:
    """The lines of an offer that can be noted as used; `order` is the change order that they are of."""
    used, lines = work.used(found, order), (*quote.price.units, *quote.price.charges, *quote.price.contingents)
    return [{"line": one, "used": used.get(one.key), "order": order} for one in lines]


def _uses_of_orders(found: Any) -> list[dict[str, Any]]:
    return [use for order in quotes.bound_orders(found) for use in _uses(found, order, order)]


def _work_kinds(found: Any, at: datetime) -> dict[str, Any]:
    """What time may be clocked for: the agreed scope, and the change orders that can take some, or are waited for."""
    orders = [one for one in quotes.orders_of(found, SYSTEM) if QuoteStatus(one.status) in TAKES_WORK]
    choices = [("", "The agreed repair"), *((str(one.pk), f"Change order {one}") for one in orders)]
    asked = [one for one in orders if one.status == QuoteStatus.ISSUED and at < (one.valid_until or at)]
    return {
        "waits_for": [str(one) for one in asked] if S(found.status) is S.IN_PROGRESS else [],
        "time_kinds": [*TIME_KINDS, PROTECTIVE] if orders else TIME_KINDS,
        "work_orders_for": choices if orders else [],
    }


def field_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """From the engagement to the page that a technician works with."""
    return {} if visit.by.field_only and not incidents.is_over(found) else None


panels.add(panels.Panel("field", 10, "web/field/panel.html", field_panel))

_ONE = "field/<int:engagement_id>"
_DEEDS = (
    (site_visit.acknowledge_protocol, "Confirmed."),
    (site_visit.make_contact, "Contact noted. Diagnosis has begun."),
    (site_visit.arrive, "Arrival noted."),
    (protocol.record_check, "On record."),
    (protocol.complete_diagnosis, "Diagnosis complete. The quote's clock runs."),
    (planning.start_work, "Work has begun."),
    (again.leave_incomplete, "The visit is over. What is missing is planned anew."),
    (planning.roll_back, "Rolled back. The work is planned anew."),
    (doing.clock_on, "You are on the clock."),
    (doing.clock_off, "You are off the clock."),
    (doing.complete_step, "Step on record."),
    (using.use_line, "Noted."),
    (ending.restore_within_fee, "Restored within the fee. The downtime has stopped."),
    (ending.restore_service, "Restored. The downtime has stopped."),
    (ending.resolve, "Resolved."),
)
_WAITS = "On hold until the client has decided."
urlpatterns = [
    path("field", page(my_visits), name="field"),
    path(_ONE, page(on_site), name="on_site"),
    path(
        f"{_ONE}/wait_for_change_order",
        deed(wait_for_change_order, on=on_site, done=_WAITS),
        name="wait_for_change_order_on_site",
    ),
    path(f"{_ONE}/post_update", deed(course.post_update, on=on_site, done="Sent."), name="post_update_on_site"),
    *(path(f"{_ONE}/{act.__name__}", deed(act, on=on_site, done=done), name=act.__name__) for act, done in _DEEDS),
]
