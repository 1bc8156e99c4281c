"""The ladder of one engagement, and the rehearsals of it: who was asked, who answered, within how long."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.incidents import ladder
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions import escalating, rehearsing
from breakfix.incidents.values import EndKind, HelpReason
from breakfix.kernel.access import Side
from breakfix.kernel.errors import NotFound
from breakfix.parties import queries as parties
from breakfix.web import panels
from breakfix.web.door import Visit, deed, page

REASONS = [(HelpReason.REQUEST, "I want help"), (HelpReason.SKILL_GAP, "I lack a skill for it")]


def escalations(visit: Visit, engagement_id: int) -> HttpResponse:
    """Every step with its answer, latest first, and what the reader is asked to take on."""
    found = incidents.get_engagement(engagement_id, visit.by)
    owed = [one for one in incidents.open_ends(found) if one.kind == EndKind.RECOVERY_PLAN]
    context = {
        "engagement": found,
        "steps": _steps(visit, found)[::-1],
        "plan": owed[0] if owed else None,
        "may_ask": not incidents.is_over(found) and found.acknowledged_at is not None,
        "reasons": REASONS,
    }
    return visit.page("web/escalations/page.html", context)


def drills(visit: Visit) -> HttpResponse:
    """The drill log of the reader's organisation, and the form that starts another one."""
    if visit.by.field_only or not visit.by.roles:
        raise NotFound("This page")
    clients = parties.organisations_visible_to(visit.by) if visit.by.side is Side.PROVIDER else []
    context = {
        "lines": [_drill(visit, line) for line in ladder.drill_log(visit.by)],
        "last": ladder.last_drill_at(visit.by),
        "stale": ladder.is_stale(visit.by, visit.at),
        "clients": [(one.pk, one.name) for one in clients if one.side == Side.CLIENT],
    }
    return visit.page("web/escalations/drills.html", context)


def escalation(visit: Visit, escalation_id: int) -> HttpResponse:
    """A step stands among those of its engagement or of its drill."""
    step = ladder.get_step(escalation_id, visit.by)
    return drills(visit) if step.engagement_id is None else escalations(visit, step.engagement_id)


def drill(visit: Visit, drill_id: int) -> HttpResponse:
    """A drill stands in the log of them."""
    ladder.get_drill(drill_id, visit.by)
    return drills(visit)


def _steps(visit: Visit, found: Any) -> list[dict[str, Any]]:
    steps, paused = ladder.steps_of(found), ladder.paused_clocks(found, visit.at)
    moved = ladder.moved_again(found, visit.at) if any(one.is_open for one in steps) else {}
    for one in steps:
        one.engagement = found
    return [_step(visit, one, paused, moved) for one in steps]


def _step(visit: Visit, step: Any, paused: Collection[int | None] = (), moved: Any = None) -> dict[str, Any]:
    until = ladder.waits_until(step, visit.at, moved) if step.is_open else step.until
    waits = step.is_open or (step.advanced_at is not None and not ladder.asked_after(step))
    mine = waits and ladder.is_asked(step, visit.by)
    shown = {"step": step, "mine": mine, "minutes": ladder.minutes_of(step), "until": until}
    return {**shown, "look": _look(step, paused, visit.at)}


def _look(step: Any, paused: Collection[int | None], at: datetime) -> tuple[str, str, str]:
    if step.acknowledged_at is not None:
        return "taken on", "good", "check"
    if step.advanced_at is not None:
        return step.advanced_because, "bad", "circle-x"
    if step.drill_id is None and not ladder.is_needed(step, at, paused=paused):
        return "not needed any more", "mute", ""
    return "asked", "wait", "hourglass"


def _drill(visit: Visit, line: Any) -> dict[str, Any]:
    return {"drill": line.drill, "answered": line.answered, "steps": [_step(visit, one) for one in line.steps]}


def ladder_panel(visit: Visit, found: Any) -> dict[str, Any] | None:
    """What the reader is asked to take on, and the button with which an engineer asks for help."""
    shown = _steps(visit, found)
    mine = [one for one in shown if one["mine"]]
    working = found.acknowledged_at is not None and not incidents.is_over(found) and found.restored_at is None
    if not shown and not (working and visit.by.side is Side.PROVIDER):
        return None
    return {"mine": mine, "count": len(shown), "last": shown[-1] if shown else None, "working": working}


panels.add(panels.Panel("ladder", 42, "web/escalations/panel.html", ladder_panel, "side"))
panels.SUBJECTS["help"] = "escalations"

_PAGE = "engagements/<int:engagement_id>/escalations"
_TAKEN = "It is yours. Nobody further up is asked by silence."
urlpatterns = [
    path(_PAGE, page(escalations), name="escalations"),
    path(
        f"{_PAGE}/ask_for_help",
        deed(escalating.ask_for_help, on=escalations, done="Granted. The desk is asked to bring the next level."),
        name="ask_for_help",
    ),
    path(
        f"{_PAGE}/give_recovery_plan",
        deed(escalating.give_recovery_plan, on=escalations, done="Given. Both sides can read it."),
        name="give_recovery_plan",
    ),
    path("drills", page(drills), name="drills"),
    path("drills/start_drill", deed(rehearsing.start_drill, on=drills, done="The drill runs."), name="start_drill"),
    path("drills/<int:drill_id>", page(drill), name="drill"),
    path(
        "drills/<int:drill_id>/end_drill",
        deed(rehearsing.end_drill, on=drill, done="The drill is over. Nobody further is asked."),
        name="end_drill",
    ),
    path("escalations/<int:escalation_id>", page(escalation), name="escalation"),
    path(
        "escalations/<int:escalation_id>/acknowledge_escalation",
        deed(escalating.acknowledge_escalation, on=escalation, done=_TAKEN),
        name="acknowledge_escalation",
    ),
]
