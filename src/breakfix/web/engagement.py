"""The engagement page: one engagement, one page. Modules up the road add their panels (web/panels.py)."""

from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.agreements.values import Priority
from breakfix.histories import queries as histories
from breakfix.incidents import credit, details, lowering, outside, qualifying
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import course, desk, harm, reprioritise
from breakfix.incidents.values import HoldReason, PriorityChange, Referral, Route, Status
from breakfix.kernel.access import Deed, may
from breakfix.quotes import queries as quotes
from breakfix.web import clocks, live, panels
from breakfix.web.door import Visit, deed, page
from breakfix.web.looks import CLOCK_WORDS, HOLD_WORDS
from breakfix.web.timeline import days_of
from breakfix.work import queries as work


def engagement(visit: Visit, engagement_id: int) -> HttpResponse:
    """Header with clocks and exposure, who must act, what the reader can do, and everything that happened."""
    found = incidents.get_engagement(engagement_id, visit.by)
    living = _living(visit, found)
    context = {**living, **_facts(visit, found), "moves": _moves(visit, found)}
    parts = panels.shown(panels.ENGAGEMENT_PANELS, visit, found)
    return visit.page("web/engagement/page.html", {**context, "panels": parts})


def fresh(visit: Visit, engagement_id: int) -> HttpResponse:
    """The parts that change by themselves, for a page that is open; 304 while they are as they were."""
    found = incidents.get_engagement(engagement_id, visit.by)
    seen = visit.request.GET.get("seen", "")
    context = _living(visit, found)
    moved = seen.isdecimal() and len(seen) < 16 and int(seen) < context["last"]
    return live.unchanged_or(visit, visit.page("web/engagement/fresh.html", {**context, "moved": moved}))


# ---------------------------------------------------------------------------------------- what the page shows


def _living(visit: Visit, found: Any) -> dict[str, Any]:
    """Everything above the fold that time or other people change."""
    told = histories.timeline(found, visit.by)
    ends = ends_of(found)
    readings = clocks.readings(visit, found)
    oldest_first = visit.request.GET.get("order") == "oldest"
    return {
        "engagement": found,
        "readings": readings,
        "duties": duties_of(visit, found),
        "meter": incidents.meter(found, visit.at) if not visit.by.field_only else None,
        "exposure": None if visit.by.field_only else quotes.exposure(found, work.actuals(found, visit.at)),
        **_waiting(found, readings),
        "ends": [_end(visit, end) for end in ends],
        "next": next((_end(visit, end) for end in _mine_first(visit, ends)), None),
        "days": days_of(visit, told, oldest_first=oldest_first),
        "oldest_first": oldest_first,
        "last": told[-1].position if told else 0,
    }


def ends_of(found: Any) -> list[Any]:
    """What is open on it, read once for a page: whether something waits for an answer stands there, too."""
    if not hasattr(found, "ends_now"):
        found.ends_now = incidents.open_ends(found)
    ends: list[Any] = found.ends_now
    return ends


def duties_of(visit: Visit, found: Any) -> list[Any]:
    """The dated duties, read once for a page: its head shows their clocks, and a card tells of them."""
    if not hasattr(found, "duties_now"):
        found.duties_now = incidents.obligations(found, visit.at)
    duties: list[Any] = found.duties_now
    return duties


def _facts(visit: Visit, found: Any) -> dict[str, Any]:
    return {
        "fee": None if visit.by.field_only else incidents.fee(found),
        "details": details.details(found),
    }


def _waiting(found: Any, readings: list[Any]) -> dict[str, Any]:
    """What work waits for, in words, and the clocks that stand still meanwhile."""
    # Only in these states does anything wait, so that no other page asks.
    waits = found.status in (Status.ON_HOLD, Status.AWAITING_APPROVAL)
    hold = incidents.open_hold(found) if waits else None
    if hold is None:
        return {"hold": None}
    paused = [CLOCK_WORDS[one.kind] for one in readings if one.verdict == "paused"]
    return {
        "hold": hold,
        "hold_words": HOLD_WORDS[hold.reason].format(client=found.client.name, provider=found.provider.name),
        "decision": hold.reason == HoldReason.AWAITING_CLIENT_APPROVAL,
        "paused": ", ".join(paused),
    }


def is_mine(visit: Visit, end: Any) -> bool:
    """Whether it is this reader whom an open end waits for."""
    if end.organisation_id != visit.by.organisation_id:
        return False
    return bool(end.person_id == visit.by.person_id if end.person_id else not end.role or end.role in visit.by.roles)


def _end(visit: Visit, end: Any) -> dict[str, Any]:
    late = end.due_at is not None and end.due_at < visit.at
    return {"end": end, "mine": is_mine(visit, end), "href": panels.address_of(end), "late": late}


def _mine_first(visit: Visit, ends: list[Any]) -> list[Any]:
    """The reader's own before others', the next step before the rest, the soonest due first."""
    return sorted(
        ends,
        key=lambda end: (
            not is_mine(visit, end),
            end.kind != "next_step",
            end.due_at is None,
            end.due_at or visit.at,
        ),
    )


def cover_of(visit: Visit, found: Any) -> Any:
    """The route test, made once for a page: two parts of it look at it."""
    if not hasattr(found, "cover_now"):
        found.cover_now = qualifying.route_test(found, visit.at, statements=statements_of(visit, found))
    return found.cover_now


def statements_of(visit: Visit, found: Any) -> list[Any]:
    """The statements of work put to the client, read once for a page; the latest first."""
    if not hasattr(found, "statements_now"):
        found.statements_now = list(outside.statements(found, visit.by))
    statements: list[Any] = found.statements_now
    return statements


def credit_of(visit: Visit, found: Any) -> Any:
    """The credit hold that keeps it away, looked for once for a page."""
    if not hasattr(found, "credit_now"):
        found.credit_now = credit.standing(found, visit.by)
    return found.credit_now


def _moves(visit: Visit, found: Any) -> dict[str, Any]:
    """Which deeds of this module the state allows now, and what their forms offer."""
    states, over = incidents.may_become(found), incidents.is_over(found)
    restored = found.restored_at is not None
    deciding = Status.QUALIFIED in states and may(visit.by, Deed.QUALIFY)
    return {
        "acknowledge": Status.ACKNOWLEDGED in states,
        "qualify": Status.QUALIFIED in states,
        "decline": Status.DECLINED in states,
        "cancel": Status.CANCELLED in states,
        "close": incidents.may_close(found, visit.by),
        "hold": incidents.is_active(found),
        "resume": found.status == Status.ON_HOLD,
        "update": incidents.may_update(found),
        "change": lowering.may_reprioritise(found),
        "harm": not over and not restored,
        "cover": cover_of(visit, found) if deciding else None,
        "agreed": found.agreement_version if deciding else None,
        "credit": credit_of(visit, found) if deciding else None,
        "priorities": [(one.value, one.value) for one in Priority if one.value != found.priority],
        "changes": CHANGES,
        "gives_up": lowering.may_give_up(visit.by),
        "routes": [
            (Route.BREAK_FIX, "Break/fix under the agreement"),
            (Route.AD_HOC, "Ad hoc, as the client accepted"),
        ],
        "referrals": [(one.value, one.value.replace("_", " ").capitalize()) for one in Referral],
        "reasons": HOLDS,
    }


CHANGES = [
    (PriorityChange.TRIAGE_CORRECTION, "It was so all along", "Clocks are recomputed from the report"),
    (PriorityChange.CHANGED_CIRCUMSTANCES, "Things changed just now", "Open clocks begin anew"),
]
HOLDS = [
    (HoldReason.AWAITING_CLIENT_INFO, "An answer of the client", "Needs the question"),
    (HoldReason.AWAITING_CLIENT_ACCESS, "Access", "Needs a note of arrival or refusal"),
    (
        HoldReason.AWAITING_CHANGE_WINDOW,
        "The change window",
        "Needs the window and its beginning; or wait on the page of the change",
    ),
    (HoldReason.AWAITING_PARTS, "Parts", "No clock stops"),
    (HoldReason.FORCE_MAJEURE, "Force majeure", "Needs a note"),
    (HoldReason.PROVIDER_INTERNAL, "Our own reasons", "No clock stops"),
]

_AT = "engagements/<int:engagement_id>"
_DEEDS = (
    (desk.acknowledge, "Acknowledged. The clock for it has stopped."),
    (desk.qualify, "Qualified."),
    (desk.decline, "Declined. Every clock is void."),
    (course.hold, "On hold."),
    (course.resume, "Resumed."),
    (course.post_update, "Update sent."),
    (course.cancel_engagement, "Cancelled."),
    (course.close_engagement, "Closed."),
    (reprioritise.raise_priority, "Priority changed."),
    (harm.set_degradation, "Set. It counts from now on."),
)
urlpatterns = [
    path(_AT, page(engagement), name="engagement"),
    path(f"{_AT}/fresh", page(fresh), name="engagement_fresh"),
    *(
        path(f"{_AT}/{action.__name__}", deed(action, on=engagement, done=done), name=action.__name__)
        for action, done in _DEEDS
    ),
]
