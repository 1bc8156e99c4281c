"""What monitoring tells: drafts that wait for a decision, what could not be read, and where alerts may come from."""

from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse

from breakfix.agreements import queries as agreements
from breakfix.incidents.values import Level
from breakfix.intake import balance
from breakfix.intake import queries as intake
from breakfix.intake.actions import alerts as actions
from breakfix.intake.values import Severity
from breakfix.kernel.access import Side
from breakfix.kernel.errors import NotFound
from breakfix.parties import queries as parties
from breakfix.web import questions
from breakfix.web.door import Visit, deed, page, reading

MOST_WAITING, MOST_PAST, MOST_UNREAD = 100, 30, 50
TONES = {Severity.CRITICAL: "bad", Severity.MAJOR: "wait", Severity.WARNING: "info"}
IMPACTS = {Level.HIGH: "bad", Level.MEDIUM: "wait", Level.LOW: "info"}


def alerts(visit: Visit) -> HttpResponse:
    """The drafts, worst impact first, then what was decided, what could not be read, and the sources."""
    return visit.page("web/alerts/list.html", _context(visit))


def added(visit: Visit, source: Any) -> HttpResponse:
    """The same page with the secret of the new source: in this answer, and never again."""
    there = visit.request.build_absolute_uri(reverse("alerts_told"))
    return visit.page("web/alerts/list.html", {**_context(visit), "fresh": source, "there": there}, status=201)


def _context(visit: Visit) -> dict[str, Any]:
    if not intake.is_reader(visit.by):
        raise NotFound("This page")
    client = visit.by.side is Side.CLIENT
    waiting = list(intake.waiting(visit.by)[: MOST_WAITING + 1])
    past = intake.alerts_visible_to(visit.by).exclude(**intake.UNDECIDED)[:MOST_PAST]
    own = visit.by.organisation_id or 0
    return {
        "waiting": [_line(one) for one in waiting[:MOST_WAITING]],
        "beyond": len(waiting) > MOST_WAITING,
        "past": [_line(one) for one in past],
        "unread": [_unread(one) for one in intake.unreadable_visible_to(visit.by)[:MOST_UNREAD]],
        "sources": _sources(visit),
        "sites": [(one.pk, one.name) for one in parties.sites_visible_to(visit.by) if one.organisation_id == own],
        "providers": [(one.pk, one.name) for one in agreements.providers_for(own, visit.at)] if client else [],
        "domains": questions.DOMAINS,
    }


def _sources(visit: Visit) -> list[dict[str, Any]]:
    """Every source; how much it told is shown to those only who may read what it told."""
    found = balance.of_sources(balance.weighed(balance.marked_for(visit.by, visit.at)))
    return [{**one, "read": one["source"].read, "agreed": one["source"].agreed} for one in found]


def _unread(delivery: Any) -> dict[str, Any]:
    return {"delivery": delivery, "beginning": bytes(delivery.beginning).decode(errors="replace")}


def _line(alert: Any) -> dict[str, Any]:
    return {
        "alert": alert,
        "tone": TONES.get(Severity(alert.severity), "mute"),
        "impact_tone": IMPACTS[Level(alert.impact)],
        "told": alert.count.told,
        "repeated": alert.count.repeated,
    }


def alert(visit: Visit, alert_id: int) -> HttpResponse:
    """One draft: what monitoring said, what is known of the machine, and the questions that make it a report."""
    found = intake.get_alert(alert_id, visit.by)
    context = {
        **_line(found),
        "facts": intake.facts_of(found),
        "domains": questions.DOMAINS,
        # Whose alerts these are says what kind of thing it is, until somebody says otherwise.
        **questions.about(visit.typed.values.get("domain", found.source.domain)),
        "questions": questions.for_side(visit.by.side, dated=questions.ON_THE_WHOLE_FORM),
    }
    return visit.page("web/alerts/alert.html", context, status=questions.status_of(visit))


def alert_questions(visit: Visit, alert_id: int) -> HttpResponse:
    """The draft again with what the chosen domain asks, and everything that was typed; nothing is kept."""
    return alert(questions.again(visit, actions.report_alert, reverse("report_alert", args=[alert_id])), alert_id)


def _to_engagement(result: Any) -> str:
    return reverse("engagement", args=[result.pk])


_ONE = "alerts/<int:alert_id>"
_REPORTED = "Reported. The clocks run; the desk has been told."
urlpatterns = [
    path("alerts", page(alerts), name="alerts"),
    path(
        "alerts/add_alert_source",
        deed(actions.add_alert_source, on=alerts, done="", shown=added),
        name="add_alert_source",
    ),
    path(
        "alerts/close_alert_source",
        deed(actions.close_alert_source, on=alerts, done="It is heard no longer."),
        name="close_alert_source",
    ),
    path(
        "alerts/settle_unreadable",
        deed(actions.settle_unreadable, on=alerts, done="Settled; its bytes are kept."),
        name="settle_unreadable",
    ),
    path(_ONE, page(alert), name="alert"),
    path(f"{_ONE}/questions", reading(alert_questions), name="alert_questions"),
    path(
        f"{_ONE}/report_alert",
        deed(actions.report_alert, on=alert, done=_REPORTED, to=_to_engagement),
        name="report_alert",
    ),
    path(
        f"{_ONE}/dismiss_alert",
        deed(actions.dismiss_alert, on=alert, done="Dismissed. It comes anew only after it was over."),
        name="dismiss_alert",
    ),
]
