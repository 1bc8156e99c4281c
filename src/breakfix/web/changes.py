"""The change: planned by the provider, let through by the client's authority, reviewed when it is over."""

from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse

from breakfix.approvals.values import RoundStatus
from breakfix.changes import actions
from breakfix.changes import queries as changes
from breakfix.changes.values import Ending, Kind, Status
from breakfix.incidents import queries as incidents
from breakfix.kernel.access import Deed, Role, Side, may, require
from breakfix.quotes import queries as quotes
from breakfix.web import panels, rows, seats
from breakfix.web.door import Visit, deed, page

LEAST = {"steps": 5, "rollback": 3, "tests": 3}
KINDS = [
    (Kind.EMERGENCY, "Emergency", "For P1, P2 or a dated obligation; two decide within the hour"),
    (Kind.NORMAL, "Normal", "Two business days before it begins"),
]
OWNERS = [
    (Role.TECHNICIAN, "Technician"),
    (Role.DISPATCHER, "Desk"),
    (Role.SERVICE_OWNER, "Service owner"),
    (Role.CHANGE_MANAGER, "Change manager"),
    (Role.SECURITY_OFFICER, "Security officer"),
    (Role.REQUESTER, "Requester"),
]
SCORES = (
    ("complexity", "Complexity", "1 one plain step, 5 many that depend on each other"),
    ("impact", "Impact if it fails", "1 nobody notices, 5 the business stands still"),
    ("rollback", "Going back", "1 at any time, 5 not at all"),
    ("tests", "Testing", "1 all can be tested, 5 nothing"),
    ("recent_changes", "Recent changes here", "1 none, 5 many"),
)
POINTS = [(n, str(n)) for n in range(1, 6)]
ENDINGS = [
    (Ending.AS_PLANNED, "As planned"),
    (Ending.WITH_DEVIATIONS, "With deviations"),
    (Ending.ROLLED_BACK, "Rolled back"),
]
BEFORE = ("QUOTE_PENDING", "AWAITING_APPROVAL", "APPROVED", "SCHEDULED", "IN_PROGRESS")
FINISHED = (Status.IMPLEMENTED, Status.ROLLED_BACK, Status.FAILED)
GUARDED = (Status.SUBMITTED, Status.ASSESSED, Status.APPROVED, Status.SCHEDULED)
WAITABLE = (Status.APPROVED, Status.SCHEDULED)
EXTENDABLE = (Status.APPROVED, Status.SCHEDULED, Status.IMPLEMENTING)


def change_build(visit: Visit, engagement_id: int) -> HttpResponse:
    """The plan: steps, the point of no return, the way back, the tests, the window."""
    engagement = incidents.get_engagement(engagement_id, visit.by)
    require(visit.by, Deed.PROPOSE_CHANGE, org=engagement.provider_id)
    name, quote = actions.propose_change.__name__, quotes.current_quote(engagement)
    context = {
        "engagement": engagement,
        "lists": {key: rows.rows_of(visit.typed, name, key, least=least) for key, least in LEAST.items()},
        "kinds": KINDS,
        "owners": OWNERS,
        "scores": SCORES,
        "points": POINTS,
        "mandatory": [("true", "Mandatory"), ("false", "Optional")],
        "image_promised": quote is not None and quote.inputs.image_first,
        "live": changes.live_change(engagement),
    }
    return visit.page("web/changes/build.html", context)


def change(visit: Visit, change_id: int) -> HttpResponse:
    """One plan, what is decided about it by whom, and whether there is still time for it."""
    found = changes.get_change(change_id, visit.by)
    asked, status = changes.round_of(found), Status(found.status)
    is_open = asked is not None and asked.status == RoundStatus.OPEN and visit.at < found.window_end
    say = seats.say(asked, visit.by, visit.at) if asked and is_open else seats.Say()
    context = {
        "change": found,
        "engagement": found.engagement,
        "doc": found.document,
        "round": asked,
        "lines": seats.lines_of(asked, say.change) if asked else [],
        "tries": seats.tries_of(asked) if asked else [],
        "say": say,
        "open": is_open,
        "decides": is_open and bool(say.change),
        "guard": changes.guard(found, max(visit.at, found.window_start)) if status in GUARDED else None,
        "can_assess": status is Status.SUBMITTED,
        "can_extend": status in EXTENDABLE,
        "can_wait": status in WAITABLE and visit.at < found.window_start and incidents.is_active(found.engagement),
        "can_review": status in FINISHED,
        "scores": [(key, words, help_text, getattr(found.scores, key)) for key, words, help_text in SCORES],
        "points": POINTS,
        "endings": ENDINGS,
    }
    return visit.page("web/changes/change.html", context)


# ---------------------------------------------------------------------------------------- on the engagement page


def change_panel(visit: Visit, engagement: Any) -> dict[str, Any] | None:
    """What the reader can do about the change now."""
    every = _read(engagement)
    live = changes.live_of(every)
    latest = live or next(iter(every), None)
    asked = changes.round_of(latest) if latest else None
    open_round = asked is not None and asked.status == RoundStatus.OPEN and visit.by.side is Side.CLIENT
    say = seats.say(asked, visit.by, visit.at) if asked and open_round else seats.Say()
    reviews = latest is not None and latest.status in FINISHED and may(visit.by, Deed.REVIEW_CHANGE)
    assesses = live is not None and live.status == Status.SUBMITTED and may(visit.by, Deed.ASSESS_CHANGE)
    plans = live is None and not reviews and engagement.status in BEFORE and may(visit.by, Deed.PROPOSE_CHANGE)
    if not (say.change or reviews or assesses or plans):
        return None
    return {"change": latest, "say": say, "reviews": reviews, "assesses": assesses, "plans": plans}


def change_side(visit: Visit, engagement: Any) -> dict[str, Any] | None:
    """Every change of the engagement."""
    found = _read(engagement)
    return {"changes": found} if found else None


def _read(engagement: Any) -> list[Any]:
    """Every change, read once for a page: two parts of it look at them."""
    if not hasattr(engagement, "changes_now"):
        engagement.changes_now = changes.changes_of(engagement)
    found: list[Any] = engagement.changes_now
    return found


panels.add(panels.Panel("changes", 70, "web/changes/act_panel.html", change_panel))
panels.add(panels.Panel("changes_side", 70, "web/changes/side_panel.html", change_side, "side"))
panels.SUBJECTS["change"] = "change"


def _to_change(result: Any) -> str:
    return reverse("change", args=[result.pk])


_AT = "changes/<int:change_id>"
_DEEDS = (
    (actions.assess_change, "Assessed. Those who decide are being asked."),
    (actions.approve_change, "You agreed to the change."),
    (actions.reject_change, "You rejected the change."),
    (actions.wait_for_window, "On hold. Work goes on when the window begins."),
    (actions.extend_window, "The window is longer now."),
    (actions.review_change, "Reviewed and closed."),
)
urlpatterns = [
    path("engagements/<int:engagement_id>/change", page(change_build), name="change_build"),
    path(
        "engagements/<int:engagement_id>/change/propose_change",
        deed(actions.propose_change, on=change_build, done="Before the client now.", to=_to_change),
        name="propose_change",
    ),
    path(_AT, page(change), name="change"),
    *(
        path(f"{_AT}/{action.__name__}", deed(action, on=change, done=done), name=action.__name__)
        for action, done in _DEEDS
    ),
]
